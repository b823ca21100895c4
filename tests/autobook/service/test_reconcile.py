"""Reconcile on fakes: each way in which Kanbert, provenance and the archive may differ, and that it is repaired."""

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import AccessRefused, BrokenPaging, Forbidden, GiveUp, NoTimeLeft, RetryLater
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.reconciling import BETWEEN_RUNS, IN_FLIGHT, Difference, DifferenceKind
from autobook.domain.retention import ArchivedState
from autobook.service.reconcile import MOST_RESTARTS, TIME_FOR_A_PAGE
from autobook.service.reconcile_result import ReconcileResult
from tests.fake_kanbert import NOW, incoming, outgoing
from tests.fakes import Crash, FakeRuleRepository, Fuse
from tests.listing import ListingKanbert, ListingSystem

RULE = {"rule_id": "hetzner", "when": 'supplier.name contains "Hetzner"', "account": "7380"}


def inv(number: int) -> Document:
    return Document(DocumentKind.INCOMING_INVOICE, f"inv{number}")


def complete(*, bookings_listed: bool = True, kanbert: ListingKanbert | None = None) -> ListingSystem:
    """Four incoming invoices and an outgoing one, processed and archived, long ago."""
    kanbert = kanbert or ListingKanbert(bookings_listed=bookings_listed)
    system = ListingSystem(rule_repository=FakeRuleRepository(RULE), kanbert=kanbert)
    for number in range(4):
        system.kanbert.add(incoming(f"inv{number}"))
    system.kanbert.add(outgoing(updated_at=NOW.isoformat()))
    system.sweeper()()
    system.work()
    system.clock.advance(hours=3)
    return system


def reconcile(system: ListingSystem) -> ReconcileResult:
    """A night's run."""
    system.clock.advance(hours=12)
    result = system.reconciler()()
    assert result.complete
    return result


def differences(system: ListingSystem) -> list[tuple[Document, DifferenceKind, str]]:
    return [(each.document, each.kind, each.status) for each in reconcile(system).differences]


@pytest.mark.parametrize("bookings_listed", [True, False])
def test_nothing_missing(bookings_listed: bool) -> None:
    """Where Kanbert, provenance and archive agree, the three counts are the same, by status, and nothing is queued."""
    system = complete(bookings_listed=bookings_listed)
    reconciled = system.reconciler()()
    assert reconciled.agrees
    assert (
        reconciled.kanbert
        == reconciled.provenance
        == reconciled.archive
        == {"incoming_invoice open": 4, "outgoing_invoice bookable": 1}
    )
    assert (system.queue.messages, system.archive_requests.events) == ([], [])


def test_status_that_is_no_word() -> None:
    """One that would fill an item of a table is counted by its beginning, and its document is as any other."""
    system = complete()
    system.kanbert.edit("inv1", status="x" * 600_000)
    system.clock.advance(hours=3)
    assert differences(system) == [(inv(1), DifferenceKind.STALE, "x" * 64)]
    system.work()
    reconciled = reconcile(system)
    assert reconciled.agrees
    assert reconciled.kanbert == reconciled.provenance
    assert max(map(len, reconciled.kanbert)) < 100
    assert max(map(len, system.reconcile_state.progress().counts)) < 100  # type: ignore[union-attr]


def test_missing() -> None:
    """A document that provenance never saw."""
    system = complete()
    system.kanbert.add(incoming("inv9"))
    assert differences(system) == [(inv(9), DifferenceKind.MISSING, "open")]


def test_stale() -> None:
    """A document that has changed since, though it left the open ones."""
    system = complete()
    system.kanbert.edit("inv1", status="booked")
    system.clock.advance(hours=3)
    assert differences(system) == [(inv(1), DifferenceKind.STALE, "booked")]


def test_gone() -> None:
    """A document that was deleted, and whose webhook never arrived."""
    system = complete()
    del system.kanbert.incoming["inv2"]
    assert differences(system) == [(inv(2), DifferenceKind.GONE, "open")]


