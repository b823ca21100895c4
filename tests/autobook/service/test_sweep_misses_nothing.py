"""The sweep against a Kanbert that is not as we hope: nothing is missed, nothing is queued without end."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast

import pytest

from autobook.domain.documents import Document, DocumentKind, Unreadable
from autobook.domain.errors import BrokenPaging, GiveUp, RetryLater
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import MOST_RUNS
from autobook.service.process import ProcessOutcome
from autobook.service.sweep import SweepResult
from tests.fake_kanbert import NOW, incoming, outgoing
from tests.fakes import FakeRuleRepository, message
from tests.listing import ListingKanbert, ListingSystem
from tests.poisoned_lists import Poisoned

RULE = {"rule_id": "hetzner", "when": 'supplier.name contains "Hetzner"', "account": "7380"}
INV1 = Document(DocumentKind.INCOMING_INVOICE, "inv1")


def system_with(kanbert: ListingKanbert) -> ListingSystem:
    return ListingSystem(rule_repository=FakeRuleRepository(RULE), kanbert=kanbert)


def sweep(system: ListingSystem) -> list[str]:
    """One run; what it queued."""
    before = len(system.queue.messages)
    system.sweeper()()
    return [each.id for each in system.queue.messages[before:]]


def sweep_and_work(system: ListingSystem, runs: int = 5) -> None:
    """As many runs, five minutes apart, and the work that they queued."""
    for _ in range(runs):
        system.sweeper()()
        system.work()
        system.clock.advance(minutes=5)


class Odd(ListingKanbert):
    """Lists some documents as unreadable, and refuses them when they are asked for."""

    def __init__(self, **reasons: str) -> None:
        super().__init__()
        self.reasons = reasons
        self.without_id: list[str] = []

    def list_incoming_invoices(self, **how: Any) -> Iterator[IncomingInvoice | Unreadable]:  # type: ignore[override]
        """The unreadable ones as such."""
        on_page, pending = how.pop("on_page"), list(self.without_id)
        for each in super().list_incoming_invoices(**how, on_page=None):
            reason = self.reasons.get(each.id)
            yield each if reason is None else Unreadable(each.id, reason, self.incoming[each.id]["title"])
        yield from (Unreadable(None, reason) for reason in pending)
        if on_page is not None:
            on_page(None)

    def get_incoming_invoice(self, invoice_id: str) -> IncomingInvoice:
        """GiveUp, as the client does."""
        if invoice_id in self.reasons:
            raise GiveUp(f"{invoice_id}: {self.reasons[invoice_id]}")
        return super().get_incoming_invoice(invoice_id)


def test_unreadable_is_queued_once_in_each_state() -> None:
    """A document that cannot be read becomes one dead letter that names it and the field; again in another state."""
    system = system_with(Odd(inv1="sum_net is a list"))
    system.kanbert.add(incoming("inv1"))
    system.kanbert.add(incoming("inv2"))
    assert sorted(sweep(system)) == ["inv1", "inv2"]
    queued, system.queue.messages = system.queue.messages, []
    for each in queued:
        if each.id == "inv1":
            with pytest.raises(GiveUp, match="inv1: sum_net is a list"):
                system.processor()(each)
            with pytest.raises(GiveUp):  # interrupted on its way to the dead letters, delivered once more
                system.processor()(each)
        else:
            assert system.processor()(each).outcome is ProcessOutcome.PROCESSED
    for _ in range(50):
        system.clock.advance(hours=1)
        assert sweep(system) == []
    system.kanbert.incoming["inv1"]["title"] = "other"
    assert sweep(system) == ["inv1"]
    again = system.processor()(system.queue.messages.pop())
    assert again.outcome is ProcessOutcome.GIVEN_UP, "there is a dead letter that says so"


def test_readable_again() -> None:
    """A document that ended as a dead letter is booked when it can be read."""
    kanbert = Odd(inv1="sum_net is a list")
    system = system_with(kanbert)
    kanbert.add(incoming("inv1"))
    with pytest.raises(GiveUp):
        system.processor()(message("inv1"))
    kanbert.reasons.clear()
    sweep_and_work(system)
    record = system.provenance.get(INV1)
    assert record.given_up is None
    assert record.written


def test_no_id_is_reported_once() -> None:
    """Elements without an id are counted and reported once, and hold up nothing."""
    kanbert = Odd()
    system = system_with(kanbert)
    kanbert.without_id = ["no id", "not an object"]
    kanbert.add(incoming("inv1"))
    assert system.sweeper()() == SweepResult(seen=1, queued=1, unidentified=("no id", "not an object"))
    assert system.sweeper()().unidentified == ()


def test_no_id_is_reported_whatever_ends_the_run() -> None:
    """An element without an id is reported when it is met: an error of the other list, or a crash, keeps nothing."""

    class Failing(Odd):
        def list_outgoing_invoices(self, **_how: Any) -> Any:
            raise RetryLater("503")

    system, reported = system_with(Failing()), list[str]()
    system.kanbert.without_id = ["no id"]  # type: ignore[attr-defined]
    with pytest.raises(RetryLater):
        replace(system.sweeper(), report_unidentified=reported.append)()
    with pytest.raises(RetryLater):
        replace(system.sweeper(), report_unidentified=reported.append)()
    assert reported == ["no id"]


@pytest.mark.parametrize("failing", ["incoming", "outgoing"])
@pytest.mark.parametrize("error", [GiveUp("422: sort"), RetryLater("503"), ValueError("a bug")])
def test_lists_are_independent(failing: str, error: Exception) -> None:
    """What is wrong with one list does not keep the other from being walked; it is raised after that."""

    class Failing(ListingKanbert):
        def list_incoming_invoices(self, **how: Any) -> Any:
            if failing == "incoming":
                raise error
            return super().list_incoming_invoices(**how)

        def list_outgoing_invoices(self, **how: Any) -> Any:
            if failing == "outgoing":
                raise error
            return super().list_outgoing_invoices(**how)

    system = system_with(Failing())
    system.kanbert.add(incoming("inv1"))
    system.kanbert.add(outgoing("out1"))
    with pytest.raises(type(error)):
        system.sweeper()()
    assert [each.id for each in system.queue.messages] == (["out1"] if failing == "incoming" else ["inv1"])


def test_the_error_that_does_not_pass_is_raised() -> None:
    """Of two errors the one is raised that does not pass by itself."""

    class Failing(ListingKanbert):
        def list_incoming_invoices(self, **_how: Any) -> Any:
            raise RetryLater("503")

        def list_outgoing_invoices(self, **_how: Any) -> Any:
            raise GiveUp("422")

    with pytest.raises(GiveUp):
        system_with(Failing()).sweeper()()


def test_refused_order() -> None:
    """An order that Kanbert refuses costs one pass: the next one asks in another way."""

    class Refusing(ListingKanbert):
        def list_incoming_invoices(self, **how: Any) -> Any:
            if how["sort"] == "created_at":
                raise GiveUp("422: sort")
            return super().list_incoming_invoices(**how)

    system = system_with(Refusing())
    system.kanbert.add(incoming("inv1"))
    with pytest.raises(GiveUp):
        system.sweeper()()
    assert sweep(system) == ["inv1"]


class LosingTies(ListingKanbert):
    """Goes on behind the last document's key: those with an equal key at the border of a page are lost."""

    def _pages(self, found: Any, page_size: int, cursor: str | None, on_page: Any) -> Any:
        def tied() -> list[tuple[str, Any]]:
            return [(key.split(" ", maxsplit=1)[0], each) for key, each in found()]

        return super()._pages(tied, page_size, cursor, on_page)


