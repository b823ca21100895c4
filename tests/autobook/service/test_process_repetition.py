"""The same message again, the echo of our own writes, documents that come and go."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.documents import Change, DocumentKind
from autobook.domain.errors import RetryLater, Unanswered
from autobook.service.process import ProcessOutcome, ProcessResult
from tests.autobook.service.processing import rule, run, run_to_the_end, system
from tests.fake_kanbert import FakeKanbert, booking, outgoing
from tests.fakes import Crash, Fuse, System, message


class TestRepetition:
    def test_same_message_three_times(self) -> None:
        """The same message three times leads to one booking and one event of each kind."""
        made = system(rule(account="7380", note="once"))
        outcomes = [run(made).outcome for _ in range(3)]
        assert outcomes == [ProcessOutcome.PROCESSED, ProcessOutcome.UNCHANGED, ProcessOutcome.UNCHANGED]
        assert len(made.kanbert.patches) == 2
        assert made.publisher.types == ["invoice.received", "invoice.booked"]

    @pytest.mark.parametrize("answers_in_full", [True, False])
    def test_echo(self, answers_in_full: bool) -> None:
        """The echo of our own PATCH ends without an event, also where its answer left the lists out."""
        made = system(rule(account="7380", note="x", editor="id:u1", status="ready_for_accounting"))
        made.kanbert.answers_in_full = answers_in_full
        made.kanbert.incoming["inv1"]["payments"] = [{"id": "pay1"}]
        run(made)
        before = len(made.publisher.published)
        assert run(made) == ProcessResult(ProcessOutcome.UNCHANGED)
        assert len(made.publisher.published) == before

    def test_unchanged_asks_once(self) -> None:
        """A known state costs one GET: Kanbert is asked for no more, and the rules are those that are kept."""
        made = system(rule(account="7380"))
        run(made)
        run(made)  # the echo of what was written: it has another `updated_at`, which is recorded
        fuse = Fuse()
        assert made.processor(fuse)(message()).outcome is ProcessOutcome.UNCHANGED
        asked = ["FakeProvenanceStore.get", "FakeKanbert.get_incoming_invoice", "FakeRuleRepository.rules"]
        assert fuse.calls == asked

    def test_change_and_back(self) -> None:
        """A to B and back to A are three facts with three ids."""
        made = system()
        for title in ("A", "B", "A"):
            made.kanbert.edit("inv1", title=title)
            run(made)
        seen = [e for e in made.publisher.published if e.type in {"invoice.received", "invoice.changed"}]
        assert [e.type for e in seen] == ["invoice.received", "invoice.changed", "invoice.changed"]
        assert len({e.id for e in seen}) == 3

    def test_no_two_events_share_an_id(self) -> None:
        """Whatever happens to an invoice, no id stands for two different facts."""
        made = system(rule(account="7380", note="n"), rule("s", mode="suggest", project="id:p1"))
        for step in ({"title": "1"}, {"title": "2"}, {"title": "1"}, {"notes": None}, {"title": "2"}):
            run(made)
            made.kanbert.edit("inv1", **step)
        facts = [(e.id, e.type, e.subject, e.data) for e in made.publisher.published]
        assert len({id_ for id_, *_ in facts}) == len(facts)

    def test_two_runs_at_once(self) -> None:
        """A run that was overtaken by another does not save on top of it, and comes back later."""
        made = system(rule(account="7380"))
        overtaking = made.processor()

        class Overtaken(FakeKanbert):
            def patch_booking(self, *args: Any) -> Any:
                made.kanbert, first = kanbert, made.kanbert
                overtaking(message())
                made.kanbert = first
                return kanbert.patch_booking(*args)

        kanbert = made.kanbert
        slow = Overtaken()
        slow.incoming = kanbert.incoming
        made.kanbert = slow
        with pytest.raises(RetryLater):
            run(made)
        made.kanbert = kanbert
        run(made)
        assert {e.type for e in made.publisher.published} == {"invoice.received", "invoice.booked"}
        assert len({e.id for e in made.publisher.published}) == 2


class TestComingAndGoing:
    def test_deleted(self) -> None:
        """A document that is gone is announced as deleted, once."""
        made = system()
        run(made)
        del made.kanbert.incoming["inv1"]
        result = run_to_the_end(made, change=Change.DELETE)
        assert result == ProcessResult(ProcessOutcome.DELETED, ("invoice.review_resolved", "invoice.deleted"))
        assert run(made, change=Change.DELETE) == ProcessResult(ProcessOutcome.UNCHANGED)

    def test_come_and_gone(self) -> None:
        """A document that was deleted before anybody saw it is not announced."""
        made = System()
        assert run_to_the_end(made) == ProcessResult(ProcessOutcome.UNCHANGED)
        assert made.publisher.published == []
        assert made.provenance.records == {}

    def test_restored(self) -> None:
        """A document that comes back is a change, and may be deleted again under another id."""
        made = system()
        run(made)
        document = made.kanbert.incoming.pop("inv1")
        run_to_the_end(made)
        made.kanbert.incoming["inv1"] = document
        run(made)
        del made.kanbert.incoming["inv1"]
        run_to_the_end(made)
        deleted = made.publisher.of("invoice.deleted")
        assert len({event.id for event in deleted}) == 2
        assert len(made.publisher.of("invoice.changed")) == 1

    def test_missing_for_a_moment(self) -> None:
        """A known document that Kanbert does not find once, and then does, is not announced as deleted."""
        made = system()
        run(made)
        document = made.kanbert.incoming.pop("inv1")
        with pytest.raises(RetryLater):
            run(made)
        made.clock.advance(seconds=10)
        with pytest.raises(RetryLater):
            run(made)
        made.kanbert.incoming["inv1"] = document
        made.clock.advance(hours=1)
        assert run(made) == ProcessResult(ProcessOutcome.UNCHANGED)
        del made.kanbert.incoming["inv1"]
        with pytest.raises(RetryLater):
            run(made)
        assert "invoice.deleted" not in made.publisher.types

    def test_new_and_missing_for_a_moment(self) -> None:
        """A new document that Kanbert does not find at first is waited for, and then booked."""
        made = system(rule(account="7380"))
        document = made.kanbert.incoming.pop("inv1")
        waits = []
        for _ in range(4):
            with pytest.raises(RetryLater) as waiting:
                run(made)
            waits.append(waiting.value.after)
            made.clock.advance(seconds=waiting.value.after or 0)
        assert waits == [15, 15, 30, 60]
        made.kanbert.incoming["inv1"] = document
        assert run(made).values_written == 1

    def test_line_lost_meanwhile(self) -> None:
        """A line that vanishes while it is being booked brings the document back later, and then it is well."""
        made = system(rule(account="7380"), bookings=[booking("b1"), booking("b2")])
        real = made.kanbert.patch_booking

        def vanishing(invoice_id: str, booking_id: str, fields: Any) -> Any:
            if booking_id == "b2":
                made.kanbert.incoming["inv1"]["bookings"].pop()
            return real(invoice_id, booking_id, fields)

        made.kanbert.patch_booking = vanishing  # type: ignore[method-assign]
        with pytest.raises(RetryLater):
            run(made)
        made.kanbert.patch_booking = real  # type: ignore[method-assign]
        run(made)
        (booked,) = made.publisher.of("invoice.booked")
        assert [v["booking_id"] for v in booked.data["values"]] == ["b1"]

    def test_deleted_after_a_crash(self) -> None:
        """A document that was booked by an incomplete run, and then deleted, is announced as deleted."""
        made = system(rule(account="7380"))

        def unavailable(*_: object) -> Any:
            raise Unanswered("503")

        made.kanbert.patch_booking = unavailable  # type: ignore[assignment,method-assign]
        with pytest.raises(RetryLater):
            run(made)
        del made.kanbert.incoming["inv1"]
        assert run_to_the_end(made).events == ("invoice.deleted",)

    def test_missing_between_incomplete_runs(self) -> None:
        """A look that finds the document counts, also where its run is incomplete: the next miss is a first one."""
        made = interrupted_note()
        document = made.kanbert.incoming.pop("inv1")
        with pytest.raises(RetryLater):
            run(made)
        made.kanbert.incoming["inv1"] = document
        made.clock.advance(hours=1)
        made.kanbert.edit("inv1", title="touched")
        with pytest.raises(Crash):
            run_until_published(made)
        made.kanbert.incoming.pop("inv1")
        with pytest.raises(RetryLater, match="if it is not there later either"):
            run(made)
        assert "invoice.deleted" not in made.publisher.types

    def test_back_after_an_incomplete_run(self) -> None:
        """What an incomplete run wrote into a document that was deleted and came back is not written twice."""
        made = interrupted_note()
        document = made.kanbert.incoming.pop("inv1")
        assert run_to_the_end(made).events[-1] == "invoice.deleted"
        made.kanbert.incoming["inv1"] = document
        run(made)
        assert document["notes"] == "seen by rule"
        assert len(made.publisher.of("invoice.booked")) == 1


def interrupted_note() -> System:
    """A note was written, and the run ended before it was announced."""
    made = system(rule(note="seen by rule"))
    with pytest.raises(Crash):
        run_until_published(made)
    assert made.kanbert.incoming["inv1"]["notes"] == "seen by rule"
    return made


def run_until_published(made: System) -> None:
    """A run that ends right before it publishes."""

    def end(_events: object) -> None:
        raise Crash("before the events were published")

    made.publisher.publish = end  # type: ignore[method-assign,assignment]
    try:
        made.processor()(message())
    finally:
        del made.publisher.publish


class TestOutgoing:
    def test_changes(self) -> None:
        """An outgoing invoice is announced whenever it changes, and not otherwise."""
        made = System()
        made.kanbert.add(outgoing())
        about = {"identifier": "out1", "kind": DocumentKind.OUTGOING_INVOICE}
        run(made, **about)
        run(made, **about)
        made.kanbert.outgoing["out1"]["updated_at"] = datetime(2026, 5, 1, tzinfo=UTC)
        run(made, **about)
        made.kanbert.outgoing["out1"]["sum_gross"] = Decimal(7)
        run(made, **about)
        assert made.publisher.types == ["outgoing_invoice.changed"] * 2
        assert {e.subject for e in made.publisher.published} == {"outgoing_invoice/out1"}

    def test_trace(self) -> None:
        """Events carry the trace of the webhook that led to them."""
        made = system()
        run(made, trace_id="trace-42")
        assert [e.trace_id for e in made.publisher.published] == ["trace-42"] * 2