@pytest.mark.parametrize("lost", ["record", "object", "older state"])
def test_not_archived(lost: str) -> None:
    """A document whose state is not in the archive, or of which nothing lies in the bucket."""
    system = complete()
    if lost == "record":
        del system.manifest.states[inv(3)]
    elif lost == "older state":
        system.manifest.states[inv(3)] = "f" * 64
    else:
        system.objects.objects = {k: o for k, o in system.objects.objects.items() if "/inv3/" not in k}
    assert differences(system) == [(inv(3), DifferenceKind.NOT_ARCHIVED, "open")]


def test_repaired() -> None:
    """After one reconcile and the work that it queued, the next one finds nothing."""
    system = complete()
    system.kanbert.add(incoming("inv9"))
    system.kanbert.edit("inv1", status="booked")
    del system.kanbert.incoming["inv2"]
    del system.manifest.states[inv(3)]
    first = reconcile(system)
    assert (first.found, first.repaired, first.uncured) == (4, 4, 1), "the archive had inv3 already"
    system.work()
    second = reconcile(system)
    assert (second.found, second.uncured) == (0, 0)
    assert system.provenance.get(inv(2)).deleted


def test_repair_announces_nothing_twice() -> None:
    """A document that is archived late is archived, and no consumer gets its state again."""
    system = complete()
    del system.manifest.states[inv(3)]
    before = list(system.publisher.published)
    system.reconciler()()
    system.work()
    assert {e.type for e in system.publisher.published[len(before) :]} <= {"invoice.archived"}


def test_in_flight() -> None:
    """What changed a moment ago is counted as in flight and is no difference."""
    system = complete()
    now = system.clock()
    system.kanbert.add(incoming("inv9", updated_at=(now - IN_FLIGHT + timedelta(minutes=1)).isoformat()))
    reconciled = system.reconciler()()
    assert (reconciled.found, reconciled.in_flight) == (0, 1)


def test_looked_at_every_hour() -> None:
    """A look that found nothing new keeps no document from being compared; a run that announced something does."""
    system = complete()
    record = system.provenance.get(inv(1))
    system.provenance.put(replace(record, seen_at=system.clock()))
    system.manifest.mark_archived(inv(1), ArchivedState("f" * 64))
    assert replace(system.reconciler(), repairs=False)().found == 1
    system.clock.advance(hours=24)
    record = system.provenance.get(inv(1))
    system.provenance.put(replace(record, runs=(system.clock(),)))
    result = replace(system.reconciler(), repairs=False)()
    assert (result.found, result.in_flight) == (0, 1)


class Unwilling(ListingKanbert):
    """Lists every document, and answers some that are asked for with an error."""

    def __init__(self, errors: dict[str, RetryLater]) -> None:
        super().__init__()
        self.errors = errors
        self.down: RetryLater | None = None

    def fetch_page(self) -> None:
        """Refused while Kanbert is down, but for the first page, which was there before."""
        super().fetch_page()
        if self.down is not None and self.pages_fetched > 1:
            raise self.down

    def get_incoming_invoice(self, invoice_id: str) -> IncomingInvoice:
        """The present state, or that document's error."""
        if error := self.errors.get(invoice_id):
            raise error
        return super().get_incoming_invoice(invoice_id)


def unwilling(errors: dict[str, RetryLater]) -> tuple[ListingSystem, Unwilling]:
    """Four documents known, and others that nobody has heard of."""
    kanbert = Unwilling({})
    system = complete(kanbert=kanbert)
    for identifier in [*errors, "z-missing"]:
        kanbert.add(incoming(identifier))
    del kanbert.incoming["inv2"]
    kanbert.errors = errors
    return system, kanbert


