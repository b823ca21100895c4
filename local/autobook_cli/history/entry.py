"""One invoice of the past: its day, and what it would be if nobody had booked it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Final, Protocol

from autobook.domain.action_fields import BOOKING_TYPE, BY_NAME, STATUS, FieldValues
from autobook.domain.conditions import local_date
from autobook.domain.documents import Document, DocumentKind, Unreadable
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import ProvenanceRecord
from autobook.service.ports import CodeResolver
from autobook_cli.history.names import Names

_EMPTIED: Final = {
    "type": BOOKING_TYPE.initial,
    "chart_of_account_id": None,
    "chart_of_account": None,
    "position_id": None,
    "project_id": None,
    "client_id": None,
    "outgoing_invoice": None,
}
"""What booking a line sets. Its title stays: conditions look at it, and who wrote it is not known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An invoice as it is today, and what provenance knows of it."""

    invoice: IncomingInvoice
    record: ProvenanceRecord

    @classmethod
    def without_record(cls, invoice: IncomingInvoice) -> "Entry":
        """An invoice of which nothing else is known: every value in it is a person's."""
        return cls(invoice, blank_record(invoice.id))


class History(Protocol):
    """Where past invoices come from. `names` and `codes` are what master data is known by there."""

    @property
    def names(self) -> Names:
        """What the objects are called that bookings name by their ids."""

    @property
    def codes(self) -> CodeResolver:
        """What has the codes that rules give."""

    @property
    def total(self) -> int | None:
        """How many invoices there are; None where that is not known beforehand."""

    def entries(self) -> Iterator[Entry | Unreadable]:
        """Each invoice once, lazily, those that came first before the others; those that cannot be read as such."""


def blank_record(invoice_id: str) -> ProvenanceRecord:
    """Nothing is known of the invoice."""
    return ProvenanceRecord(Document(DocumentKind.INCOMING_INVOICE, invoice_id))


def day_of(invoice: IncomingInvoice, zone: tzinfo) -> date | None:
    """The day that the invoice bears, or else that on which it came; None where it says neither."""
    moment = invoice.date_of_invoice or invoice.created_at
    return local_date(moment, zone) if moment is not None else None


def is_since(invoice: IncomingInvoice, since: date | None, zone: tzinfo) -> bool:
    """True if the invoice is of that day or later, or says no day."""
    day = day_of(invoice, zone)
    return since is None or day is None or day >= since


def arrival(invoice: IncomingInvoice, otherwise: datetime) -> datetime:
    """When rules would have decided it: when it came, where it says so."""
    return invoice.created_at or otherwise


def unbooked(entry: Entry) -> IncomingInvoice:
    """The invoice as it would be if nobody had booked it: open, its lines without what booking sets.

    Of the other fields, those that we wrote are as they were before.
    """
    known = FieldValues(entry.invoice)
    before: dict[str | None, dict[str, Any]] = {}
    for written in entry.record.written:
        if known.present(*written.place) == written.value:
            undone = BY_NAME[written.field].undone(written.before)
            before.setdefault(written.booking_id, {}).update(undone)
    lines = entry.invoice.bookings
    if lines is not None:
        lines = tuple(line.model_copy(update=before.get(line.id, {}) | _EMPTIED) for line in lines)
    whole = before.get(None, {}) | {"status": STATUS.initial, "bookings": lines}
    return entry.invoice.model_copy(update=whole)
