"""Every world, without sampling: each intervention at each call, and again in what follows.

A run is played once for each state and intervention; worlds that come to the same state go on as one. An act that
touches Kanbert only is played before the calls to Kanbert and at the end of a run, since between two other calls it
makes no difference: the worlds that are alike for that reason are counted, not played.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.programs.worlds.interventions import ACTS, FAULTS, Intervention
from tests.programs.worlds.invariants import violations
from tests.programs.worlds.machine import Machine, Plan, undisturbed
from tests.programs.worlds.promises import Promise, Violation
from tests.programs.worlds.replay import Path, name_of
from tests.programs.worlds.scenes import Scene
from tests.programs.worlds.world import MOST_STEPS, World


@dataclass(frozen=True, slots=True)
class Budget:
    """How many interventions there are in a world, in any order. Fewer of them to choose from, to be quick."""

    faults: int = 0
    acts: int = 0
    known_acts: tuple[Intervention, ...] = ACTS
    known_faults: tuple[Intervention, ...] = FAULTS

    def choices(self) -> Iterator[tuple[Iterable[Intervention], "Budget"]]:
        """What may come next, and what is left after it."""
        if self.faults:
            yield self.known_faults, replace(self, faults=self.faults - 1)
        if self.acts:
            yield self.known_acts, replace(self, acts=self.acts - 1)


@dataclass(frozen=True)
class Failure:
    """A kind of violation, and the first of the shortest worlds that it shows in."""

    scene: str
    path: Path
    violation: Violation

    @property
    def world(self) -> str:
        """By this name it is played again."""
        return name_of(self.scene, self.path)


@dataclass
class Found:
    """What was explored so far; `points` are the calls of the undisturbed worlds."""

    worlds: int = 0
    states: int = 0
    runs: int = 0
    points: Counter[str] = field(default_factory=Counter)
    failures: dict[Violation, Failure] = field(default_factory=dict)
    windows: Counter[str] = field(default_factory=Counter)
    happened: set[str] = field(default_factory=set)

    def add(self, other: "Found") -> None:
        """Together."""
        self.worlds, self.states, self.runs = (
            self.worlds + other.worlds,
            self.states + other.states,
            self.runs + other.runs,
        )
        self.points += other.points
        self.windows += other.windows
        self.happened |= other.happened
        for failure in other.failures.values():
            self.note(failure)

    def note(self, failure: Failure) -> None:
        """Keep it, unless a world as short shows the same."""
        known = self.failures.get(failure.violation)
        if known is None or len(known.path) > len(failure.path):
            self.failures[failure.violation] = failure


class Enough(Exception):
    """What was looked for is found."""


def explore(
    scene: Scene,
    budgets: Sequence[Budget],
    machine: Machine | None = None,
    enough: Callable[[Failure], bool] = lambda _: False,
) -> Found:
    """Every world of a scene within one of these budgets; no further than to a failure that is `enough`."""
    explorer = _Explorer(machine or Machine(), scene, enough)
    explorer.count_points()
    try:
        for budget in budgets:
            explorer.found.worlds += explorer.from_here(scene.build(explorer.machine), budget, ())
    except Enough:
        pass
    return explorer.found


class _Explorer:
    def __init__(self, machine: Machine, scene: Scene, enough: Callable[[Failure], bool]) -> None:
        self.machine = machine
        self.found = Found()
        self._scene = scene
        self._enough = enough
        self._counts: dict[tuple[int, Budget], int] = {}

    def count_points(self) -> None:
        """Count the calls of the undisturbed world."""
        world = self._scene.build(self.machine)
        while (step := world.next_step()) is not None and not world.truth.violations and world.steps <= MOST_STEPS:
            self.machine.play(world)
            self.found.points.update(f"{step}: {call}" for call in self.machine.calls)

    def from_here(self, world: World, budget: Budget, path: Path) -> int:
        """The number of worlds that this one may become."""
        key = (world.key(), budget)
        if key in self._counts:
            return self._counts[key]
        self.found.states += 1
        if world.steps > MOST_STEPS:
            world.truth.violate(Promise.VANISHED, f"no rest after {MOST_STEPS} runs")
        if world.truth.violations or world.next_step() is None:
            self._judge(world, path)
            count = 1
        else:
            count = self._step(world, budget, path)
        self._counts[key] = count
        return count

    def _judge(self, world: World, path: Path) -> None:
        self.found.windows += world.truth.windows
        for violation in violations(world):
            failure = Failure(self._scene.name, path, violation)
            self.found.note(failure)
            if self._enough(failure):
                raise Enough

    def _step(self, world: World, budget: Budget, path: Path) -> int:
        run = world.steps
        after = self._play(world, undisturbed)
        calls = list(self.machine.calls)
        count = self.from_here(after, budget, path)
        for choices, left in budget.choices():
            for number, intervention, times in _places(calls, choices):
                after = self._play(world, _before(number, intervention))
                if self.machine.happened:
                    self.found.happened.add(intervention.name)
                    count += times * self.from_here(after, left, (*path, (run, number, intervention.name)))
        return count

    def _play(self, world: World, plan: Plan) -> World:
        self.found.runs += 1
        return self.machine.play(world.clone(), plan)


def _before(number: int, intervention: Intervention) -> Plan:
    return lambda call, _name: intervention if call == number else None


def _places(calls: list[str], choices: Iterable[Intervention]) -> Iterator[tuple[int, Intervention, int]]:
    """(number of the call, intervention, how many calls in a row before which it makes no difference)."""
    for intervention in choices:
        alike = 1
        for number, call in enumerate(calls, 1):
            if intervention.fits(call):
                yield number, intervention, alike
                alike = 1
            elif intervention.act is not None:
                alike += 1
