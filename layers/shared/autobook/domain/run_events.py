"""The events of one run over a document: what was seen, corrected, booked, suggested, and needs a person."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.changes import changes_between
from autobook.domain.corrections import Correction
from autobook.domain.decision import Decision
from autobook.domain.documents import DocumentContent, DocumentKind
from autobook.domain.event_data import (
    BookingCorrected,
    InvoiceBooked,
    InvoiceChanged,
    InvoiceDeleted,
    InvoiceNeedsReview,
    InvoiceReceived,
    InvoiceReviewResolved,
    InvoiceSuggested,
    InvoiceUndone,
    OutgoingInvoiceChanged,
    OutgoingInvoiceDeleted,
)
from autobook.domain.event_fields import (
    CorrectedValue,
    DocumentRef,
    FieldName,
    InvoiceSummary,
    OutgoingInvoiceSummary,
    ReasonCode,
    ReviewReason,
    SetValue,
    UndoneValue,
    Value,
    facts,
)
from autobook.domain.event_values import LONGEST_VALUE, code_value, cut, value_of
from autobook.domain.events import Event, EventContext
from autobook.domain.kanbert import IncomingInvoice, OutgoingInvoice
from autobook.domain.object_names import ObjectNames
from autobook.domain.problems import Problem
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.domain.reviews import OpenReview, resolved
from autobook.domain.rules import Review
from autobook.domain.summaries import outgoing_summary, snapshot_of, summary


def run_events(
    context: EventContext,
    fingerprint: str,
    content: DocumentContent,
    decision: Decision,
    written: Iterable[Written],
) -> list[Event]:
    """What a run has to announce, in this order.

    `fingerprint` and `content` are of the state in which the run left the document. Only incoming invoices are booked;
    documents of other kinds are announced, and no more.
    """
    ref = DocumentRef(kind=context.document.kind, id=context.document.id, state=fingerprint)
    if not isinstance(content, IncomingInvoice):
        changed = OutgoingInvoiceChanged(document=ref, invoice=outgoing_summary(cast("OutgoingInvoice", content)))
        return [context.event(context.document.kind.facts.changed_event, changed)]
    short, values_of = summary(content), _EventValues(decision)
    events = [_seen(context, ref, short, content, decision)]
    if corrections := [values_of.corrected_value(each) for each in decision.corrections]:
        corrected = BookingCorrected(document=ref, invoice=short, corrections=corrections)
        events += context.events("booking.corrected", corrected)
    if values := [values_of.set_value(each) for each in written]:
        events += context.events("invoice.booked", InvoiceBooked(document=ref, invoice=short, values=values))
    if suggested := [
        *(values_of.set_value(each, given=True) for each in decision.suggestions),
        *map(_suggested_review, decision.suggested_reviews),
    ]:
        suggestion = InvoiceSuggested(document=ref, invoice=short, values=suggested)
        events += context.events("invoice.suggested", suggestion)
    reviews = open_reviews(decision.problems)
    events += _resolved(context, ref, short, decision.record.reviews, reviews)
    if reasons := [_review_reason(each) for each in reviews]:
        would_book = [values_of.set_value(each, given=True) for each in decision.would_book]
        review = InvoiceNeedsReview(document=ref, invoice=short, reasons=reasons, would_book=would_book)
        events += context.events("invoice.needs_review", review)
    return events


def undo_events(
    context: EventContext,
    fingerprint: str,
    invoice: IncomingInvoice,
    decision: Decision,
    by: str,
    undone: Iterable[Written],
) -> list[Event]:
    """What an undo has to announce: the state that it left, and the values that it took back."""
    ref, short = DocumentRef(kind=context.document.kind, id=context.document.id, state=fingerprint), summary(invoice)
    values = [
        UndoneValue(
            booking_id=each.booking_id,
            field=cast("FieldName", each.field),
            ours=_value(each, decision.names),
            restored=value_of(each.field, each.before, each.before_name),
            rule_id=each.rule_id,
            rule_version=each.rule_version,
        )
        for each in undone
    ]
    data = InvoiceUndone(document=ref, invoice=short, values=values, by=by)
    return [_seen(context, ref, short, invoice, decision), *context.events("invoice.undone", data)]


def deletion_events(context: EventContext, fingerprint: str, record: ProvenanceRecord) -> list[Event]:
    """What there is to say when a document is gone: nobody has to look at it, and what it was."""
    ref = DocumentRef(kind=context.document.kind, id=context.document.id, state=fingerprint)
    known, deleted = record.snapshot.summary if record.snapshot else None, context.document.kind.facts.deleted_event
    if context.document.kind is not DocumentKind.INCOMING_INVOICE:
        outgoing = OutgoingInvoiceSummary.model_validate(known) if known else None
        return [context.event(deleted, OutgoingInvoiceDeleted(document=ref, invoice=outgoing))]
    invoice = InvoiceSummary.model_validate(known) if known else None
    events = _resolved(context, ref, invoice, record.reviews, ())
    return [*events, context.event(deleted, InvoiceDeleted(document=ref, invoice=invoice))]


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


def open_reviews(problems: Iterable[Problem]) -> tuple[OpenReview, ...]:
    """The reasons for which a person has to look, as they are announced and remembered."""
    return tuple(
        OpenReview(each.code.value, each.message, each.booking_id, each.field, each.rule_ids, each.rule_versions)
        for each in problems
    )


def _digest(event: Event) -> str:
    """What is suggested, or has to be looked at.

    Neither how the invoice looks nor what objects are called counts, nor another version of a rule that says the same.
    """
    what = {name: _unversioned(facts(each)) for name, each in event.data.items() if name != "invoice"}
    return sha256(canonical_json(what))


def _unversioned(value: Any) -> Any:
    if isinstance(value, list):
        return [_unversioned(each) for each in value]
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name not in {"rule_version", "rule_versions"}}
    return value


def _seen(
    context: EventContext, ref: DocumentRef, short: InvoiceSummary, invoice: IncomingInvoice, decision: Decision
) -> Event:
    record, kinds = decision.record, context.document.kind.facts
    if not record.revision:
        return context.event(kinds.received_event, InvoiceReceived(document=ref, invoice=short))
    changes = None
    if record.snapshot is not None and record.snapshot.state != ref.state:
        changes = changes_between(record.snapshot, snapshot_of(invoice, ref.state, decision.names))
    return context.event(kinds.changed_event, InvoiceChanged(document=ref, invoice=short, changes=changes))


def _resolved(
    context: EventContext,
    ref: DocumentRef,
    short: InvoiceSummary | None,
    before: Iterable[OpenReview],
    now: Collection[OpenReview],
) -> list[Event]:
    reasons = [_review_reason(each) for each in resolved(before, now)]
    if not reasons:
        return []
    data = InvoiceReviewResolved(document=ref, invoice=short, reasons=reasons, reasons_left=len(now))
    return context.events("invoice.review_resolved", data)


@dataclass(frozen=True, slots=True)
class _EventValues:
    """What a decision says about values, as events have it."""

    decision: Decision

    def set_value(self, written: Written, *, given: bool = False) -> SetValue:
        """`given`: a value as a rule gives it, whose code may stand for nothing."""
        unresolved = given and any(
            (each.field, each.code) == (written.field, written.value) for each in self.decision.unresolved
        )
        return SetValue(
            booking_id=written.booking_id,
            field=cast("FieldName", written.field),
            value=code_value(str(written.value)) if unresolved else _value(written, self.decision.names),
            before=value_of(written.field, written.before, written.before_name),
            rule_id=written.rule_id,
            rule_version=written.rule_version,
            accepted_by=written.accepted_by,
        )

    def corrected_value(self, correction: Correction) -> CorrectedValue:
        ours, names = correction.ours, self.decision.names
        return CorrectedValue(
            booking_id=ours.booking_id,
            field=cast("FieldName", ours.field),
            ours=_value(ours, names),
            present=value_of(ours.field, correction.present, names.of(ours.field, correction.present)),
            rule_id=ours.rule_id,
            line_deleted=correction.line_deleted,
            rule_version=ours.rule_version,
        )


def _value(written: Written, names: ObjectNames) -> Value | None:
    return value_of(written.field, written.value, written.value_name or names.of(written.field, written.value))


def _suggested_review(review: Review) -> SetValue:
    """A review that a rule in mode `suggest` would ask for."""
    text, version = Value(text=cut(review.text, LONGEST_VALUE)), review.rule_version
    return SetValue(
        booking_id=None, field="review", value=text, before=None, rule_id=review.rule_id, rule_version=version
    )


def _review_reason(review: OpenReview) -> ReviewReason:
    return ReviewReason(
        code=cast("ReasonCode", review.code),
        message=review.message,
        booking_id=review.booking_id,
        field=cast("FieldName | None", review.field),
        rule_ids=list(review.rule_ids),
        rule_versions=list(review.rule_versions),
    )
