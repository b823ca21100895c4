"""What people booked: the values of an invoice that a person set, confirmed, or left empty."""

from dataclasses import dataclass
from typing import Final

from autobook.domain.action_fields import ACCOUNT, BOOKING_TYPE, BY_NAME, STATUS, FieldKind, FieldValues
from autobook.domain.kanbert import Booking
from autobook.domain.ownership import Ownership
from autobook.domain.provenance import FieldValue, Written
from autobook_cli.history.entry import Entry
from autobook_cli.history.names import Names

COMPARED: Final = ("account", "position", "project", "client", "booking_type", "status")
"""Fields of which it can be said what people decided. Texts, tags and the like may have been there from the start."""
_A_REFERENCE: Final = "a reference to an outgoing invoice"


@dataclass(frozen=True, slots=True)
class BookedValue:
    """What stands in a field, and that a person decided so. `text` is for people."""

    value: FieldValue
    text: str


class BookedByPeople:
    """The decisions of people about one invoice.

    A value is a person's where it is not the one that we wrote, or a person has accepted it. A value of ours is
    confirmed when a person hands the invoice over. What is empty is a decision in a line that is booked, once the
    invoice was handed over.
    """

    def __init__(self, entry: Entry, names: Names) -> None:
        self._invoice, self._names = entry.invoice, names
        self._values = FieldValues(entry.invoice)
        self._ours = Ownership(entry.record).ours
        status = entry.invoice.status
        self.handed_over = bool(status) and status != STATUS.initial and not self._is_ours(None, STATUS.name, status)
        """True if a person has handed the invoice to accounting."""

    def value(self, booking_id: str | None, field: str) -> BookedValue | None:
        """What people decided there; None where nobody has, or it cannot be told."""
        if field not in COMPARED:
            return None
        if field == STATUS.name:
            return BookedValue(self._invoice.status, self._invoice.status or "") if self.handed_over else None
        line = self._values.booking(booking_id or "")
        return None if line is None else self._in_line(line, field)

    def _in_line(self, line: Booking, field: str) -> BookedValue | None:
        present = self._values.present(line.id, field)
        if present is not None:
            if self._is_ours(line.id, field, present) and not self.handed_over:
                return None
            return BookedValue(present, self._names.text(field, present))
        if line.is_reference:
            return BookedValue(None, _A_REFERENCE)
        is_booked = bool(line.chart_of_account_id)
        if not (is_booked and self.handed_over) or field in (ACCOUNT.name, BOOKING_TYPE.name):
            return None
        return BookedValue(None, self._names.text(field, None))

    def agrees(self, booked: BookedValue, write: Written) -> bool:
        """True if the value that a rule gives is what people booked."""
        row = BY_NAME[write.field]
        if row is STATUS:
            return row.holds(booked.value, write.value)
        if row.kind is FieldKind.REFERENCE:
            return self._names.same(write.field, booked.value, write.value)
        return booked.value == write.value

    def _is_ours(self, booking_id: str | None, field: str, present: FieldValue) -> bool:
        ours = self._ours.get((booking_id, field))
        return ours is not None and ours.value == present and not ours.accepted_by
