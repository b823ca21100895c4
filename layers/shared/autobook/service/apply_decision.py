"""Writing a decision into Kanbert: a PATCH per line, then one for the invoice. What Kanbert refuses is for a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from autobook.domain.action_fields import BY_NAME, STATUS, FieldValues
from autobook.domain.errors import NotFound, Refused
from autobook.domain.kanbert import Booking, IncomingInvoice, KanbertModel
from autobook.domain.problems import Problem, ProblemCode
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
    own, by_line = list[Written](), dict[str, list[Written]]()
    for write in writes:
        (own if write.booking_id is None else by_line.setdefault(write.booking_id, [])).append(write)
    applied = _write_lines(kanbert, invoice, by_line)
    if applied.refused:
        own = [write for write in own if write.field != STATUS.name]
    return _write_invoice(kanbert, applied, own) if own else applied


def _write_lines(
    kanbert: IncomingInvoices, invoice: IncomingInvoice, by_line: Mapping[str, list[Written]]
) -> AppliedDecision:
    values, written, refused = FieldValues(invoice), list[Written](), list[Problem]()
    answers: dict[str, Booking | None] = {}
    for booking_id, writes in by_line.items():
        try:
            answers[booking_id] = kanbert.patch_booking(invoice.id, booking_id, _body(values, writes))
        except Refused as error:
            refused.append(_refusal(writes, error))
        else:
            written += writes
    after = _lines_after(kanbert, invoice.id, answers)
    lines = tuple(
        _with_answer(line, after[line.id], by_line[line.id]) if line.id in after else line
        for line in invoice.bookings or ()
    )
    changed = invoice.model_copy(update={"bookings": lines}) if after else invoice
    return AppliedDecision(changed, tuple(written), tuple(refused))


def _lines_after(
    kanbert: IncomingInvoices, invoice_id: str, answers: Mapping[str, Booking | None]
) -> dict[str, Booking]:
    """The lines as the answers show them; one look for all those that no answer shows."""
    after = {booking_id: answer for booking_id, answer in answers.items() if answer is not None}
    if len(after) < len(answers):
        found = FieldValues(kanbert.get_incoming_invoice(invoice_id))
        for booking_id in answers.keys() - after.keys():
            line = found.booking(booking_id)
            if line is None:
                raise NotFound(f"the line {booking_id} was deleted while it was being booked")
            after[booking_id] = line
    return after


def _write_invoice(kanbert: IncomingInvoices, applied: AppliedDecision, writes: list[Written]) -> AppliedDecision:
    invoice = applied.invoice
    try:
        answer = kanbert.patch_incoming_invoice(invoice.id, _body(FieldValues(invoice), writes))
    except Refused as error:
        return replace(applied, refused=(*applied.refused, _refusal(writes, error)))
    if answer is None:
        answer = kanbert.get_incoming_invoice(invoice.id)
    return replace(applied, invoice=_with_answer(invoice, answer, writes), written=applied.written + tuple(writes))


def _refusal(writes: list[Written], error: Refused) -> Problem:
    rules = tuple(sorted({write.rule_id for write in writes}))
    return Problem(ProblemCode.REFUSED, str(error), writes[0].booking_id, None, rules)


def _with_answer[M: KanbertModel](known: M, answer: M, writes: Iterable[Written]) -> M:
    """What we knew, with the fields that were written taken from the answer, and no others.

    Whatever else the answer holds was not seen when it was decided: a person may have changed it in between. Left out
    here, it makes the state that we remember differ from Kanbert's, and the document is looked at once more.
    """
    names = [name for write in writes if (name := BY_NAME[write.field].attribute) is not None]
    return known.model_copy(update={name: getattr(answer, name) for name in names})


def _body(values: FieldValues, writes: Iterable[Written]) -> dict[str, object]:
    """Values as the API takes them, by its names."""
    rows = ((BY_NAME[write.field], write) for write in writes)
    return {row.api_name: row.after_writing(write.value, values.present(*write.place)) for row, write in rows}