def test_ties_at_the_border_of_a_page() -> None:
    """Documents of the same second that a page's border loses are found by another pass, in another order."""
    system = system_with(LosingTies())
    for number in range(230):
        tied = 96 <= number <= 104
        created = NOW - timedelta(hours=300 - (100 if tied else number))
        title = f"T{number * 7919 % 1009:04}"
        system.kanbert.add(incoming(f"inv{number:03}", title=title, created_at=created.isoformat()))
    assert len(sweep(system)) < 230, "the first pass loses some"
    for _ in range(3):
        system.sweeper()()
    assert {each.id for each in system.queue.messages} == set(system.kanbert.incoming)


@pytest.mark.parametrize("order", ["ascending", "by id"])
def test_order_of_the_server(order: str) -> None:
    """A server that does not order as it was asked hides no change."""

    class Unordered(ListingKanbert):
        def list_outgoing_invoices(self, **how: Any) -> Any:
            if order == "ascending":
                return super().list_outgoing_invoices(**how | {"sort": how["sort"].removeprefix("-")})
            return super().list_outgoing_invoices(**how | {"sort": "title"})

    system = system_with(Unordered(page_size=3))
    for number in range(20):
        at = (NOW - timedelta(days=number * 7 % 20)).isoformat()
        system.kanbert.add(outgoing(f"out{number:02}", created_at=at, updated_at=at))
    sweep_and_work(system, 6)
    changed = system.kanbert.outgoing["out13"]
    changed |= {"title": "changed", "updated_at": system.clock().isoformat()}
    assert sweep(system) == ["out13"]