@pytest.mark.parametrize(
    "errors",
    [
        {"a": Forbidden("403")},
        {each: Forbidden("403") for each in "abcdefgh"},
        {each: RetryLater("500") for each in "abc"},
        {"a": Forbidden("403"), "b": RetryLater("500"), "c": RetryLater("no answer")},
        {each: RetryLater("500") for each in "abcdefgh"},
    ],
    ids=["one closed to us", "many closed to us", "some that fail", "both", "many that fail"],
)
def test_documents_that_cannot_be_asked_for(errors: dict[str, RetryLater]) -> None:
    """They are counted, and every other one is compared, to the end."""
    reconciled = reconcile(unwilling(errors)[0])
    assert reconciled.complete
    assert reconciled.unconfirmed == len(errors)
    assert {each.document.id for each in reconciled.differences} == {"z-missing", "inv2"}
    assert reconciled.counts()["Unconfirmed"] == len(errors)


@pytest.mark.parametrize(
    "errors",
    [
        {each: RetryLater("503") for each in "abcd"},
        {"a": AccessRefused("401")},
        {"a": NoTimeLeft("over")},
    ],
    ids=["Kanbert is down", "our token", "no time"],
)
def test_what_concerns_every_document(errors: dict[str, RetryLater]) -> None:
    """It ends the call; the next one goes on at the same page, and nothing is left out."""
    system, kanbert = unwilling(errors)
    kanbert.pages_fetched, kanbert.down = 0, RetryLater("503")
    with pytest.raises(RetryLater):
        reconcile(system)
    kanbert.errors, kanbert.down = {}, None
    reconciled = system.reconciler()()
    assert (reconciled.complete, reconciled.unconfirmed) == (True, 0)
    assert reconciled.found == len(errors) + 2


def test_slow_documents() -> None:
    """However long each takes, a page of documents that have to be asked for is left behind, call after call."""
    errors: dict[str, RetryLater] = {f"slow{number:02}": RetryLater("no answer in 60 s") for number in range(30)}
    system, kanbert = unwilling(errors)
    asked: list[str] = []

    def get(invoice_id: str) -> IncomingInvoice:
        asked.append(invoice_id)
        system.seconds_left -= 60
        return Unwilling.get_incoming_invoice(kanbert, invoice_id)

    kanbert.get_incoming_invoice = get  # type: ignore[method-assign]
    system.clock.advance(hours=12)
    results: list[ReconcileResult] = []
    while len(results) < 9 and not (results and results[-1].complete):
        system.seconds_left = 300.0
        results.append(system.reconciler()())
    assert (results[-1].complete, results[-1].unconfirmed, results[-1].found) == (True, 30, 2)
    assert len([each for each in asked if each.startswith("slow")]) == 30, "each once"


def test_a_list_that_breaks_again_and_again() -> None:
    """The run goes on without the rest of it: what it has not shown is asked for, and the run counts as incomplete."""
    system = complete()
    system.clock.advance(hours=12)
    system.kanbert.page_size = 2
    whole = system.kanbert.list_incoming_invoices

    def breaking(**how: Any) -> Any:
        for number, each in enumerate(whole(**how)):
            if number == 3:
                raise BrokenPaging("500, for ever")
            yield each

    system.kanbert.list_incoming_invoices = breaking  # type: ignore[method-assign]
    del system.kanbert.incoming["inv2"]
    system.kanbert.add(incoming("inv8", title="zzz"))
    for _ in range(MOST_RESTARTS - 1):
        with pytest.raises(BrokenPaging):
            system.reconciler()()
    result = system.reconciler()()
    assert (result.complete, result.unlisted, result.agrees) == (True, 1, False)
    assert (inv(2), DifferenceKind.GONE) in [(each.document, each.kind) for each in result.differences]
    assert (result.counts()["Complete"], result.counts()["Unlisted"]) == (0, 1)
    system.kanbert.list_incoming_invoices = whole  # type: ignore[method-assign]
    again = reconcile(system)
    assert (again.complete, again.unlisted, again.counts()["Complete"]) == (True, 0, 1)


def test_before_the_horizon() -> None:
    """Documents from before our time that are not open are counted apart."""
    system = complete()
    old = (NOW - timedelta(days=400)).isoformat()
    system.kanbert.add(incoming("inv9", status="booked", created_at=old, updated_at=old))
    reconciled = system.reconciler()()
    assert (reconciled.found, reconciled.before_horizon) == (0, 1)


