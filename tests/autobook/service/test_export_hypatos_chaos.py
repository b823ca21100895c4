"""Weeks of an export with everything going wrong: whatever happened, Hypatos ends with each invoice once, as it is.

Each seed is a story of one invoice under one profile of Hypatos: a person books, corrects, deletes and restores it;
events come twice, late, and behind newer ones; calls fail, answers are lost, runs end in the middle.
"""

import random
from datetime import timedelta

import pytest

from autobook.domain.errors import RetryLater
from autobook.domain.events import Event
from autobook_sim.faults import KINDS
from autobook_sim.hypatos.app import create_app
from autobook_sim.hypatos.profiles import PROFILES
from autobook_sim.hypatos.service import Hypatos
from autobook_sim.in_process import InProcess
from tests.autobook.service.test_export_hypatos import CREDENTIALS, DOCUMENT, UPDATABLE, World, announced
from tests.fakes import Crash, Fuse

SEEDS = range(200)
STEPS = 25
ACCOUNTS = ("7380", "7390", "5800", "7600")


@pytest.fixture(scope="module")
def served() -> tuple[InProcess, Hypatos]:
    """One simulator for all stories."""
    hypatos = Hypatos(client_id=CREDENTIALS.client_id, client_secret=CREDENTIALS.client_secret)
    transport = InProcess(create_app(hypatos))
    return transport, hypatos


class Storyteller:
    """Plays a story by its seed."""

    def __init__(self, served: tuple[InProcess, Hypatos], seed: int) -> None:
        self._chance = random.Random(seed)
        served[1].reset()
        served[1].profile_name = UPDATABLE[seed % len(UPDATABLE)]
        self.world = World(*served)
        self._waiting: list[Event] = []
        """What is in the queue of the document, oldest first: FIFO."""
        self._delivered: list[Event] = []
        self._states = 0
        self.account: str | None = None
        """Where the invoice is booked in Kanbert; None where it is deleted, or was never there."""
        self.sent = False

    def play(self) -> None:
        """All of it; in the end the faults are over, and what waits is delivered."""
        for _ in range(STEPS):
            self._chance.choice((self._edit, self._edit, self._delete, self._fail, self._deliver, self._deliver))()
            if self._chance.random() < 0.2 and self._delivered:
                self._waiting.append(self._chance.choice(self._delivered))  # replayed from the topic's archive
        self.world.hypatos.faults.clear()
        while self._waiting:
            self._deliver(fails=False)

    def _announce(self, event: Event) -> None:
        self._waiting += [event] * self._chance.choice((1, 1, 2))

    def _edit(self) -> None:
        self.account = self._chance.choice(ACCOUNTS)
        title = self._chance.choice(("Miete", "Hosting", None))
        self.world.book(f"acc-{self.account}", title=title)
        self._states += 1
        self._announce(announced(self._chance.choice(("invoice.changed", "invoice.booked")), str(self._states)))

    def _delete(self) -> None:
        if self.account is not None:
            del self.world.kanbert.incoming["inv1"]
            self.account, self._states = None, self._states + 1
            self._announce(announced("invoice.deleted", str(self._states)))

    def _fail(self) -> None:
        operation = self._chance.choice(("auth.token", "invoices.insert", "invoices.update"))
        kind = self._chance.choice(KINDS)
        status = self._chance.choice((401, 429, 500, 503))
        fault = {"operation": operation, "kind": kind, "status": status, "times": self._chance.randint(1, 3)}
        self.world.hypatos.faults.order(fault)

    def _deliver(self, *, fails: bool = True) -> None:
        """The oldest event: done, or back at the head of the queue."""
        if not self._waiting:
            return
        crash = Fuse(at=self._chance.randint(1, 8), after=self._chance.random() < 0.5) if fails else None
        try:
            self.world.run(self._waiting[0], crash if self._chance.random() < 0.3 else None)
        except RetryLater as error:
            self._wait(error.after or self._chance.choice((5.0, 60.0, 700.0)))
        except Crash:
            pass
        else:
            self._delivered.append(self._waiting.pop(0))

    def _wait(self, seconds: float) -> None:
        self.world.clock.advance(seconds=seconds)
        self.world.hypatos.clock.ahead += timedelta(seconds=seconds)


@pytest.mark.parametrize("seed", SEEDS)
def test_chaos(served: tuple[InProcess, Hypatos], seed: int) -> None:
    """Nothing lost, nothing doubled: at most one invoice, and it says what Kanbert says."""
    story = Storyteller(served, seed)
    story.play()
    world, record = story.world, story.world.records.get(DOCUMENT)
    assert len(world.bodies) == (1 if record.may_exist else 0)
    assert not record.attempted
    if story.account is not None:
        assert world.account == story.account
        assert world.bodies[0]["isCanceled"] is False
        if world.hypatos.profile.null_removes:
            assert world.bodies[0].get("headerText") == world.kanbert.incoming["inv1"]["title"]
    elif world.bodies:
        assert world.bodies[0]["isCanceled"] is True


def test_every_profile_is_played() -> None:
    """Each profile under which an invoice can be changed has several stories."""
    assert len(SEEDS) > 5 * len(UPDATABLE)
    assert set(UPDATABLE) < set(PROFILES)
