"""Reconcile on fakes: each way in which Kanbert, provenance and the archive may differ, and that it is repaired."""

from datetime import timedelta

import pytest

from autobook.domain.documents import Document, DocumentKind
from autobook.service.reconcile import IN_FLIGHT, Difference, DifferenceKind
from tests.fake_kanbert import NOW, incoming, outgoing
from tests.fakes import FakeRuleRepository
from tests.listing import ListingKanbert, ListingSystem

RULE = {"rule_id": "hetzner", "when": 'supplier.name contains "Hetzner"', "account": "7380"}


def inv(number: int) -> Document:
    return Document(DocumentKind.INCOMING_INVOICE, f"inv{number}")


def complete(*, bookings_listed: bool = True) -> ListingSystem:
    """Four incoming invoices and an outgoing one, processed and archived, long ago."""
    system = ListingSystem(
        rule_repository=FakeRuleRepository(RULE), kanbert=ListingKanbert(bookings_listed=bookings_listed)
    )
    for number in range(4):
        system.kanbert.add(incoming(f"inv{number}"))
    system.kanbert.add(outgoing(updated_at=NOW.isoformat()))
    system.sweeper()()
    system.work()
    system.clock.advance(hours=3)
    return system


def differences(system: ListingSystem) -> tuple[Difference, ...]:
    return system.reconciler().compare().differences


@pytest.mark.parametrize("bookings_listed", [True, False])
def test_nothing_missing(bookings_listed: bool) -> None:
    """Where Kanbert, provenance and archive agree, the three counts are the same, by status, and nothing is queued."""
    system = complete(bookings_listed=bookings_listed)
    reconciled = system.reconciler()()
    assert reconciled.complete
    assert (
        reconciled.kanbert
        == reconciled.provenance
        == reconciled.archive
        == {"incoming_invoice open": 4, "outgoing_invoice bookable": 1}
    )
    assert (system.queue.messages, system.archive_requests.events) == ([], [])


def test_missing() -> None:
    """A document that provenance never saw."""
    system = complete()
    system.kanbert.add(incoming("inv9"))
    assert differences(system) == (Difference(inv(9), DifferenceKind.MISSING, "open"),)


def test_stale() -> None:
    """A document that has changed since, though it left the open ones."""
    system = complete()
    system.kanbert.edit("inv1", status="booked")
    system.clock.advance(hours=3)
    assert differences(system) == (Difference(inv(1), DifferenceKind.STALE, "booked"),)


def test_gone() -> None:
    """A document that was deleted, and whose webhook never arrived."""
    system = complete()
    del system.kanbert.incoming["inv2"]
    assert differences(system) == (Difference(inv(2), DifferenceKind.GONE, "open"),)


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
    assert differences(system) == (Difference(inv(3), DifferenceKind.NOT_ARCHIVED, "open"),)


def test_repaired() -> None:
    """After one reconcile and the work that it queued, the next one finds nothing."""
    system = complete()
    system.kanbert.add(incoming("inv9"))
    system.kanbert.edit("inv1", status="booked")
    del system.kanbert.incoming["inv2"]
    del system.manifest.states[inv(3)]
    system.clock.advance(hours=3)
    assert system.reconciler()().repaired == 4
    system.work()
    assert system.reconciler()().differences == ()
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
    assert (reconciled.differences, reconciled.in_flight) == ((), 1)


def test_before_the_horizon() -> None:
    """Documents from before our time are counted apart."""
    system = complete()
    old = (NOW - timedelta(days=400)).isoformat()
    system.kanbert.add(incoming("inv9", created_at=old, updated_at=old))
    reconciled = system.reconciler()()
    assert (reconciled.differences, reconciled.before_horizon) == ((), 1)


def test_incomplete_run() -> None:
    """An incomplete run is a difference."""
    system = complete()
    record = system.provenance.get(inv(1))
    system.provenance.put(record.with_pending(record.written))
    assert differences(system) == (Difference(inv(1), DifferenceKind.STALE, "open"),)
