"""The protocol broken on purpose, one step at a time; the worlds have to catch each, by the invariant named."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from autobook.domain import decision as decisions
from autobook.domain.corrections import Reviewed, review
from autobook.domain.decision import Decision, decide
from autobook.domain.errors import GiveUp, RetryLater
from autobook.domain.events import EventContext
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.known_invoice import KnownInvoice
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.domain.resumption import Resumed, resume
from autobook.domain.run_events import run_events
from autobook.service import code_lookup, process
from autobook.service.apply_decision import AppliedDecision, apply_decision
from autobook.service.process import ProcessDocument
from autobook.service.sweep import SweepDocuments
from tests.fakes import FakeEventPublisher
from tests.programs.worlds.explore import Budget
from tests.programs.worlds.truth import Promise
from tests.programs.worlds.world import WorldRules

FAULT, ACT = Budget(faults=1), Budget(acts=1)
type Patches = Iterable[tuple[Any, str, Any]]


@dataclass(frozen=True)
class Plant:
    """A bug: where it is put, in which scene and with which interventions it shows, and what it breaks."""

    name: str
    breaks: Promise
    patches: Callable[[], Patches]
    scene: str = "first"
    budget: Budget = FAULT

    @contextmanager
    def planted(self) -> Iterator[None]:
        """As long as it is there."""
        with ExitStack() as stack:
            for target, name, value in self.patches():
                stack.enter_context(patch.object(target, name, value))
            yield


def _no_intent() -> Patches:
    def with_pending(record: ProvenanceRecord, *_: Any) -> ProvenanceRecord:
        return replace(record, fingerprint=None)

    yield ProvenanceRecord, "with_pending", with_pending


def _never_recorded() -> Patches:
    def completed(record: ProvenanceRecord, *_: Any, **__: Any) -> ProvenanceRecord:
        return record

    yield ProvenanceRecord, "completed", completed


def _recorded_before_published() -> Patches:
    announce_and_record = ProcessDocument._announce_and_record

    def reversed_order(use_case: ProcessDocument, message: Any, run: Any) -> Any:
        kept = FakeEventPublisher()
        result = announce_and_record(replace(use_case, publisher=kept), message, run)
        use_case.publisher.publish(kept.published)
        return result

    yield ProcessDocument, "_announce_and_record", reversed_order


def _status_first() -> Patches:
    def status_first(
        kanbert: Any, journal: Any, clock: Any, invoice: IncomingInvoice, looked_at: Any, writes: tuple[Written, ...]
    ) -> AppliedDecision:
        early = tuple(write for write in writes if write.field == "status")
        for write in early:
            kanbert.patch_incoming_invoice(invoice.id, {"status": write.value})
        others = [write for write in writes if write not in early]
        applied = apply_decision(kanbert, journal, clock, invoice, looked_at, others)
        if early:
            invoice = applied.invoice.model_copy(update={"status": early[0].value})
            return replace(applied, invoice=invoice, written=applied.written + early)
        return applied

    yield process, "apply_decision", status_first


def _decides_on_what_it_finds() -> Patches:
    def found(invoice: IncomingInvoice, record: ProvenanceRecord) -> Resumed:
        return replace(resume(invoice, record), invoice=invoice)

    yield process, "resume", found


def _echo_not_recognised() -> Patches:
    completed = ProvenanceRecord.completed

    def forgetful(record: ProvenanceRecord, *args: Any, **named: Any) -> ProvenanceRecord:
        return replace(completed(record, *args, **named), fingerprint="unknown")

    yield ProvenanceRecord, "completed", forgetful


def _reviewing(change: Callable[[Reviewed, ProvenanceRecord], Reviewed]) -> Patches:
    def changed(found: IncomingInvoice, record: ProvenanceRecord, resumed: Resumed) -> Reviewed:
        return change(review(found, record, resumed), record)

    yield process, "review", changed


def _human_owned_forgotten() -> Patches:
    def forget(reviewed: Reviewed, _: ProvenanceRecord) -> Reviewed:
        return replace(reviewed, record=replace(reviewed.record, human_owned=frozenset()))

    return _reviewing(forget)


def _corrected_stays_ours() -> Patches:
    def keep(reviewed: Reviewed, record: ProvenanceRecord) -> Reviewed:
        return replace(reviewed, record=replace(reviewed.record, written=record.written))

    return _reviewing(keep)


def _corrections_not_announced() -> Patches:
    return _reviewing(lambda reviewed, _: replace(reviewed, corrections=()))


def _ids_from_the_clock() -> Patches:
    event = EventContext.event

    def at_this_time(context: EventContext, *args: Any) -> Any:
        return event(replace(context, state=f"{context.state}{context.now}"), *args)

    yield EventContext, "event", at_this_time


def _closed_not_noticed() -> Patches:
    def opened(invoice: IncomingInvoice, *args: Any, **named: Any) -> Decision:
        return decide(invoice.model_copy(update={"status": "open"}), *args, **named)

    yield code_lookup, "decide", opened


def _writes_over_anything() -> Patches:
    def may_write(*_: Any) -> bool:
        return True

    yield decisions._Decider, "_may_write", may_write


def _equal_is_ours() -> Patches:
    def claimed(invoice: IncomingInvoice, record: ProvenanceRecord) -> Resumed:
        equal = tuple(
            Written(line.id, "account", "acc-7380", None, "book")
            for line in invoice.bookings or ()
            if line.chart_of_account_id == "acc-7380"
        )
        resumed = resume(invoice, record)
        return replace(resumed, done=resumed.done + tuple(each for each in equal if each not in record.written))

    yield process, "resume", claimed


def _whole_answer_believed() -> Patches:
    def believed(known: KnownInvoice, _: Iterable[str], source: Any) -> None:
        if isinstance(source, IncomingInvoice):
            known.__init__(source)  # type: ignore[misc]
        else:
            known._lines[source.id] = source

    yield KnownInvoice, "adopt", believed


def _announced_again() -> Patches:
    def all_that_was_ever_written(context: Any, state: str, invoice: Any, decision: Decision, written: Any) -> Any:
        return run_events(context, state, invoice, decision, (*decision.record.written, *written))

    yield process, "run_events", all_that_was_ever_written


def _suggestions_written() -> Patches:
    rules = WorldRules.rules

    def applied(repository: WorldRules) -> Any:
        copy = WorldRules(*({k: v for k, v in rule.items() if k != "mode"} for rule in repository.items))
        return rules(copy)

    yield WorldRules, "rules", applied


def _sweep_queues_nothing() -> Patches:
    def nothing(_: SweepDocuments, _found: Any) -> None:
        return None

    yield SweepDocuments, "submit", nothing


def _gives_up_when_busy() -> Patches:
    call = ProcessDocument.__call__

    def impatient(use_case: ProcessDocument, message: Any) -> Any:
        try:
            return call(use_case, message)
        except RetryLater as error:
            raise GiveUp(str(error)) from error

    yield ProcessDocument, "__call__", impatient


def _undone_means_never_written() -> Patches:
    def nothing_done(invoice: IncomingInvoice, _: ProvenanceRecord) -> Resumed:
        return Resumed(invoice)

    yield process, "resume", nothing_done


def _empty_is_nobodys() -> Patches:
    """A value of ours that a person emptied counts as never written."""

    def forget(reviewed: Reviewed, _: ProvenanceRecord) -> Reviewed:
        emptied = {each.ours.place for each in reviewed.corrections if each.present is None}
        human_owned = reviewed.record.human_owned - emptied
        return replace(reviewed, record=replace(reviewed.record, human_owned=human_owned))

    return _reviewing(forget)


PLANTS = (
    Plant("no intent before the first write", Promise.PROVENANCE, _no_intent),
    Plant("the run is never recorded", Promise.STATES, _never_recorded),
    Plant("recorded before it is published", Promise.STATES, _recorded_before_published),
    Plant("the status first", Promise.CLOSED, _status_first, "ready"),
    Plant("a resumed run decides on what it finds", Promise.LOST, _decides_on_what_it_finds),
    Plant("a resumed run takes nothing for done", Promise.PROVENANCE, _undone_means_never_written),
    Plant("the echo of a write is not recognised", Promise.STATES, _echo_not_recognised),
    Plant("what a person owns is forgotten", Promise.OVERRULED, _human_owned_forgotten, "emptied", ACT),
    Plant("an emptied value counts as never written", Promise.PROVENANCE, _empty_is_nobodys, budget=ACT),
    Plant("a corrected value stays ours", Promise.PROVENANCE, _corrected_stays_ours, budget=ACT),
    Plant("corrections are not announced", Promise.UNANNOUNCED_CORRECTION, _corrections_not_announced, budget=ACT),
    Plant("event ids from the clock", Promise.STATES, _ids_from_the_clock, "swept"),
    Plant("a closed invoice is not noticed", Promise.CLOSED, _closed_not_noticed, budget=ACT),
    Plant("a person's value is written over", Promise.OVERRULED, _writes_over_anything, budget=ACT),
    Plant("a person's equal value is taken for ours", Promise.PROVENANCE, _equal_is_ours, budget=ACT),
    Plant("the whole answer is believed", Promise.UNANNOUNCED_CORRECTION, _whole_answer_believed, budget=ACT),
    Plant("values are announced again", Promise.LOST, _announced_again, budget=ACT),
    Plant("suggestions are written", Promise.SURPRISE, _suggestions_written, "suggested"),
    Plant("the sweep queues nothing", Promise.LOST, _sweep_queues_nothing, "swept", ACT),
    Plant("Kanbert is busy, and the message is given up", Promise.VANISHED, _gives_up_when_busy),
)
