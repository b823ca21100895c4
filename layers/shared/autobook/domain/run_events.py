"""The events of one run over a document: what was seen, corrected, booked, suggested, and needs a person."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.corrections import Correction
from autobook.domain.decision import Decision
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
from autobook.domain.problems import Problem
from autobook.domain.provenance import FieldValue, ProvenanceRecord, Written
from autobook.domain.rules import Review

_LONGEST, _LONGEST_VALUE = 1_000, 10_000
"""Characters. No text of Kanbert's is longer that we write (docs/kanbert-api.md, Incoming invoices); what is read may
be."""


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
        events += context.events("booking.corrected", corrected)
    if values := [_set_value(each) for each in written]:
        events += context.events("invoice.booked", InvoiceBooked(document=ref, invoice=short, values=values))
    suggested = [*map(_set_value, decision.suggestions), *map(_suggested_review, decision.suggested_reviews)]
    if suggested:
        suggestion = InvoiceSuggested(document=ref, invoice=short, values=suggested)
        events += context.events("invoice.suggested", suggestion)
    if reasons := [_review_reason(each) for each in decision.problems]:
        would_book = [_set_value(each) for each in decision.would_book]
        review = InvoiceNeedsReview(document=ref, invoice=short, reasons=reasons, would_book=would_book)
        events += context.events("invoice.needs_review", review)
    return events


_REPEATED: Final = frozenset(("invoice.suggested", "invoice.needs_review"))
"""What is true of a state for as long as it lasts; announced once."""


def unannounced(events: Iterable[Event], record: ProvenanceRecord) -> list[Event]:
    """Of the events about a state that was announced before, those that say something new."""
    known = record.depended_on.announced if record.depended_on else ()
    kinds = record.document.kind.facts
    seen = {kinds.received_event, kinds.changed_event}
    return [each for each in events if each.type not in seen and _digest(each) not in known]


def announced(events: Iterable[Event]) -> tuple[str, ...]:
    """Digests of what is true of a state after these events, as `unannounced` compares them."""
    return tuple(_digest(each) for each in events if each.type in _REPEATED)


def _digest(event: Event) -> str:
    """What is suggested, or has to be looked at; the invoice in a few words is no part of it."""
    return sha256(canonical_json({name: each for name, each in event.data.items() if name != "invoice"}))


def summary(invoice: IncomingInvoice) -> InvoiceSummary:
    """Enough of an invoice to recognise it."""
    supplier = invoice.supplier.name if invoice.supplier else None
    return InvoiceSummary(
        type=_cut(invoice.type or "", _LONGEST),
        title=_cut(invoice.title or "", _LONGEST),
        status=_cut(invoice.status or "", _LONGEST),
        invoice_number=None if invoice.invoice_number is None else _cut(invoice.invoice_number, _LONGEST),
        supplier=None if supplier is None else _cut(supplier, _LONGEST),
        date_of_invoice=invoice.date_of_invoice,
        sum_net=_amount(invoice.sum_net),
        sum_tax=_amount(invoice.sum_tax),
        sum_gross=_amount(invoice.sum_gross),
    )


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _plain(value: FieldValue) -> str | list[str] | None:
    match value:
        case str():
            return _cut(value, _LONGEST_VALUE)
        case None:
            return None
    return [_cut(each, _LONGEST) for each in value]


def _set_value(written: Written) -> SetValue:
    """A written value as events have it."""
    return SetValue(
        booking_id=written.booking_id,
        field=written.field,
        value=_plain(written.value),
        before=_plain(written.before),
        rule_id=written.rule_id,
    )


def _suggested_review(review: Review) -> SetValue:
    """A review that a rule in mode `suggest` would ask for."""
    return SetValue(booking_id=None, field="review", value=review.text, before=None, rule_id=review.rule_id)


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
        line_deleted=correction.line_deleted,
    )
