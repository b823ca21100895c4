"""The protocol broken on purpose, one step at a time; the worlds have to catch each, by the invariant named."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from autobook.domain import decision as decisions
from autobook.domain.corrections import Reviewed, review
from autobook.domain.decision import Decision
from autobook.domain.errors import GiveUp, RetryLater
from autobook.domain.events import Event
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.known_invoice import KnownInvoice
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.domain.resumption import Resumed, resume
from autobook.domain.run_events import run_events
from autobook.service import decide_invoice, process
from autobook.service.apply_decision import AppliedDecision, apply_decision
from autobook.service.code_lookup import decide_with_codes
from autobook.service.invoice_writer import InvoiceWriter
from autobook.service.journal import Journal
from autobook.service.process import ProcessDocument
from autobook.service.sweep import SweepDocuments
from tests.fakes import FakeEventPublisher, FakeProvenanceStore
from tests.programs.worlds.explore import Budget
from tests.programs.worlds.interventions import BY_NAME
from tests.programs.worlds.machine import WorldRules
from tests.programs.worlds.promises import Promise

_ACTS = ("b1.account = other", "b1.account emptied", "b1.account = ours", "b1 deleted", "status = ready_for_accounting")
FAULT, ACT = Budget(faults=1), Budget(acts=1, known_acts=tuple(BY_NAME[name] for name in _ACTS))
SAME_VALUE = Budget(1, 1, (BY_NAME["b1.account = ours"],))
BUSY_EMPTIED = Budget(1, 1, (BY_NAME["b1.account emptied"],), (BY_NAME["429"],))
CRASH_EMPTIED = Budget(1, 1, (BY_NAME["b1.account emptied"],), (BY_NAME["crash"],))
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
    def with_pending(record: ProvenanceRecord, *_: Iterable[Written]) -> ProvenanceRecord:
        return replace(record, fingerprint=None)

    yield ProvenanceRecord, "with_pending", with_pending


def _never_recorded() -> Patches:
    put = FakeProvenanceStore.put

    def intentions_only(store: FakeProvenanceStore, record: ProvenanceRecord) -> ProvenanceRecord:
        return put(store, record) if record.pending else record.next_version()

    yield FakeProvenanceStore, "put", intentions_only


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
        kanbert: Any, journal: Any, clock: Any, invoice: IncomingInvoice, looked_at: Any, writes: Iterable[Written]
    ) -> AppliedDecision:
        writes = tuple(writes)
        early = tuple(write for write in writes if write.field == "status")
        for write in early:
            kanbert.patch_incoming_invoice(invoice.id, {"status": write.value})
        rest = [write for write in writes if write not in early]
        applied = apply_decision(kanbert, journal, clock, invoice, looked_at, rest)
        if not early:
            return applied
        left = applied.invoice.model_copy(update={"status": early[0].value})
        return replace(applied, invoice=left, written=applied.written + early)

    yield process, "apply_decision", status_first


def _decides_on_what_it_finds() -> Patches:
    def found(invoice: IncomingInvoice, record: ProvenanceRecord) -> Resumed:
        return replace(resume(invoice, record), invoice=invoice)

    yield process, "resume", found


def _echo_not_recognised() -> Patches:
    for name in ("completed", "decided_again"):
        record_run = getattr(ProvenanceRecord, name)

        def forgetful(
            record: ProvenanceRecord, *args: Any, record_run: Callable[..., ProvenanceRecord] = record_run, **named: Any
        ) -> ProvenanceRecord:
            return replace(record_run(record, *args, **named), fingerprint="unknown")

        yield ProvenanceRecord, name, forgetful


def _reviewing(change: Callable[[Reviewed, ProvenanceRecord], Reviewed]) -> Patches:
    def changed(invoice: IncomingInvoice, record: ProvenanceRecord, resumed: Resumed) -> Reviewed:
        return change(review(invoice, record, resumed), record)

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


def _deletions_not_announced() -> Patches:
    def forget(reviewed: Reviewed, _: ProvenanceRecord) -> Reviewed:
        return replace(reviewed, corrections=tuple(each for each in reviewed.corrections if not each.line_deleted))

    return _reviewing(forget)


def _empty_is_nobodys() -> Patches:
    """A value of ours that a person emptied counts as never written."""

    def forget(reviewed: Reviewed, _: ProvenanceRecord) -> Reviewed:
        emptied = {each.ours.place for each in reviewed.corrections if each.present is None}
        human_owned = reviewed.record.human_owned - emptied
        return replace(reviewed, record=replace(reviewed.record, human_owned=human_owned))

    return _reviewing(forget)


def _closed_not_noticed() -> Patches:
    def opened(resolver: Any, invoice: IncomingInvoice, *args: Any) -> Any:
        return decide_with_codes(resolver, invoice.model_copy(update={"status": "open"}), *args)

    yield decide_invoice, "decide_with_codes", opened


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
    def adopt(known: KnownInvoice, _fields: Iterable[str], source: IncomingInvoice | Booking) -> None:
        if isinstance(source, Booking):
            known._lines[source.id] = source
        else:
            known._invoice, known._lines = source, {line.id: line for line in source.bookings or ()}

    yield KnownInvoice, "adopt", adopt


def _unsent_stays_intended() -> Patches:
    def close(_journal: Journal, _in_doubt: Iterable[Written] = ()) -> None:
        return None

    yield Journal, "close", close


def _never_confirmed() -> Patches:
    def confirm(journal: Journal, writes: Iterable[Written], _effects: Iterable[Written] = ()) -> None:
        journal.known += writes

    yield Journal, "confirm", confirm


def _accepted_forgotten() -> Patches:
    def in_doubt(writer: InvoiceWriter) -> tuple[Written, ...]:
        return writer.sending + tuple(write for sent in writer.unshown for write in sent.writes)

    yield InvoiceWriter, "in_doubt", property(in_doubt)


def _hand_over_not_noticed() -> Patches:
    def never(_writer: InvoiceWriter, _found: Any, _writes: Any) -> None:
        return None

    yield InvoiceWriter, "_check_open", never


def _status_whatever_has_changed() -> Patches:
    as_wanted = InvoiceWriter._as_wanted

    def alone(writer: InvoiceWriter, write: Written) -> Written | None:
        return write if write.field == "status" else as_wanted(writer, write)

    yield InvoiceWriter, "_as_wanted", alone


def _announced_again() -> Patches:
    def all_that_was_ever_written(context: Any, state: str, invoice: Any, decision: Decision, written: Any) -> Any:
        return run_events(context, state, invoice, decision, (*decision.record.written, *written))

    yield process, "run_events", all_that_was_ever_written


def _known_is_news() -> Patches:
    """Suggestions and problems are announced at every decision about the same state."""

    def all_but_the_state(events: Iterable[Event], _: ProvenanceRecord) -> list[Event]:
        return list(events)[1:]

    yield process, "unannounced", all_but_the_state


def _suggestions_written() -> Patches:
    rules = WorldRules.rules

    def applied(repository: WorldRules, _since: Any = None) -> Any:
        copy = WorldRules(*({k: v for k, v in rule.items() if k != "mode"} for rule in repository.items))
        return rules(copy)

    yield WorldRules, "rules", applied


def _refusals_not_told() -> Patches:
    yield AppliedDecision, "problems", property(lambda _: ())


def _published_before_saved() -> Patches:
    """Corrections and values too, as everything else is."""
    yield process, "_OF_VALUES", frozenset()


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


PLANTS = (
    Plant("no intent before the first write", Promise.PROVENANCE, _no_intent),
    Plant("the run is never recorded", Promise.STATES, _never_recorded, "swept"),
    Plant("recorded before it is published", Promise.STATES, _recorded_before_published),
    Plant("the status first", Promise.LOST, _status_first, "ready"),
    Plant("a resumed run decides on what it finds", Promise.LOST, _decides_on_what_it_finds),
    Plant("a resumed run takes nothing for done", Promise.PROVENANCE, _undone_means_never_written),
    Plant("the echo of a write is not recognised", Promise.STATES, _echo_not_recognised),
    Plant("what a person owns is forgotten", Promise.OVERRULED, _human_owned_forgotten, "emptied", ACT),
    Plant("an emptied value counts as never written", Promise.OVERRULED, _empty_is_nobodys, budget=ACT),
    Plant("a corrected value stays ours", Promise.PROVENANCE, _corrected_stays_ours, budget=ACT),
    Plant("corrections are not announced", Promise.UNANNOUNCED_CORRECTION, _corrections_not_announced, budget=ACT),
    Plant("a closed invoice is not noticed", Promise.CLOSED, _closed_not_noticed, budget=ACT),
    Plant("a hand-over is not noticed", Promise.CLOSED, _hand_over_not_noticed, "slow", ACT),
    Plant("the status is set on what has changed", Promise.SURPRISE, _status_whatever_has_changed, "slow", ACT),
    Plant("a person's value is written over", Promise.OVERRULED, _writes_over_anything, budget=ACT),
    Plant("a person's equal value is taken for ours", Promise.PROVENANCE, _equal_is_ours, budget=ACT),
    Plant("the whole answer is believed", Promise.UNANNOUNCED_CORRECTION, _whole_answer_believed, budget=ACT),
    Plant("a deleted line is not announced", Promise.UNANNOUNCED_CORRECTION, _deletions_not_announced, budget=ACT),
    Plant("what was not sent stays intended", Promise.PROVENANCE, _unsent_stays_intended, "swept", SAME_VALUE),
    Plant("what was answered is not confirmed", Promise.OVERRULED, _never_confirmed, budget=CRASH_EMPTIED),
    Plant("what was accepted is forgotten", Promise.OVERRULED, _accepted_forgotten, "silent", BUSY_EMPTIED),
    Plant("values are announced again", Promise.LOST, _announced_again, budget=ACT),
    Plant("what is known is announced again", Promise.STATES, _known_is_news, "ready", ACT),
    Plant("what Kanbert refused is not told", Promise.LOST, _refusals_not_told, "ready"),
    Plant("corrections are not saved", Promise.FALSE_CORRECTION, _published_before_saved, "corrected", CRASH_EMPTIED),
    Plant("suggestions are written", Promise.SURPRISE, _suggestions_written, "suggested"),
    Plant("the sweep queues nothing", Promise.LOST, _sweep_queues_nothing, "swept", ACT),
    Plant("Kanbert is busy, and the message is given up", Promise.VANISHED, _gives_up_when_busy),
)
