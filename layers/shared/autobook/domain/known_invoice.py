"""An invoice as a run knows it: as it was found, with what Kanbert has shown of the run's own writes since."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from autobook.domain.action_fields import BY_NAME
from autobook.domain.kanbert import Booking, IncomingInvoice


@dataclass(slots=True)
class KnownInvoice:
    """What a person has changed meanwhile is not in it, so that such a document is looked at again."""

    _invoice: IncomingInvoice
    _lines: dict[str, Booking] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Each line by its id: an invoice may have thousands."""
        self._lines = {line.id: line for line in reversed(self._invoice.bookings or ())}

    @property
    def id(self) -> str:
        """Kanbert's."""
        return self._invoice.id

    def adopt(self, fields: Iterable[str], source: IncomingInvoice | Booking) -> None:
        """Take these fields, named as rules do, from what Kanbert shows of the invoice or of a line."""
        names = [name for each in fields if (name := BY_NAME[each].attribute) is not None]
        values = {name: getattr(source, name) for name in names}
        if isinstance(source, IncomingInvoice):
            self._invoice = self._invoice.model_copy(update=values)
        elif source.id in self._lines:
            self._lines[source.id] = self._lines[source.id].model_copy(update=values)

    def holder(self, booking_id: str | None) -> IncomingInvoice | Booking | None:
        """A line, or the invoice itself, whose lines are as they were found."""
        return self._invoice if booking_id is None else self._lines.get(booking_id)

    def whole(self) -> IncomingInvoice:
        """The invoice."""
        if not self._lines:
            return self._invoice
        lines = tuple(self._lines.get(line.id, line) for line in self._invoice.bookings or ())
        return self._invoice.model_copy(update={"bookings": lines})