def test_never_touched() -> None:
    """A new outgoing invoice without `updated_at`, which stands at the end of the list, is found by another order."""
    system = system_with(ListingKanbert(page_size=3))
    for number in range(20):
        at = (NOW - timedelta(days=number)).isoformat()
        system.kanbert.add(outgoing(f"out{number:02}", created_at=at, updated_at=at))
    sweep_and_work(system, 6)
    system.kanbert.add(outgoing("new", created_at=system.clock().isoformat(), updated_at=None))
    sweep_and_work(system, 2)
    assert Document(DocumentKind.OUTGOING_INVOICE, "new") in system.provenance.records


def test_broken_paging() -> None:
    """Cursors that lead nowhere are counted, and the walk begins anew, in another order."""

    class Circling(ListingKanbert):
        circling = True

        def _pages(self, found: Any, page_size: int, cursor: str | None, on_page: Any) -> Any:
            for number, each in enumerate(super()._pages(found, page_size, cursor, on_page)):
                if self.circling and number == 4:
                    raise BrokenPaging("a cursor came a second time")
                yield each

    kanbert = Circling(page_size=2)
    system = system_with(kanbert)
    for number in range(8):
        kanbert.add(incoming(f"inv{number}"))
    result = system.sweeper()()
    assert (result.complete, result.restarted) == (False, 1)
    kanbert.circling = False
    assert system.sweeper()().complete
    assert {each.id for each in system.queue.messages} == set(kanbert.incoming)


@pytest.mark.parametrize(
    ("before", "change", "within"),
    [
        ("open", {"status": "booked"}, timedelta(days=1, hours=1)),
        ("ready_for_accounting", {"status": "booked"}, timedelta(days=1, hours=1)),
        ("ready_for_accounting", {"title": "corrected"}, timedelta(hours=1, minutes=10)),
        ("booked", {"payment_status": "paid"}, timedelta(days=1, hours=1)),
        ("booked", {"status": "open"}, timedelta(minutes=10)),
    ],
)
def test_followed(before: str, change: Mapping[str, str], within: timedelta) -> None:
    """A document that is no longer open is followed: hourly while it waits to be booked, then daily."""
    system = system_with(ListingKanbert())
    system.kanbert.add(incoming("inv1", status=before))
    sweep_and_work(system)
    system.clock.advance(days=30)
    sweep_and_work(system)
    system.kanbert.edit("inv1", **change)
    changed_at = system.clock()
    while "inv1" not in sweep(system):
        system.clock.advance(minutes=5)
    assert system.clock() - changed_at <= within


