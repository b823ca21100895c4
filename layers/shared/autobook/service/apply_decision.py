"""Writing a decision into Kanbert: a PATCH per line, then one for the invoice. What Kanbert refuses is for a person."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from autobook.domain.action_fields import BY_NAME, STATUS, FieldValues
from autobook.domain.decision import Problem, ProblemCode
from autobook.domain.errors import NotFound, Refused
from autobook.domain.kanbert import IncomingInvoice, KanbertModel
from autobook.domain.provenance import Written
from autobook.service.ports import IncomingInvoices


@dataclass(frozen=True, slots=True)
class AppliedDecision:
    """`invoice` in the state in which the writes left it, `written` what Kanbert took, `refused` what it did not."""

    invoice: IncomingInvoice
    written: tuple[Written, ...] = ()
    refused: tuple[Problem, ...] = ()


def apply_decision(kanbert: IncomingInvoices, invoice: IncomingInvoice, writes: Iterable[Written]) -> AppliedDecision:
    """Write the lines, then the invoice, the status last of all and only if nothing was refused.

    Where an answer does not show what was written, one look does. Raises what the port raises, and NotFound where the
    invoice or a line has gone meanwhile.
    """
    applied = AppliedDecision(invoice)
    by_line: dict[str | None, list[Written]] = {}
    for write in writes:
        by_line.setdefault(write.booking_id, []).append(write)
    own = by_line.pop(None, [])
    for booking_id, values in by_line.items():
        applied = _write_line(kanbert, applied, str(booking_id), values)
    if applied.refused:
        own = [write for write in own if write.field != STATUS.name]
    return _write_invoice(kanbert, applied, own) if own else applied


def _write_line(
    kanbert: IncomingInvoices, applied: AppliedDecision, booking_id: str, writes: list[Written]
) -> AppliedDecision:
    invoice = applied.invoice
    try:
        answer = kanbert.patch_booking(invoice.id, booking_id, _body(invoice, writes))
    except Refused as error:
        return _with_refusal(applied, writes, error)
    if answer is None:
        answer = FieldValues(kanbert.get_incoming_invoice(invoice.id)).booking(booking_id)
    if answer is None:
        raise NotFound(f"the line {booking_id} was deleted while it was being booked")
    lines = tuple(
        _with_answer(line, answer, writes) if line.id == booking_id else line for line in invoice.bookings or ()
    )
    return replace(
        applied, invoice=invoice.model_copy(update={"bookings": lines}), written=applied.written + tuple(writes)
    )


def _write_invoice(kanbert: IncomingInvoices, applied: AppliedDecision, writes: list[Written]) -> AppliedDecision:
    invoice = applied.invoice
    try:
        answer = kanbert.patch_incoming_invoice(invoice.id, _body(invoice, writes))
    except Refused as error:
        return _with_refusal(applied, writes, error)
    if answer is None:
        answer = kanbert.get_incoming_invoice(invoice.id)
    return replace(applied, invoice=_with_answer(invoice, answer, writes), written=applied.written + tuple(writes))


def _with_refusal(applied: AppliedDecision, writes: list[Written], error: Refused) -> AppliedDecision:
    rules = tuple(sorted({write.rule_id for write in writes}))
    problem = Problem(ProblemCode.REFUSED, str(error), writes[0].booking_id, None, rules)
    return replace(applied, refused=(*applied.refused, problem))


def _with_answer[M: KanbertModel](known: M, answer: M, writes: Iterable[Written]) -> M:
    """What we knew, with the fields that were written taken from the answer, and no others.

    Whatever else the answer holds was not seen when it was decided: a person may have changed it in between. Left out
    here, it makes the state that we remember differ from Kanbert's, and the document is looked at once more.
    """
    names = [name for write in writes if (name := BY_NAME[write.field].attribute) is not None]
    return known.model_copy(update={name: getattr(answer, name) for name in names})


def _body(invoice: IncomingInvoice, writes: Iterable[Written]) -> dict[str, object]:
    """Values as the API takes them, by its names."""
    values = FieldValues(invoice)
    rows = ((BY_NAME[write.field], write) for write in writes)
    return {row.api_name: row.after_writing(write.value, values.present(*write.place)) for row, write in rows}
