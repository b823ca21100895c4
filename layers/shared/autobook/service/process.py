"""A document's way from a reference to a booking: fetch, decide, write what differs, announce, record.

Every step is safe to repeat. Before the first write provenance is told what is about to be written, so that after a
crash at any point the next try knows our values from a person's, and comes to the same end with the same event ids.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from autobook.domain import events
from autobook.domain.canonical import fingerprint
from autobook.domain.decision import Decision, codes, decide
from autobook.domain.documents import Document, DocumentKind, DocumentMessage
from autobook.domain.errors import NotFound, RetryLater
from autobook.domain.events import DocumentRef, Event, EventType
from autobook.domain.kanbert.incoming import IncomingInvoice, KanbertModel
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.domain.resumption import resume
from autobook.service.apply_decision import Booked, book
from autobook.service.ports import (
    Clock,
    CodeResolver,
    EventPublisher,
    IncomingInvoices,
    OutgoingInvoices,
    ProvenanceStore,
    RuleRepository,
)

GONE = "deleted"
"""The fingerprint of a document that is no longer there."""


class Kanbert(IncomingInvoices, OutgoingInvoices, Protocol):
    """Both kinds of document."""


class Result(StrEnum):
    """How a run ended."""

    UNCHANGED = "unchanged"
    PROCESSED = "processed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did: the events that it published, by type, and how many values it wrote."""

    result: Result
    events: tuple[EventType, ...] = ()
    values_written: int = 0


@dataclass(frozen=True, slots=True)
class ProcessDocument:
    """The use case. Called with one message, it may raise RetryLater or GiveUp."""

    kanbert: Kanbert
    rule_repository: RuleRepository
    code_resolver: CodeResolver
    provenance: ProvenanceStore
    publisher: EventPublisher
    clock: Clock
    zone: ZoneInfo

    def __call__(self, message: DocumentMessage) -> Outcome:
        """Bring the document to the state that the rules ask for."""
        entry = self.provenance.get(message.document)
        try:
            if message.kind is DocumentKind.OUTGOING_INVOICE:
                outgoing = self.kanbert.get_outgoing_invoice(message.id)
                return self._outgoing(message, entry, outgoing)
            incoming = self.kanbert.get_incoming_invoice(message.id)
        except NotFound:
            return self._gone(message, entry)
        return self._incoming(message, entry, incoming)

    def _incoming(self, message: DocumentMessage, entry: ProvenanceRecord, invoice: IncomingInvoice) -> Outcome:
        if entry.fingerprint == fingerprint(invoice):
            return Outcome(Result.UNCHANGED)  # seen before, or the echo of what we wrote
        resumed = resume(invoice, entry)
        match = self.rule_repository.rules().match(resumed.invoice, now=self.clock())
        resolved = {code: self.code_resolver.resolve(*code) for code in codes(match)}
        decision = decide(resumed.invoice, match, entry, resolved, timezone=self.zone)
        writes = resumed.remaining(decision.writes)
        booked = Booked(invoice)
        if writes:
            # What became of earlier values is not recorded yet: should this try end here, the next announces it.
            entry = self.provenance.put(entry.with_pending(resumed.done + writes))
            try:
                booked = book(self.kanbert, invoice, writes)
            except NotFound as error:
                raise RetryLater("the document lost a line, or itself, while it was being booked") from error
        decision = replace(decision, problems=decision.problems + booked.refused)
        written = resumed.done + booked.written
        state = fingerprint(booked.invoice)
        about = self._events(message, entry, decision, written, booked.invoice, state)
        self.publisher.publish(about)
        entry = replace(decision.entry.with_written(written), version=entry.version)
        self.provenance.put(entry.completed(state, status=booked.invoice.status))
        return Outcome(Result.PROCESSED, tuple(e.type for e in about), len(booked.written))

    def _events(
        self,
        message: DocumentMessage,
        entry: ProvenanceRecord,
        decision: Decision,
        written: tuple[Written, ...],
        invoice: IncomingInvoice,
        state: str,
    ) -> list[Event]:
        ref = DocumentRef(kind="incoming_invoice", id=invoice.id, state=state)
        short = events.summary(invoice)
        first: EventType = "invoice.changed" if entry.revision else "invoice.received"
        said: list[tuple[EventType, events.Data]] = [(first, events.DocumentSeen(document=ref, invoice=short))]
        if decision.corrections:
            corrections = [events.corrected_value(c) for c in decision.corrections]
            said.append(
                (
                    "booking.corrected",
                    events.BookingCorrected(document=ref, invoice=short, corrections=corrections),
                )
            )
        if written:
            values = [events.set_value(w) for w in written]
            said.append(("invoice.booked", events.InvoiceBooked(document=ref, invoice=short, values=values)))
        if decision.suggestions:
            values = [events.set_value(w) for w in decision.suggestions]
            said.append(("invoice.suggested", events.InvoiceSuggested(document=ref, invoice=short, values=values)))
        if decision.problems:
            review = events.InvoiceNeedsReview(
                document=ref,
                invoice=short,
                reasons=[events.review_reason(p) for p in decision.problems],
                would_book=[events.set_value(w) for w in decision.would_book],
            )
            said.append(("invoice.needs_review", review))
        return [self._event(type_, data, message, entry.revision_after(state)) for type_, data in said]

    def _event(self, type_: EventType, data: events.Data, message: DocumentMessage, revision: str) -> Event:
        return events.event(type_, data, message.document, state=revision, now=self.clock(), trace_id=message.trace_id)

    def _outgoing(self, message: DocumentMessage, entry: ProvenanceRecord, invoice: KanbertModel) -> Outcome:
        state = fingerprint(invoice)
        if entry.fingerprint == state:
            return Outcome(Result.UNCHANGED)
        status = str(getattr(invoice, "status", ""))
        return self._announce("outgoing_invoice.changed", message, entry, state, Result.PROCESSED, status)

    def _gone(self, message: DocumentMessage, entry: ProvenanceRecord) -> Outcome:
        if entry.deleted or not entry.version:
            return Outcome(Result.UNCHANGED)  # announced before, or come and gone unseen
        return self._announce("invoice.deleted", message, entry, GONE, Result.DELETED)

    def _announce(
        self,
        type_: EventType,
        message: DocumentMessage,
        entry: ProvenanceRecord,
        state: str,
        result: Result,
        status: str = "",
    ) -> Outcome:
        ref = _ref(message.document, state)
        data = events.DocumentSeen(document=ref, invoice=None)
        self.publisher.publish([self._event(type_, data, message, entry.revision_after(state))])
        self.provenance.put(entry.completed(state, status=status, deleted=result is Result.DELETED))
        return Outcome(result, (type_,))


def _ref(document: Document, state: str) -> DocumentRef:
    return DocumentRef(kind=document.kind.value, id=document.id, state=state)
