"""A document's way from a reference to a booking: fetch, decide, write what differs, announce, record.

Every step is safe to repeat. Before the first write provenance records what is about to be written, so that after a
crash at any point the next attempt knows our values from a person's, and ends alike, with the same event ids.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from autobook.domain.decision import Decision, codes, decide
from autobook.domain.documents import DocumentContent, DocumentMessage
from autobook.domain.errors import NotFound, RetryLater
from autobook.domain.event_types import EventType
from autobook.domain.events import EventContext, document_seen
from autobook.domain.fingerprints import fingerprint
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.domain.resumption import Resumed, resume
from autobook.domain.run_events import run_events
from autobook.service.apply_decision import AppliedDecision, apply_decision
from autobook.service.document_sources import SOURCES
from autobook.service.ports import Clock, CodeResolver, Documents, EventPublisher, ProvenanceStore, RuleRepository

DELETED_STATE = "deleted"
"""The fingerprint of a document that is no longer there."""


class ProcessOutcome(StrEnum):
    """How a run ended."""

    UNCHANGED = "unchanged"
    PROCESSED = "processed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """What a run did: the events that it published, by type, and how many values it wrote."""

    outcome: ProcessOutcome
    events: tuple[EventType, ...] = ()
    values_written: int = 0


@dataclass(frozen=True, slots=True)
class _Run:
    """A run before it is announced and recorded.

    `content` is the document as the writes left it, `invoice` the same where rules are about this kind of document.
    `written` includes what an incomplete run wrote that is resumed here; `values_written` does not.
    """

    content: DocumentContent
    invoice: IncomingInvoice | None
    decision: Decision
    written: tuple[Written, ...] = ()
    values_written: int = 0


@dataclass(frozen=True, slots=True)
class ProcessDocument:
    """The use case. Called with one message, it may raise RetryLater or GiveUp."""

    kanbert: Documents
    rule_repository: RuleRepository
    code_resolver: CodeResolver
    provenance: ProvenanceStore
    publisher: EventPublisher
    clock: Clock
    zone: ZoneInfo

    def __call__(self, message: DocumentMessage) -> ProcessResult:
        """Bring the document to the state that the rules ask for."""
        record = self.provenance.get(message.document)
        source = SOURCES[message.kind]
        try:
            content = source.fetch(self.kanbert, message.id)
        except NotFound:
            return self._announce_deletion(message, record)
        if record.fingerprint == fingerprint(content):
            return ProcessResult(ProcessOutcome.UNCHANGED)  # seen before, or the echo of what we wrote
        invoice = source.bookable(content)
        run = _Run(content, None, Decision(record)) if invoice is None else self._book(invoice, record)
        return self._announce_and_record(message, run)

    def _book(self, invoice: IncomingInvoice, record: ProvenanceRecord) -> _Run:
        resumed = resume(invoice, record)
        decision = self._decide(resumed, record)
        writes = resumed.remaining(decision.writes)
        applied = AppliedDecision(invoice)
        if writes:
            # What became of earlier values is not recorded yet: should this attempt end here, the next announces it.
            record = self.provenance.put(record.with_pending(resumed.done + writes))
            try:
                applied = apply_decision(self.kanbert, invoice, writes)
            except NotFound as error:
                raise RetryLater("the document or one of its lines was deleted while it was being booked") from error
        decision = replace(
            decision,
            problems=decision.problems + applied.refused,
            record=replace(decision.record, version=record.version),
        )
        written = resumed.done + applied.written
        return _Run(applied.invoice, applied.invoice, decision, written, len(applied.written))

    def _decide(self, resumed: Resumed, record: ProvenanceRecord) -> Decision:
        match = self.rule_repository.rules().match(resumed.invoice, now=self.clock())
        resolved = {code: self.code_resolver.resolve(*code) for code in codes(match)}
        return decide(resumed.invoice, match, record, resolved, timezone=self.zone)

    def _announce_and_record(self, message: DocumentMessage, run: _Run) -> ProcessResult:
        record, state = run.decision.record, fingerprint(run.content)
        events = run_events(self._context(message, record, state), state, run.invoice, run.decision, run.written)
        self.publisher.publish(events)
        self.provenance.put(record.with_written(run.written).completed(state, status=run.content.status or ""))
        return ProcessResult(ProcessOutcome.PROCESSED, tuple(event.type for event in events), run.values_written)

    def _announce_deletion(self, message: DocumentMessage, record: ProvenanceRecord) -> ProcessResult:
        if record.deleted or not record.version:
            return ProcessResult(ProcessOutcome.UNCHANGED)  # announced before, or deleted before we saw it
        context = self._context(message, record, DELETED_STATE)
        event = document_seen(context, message.kind.facts.deleted_event, DELETED_STATE)
        self.publisher.publish([event])
        self.provenance.put(record.completed(DELETED_STATE, deleted=True))
        return ProcessResult(ProcessOutcome.DELETED, (event.type,))

    def _context(self, message: DocumentMessage, record: ProvenanceRecord, state: str) -> EventContext:
        return EventContext(message.document, record.revision_after(state), self.clock(), message.trace_id)
