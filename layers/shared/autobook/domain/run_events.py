"""The events of one run over a document: what was seen, corrected, booked, suggested, and needs a person."""

from collections.abc import Iterable

from autobook.domain.decision import Correction, Decision, Problem
from autobook.domain.event_data import (
    BookingCorrected,
    CorrectedValue,
    DocumentRef,
    InvoiceBooked,
    InvoiceNeedsReview,
    InvoiceSuggested,
    InvoiceSummary,
    ReviewReason,
    SetValue,
)
from autobook.domain.events import Event, EventContext, document_seen
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import FieldValue, Written


def run_events(
    context: EventContext,
    fingerprint: str,
    invoice: IncomingInvoice | None,
    decision: Decision,
    written: Iterable[Written],
) -> list[Event]:
    """What a run has to announce, in this order.

    `fingerprint` and `invoice` are of the state in which the run left the document; `invoice` is None for a kind that
    is only announced, and never booked.
    """
    facts = context.document.kind.facts
    seen = facts.changed_event if decision.record.revision else facts.received_event
    if invoice is None:
        return [document_seen(context, seen, fingerprint)]
    ref = DocumentRef(kind=context.document.kind, id=context.document.id, state=fingerprint)
    short = summary(invoice)
    events = [document_seen(context, seen, fingerprint, short)]
    if corrections := [_corrected_value(each) for each in decision.corrections]:
        corrected = BookingCorrected(document=ref, invoice=short, corrections=corrections)
        events.append(context.event("booking.corrected", corrected))
    if values := [_set_value(each) for each in written]:
        events.append(context.event("invoice.booked", InvoiceBooked(document=ref, invoice=short, values=values)))
    if suggested := [_set_value(each) for each in decision.suggestions]:
        suggestion = InvoiceSuggested(document=ref, invoice=short, values=suggested)
        events.append(context.event("invoice.suggested", suggestion))
    if reasons := [_review_reason(each) for each in decision.problems]:
        would_book = [_set_value(each) for each in decision.would_book]
        review = InvoiceNeedsReview(document=ref, invoice=short, reasons=reasons, would_book=would_book)
        events.append(context.event("invoice.needs_review", review))
    return events


def summary(invoice: IncomingInvoice) -> InvoiceSummary:
    """Enough of an invoice to recognise it."""
    return InvoiceSummary(
        type=invoice.type,
        title=invoice.title,
        status=invoice.status,
        invoice_number=invoice.invoice_number,
        supplier=invoice.supplier.name if invoice.supplier else None,
        date_of_invoice=invoice.date_of_invoice,
        sum_net=format(invoice.sum_net, "f"),
        sum_tax=format(invoice.sum_tax, "f"),
        sum_gross=format(invoice.sum_gross, "f"),
    )


def _plain(value: FieldValue) -> str | list[str] | None:
    return list(value) if isinstance(value, tuple) else value


def _set_value(written: Written) -> SetValue:
    """A written value as events have it."""
    return SetValue(
        booking_id=written.booking_id,
        field=written.field,
        value=_plain(written.value),
        before=_plain(written.before),
        rule_id=written.rule_id,
    )


def _review_reason(problem: Problem) -> ReviewReason:
    """A problem as events have it."""
    return ReviewReason(
        code=problem.code,
        message=problem.message,
        booking_id=problem.booking_id,
        field=problem.field,
        rule_ids=list(problem.rule_ids),
    )


def _corrected_value(correction: Correction) -> CorrectedValue:
    """A correction as events have it."""
    ours = correction.ours
    return CorrectedValue(
        booking_id=ours.booking_id,
        field=ours.field,
        ours=_plain(ours.value),
        present=_plain(correction.present),
        rule_id=ours.rule_id,
    )