def test_incomplete_run() -> None:
    """An incomplete run is a difference."""
    system = complete()
    record = system.provenance.get(inv(1))
    system.provenance.put(record.with_pending(record.written))
    assert differences(system) == [(inv(1), DifferenceKind.STALE, "open")]


def test_uncured() -> None:
    """What the run before had found and this one still finds is cause for alarm; another state of it is not."""
    system = complete()
    system.kanbert.add(incoming("inv8"))
    system.kanbert.add(incoming("inv9"))
    assert reconcile(system).uncured == 0
    system.queue.messages.clear()  # lost
    system.kanbert.edit("inv9", title="changed since")
    second = reconcile(system)
    assert (second.found, second.uncured) == (2, 1)


@pytest.mark.parametrize("lost", ["record", "object"])
def test_vanished(lost: str) -> None:
    """What vanishes behind our back, from provenance or the archive, is cause for alarm at once, exactly once."""
    system = complete()
    if lost == "record":
        del system.provenance.records[inv(3)]
    else:
        system.objects.objects = {k: o for k, o in system.objects.objects.items() if "/inv3/" not in k}
    first = reconcile(system)
    assert (first.found, first.uncured) == (1, 1)
    system.work()
    second = reconcile(system)
    assert (second.found, second.uncured) == (0, 0)


@pytest.mark.parametrize("at", ["FakeArchiveRequests.send", "FakeSweepState.remember_queued"])
@pytest.mark.parametrize("after", [False, True])
def test_an_alarm_survives_a_crash(at: str, after: bool) -> None:
    """A run that ends around a repair and goes on counts the difference once: what is repaired is not found again."""
    system = complete()
    del system.manifest.states[inv(3)]
    calls = Fuse()
    copy.deepcopy(system).reconciler(calls)()
    with pytest.raises(Crash):
        system.reconciler(Fuse(at=calls.calls.index(at) + 1, after=after))()
    result = system.reconciler()()
    assert (result.complete, result.found, result.uncured) == (True, 1, 1)
    assert {each.document for each in system.archive_requests.events} == {inv(3)}


def test_a_complete_run_is_reported_before_it_is_kept() -> None:
    """A call that ends before it could keep that the run is complete is followed by one that reports it, too."""
    system = complete()
    reported: list[ReconcileResult] = []
    calls = Fuse()
    copy.deepcopy(system).reconciler(calls)()
    for number in (len(calls.calls) - 1, len(calls.calls)):
        broken = copy.deepcopy(system)
        with pytest.raises(Crash):
            replace(broken.reconciler(Fuse(at=number, after=True)), on_complete=reported.append)()
        again = replace(broken.reconciler(), on_complete=reported.append)()
        assert again.complete is (number < len(calls.calls))
    assert [each.complete for each in reported] == [True, True]


def test_resumed() -> None:
    """A run with little time goes on where the last call ended, and comes to the same end."""
    system = complete()
    system.kanbert.page_size = 2
    system.kanbert.add(incoming("inv9"))
    del system.kanbert.incoming["inv2"]
    system.clock.advance(hours=12)
    calls, found, result = 0, list[Difference](), ReconcileResult()
    while not result.complete:
        result, calls = _one_page(system), calls + 1
        found += result.differences
        assert calls < 30
    assert calls > 3
    assert result.complete
    assert sorted(((each.document, each.kind) for each in found), key=str) == [
        (inv(2), DifferenceKind.GONE),
        (inv(9), DifferenceKind.MISSING),
    ]
    assert (result.found, result.kanbert) == (2, {"incoming_invoice open": 4, "outgoing_invoice bookable": 1})


def test_only_when_due() -> None:
    """A call after a complete run does nothing until the next night."""
    system = complete()
    assert system.reconciler()().complete
    fetched = system.kanbert.pages_fetched
    system.clock.advance(minutes=15)
    assert system.reconciler()() == ReconcileResult(due=False)
    assert system.kanbert.pages_fetched == fetched
    system.clock.advance(seconds=BETWEEN_RUNS.total_seconds())
    assert system.reconciler()().complete


