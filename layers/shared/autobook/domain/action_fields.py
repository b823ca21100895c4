"""The fields that rules set, and where an invoice keeps each of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from autobook.domain.kanbert.incoming import Booking, IncomingInvoice
from autobook.domain.provenance import Value, Written

BOOKING_FIELDS: Mapping[str, str] = {
    "account": "chart_of_account_id",
    "position": "position_id",
    "project": "project_id",
    "client": "client_id",
    "booking_title": "title",
    "booking_type": "type",
}
"""A rule's field: the API's, on a booking line."""

INVOICE_FIELDS: Mapping[str, str] = {
    "status": "status",
    "tags": "tags",
    "editor": "editor_id",
    "payment_account": "payment_account_id",
    "invoice_title": "title",
    "note": "notes",
}
"""A rule's field: the API's, on the invoice."""

READ_AS: Mapping[str, str] = {"editor": "editor", "payment_account": "payment_account"}
"""Fields of the invoice that are read as an object and written as its id."""

REFERENCES = frozenset({"account", "position", "project", "client", "editor", "payment_account"})
"""Fields whose value is another object: a rule names it by a code that a person knows, or as `id:…`."""

TEXTS: Mapping[str, int] = {"booking_title": 255, "invoice_title": 255, "note": 10_000}
"""Fields that may carry placeholders, and how many characters Kanbert takes (seed: kanbert-incoming-invoices.txt)."""

WRITE_ONCE = frozenset({"note", "tags"})
"""Fields that are written whatever stands there, but only once: a note is appended, tags cannot be read."""

TYPE_AT_FIRST = "account"
"""Of a line that nobody has touched."""

STATUS_AT_FIRST = "open"
"""Of an invoice that nobody has handed on."""


def append_note(notes: str | None, note: str) -> str:
    """Notes with one more appended."""
    return f"{notes}\n{note}" if notes else note


@dataclass(frozen=True, slots=True)
class FieldValues:
    """What stands where in one invoice, by the names that rules use."""

    invoice: IncomingInvoice

    def booking(self, booking_id: str) -> Booking | None:
        """The line with this id; None if it is gone."""
        return next((line for line in self.invoice.bookings or () if line.id == booking_id), None)

    def present(self, booking_id: str | None, field: str) -> Value:
        """The value that stands there, None where it is empty."""
        if booking_id is not None:
            line = self.booking(booking_id)
            value: str | None = getattr(line, BOOKING_FIELDS[field]) if line else None
            # Every line starts as `account`: until an account is chosen, nobody has decided on the type.
            untouched = field == "booking_type" and value == TYPE_AT_FIRST and line and not line.chart_of_account_id
            return None if untouched else value or None
        match field:
            case "editor":
                return self.invoice.editor.id if self.invoice.editor else None
            case "payment_account":
                return self.invoice.payment_account.id if self.invoice.payment_account else None
            case "status":
                return None if self.invoice.status == STATUS_AT_FIRST else self.invoice.status
            case "invoice_title":
                return self.invoice.title or None
            case "note":
                return self.invoice.notes or None
        return None  # tags: the API does not show them

    def still_holds(self, written: Written) -> bool:
        """Whether a value that we wrote is still there."""
        return self.holds(*written.place, written.value)

    def holds(self, booking_id: str | None, field: str, value: Value) -> bool:
        """Whether this value is there. Tags cannot be read and are taken to be."""
        if field == "tags":
            return True
        present = self.present(booking_id, field)
        if field == "note":
            return isinstance(present, str) and str(value) in present
        if field == "booking_type" and present is None:
            return value == TYPE_AT_FIRST
        return present == value
