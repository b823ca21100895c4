"""Invoices that waited for a mapping go on by themselves once it is there, and in no other case."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from autobook.domain.awaiting import LOOK_AGAIN, AwaitingLetter
from autobook.domain.billomat import SupplierMapping
from autobook.domain.errors import AwaitsMapping
from autobook.service.redrive_billomat import RedriveResult, RedriveToBillomat
from tests.exporting_billomat import FakeAwaitingLetters, FakeBillomatMappings
from tests.fakes import FakeClock


@dataclass
class World:
    """Some letters, mappings and a clock."""

    clock: FakeClock = field(default_factory=FakeClock)
    mappings: FakeBillomatMappings = field(default_factory=FakeBillomatMappings)
    letters: FakeAwaitingLetters = field(default_factory=lambda: FakeAwaitingLetters([]))
    left: float = 240.0

    def letter(self, body: str, *awaits: str) -> None:
        """A dead letter."""
        self.letters.letters.append(AwaitingLetter(body, "invoice/a", f"receipt-{body}", self.clock(), awaits))

    def run(self) -> RedriveResult:
        """One run. Afterwards nobody holds a letter."""
        result = RedriveToBillomat(self.letters, self.mappings, self.clock, lambda: self.left)()
        assert self.letters.hidden <= {f"receipt-{body}" for body in self.letters.redriven}
        return result


@pytest.fixture
def world() -> World:
    """Letters that wait for a supplier, for two accounts, for both, and for nothing."""
    made = World()
    made.letter("supplier", "supplier:s1")
    made.letter("accounts", "account:IT-1", "account:IT-2")
    made.letter("both", "supplier:s1", "account:IT-1")
    made.letter("refused")
    made.letter("unknown", "colour:red")
    return made


def test_nothing_is_mapped(world: World) -> None:
    """All stay where they are."""
    assert world.run() == RedriveResult(redriven=0, waiting=4, complete=True)
    assert len(world.letters.letters) == 5


def test_what_is_mapped_goes_on(world: World) -> None:
    """Those go on whose mappings are all there; what waits for nothing of ours is a person's."""
    world.mappings.suppliers["s1"] = SupplierMapping(supplier_id=1)
    assert world.run() == RedriveResult(redriven=1, waiting=3, complete=True)
    world.mappings.accounts["IT-1"] = 0
    assert world.run().redriven == 1
    world.mappings.accounts["IT-2"] = 4900
    assert world.run() == RedriveResult(redriven=1, waiting=1, complete=True)
    assert world.letters.redriven == ["supplier", "both", "accounts"]


def test_a_mapping_that_makes_no_sense(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no mapping yet: its letters would come back at once."""

    def wrong(kanbert_id: str) -> SupplierMapping | None:
        raise AwaitsMapping("write a whole number", (f"supplier:{kanbert_id}",))

    monkeypatch.setattr(world.mappings, "supplier", wrong)
    assert world.run().redriven == 0


def test_whatever_waited_for_long_is_tried_again(world: World) -> None:
    """The invoice may name something else by now, and no letter comes to the age at which SQS forgets it."""
    world.clock.advance(seconds=LOOK_AGAIN.total_seconds() - 1)
    assert world.run().redriven == 0
    world.clock.advance(seconds=1)
    assert world.run() == RedriveResult(redriven=4, waiting=0, complete=True)
    assert [each.body for each in world.letters.letters] == ["refused"]
    assert timedelta(days=1) > LOOK_AGAIN


def test_out_of_time(world: World) -> None:
    """The rest is left for the next run."""
    world.left = 10.0
    world.mappings.accounts |= {"IT-1": 1, "IT-2": 2}
    assert world.run() == RedriveResult(redriven=1, waiting=1, complete=False)


def test_sqs_fails_on_the_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was looked at before is released all the same."""
    world.mappings.accounts |= {"IT-1": 1, "IT-2": 2}

    def away(letter: AwaitingLetter) -> None:
        raise ConnectionError(letter.body)

    monkeypatch.setattr(world.letters, "redrive", away)
    with pytest.raises(ConnectionError, match="accounts"):
        RedriveToBillomat(world.letters, world.mappings, world.clock, lambda: 240.0)()
    assert world.letters.hidden == {"receipt-accounts"}
