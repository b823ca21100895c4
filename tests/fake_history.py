"""The documents' history in memory, as the table takes it."""

from collections.abc import Iterator
from datetime import datetime

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

    def of_document(self, key: str) -> list[DocumentEntry]:
        """All of it, in order of time."""
        found = [each for (document, _), each in self.entries.items() if document == key and not each.is_repeated]
        return sorted(found, key=lambda entry: (entry.at, entry.is_part))

    def by(self, what: str, value: str, since: datetime | None = None) -> Iterator[DocumentEntry]:
        """Entries by `rule`, `supplier` or `number`; the indexes have a document's number and supplier once."""
        names = {"rule": "rule_id", "supplier": "supplier", "number": "number"}
        found = [
            each
            for each in self.entries.values()
            if getattr(each, names[what]) == value and (what == "rule" or not each.is_part)
        ]
        yield from sorted((each for each in found if since is None or each.at >= since), key=lambda each: each.at)
