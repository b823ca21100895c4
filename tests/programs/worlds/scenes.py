"""The worlds before anything goes wrong: which rules there are, and what has happened already."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.fake_kanbert import booking, incoming
from tests.fakes import FakeRuleRepository
from tests.programs.worlds.interventions import BY_NAME
from tests.programs.worlds.kanbert import WorldKanbert
from tests.programs.worlds.machine import Machine, rest
from tests.programs.worlds.places import Rule
from tests.programs.worlds.world import World

ALWAYS = "sum_gross > 1"
UNBOOKED = "bookings.any(chart_of_account_id is null)"


def _rules(**book: Any) -> tuple[Rule, ...]:
    return (
        {"rule_id": "book", "when": ALWAYS, "account": "7380", "booking_title": "Hosting"} | book,
        {"rule_id": "project", "when": ALWAYS, "project": "id:p1"},
        {"rule_id": "mark", "when": UNBOOKED, "note": "seen by rule", "tags": ["auto"]},
        {"rule_id": "who", "when": ALWAYS, "editor": "id:u1"},
    )


READY: Rule = {"rule_id": "ready", "when": ALWAYS, "status": "ready_for_accounting"}


@dataclass(frozen=True)
class Scene:
    """A world's beginning. `before`: what is done to it, each thing after it has come to rest; the last one has not."""

    name: str
    rules: tuple[Rule, ...]
    before: Sequence[Callable[[World], object]] = ()
    webhooks: bool = True
    pace: float = 0.0
    shows_writes: bool = True

    def build(self, machine: Machine) -> World:
        """The world."""
        world = World(WorldKanbert(), self.rules, webhooks=self.webhooks, pace=self.pace)
        world.kanbert.shows_writes = self.shows_writes
        lines = [booking("b1", value=Decimal("60.00")), booking("b2", value=Decimal("40.00"))]
        world.kanbert.add(incoming(notes="mine", bookings=lines))
        world.truth.versions = (self.rules,)
        for act in self.before:
            rest(machine, world)
            act(world)
            world.stage = 1
            if self.webhooks:
                world.documents.append(world.message())
        world.kanbert.changed = False
        world.steps = 0
        return world


def does(*names: str) -> Callable[[World], None]:
    """What people and admins do, by name."""

    def act(world: World) -> None:
        repository = FakeRuleRepository(*world.rules)
        for name in names:
            intervention = BY_NAME[name]
            assert intervention.act is not None
            assert intervention.act(world, repository), name
        world.rules = tuple(repository.items)

    return act


SCENES = (
    Scene("first", _rules()),
    Scene("ready", (*_rules(), READY)),
    Scene("slow", (*_rules(), READY), pace=1.5),
    Scene("silent", (*_rules(), READY), shows_writes=False),
    Scene("suggested", _rules(mode="suggest")),
    Scene("swept", _rules()[:2], webhooks=False),
    Scene("overwritten", _rules(), (does("rule overwrites", "retitled"),)),
    Scene("corrected", _rules(), (does("b1.account = other", "rule added"),)),
    Scene("emptied", _rules(), (does("b2.account emptied", "invoice.note emptied", "rule overwrites"),)),
)
