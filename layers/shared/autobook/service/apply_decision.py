"""Writing a decision into Kanbert: a PATCH per line, then one for the invoice. What Kanbert refuses is for a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from autobook.domain.action_fields import BOOKING_FIELDS, INVOICE_FIELDS, READ_AS, append_note
from autobook.domain.decision import Problem, Reason
from autobook.domain.errors import Refused
from autobook.domain.kanbert.incoming import IncomingInvoice, KanbertModel
from autobook.domain.provenance import Written
from autobook.service.ports import IncomingInvoices


@dataclass(frozen=True, slots=True)
class Booked:
    """`invoice` in the state in which the writes left it, `written` what Kanbert took, `refused` what it did not."""

    invoice: IncomingInvoice
    written: tuple[Written, ...] = ()
    refused: tuple[Problem, ...] = ()


def book(kanbert: IncomingInvoices, invoice: IncomingInvoice, writes: Iterable[Written]) -> Booked:
    """Write the lines, then the invoice, the status last of all and only if nothing was refused.

    Raises what the port raises, NotFound where the invoice or a line has gone meanwhile.
    """
    booked = Booked(invoice)
    by_line: dict[str | None, list[Written]] = {}
    for write in writes:
        by_line.setdefault(write.booking_id, []).append(write)
    own = by_line.pop(None, [])
    for booking_id, values in by_line.items():
        booked = _line(kanbert, booked, str(booking_id), values)
    if booked.refused:
        own = [write for write in own if write.field != "status"]
    return _own(kanbert, booked, own) if own else booked


def _line(kanbert: IncomingInvoices, booked: Booked, booking_id: str, writes: list[Written]) -> Booked:
    invoice = booked.invoice
    try:
        answer = kanbert.patch_booking(invoice.id, booking_id, _wire(invoice, writes, BOOKING_FIELDS))
    except Refused as error:
        return _refused(booked, writes, error)
    fields = [BOOKING_FIELDS[write.field] for write in writes]
    lines = tuple(_told(line, answer, fields) if line.id == booking_id else line for line in invoice.bookings or ())
    return replace(
        booked, invoice=invoice.model_copy(update={"bookings": lines}), written=booked.written + tuple(writes)
    )


def _own(kanbert: IncomingInvoices, booked: Booked, writes: list[Written]) -> Booked:
    invoice = booked.invoice
    try:
        answer = kanbert.patch_incoming_invoice(invoice.id, _wire(invoice, writes, INVOICE_FIELDS))
    except Refused as error:
        return _refused(booked, writes, error)
    fields = [READ_AS.get(write.field, INVOICE_FIELDS[write.field]) for write in writes if write.field != "tags"]
    return replace(booked, invoice=_told(invoice, answer, fields), written=booked.written + tuple(writes))


def _refused(booked: Booked, writes: list[Written], error: Refused) -> Booked:
    rules = tuple(sorted({write.rule_id for write in writes}))
    problem = Problem(Reason.REFUSED, str(error), writes[0].booking_id, None, rules)
    return replace(booked, refused=(*booked.refused, problem))


def _told[M: KanbertModel](known: M, answer: M, names: Iterable[str]) -> M:
    """What we knew, with the fields that were written taken from the answer, and no others.

    Whatever else the answer tells was not seen when it was decided: a person may have changed it in between. Left out
    here, it makes the state that we remember differ from Kanbert's, and the document is looked at once more.
    """
    return known.model_copy(update={name: getattr(answer, name) for name in names})


def _wire(invoice: IncomingInvoice, writes: Iterable[Written], names: Mapping[str, str]) -> dict[str, object]:
    """Values as the API takes them, by its names. A note is appended to what is there."""
    return {names[write.field]: _value(invoice, write) for write in writes}


def _value(invoice: IncomingInvoice, write: Written) -> object:
    if write.field == "note":
        return append_note(invoice.notes, str(write.value))
    return list(write.value) if isinstance(write.value, tuple) else write.value
