"""The bugs that are planted: what is patched, one function a bug."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

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
from tests.programs.worlds.machine import WorldRules

type Patches = Iterable[tuple[Any, str, Any]]


def no_intent() -> Patches:
    def with_pending(record: ProvenanceRecord, *_: Iterable[Written]) -> ProvenanceRecord:
        return replace(record, fingerprint=None)

    yield ProvenanceRecord, "with_pending", with_pending


def never_recorded() -> Patches:
    put = FakeProvenanceStore.put

    def intentions_only(store: FakeProvenanceStore, record: ProvenanceRecord) -> ProvenanceRecord:
        return put(store, record) if record.pending else record.next_version()

    yield FakeProvenanceStore, "put", intentions_only


def recorded_before_published() -> Patches:
    announce_and_record = ProcessDocument._announce_and_record

    def reversed_order(use_case: ProcessDocument, message: Any, run: Any) -> Any:
        kept = FakeEventPublisher()
        result = announce_and_record(replace(use_case, publisher=kept), message, run)
        use_case.publisher.publish(kept.published)
        return result

    yield ProcessDocument, "_announce_and_record", reversed_order


def status_first() -> Patches:
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


def decides_on_what_it_finds() -> Patches:
    def found(invoice: IncomingInvoice, record: ProvenanceRecord) -> Resumed:
        return replace(resume(invoice, record), invoice=invoice)

    yield process, "resume", found


def echo_not_recognised() -> Patches:
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


def human_owned_forgotten() -> Patches:
    def forget(reviewed: Reviewed, _: ProvenanceRecord) -> Reviewed:
        return replace(reviewed, record=replace(reviewed.record, human_owned=frozenset()))

    return _reviewing(forget)


def corrected_stays_ours() -> Patches:
    def keep(reviewed: Reviewed, record: ProvenanceRecord) -> Reviewed:
        return replace(reviewed, record=replace(reviewed.record, written=record.written))

    return _reviewing(keep)


def corrections_not_announced() -> Patches:
    return _reviewing(lambda reviewed, _: replace(reviewed, corrections=()))


def deletions_not_announced() -> Patches:
    def forget(reviewed: Reviewed, _: ProvenanceRecord) -> Reviewed:
        return replace(reviewed, corrections=tuple(each for each in reviewed.corrections if not each.line_deleted))

    return _reviewing(forget)


def empty_is_nobodys() -> Patches:
    """A value of ours that a person emptied counts as never written."""

    def forget(reviewed: Reviewed, _: ProvenanceRecord) -> Reviewed:
        emptied = {each.ours.place for each in reviewed.corrections if each.present is None}
        human_owned = reviewed.record.human_owned - emptied
        return replace(reviewed, record=replace(reviewed.record, human_owned=human_owned))

    return _reviewing(forget)


def closed_not_noticed() -> Patches:
    def opened(resolver: Any, invoice: IncomingInvoice, *args: Any) -> Any:
        return decide_with_codes(resolver, invoice.model_copy(update={"status": "open"}), *args)

    yield decide_invoice, "decide_with_codes", opened


def writes_over_anything() -> Patches:
    def may_write(*_: Any) -> bool:
        return True

    yield decisions._Decider, "_may_write", may_write


def equal_is_ours() -> Patches:
    def claimed(invoice: IncomingInvoice, record: ProvenanceRecord) -> Resumed:
        equal = tuple(
            Written(line.id, "account", "acc-7380", None, "book")
            for line in invoice.bookings or ()
            if line.chart_of_account_id == "acc-7380"
        )
        resumed = resume(invoice, record)
        return replace(resumed, done=resumed.done + tuple(each for each in equal if each not in record.written))

    yield process, "resume", claimed


def whole_answer_believed() -> Patches:
    def adopt(known: KnownInvoice, _fields: Iterable[str], source: IncomingInvoice | Booking) -> None:
        if isinstance(source, Booking):
            known._lines[source.id] = source
        else:
            known._invoice, known._lines = source, {line.id: line for line in source.bookings or ()}

    yield KnownInvoice, "adopt", adopt


def unsent_stays_intended() -> Patches:
    def close(_journal: Journal, _in_doubt: Iterable[Written] = ()) -> None:
        return None

    yield Journal, "close", close


def never_confirmed() -> Patches:
    def confirm(journal: Journal, writes: Iterable[Written], _effects: Iterable[Written] = ()) -> None:
        journal.known += writes

    yield Journal, "confirm", confirm


def accepted_forgotten() -> Patches:
    def in_doubt(writer: InvoiceWriter) -> tuple[Written, ...]:
        return writer.sending + tuple(write for sent in writer.unshown for write in sent.writes)

    yield InvoiceWriter, "in_doubt", property(in_doubt)


def hand_over_not_noticed() -> Patches:
    def never(_writer: InvoiceWriter, _found: Any, _writes: Any) -> None:
        return None

    yield InvoiceWriter, "_check_open", never


def status_whatever_has_changed() -> Patches:
    as_wanted = InvoiceWriter._as_wanted

    def alone(writer: InvoiceWriter, write: Written) -> Written | None:
        return write if write.field == "status" else as_wanted(writer, write)

    yield InvoiceWriter, "_as_wanted", alone


def announced_again() -> Patches:
    def all_that_was_ever_written(context: Any, state: str, invoice: Any, decision: Decision, written: Any) -> Any:
        return run_events(context, state, invoice, decision, (*decision.record.written, *written))

    yield process, "run_events", all_that_was_ever_written


def known_is_announced() -> Patches:
    """Suggestions and problems are announced at every decision about the same state."""

    def all_but_the_state(events: Iterable[Event], _: ProvenanceRecord) -> list[Event]:
        return list(events)[1:]

    yield process, "unannounced", all_but_the_state


def suggestions_written() -> Patches:
    rules = WorldRules.rules

    def applied(repository: WorldRules, _since: Any = None) -> Any:
        copy = WorldRules(*({k: v for k, v in rule.items() if k != "mode"} for rule in repository.items))
        return rules(copy)

    yield WorldRules, "rules", applied


def refusals_not_told() -> Patches:
    yield AppliedDecision, "problems", property(lambda _: ())


def unsaved_corrections() -> Patches:
    """Published, and not saved before."""
    put = FakeProvenanceStore.put

    def afterwards(store: FakeProvenanceStore, record: ProvenanceRecord) -> ProvenanceRecord:
        return record if record.unpublished else put(store, record)

    yield FakeProvenanceStore, "put", afterwards


def sweep_queues_nothing() -> Patches:
    def nothing(_: SweepDocuments, _found: Any) -> None:
        return None

    yield SweepDocuments, "submit", nothing


def gives_up_when_busy() -> Patches:
    call = ProcessDocument.__call__

    def impatient(use_case: ProcessDocument, message: Any) -> Any:
        try:
            return call(use_case, message)
        except RetryLater as error:
            raise GiveUp(str(error)) from error

    yield ProcessDocument, "__call__", impatient


def undone_means_never_written() -> Patches:
    def nothing_done(invoice: IncomingInvoice, _: ProvenanceRecord) -> Resumed:
        return Resumed(invoice)

    yield process, "resume", nothing_done
