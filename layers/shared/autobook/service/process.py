"""A document's way from a reference to a booking: fetch, decide, write what differs, record, announce.

Every step is safe to repeat. Before the first write provenance records what is about to be written, so that after a
crash at any point the next attempt knows our values from a person's, and ends alike, with the same event ids.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from autobook.domain.absence import BETWEEN_LOOKS, SECOND_LOOK, wait_for_unseen
from autobook.domain.corrections import review
from autobook.domain.decision import Decision
from autobook.domain.dependence import Dependence
from autobook.domain.documents import Change, Document, DocumentContent, DocumentKind, DocumentMessage
from autobook.domain.errors import GiveUp, NotFound, RetryLater
from autobook.domain.event_types import EventType
from autobook.domain.events import EventContext
from autobook.domain.fingerprints import DocumentState, state_of
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.match_changes import Acceptance
from autobook.domain.problems import in_doubt
from autobook.domain.provenance import MOST_RUNS, GivenUp, ProvenanceRecord, Written
from autobook.domain.resumption import resume
from autobook.domain.reviews import open_since
from autobook.domain.run_events import announced, deletion_events, open_reviews, run_events, unannounced
from autobook.domain.suggestions import open_suggestions
from autobook.domain.summaries import snapshot_of
from autobook.service.announcing import announce, record_and_announce
from autobook.service.apply_decision import AppliedDecision, apply_decision
from autobook.service.decide_invoice import DecideInvoice
from autobook.service.document_sources import SOURCES
from autobook.service.finish_undo import FinishUndo
from autobook.service.journal import Journal
from autobook.service.ports import Clock, CodeResolver, Documents, EventPublisher, ProvenanceStore, RuleRepository
from autobook.service.status_guards import StatusGuards

DELETED = DocumentState("deleted")
"""The state of a document that is no longer there."""
_LONGEST_REASON = 1000
"""Characters of the reason of a dead letter that provenance keeps."""


class ProcessOutcome(StrEnum):
    """How a run ended."""

    UNCHANGED = "unchanged"
    PROCESSED = "processed"
    DELETED = "deleted"
    GIVEN_UP = "given up"
    """For the same reason as before: there is a dead letter that says so."""


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """What a run did: the events that it published, by type, and how many values it wrote."""

    outcome: ProcessOutcome
    events: tuple[EventType, ...] = ()
    values_written: int = 0


@dataclass(frozen=True, slots=True)
class _Run:
    """A run before it is announced and recorded.

    `content` is the document as the writes left it. `written` includes what an incomplete run wrote that is resumed
    here; `values_written` does not. `depends_on` is what the decision about the invoice depended on.
    """

    content: DocumentContent
    decision: Decision
    written: tuple[Written, ...] = ()
    side_effects: tuple[Written, ...] = ()
    values_written: int = 0
    depends_on: Dependence | None = None


@dataclass(frozen=True, slots=True)
class ProcessDocument:
    """The use case. Called with one message, it may raise RetryLater or GiveUp.

    `report_restless` is called with a document that has changed so often within an hour that it is slowed down.
    """

    kanbert: Documents
    rule_repository: RuleRepository
    code_resolver: CodeResolver
    status_guards: StatusGuards
    provenance: ProvenanceStore
    publisher: EventPublisher
    clock: Clock
    zone: ZoneInfo
    source: str
    """Names the stack in events (a URI)."""
    report_restless: Callable[[Document], None] = lambda _: None
    acceptance: Acceptance | None = None
    """Suggestions that a person accepts with this run."""

    def __call__(self, message: DocumentMessage) -> ProcessResult:
        """Bring the document to the state that the rules ask for.

        In a known state it is decided again where the decision would be another now, or the message asks for it.
        """
        record = self.provenance.get(message.document)
        if record.unpublished:
            record = announce(self.provenance, self.publisher, record)
        looked_at = self.clock()
        try:
            if record.undoing is not None:
                record, _ = self.finish_undo(record, message.trace_id)
            content = SOURCES[message.kind].fetch(self.kanbert, message.id)
        except NotFound:
            return self._missing(message, record)
        except GiveUp as error:
            return self._give_up(message, error)
        if record.missing_since is not None:
            record = self.provenance.put(record.there_again())
        state = state_of(content)
        if record.fingerprint == state.fingerprint and not self._is_due(message, content, record):
            # Seen before, or the echo of what we wrote.
            seen = record.seen(state, self.clock())
            if seen.says_more_than(record):
                self.provenance.put(seen)
            return ProcessResult(ProcessOutcome.UNCHANGED)
        self._slow_down(record)
        try:
            return self._process(message, content, looked_at, record.found_in(state))
        except GiveUp as error:
            return self._give_up(message, error, state.fingerprint)

    def _is_due(self, message: DocumentMessage, content: DocumentContent, record: ProvenanceRecord) -> bool:
        """True if a document in a known state has to be decided again."""
        invoice = SOURCES[message.kind].bookable(content)
        return invoice is not None and (message.event is Change.DECIDE or self.deciding.is_due(invoice, record))

    @property
    def deciding(self) -> DecideInvoice:
        """Deciding by what this run is made of."""
        return DecideInvoice(
            self.rule_repository, self.code_resolver, self.status_guards, self.clock, self.zone, self.acceptance
        )

    @property
    def finish_undo(self) -> FinishUndo:
        """Bringing an interrupted undo to its end."""
        return FinishUndo(self.kanbert, self.provenance, self.publisher, self.clock, self.source)

    def preview(self, invoice: IncomingInvoice) -> Decision:
        """What a run would write, suggest and leave to a person now. Nothing is written."""
        record = self.provenance.get(Document(DocumentKind.INCOMING_INVOICE, invoice.id))
        resumed = resume(invoice, record)
        reviewed = review(invoice, record.found_in(state_of(invoice)), resumed)
        decision = self.deciding.decide(resumed.invoice, reviewed.record).decision
        problems = resumed.unsolved(decision.problems)
        return replace(decision, writes=resumed.remaining(decision.writes), problems=problems)

    def _process(
        self, message: DocumentMessage, content: DocumentContent, looked_at: datetime, record: ProvenanceRecord
    ) -> ProcessResult:
        invoice = SOURCES[message.kind].bookable(content)
        run = _Run(content, Decision(record)) if invoice is None else self._book(message, invoice, looked_at, record)
        return self._announce_and_record(message, run)

    def _slow_down(self, record: ProvenanceRecord) -> None:
        """A document that changes by itself at every look must not be booked, announced and archived without end."""
        now = self.clock()
        until = record.slowed_until(now)
        if until is not None:
            reason = (
                f"the document has changed {MOST_RUNS} times within an hour; the next run is at {until:%H:%M:%S} UTC"
            )
            raise RetryLater(reason, after=(until - now).total_seconds())

    def _book(
        self, message: DocumentMessage, invoice: IncomingInvoice, looked_at: datetime, record: ProvenanceRecord
    ) -> _Run:
        resumed = resume(invoice, record)
        reviewed = review(invoice, record, resumed)
        since = _sent_at(message) if message.event is Change.DECIDE else None
        problems = [in_doubt(write) for write in resumed.unknown]
        decided = self.deciding.decide(resumed.invoice, reviewed.record, since, problems)
        decision = replace(decided.decision, problems=resumed.unsolved(decided.decision.problems))
        # What became of earlier values is not recorded before the end: should this attempt end, the next announces it.
        # What is a person's is: should they empty it meanwhile, nothing else would tell.
        recorded = replace(record, human_owned=reviewed.record.human_owned)
        journal = Journal(self.provenance, recorded, list(resumed.pending))
        applied = AppliedDecision(invoice)
        if writes := resumed.remaining(decision.writes):
            applied = apply_decision(self.kanbert, journal, self.clock, invoice, looked_at, writes)
        if applied.stopped is not None:
            raise applied.stopped
        decision = replace(
            decision,
            record=replace(reviewed.record, version=journal.record.version),
            corrections=reviewed.corrections,
            suggestions=resumed.unaccepted(decision.suggestions),
            problems=decision.problems + applied.problems,
            refused=applied.refused,
        )
        written, named = resumed.done + applied.written, decision.names.named
        after = decision.record.with_written(written, applied.side_effects)
        depends_on = decided.dependence(decision.problems, after, self.clock(), wrote=bool(written))
        if resumed.is_overtaken(decision.writes):
            depends_on = replace(depends_on, outcome="")  # to be decided again, on what stands there now
        return _Run(
            applied.invoice, decision, named(written), named(applied.side_effects), len(applied.written), depends_on
        )

    def _announce_and_record(self, message: DocumentMessage, run: _Run) -> ProcessResult:
        record, state = run.decision.record, state_of(run.content)
        context = self._context(message, record, state.fingerprint)
        again = record.announced_state == state.fingerprint
        if again and record.depended_on is None:  # a former version's: what was announced then is not known
            context = replace(context, state=record.revision)
        every = run_events(context, state.fingerprint, run.content, run.decision, run.written)
        events = unannounced(every, record) if again else every
        written, now = record.with_written(run.written, run.side_effects), self.clock()
        by_edit = run.depends_on is not None and run.depends_on.is_by_edit(record.depended_on)
        completed = written.decided_again(state, now)
        if events:
            completed = written.completed(state, now, context.state, by_edit=by_edit)
        if run.depends_on is not None:
            depends_on = replace(run.depends_on, state=state.fingerprint, announced=announced(every))
            completed = replace(completed, depended_on=depends_on)
        reviews = open_reviews(run.decision.problems)
        invoice = SOURCES[message.kind].bookable(run.content)
        suggestions = open_suggestions(invoice, run.decision, record.suggestions, now)
        completed = replace(completed, reviews=open_since(record.reviews, reviews, now), suggestions=suggestions)
        if record.snapshot is None or record.snapshot.state != state.fingerprint:
            snapshot = snapshot_of(run.content, state.fingerprint, run.decision.names)
            completed = replace(completed, snapshot=snapshot)
        record_and_announce(self.provenance, self.publisher, completed, events)
        if len(record.runs) < MOST_RUNS <= len(completed.runs):
            self.report_restless(message.document)
        return ProcessResult(ProcessOutcome.PROCESSED, tuple(event.type for event in events), run.values_written)

    def _missing(self, message: DocumentMessage, record: ProvenanceRecord) -> ProcessResult:
        """Kanbert says that the document is not there. That is believed when it says so again, later."""
        now = self.clock()
        if record.deleted:
            return ProcessResult(ProcessOutcome.UNCHANGED)  # announced before
        if not record.was_seen:
            wait = wait_for_unseen(_age(message, now))
            if wait is not None:
                raise RetryLater("the document is not there yet", after=wait)
            return ProcessResult(ProcessOutcome.UNCHANGED)  # deleted before we saw it
        if record.missing_since is None:
            self.provenance.put(record.missing(now))
        if record.missing_since is None or now - record.missing_since < BETWEEN_LOOKS:
            raise RetryLater("the document is not there; deleted if it is not there later either", after=SECOND_LOOK)
        return self._announce_deletion(message, record)

    def _announce_deletion(self, message: DocumentMessage, record: ProvenanceRecord) -> ProcessResult:
        context = self._context(message, record, DELETED.fingerprint)
        events = deletion_events(context, DELETED.fingerprint, record)
        deleted = record.completed(DELETED, self.clock(), deleted=True)
        deleted = replace(deleted, reviews=(), suggestions=(), undoing=None)
        record_and_announce(self.provenance, self.publisher, deleted, events)
        return ProcessResult(ProcessOutcome.DELETED, tuple(event.type for event in events))

    def _give_up(self, message: DocumentMessage, error: GiveUp, state: str = "") -> ProcessResult:
        """Record it, then raise it: the message becomes a dead letter.

        One dead letter is enough: another message for which the reason is the same ends quietly. The very message is
        raised again, for it may have been interrupted on its way to the dead letters, or come back from there.
        """
        record, now = self.provenance.get(message.document), self.clock()
        given_up = GivenUp(str(error)[:_LONGEST_REASON], message.trace_id, now, state)
        before = record.given_up
        if before is not None and before.reason == given_up.reason and before.has_dead_letter(now):
            self.provenance.put(record.with_given_up(replace(before, state=state), now))
            if before.trace_id != message.trace_id:
                return ProcessResult(ProcessOutcome.GIVEN_UP)
        else:
            self.provenance.put(record.with_given_up(given_up, now))
        raise error

    def _context(self, message: DocumentMessage, record: ProvenanceRecord, state: str) -> EventContext:
        revision = record.revision_after(state)
        now = self.clock()
        return EventContext(message.document, revision, now, message.trace_id, self.source, message.traceparent)


def _age(message: DocumentMessage, now: datetime) -> timedelta:
    """How long ago the message was queued; one that does not say is old."""
    sent_at = _sent_at(message)
    return timedelta.max if sent_at is None else now - sent_at


def _sent_at(message: DocumentMessage) -> datetime | None:
    """When the message was queued; None where it does not say."""
    try:
        sent_at = datetime.fromisoformat(message.received_at)
    except (ValueError, TypeError):
        return None
    return sent_at if sent_at.tzinfo else None