def test_two_at_once() -> None:
    """Of two calls at once the slower one stops, and nothing is counted twice."""
    system = complete()
    system.kanbert.page_size = 2
    system.clock.advance(hours=12)
    other, raced = system.reconciler(), False

    def race() -> None:
        nonlocal raced
        if not raced:
            raced = True
            assert other().complete

    slower = system.reconciler()
    system.kanbert.fetch_page = race  # type: ignore[method-assign]
    assert not slower().complete


def test_broken_paging() -> None:
    """Cursors that lead nowhere cost the walk of that list, not the run: the next call walks it in another order."""
    system = complete()
    system.kanbert.page_size = 2
    system.clock.advance(hours=12)
    pages = 0

    def circle() -> None:
        nonlocal pages
        pages += 1
        if pages == 2:
            raise BrokenPaging("a cursor came a second time")

    system.kanbert.fetch_page = circle  # type: ignore[method-assign]
    with pytest.raises(BrokenPaging):
        system.reconciler()()
    result = system.reconciler()()
    assert (result.complete, result.found) == (True, 0)
    assert result.kanbert == {"incoming_invoice open": 4, "outgoing_invoice bookable": 1}


def test_what_a_list_loses_is_no_difference() -> None:
    """A document that the list leaves out and that is there when it is asked for is neither gone nor queued."""
    system = complete()
    listed = system.kanbert.list_incoming_invoices

    def without_one(**how: Any) -> Any:
        return (each for each in listed(**how) if each.id != "inv1")

    system.kanbert.list_incoming_invoices = without_one  # type: ignore[method-assign]
    assert differences(system) == []
    assert system.queue.messages == []


def test_dead_letters_stay_one() -> None:
    """A document that ended as a dead letter is counted every night, and becomes no other dead letter, no alarm."""
    system = complete()
    real = system.kanbert.get_incoming_invoice

    def refused(invoice_id: str) -> Any:
        if invoice_id == "inv9":
            raise GiveUp("inv9: sum_net is a list")
        return real(invoice_id)

    system.kanbert.get_incoming_invoice = refused  # type: ignore[method-assign]
    system.kanbert.add(incoming("inv9"))
    first = reconcile(system)
    assert (first.found, first.uncured) == (1, 0)
    with pytest.raises(GiveUp):
        system.processor()(system.queue.messages.pop())
    for _ in range(3):
        night = reconcile(system)
        assert (night.found, night.dead, night.uncured) == (0, 1, 0)
    assert system.queue.messages == []
    system.clock.advance(days=14)  # SQS has forgotten the dead letter
    assert reconcile(system).found == 1
    with pytest.raises(GiveUp):
        system.processor()(system.queue.messages.pop())


def test_missing_file_is_looked_for() -> None:
    """A document whose file Kanbert did not give is archived again every night, which is no difference and no alarm."""
    system = complete()
    system.manifest.mark_archived(inv(1), ArchivedState("", NOW))
    for _ in range(2):
        night = reconcile(system)
        assert (night.found, night.uncured, night.files_missing) == (0, 0, 1)
    assert {event.document for event in system.archive_requests.events} == {inv(1)}


def test_dry() -> None:
    """Without repairs nothing is queued, and nothing is written down about documents."""
    system = complete()
    system.kanbert.add(incoming("inv9"))
    system.clock.advance(hours=12)
    result = replace(system.reconciler(), repairs=False)()
    assert (result.found, result.repaired) == (1, 0)
    assert (system.queue.messages, system.sweep_state.queued.get(inv(9))) == ([], None)


def _one_page(system: ListingSystem) -> ReconcileResult:
    """A call that has time for one page: the second look at the clock ends the call."""
    looks = 0

    def remaining() -> float:
        nonlocal looks
        looks += 1
        return TIME_FOR_A_PAGE if looks <= 1 else 0.0

    return replace(system.reconciler(), remaining=remaining)()
