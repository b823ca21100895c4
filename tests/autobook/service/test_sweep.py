"""The sweep on fakes: what it finds, what it leaves alone, and what happens when it is interrupted."""

from datetime import timedelta

import pytest

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import GiveUp
from autobook.domain.fingerprints import fingerprint
from autobook.service.sweep import TIME_FOR_A_PAGE, SweepResult
from tests.fake_kanbert import NOW, booking, incoming, outgoing
from tests.fakes import FakeRuleRepository, message
from tests.listing import ListingKanbert, ListingSystem

RULE = {"rule_id": "hetzner", "when": 'supplier.name contains "Hetzner"', "account": "7380"}


def account(documents: int, **kanbert: int | bool) -> ListingSystem:
    """A system with that many open incoming invoices and one outgoing one; Kanbert sends no webhooks."""
    system = ListingSystem(rule_repository=FakeRuleRepository(RULE), kanbert=ListingKanbert(**kanbert))  # type: ignore[arg-type]
    for number in range(documents):
        created = (NOW - timedelta(hours=documents - number)).isoformat()
        system.kanbert.add(incoming(f"inv{number:03}", created_at=created))
    system.kanbert.add(outgoing())
    return system


def ids(system: ListingSystem) -> list[str]:
    """What is queued."""
    return [message.id for message in system.queue.messages]


def swept_and_processed(system: ListingSystem) -> None:
    """Sweep and work until nothing is found any more."""
    for _ in range(5):
        system.sweeper()()
        if not system.work():
            return
    raise AssertionError("the sweep finds something for ever")


def test_everything_without_webhooks() -> None:
    """With webhooks off entirely every document is processed and archived by the sweep alone."""
    system = account(7, page_size=3)
    swept_and_processed(system)
    for identifier in system.kanbert.incoming:
        document = Document(DocumentKind.INCOMING_INVOICE, identifier)
        present = system.kanbert.get_incoming_invoice(identifier)
        assert system.provenance.get(document).fingerprint == fingerprint(present)
        assert system.kanbert.line(identifier)["chart_of_account_id"] == "acc-7380"
        assert document in system.manifest.states
    assert Document(DocumentKind.OUTGOING_INVOICE, "out1") in system.manifest.states


def test_a_webhook_is_enough_for_an_outgoing_invoice() -> None:
    """An outgoing invoice whose webhook arrived is not queued again: the list is asked for all of its parts."""
    system = account(0)
    system.queue.send(message("out1", kind=DocumentKind.OUTGOING_INVOICE))
    system.work()
    assert system.sweeper()() == SweepResult(seen=1, queued=0, complete=True)


def test_nothing_new_queues_nothing() -> None:
    """A document that provenance has in this state is not queued, though our own writing has touched it."""
    system = account(5)
    swept_and_processed(system)
    assert system.sweeper()() == SweepResult(seen=6, queued=0, complete=True)


@pytest.mark.parametrize("bookings_listed", [True, False])
def test_change_is_found(bookings_listed: bool) -> None:
    """A change is queued, whether or not the list shows the lines."""
    system = account(5, bookings_listed=bookings_listed)
    swept_and_processed(system)
    system.kanbert.edit("inv003", "b1", project_id="p1")
    system.sweeper()()
    assert ids(system) == ["inv003"]


def test_change_and_back() -> None:
    """A state that was queued before is queued again after another one was processed in between."""
    system = account(1)
    swept_and_processed(system)
    for title in ("other", "Hosting 2026/02", "other"):
        system.kanbert.edit("inv000", title=title)
        system.sweeper()()
        assert ids(system) == ["inv000"]
        system.work()


def test_interrupted() -> None:
    """A sweep without time deals with one page of each list, and the next one resumes there."""
    system = account(8, page_size=3)
    system.seconds_left = TIME_FOR_A_PAGE - 1
    assert system.sweeper()() == SweepResult(seen=4, queued=4, complete=False)
    assert ids(system) == ["inv000", "inv001", "inv002", "out1"]
    system.queue.messages.clear()
    system.sweeper()()
    assert ids(system) == ["inv003", "inv004", "inv005"]
    assert system.sweeper()().complete


def test_watermark() -> None:
    """After a complete pass only open documents and recent ones are listed; an open one is, however old."""
    system = account(3)
    swept_and_processed(system)
    system.clock.advance(days=20)
    system.kanbert.edit("inv001", status="booked")
    for _ in range(4):
        swept_and_processed(system)
    assert system.sweeper()().seen == 3, "two open ones, and the outgoing one on the same page as its end"
    assert ids(system) == []