def test_no_trace() -> None:
    """What was queued and left no trace is queued again: after an hour, then after two, four … at most a day."""
    system = system_with(ListingKanbert())
    system.kanbert.add(incoming("inv1"))
    queued: list[datetime] = []
    for _ in range(int(timedelta(days=5) / timedelta(minutes=10))):
        if sweep(system):
            queued.append(system.clock())
            system.queue.messages.clear()  # lost
        system.clock.advance(minutes=10)
    hours = [(later - earlier) / timedelta(hours=1) for earlier, later in pairwise(queued)]
    assert hours == [1, 2, 4, 8, 16, 24, 24, 24]


def test_missing_when_its_turn_came() -> None:
    """A document that the list shows and that was not there when its turn came is queued again, and booked."""
    system = system_with(ListingKanbert())
    system.kanbert.add(incoming("inv1"))
    system.sweeper()()
    document = system.kanbert.incoming.pop("inv1")
    assert system.work() == 1
    system.kanbert.incoming["inv1"] = document
    system.clock.advance(hours=1)
    sweep_and_work(system)
    assert system.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"


def test_lines_left_out() -> None:
    """A list without lines shows by `updated_at` that one has changed, and without a change queues nothing."""
    system = system_with(ListingKanbert(bookings_listed=False))
    system.kanbert.add(incoming("inv1"))
    sweep_and_work(system)
    assert sweep(system) == []
    system.kanbert.edit("inv1", "b1", title="changed")
    assert sweep(system) == ["inv1"]


def test_restless() -> None:
    """A document that changes by itself at every look is slowed down and reported; others are not."""
    system = system_with(ListingKanbert())
    reported: list[Document] = []
    system.kanbert.add(incoming("inv1"))
    system.kanbert.add(incoming("inv2"))
    began, looks, restless = system.clock(), 0, 0
    while system.clock() - began < timedelta(hours=3):
        looks += 1
        system.kanbert.edit("inv1", title=f"view {looks}")
        restless += system.sweeper()().restless
        messages, system.queue.messages = system.queue.messages, []
        for each in messages:
            replace(system.processor(), report_restless=reported.append)(each)
        system.clock.advance(minutes=2)
    changed = [e for e in system.publisher.published if e.type == "invoice.changed" and "inv1" in e.subject]
    assert MOST_RUNS < len(changed) <= 3 * MOST_RUNS
    assert restless > 0
    assert set(reported) == {INV1}
    assert len(reported) <= 3
    assert len(system.provenance.get(INV1).runs) <= MOST_RUNS


def test_restless_by_webhooks() -> None:
    """Webhooks, too, bring about so many runs an hour only: the next waits until the hour is over."""
    system = system_with(ListingKanbert())
    system.kanbert.add(incoming("inv1"))
    for number in range(MOST_RUNS):
        system.kanbert.edit("inv1", title=f"view {number}")
        system.processor()(message("inv1"))
        system.clock.advance(minutes=5)
    system.kanbert.edit("inv1", title="one more")
    with pytest.raises(RetryLater) as waiting:
        system.processor()(message("inv1"))
    assert waiting.value.after == 30 * 60
    system.clock.advance(seconds=waiting.value.after)
    assert system.processor()(message("inv1")).outcome is ProcessOutcome.PROCESSED


def test_a_document_that_no_list_shows() -> None:
    """A page that fails for ever because of one document holds up no other, old or new, and is reported at once."""
    system, reported = system_with(ListingKanbert()), list[str]()
    poisoned = Poisoned(frozenset({"d17"}))

    def sweep_once() -> None:
        system.kanbert = cast("Any", poisoned.client)
        replace(system.sweeper(), report_unidentified=reported.append)()
        system.clock.advance(minutes=5)

    sweep_once()
    assert len(reported) == 1
    assert "a document that no list shows" in reported[0]
    sweep_once()
    assert {each.id for each in system.queue.messages} == {f"d{n:02}" for n in range(30) if n != 17}
    poisoned.documents = 32
    for _ in range(4):
        sweep_once()
    assert {"d30", "d31"} <= {each.id for each in system.queue.messages}
    poisoned.poisoned = frozenset()
    for _ in range(2):
        sweep_once()
    assert "d17" in {each.id for each in system.queue.messages}
