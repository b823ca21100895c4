"""Thirty days of normal life: people book, correct, hand over and delete. The nightly reconciliation stays silent."""

import random
from datetime import timedelta

import pytest

from autobook.domain.documents import Change, Document, DocumentKind
from autobook.service.reconcile_result import ReconcileResult
from tests.fake_kanbert import incoming, outgoing
from tests.fakes import FakeRuleRepository, message
from tests.listing import ListingKanbert, ListingSystem

RULE = {"rule_id": "hetzner", "when": 'supplier.name contains "Hetzner"', "account": "7380"}
DAYS = 30


class Office:
    """Kanbert's people, by day. With `webhooks` Kanbert reports what they do; the sweep runs every two hours."""

    def __init__(self, *, webhooks: bool, bookings_listed: bool = True) -> None:
        kanbert = ListingKanbert(bookings_listed=bookings_listed)
        self.system = ListingSystem(rule_repository=FakeRuleRepository(RULE), kanbert=kanbert)
        self.webhooks = webhooks
        self.rng = random.Random(7)
        self.came = 0

    def day(self) -> None:
        """From six in the morning to ten in the evening."""
        for _ in range(8):
            for _ in range(self.rng.randrange(3)):
                self._come()
            for _ in range(self.rng.randrange(4)):
                self._work()
            self.system.clock.advance(minutes=self.rng.randrange(60, 120))
            self.system.work()
            self.system.sweeper()()
            self.system.work()

    def night(self) -> ReconcileResult:
        """Calls from two o'clock on, every quarter of an hour, as the schedule makes them; one completes the run."""
        system = self.system
        tomorrow = system.clock().replace(hour=2, minute=0) + timedelta(days=1)
        system.clock.now = max(system.clock(), tomorrow)
        results = []
        for _ in range(16):
            results.append(system.reconciler()())
            system.work()
            system.clock.advance(minutes=15)
        system.clock.now = tomorrow.replace(hour=6)
        (complete,) = [each for each in results if each.complete]
        return complete

    def _come(self) -> None:
        self.came += 1
        now = self.system.clock().isoformat()
        make = outgoing if self.came % 5 == 0 else incoming
        identifier = self.system.kanbert.add(make(f"doc{self.came:04}", created_at=now, updated_at=now))
        self._report(identifier, Change.CREATE)

    def _work(self) -> None:
        kanbert, now = self.system.kanbert, self.system.clock().isoformat()
        identifier = self.rng.choice(sorted({**kanbert.incoming, **kanbert.outgoing}) or [""])
        if not identifier:
            return
        what = self.rng.random()
        if what < 0.1:
            self._report(identifier, Change.DELETE)
            kanbert.incoming.pop(identifier, None)
            kanbert.outgoing.pop(identifier, None)
            return
        if identifier in kanbert.outgoing:
            status = self.rng.choice(["open", "bookable", "booked"])
            kanbert.outgoing[identifier] |= {"status": status, "updated_at": now}
        elif what < 0.4:
            kanbert.edit(identifier, "b1", chart_of_account_id=self.rng.choice(["acc-5800", "acc-7390"]))
        elif what < 0.7:
            kanbert.edit(identifier, status=self.rng.choice(["open", "ready_for_accounting", "booked"]))
        else:
            kanbert.edit(identifier, title=f"corrected {self.rng.random()}", payment_status="paid")
        if identifier in kanbert.incoming:
            kanbert.incoming[identifier]["updated_at"] = now
        self._report(identifier, Change.UPDATE)

    def _report(self, identifier: str, change: Change) -> None:
        if self.webhooks:
            sent = identifier in self.system.kanbert.outgoing
            kind = DocumentKind.OUTGOING_INVOICE if sent else DocumentKind.INCOMING_INVOICE
            self.system.queue.send(message(identifier, kind, change, trace_id=f"webhook-{self.system.clock()}"))


@pytest.mark.parametrize(("webhooks", "bookings_listed"), [(True, True), (False, False)])
def test_normal_life(webhooks: bool, bookings_listed: bool) -> None:
    """Thirty nights without an alarm; what the nights found and repaired is a number, and none with webhooks."""
    office = Office(webhooks=webhooks, bookings_listed=bookings_listed)
    nights = []
    for _ in range(DAYS):
        office.day()
        nights.append(office.night())
    assert [night.uncured for night in nights] == [0] * DAYS
    assert office.came > 100
    if webhooks:
        assert sum(night.found for night in nights) == 0
    else:
        assert sum(night.repaired for night in nights) > 0


@pytest.mark.parametrize("removed", ["record", "object", "object and record"])
def test_removed_behind_its_back(removed: str) -> None:
    """One document that vanishes from provenance or archive is exactly one alarm, and repaired."""
    office = Office(webhooks=True)
    for _ in range(3):
        office.day()
        office.night()
    system = office.system
    victim = next(d for d in system.provenance.records if d.id in system.kanbert.incoming)
    if "object" in removed:
        system.objects.objects = {k: o for k, o in system.objects.objects.items() if f"/{victim.id}/" not in k}
    if "record" in removed:
        del system.provenance.records[victim]
    alarms = [office.night().uncured for _ in range(4)]
    assert [number for number in alarms if number] == [1]
    assert system.provenance.get(victim).fingerprint
    assert any(f"/{victim.id}/" in key for key in system.objects.objects)


def test_deleted_in_kanbert_unseen() -> None:
    """A document that somebody deletes in Kanbert without a webhook is found at night and announced: a number."""
    office = Office(webhooks=True)
    office.day()
    victim = next(iter(office.system.kanbert.incoming))
    del office.system.kanbert.incoming[victim]
    nights = [office.night() for _ in range(3)]
    assert ([night.found for night in nights], [night.uncured for night in nights]) == ([1, 0, 0], [0, 0, 0])
    assert office.system.provenance.get(Document(DocumentKind.INCOMING_INVOICE, victim)).deleted