def test_created_booked_is_seen() -> None:
    """A document that somebody booked before the sweep saw it is found by when it was created."""
    system = account(1)
    swept_and_processed(system)
    system.clock.advance(hours=3)
    system.kanbert.add(incoming("fast", status="booked", created_at=system.clock().isoformat()))
    system.sweeper()()
    assert ids(system) == ["fast"]


def test_first_sweep_is_bounded() -> None:
    """The very first sweep looks back as many days as it is set to; at open documents, however old they are."""
    system = account(1)
    old = (NOW - timedelta(days=33)).isoformat()
    system.kanbert.add(incoming("booked", status="booked", created_at=old))
    system.kanbert.add(incoming("forgotten", created_at=old))
    system.kanbert.add(outgoing("sent", created_at=old, updated_at=old))
    system.sweeper()()
    assert sorted(ids(system)) == ["forgotten", "inv000", "out1"]


def test_reaching_back() -> None:
    """After a backfill older documents are looked after like any other."""
    system = account(1)
    system.kanbert.add(incoming("old", status="booked", created_at=(NOW - timedelta(days=90)).isoformat()))
    swept_and_processed(system)
    sweep = system.sweeper()
    found = list(sweep.find(NOW - timedelta(days=100)))
    assert [each.document.id for each in found if each.needs_processing] == ["old"]
    assert ids(system) == []
    sweep.reach_back(NOW - timedelta(days=100))
    system.sweeper()()
    assert ids(system) == ["old"]


def test_outgoing_stops_at_the_watermark() -> None:
    """Outgoing invoices are paged by what changed last, no further down than the last pass began."""
    system = ListingSystem(kanbert=ListingKanbert(page_size=2))
    for number in range(9):
        at = (NOW - timedelta(days=number)).isoformat()
        system.kanbert.add(outgoing(f"out{number}", created_at=at, updated_at=at))
    for _ in range(4):
        swept_and_processed(system)
    system.kanbert.add(outgoing("out9", updated_at=NOW.isoformat()))
    before = system.kanbert.pages_fetched
    system.sweeper()()
    assert ids(system) == ["out9"]
    assert system.kanbert.pages_fetched - before <= 4, "one of incoming, three of outgoing invoices"


def test_two_at_once() -> None:
    """Two sweeps at once: each document is queued at least once, none is missed, the one that is slower stops."""
    system = account(6, page_size=2)
    other = system.sweeper()
    raced = False

    def race() -> None:
        nonlocal raced
        if not raced:
            raced = True
            other()

    first = system.sweeper()
    system.kanbert.fetch_page = race  # type: ignore[method-assign]
    first()
    assert set(ids(system)) == {*system.kanbert.incoming, "out1"}


def test_forgotten_cursor() -> None:
    """When Kanbert no longer takes the cursor, the next run begins the pass again."""
    system = account(6, page_size=2)
    system.seconds_left = 0
    system.sweeper()()
    progress = system.sweep_state.saved[DocumentKind.INCOMING_INVOICE]
    assert progress.cursor
    system.kanbert.forgotten_cursors.add(progress.cursor)
    assert not system.sweeper()().complete
    system.kanbert.forgotten_cursors.clear()
    system.seconds_left = 300
    assert system.sweeper()().complete
    assert set(ids(system)) == {*system.kanbert.incoming, "out1"}


def test_refused_list_is_not_hidden() -> None:
    """A filter that Kanbert refuses from the start is an error, not an empty account."""
    system = account(1)

    def refuse() -> None:
        raise GiveUp("400: bad filter")

    system.kanbert.fetch_page = refuse  # type: ignore[method-assign]
    with pytest.raises(GiveUp):
        system.sweeper()()


def test_new_document_while_walking() -> None:
    """A document that comes while a pass is under way is found by it or by the next."""
    system = account(4, page_size=2)
    system.seconds_left = 0
    system.sweeper()()
    system.clock.advance(minutes=5)
    system.kanbert.add(incoming("late", bookings=[booking()], created_at=system.clock().isoformat()))
    swept_and_processed(system)
    system.seconds_left = 300
    swept_and_processed(system)
    assert system.provenance.get(Document(DocumentKind.INCOMING_INVOICE, "late")).fingerprint
