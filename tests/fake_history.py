"""The documents' history in memory, as the table takes it."""

from autobook.domain.events import Event
from autobook.domain.history import DocumentEntry, entries


class FakeHistory:
    """Entries by document and name; what is there stays as it is."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], DocumentEntry] = {}

    def append(self, event: Event) -> None:
        """Add the entries of an event."""
        for entry in entries(event):
            self.entries.setdefault((entry.document, entry.name), entry)
