"""One seed: documents come, people and admins work, things go wrong, then it is quiet; and its shortest story."""

import logging
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autobook_sim.kanbert.profiles import combination, profiles_of
from tests.programs.chaos.consumers import BILLOMAT_NAMES, HYPATOS_NAMES, ExportingChaosSystem
from tests.programs.chaos.consumers_invariants import consumer_violations
from tests.programs.chaos.faults import Faults
from tests.programs.chaos.invariants import Truth, violations
from tests.programs.chaos.system import ChaosSystem
from tests.programs.chaos.world import World

HOUR = 3600.0
ARRIVALS = HOUR
CALM = 2 * HOUR
"""From here on nothing goes wrong and nobody edits."""
END = 30 * HOUR
"""Two reconcile_runs later, with time for the longest wait in between."""
AT_REST = 4 * HOUR
"""For so long before the end Kanbert does not fail at times: the last look of all may be the one in eight."""

type Rule = dict[str, Any]
RULE_SETS: list[list[Rule]] = [
    [
        {"rule_id": "hetzner", "when": 'supplier.name contains "Hetzner"', "account": "7380", "booking_title": "Host"},
        {"rule_id": "a1", "when": 'supplier.name contains "A1"', "account": "7390", "note": "seen by rule"},
        {"rule_id": "ready", "when": 'supplier.name contains "Hetzner"', "status": "ready_for_accounting"},
    ],
    [
        {"rule_id": "hetzner", "when": 'supplier.name contains "Hetzner"', "account": "5800", "overwrite": True},
        {"rule_id": "a1", "when": 'supplier.name contains "A1"', "mode": "suggest", "account": "7380"},
        {"rule_id": "bipa", "when": 'supplier.name = "Bipa"', "account": "5800", "project": "id:p1"},
        {"rule_id": "empty", "when": "bookings.any(chart_of_account_id is null)", "note": "look at this"},
    ],
    [
        {"rule_id": "one", "when": 'supplier.name contains "Hetzner"', "account": "7380"},
        {"rule_id": "two", "when": 'supplier.name contains "Hetzner"', "account": "7390"},
        {"rule_id": "title", "when": "sum_gross > 1", "booking_title": "{supplier.name} {invoice_number}"},
        {"rule_id": "nobody", "when": 'supplier.name contains "A1"', "account": "0000"},
    ],
]


@dataclass(frozen=True)
class Plan:
    """Which documents come, and what is not to happen this time."""

    seed: int
    documents: tuple[int, ...]
    suppressed: frozenset[str] = frozenset()
    webhooks: bool = True
    sweep: bool = True
    people: bool = True
    rules_edited: bool = True
    profiles: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    """Profiles of Billomat and Hypatos; none where nothing is exported."""
    away: float = 0.0
    """Hours for which both are away, from half an hour after the beginning."""


@dataclass(frozen=True)
class Ended:
    """How a story ended."""

    plan: Plan
    violations: list[str]
    story: list[tuple[str, str]]
    system: ChaosSystem


def play(plan: Plan) -> Ended:
    """Let it happen."""
    random.seed(plan.seed)  # the waits' jitter
    world = World()
    faults = Faults(plan.seed, plan.suppressed, lambda: f"{world():%H:%M:%S}")
    page = max(7, len(plan.documents) // 3)
    names = ("webhooks", "people", "profiles")
    options: dict[str, Any] = {name: getattr(plan, name) for name in names} | {"largest_page": page}
    system = _exporting(plan, world, faults, options) if plan.consumers else ChaosSystem(world, faults, **options)
    system.rule_repository.items = RULE_SETS[plan.seed % len(RULE_SETS)]
    for number in plan.documents:
        at = faults.draw(f"arrival {number}").uniform(0, ARRIVALS)
        world.at(at, lambda number=number: system.kanbert.appear(number))  # type: ignore[misc]
    if plan.people:
        for number in plan.documents:
            for each in range(faults.draw(f"edits {number}").choice([0, 0, 1, 2])):
                _schedule_edit(system, f"{number}.{each}")
    if plan.rules_edited:
        for number in range(3):
            _schedule_rules(system, number)
    if plan.sweep:
        world.every(600, system.sweep, CALM + HOUR)
        for hour in range(4, int(END / HOUR), 2):
            world.at(hour * HOUR, system.sweep)
        for at in (CALM + 3 * HOUR, CALM + 14 * HOUR):
            for again in range(3):
                world.at(at + again * HOUR / 4, system.reconcile)
    world.at(CALM, lambda: setattr(faults, "active", False))
    world.at(END - AT_REST, lambda: setattr(system.kanbert.simulator.stage, "calm", True))
    world.run(END)
    truth = Truth(system)
    found = violations(system, truth)
    if isinstance(system, ExportingChaosSystem):
        found += consumer_violations(system, truth)
    return Ended(plan, found, faults.story, system)


def _exporting(plan: Plan, world: World, faults: Faults, options: dict[str, Any]) -> ExportingChaosSystem:
    """With both exporters, somebody who maps what is missing, a system that is away for a while, and a replay."""
    billomat, hypatos = plan.consumers
    system = ExportingChaosSystem(world, faults, consumer_profiles=(billomat, hypatos), **options)
    world.every(900, system.redrive, END)
    for at in (faults.draw("mapping").uniform(0, CALM), *(CALM + hours * HOUR for hours in (1, 4, 9, 16, 24, 26))):
        world.at(at, system.map_what_is_missing)
    name = faults.draw("away").choice(["billomat", "hypatos"])
    if faults.happens(f"{name} away", 0.3):
        began = faults.draw("away at").uniform(0, CALM - HOUR)
        world.at(began, lambda: system.away.add(name))
        world.at(began + HOUR / 2, lambda: system.away.discard(name))
    if plan.away:
        world.at(HOUR / 2, lambda: system.away.update(("billomat", "hypatos")))
        world.at(HOUR / 2 + plan.away * HOUR, system.away.clear)
    if faults.happens("replay of the whole topic", 0.3):
        world.at(CALM + 3 * HOUR, system.replay)
    return system


def _schedule_edit(system: ChaosSystem, name: str) -> None:
    rng = system.faults.draw(f"edit {name}")

    def edit() -> None:
        if f"edit {name}" not in system.faults.suppressed:
            system.kanbert.person_edits(rng, may_clear=system.may_clear)

    system.world.at(rng.uniform(0, CALM), edit)


def _schedule_rules(system: ChaosSystem, number: int) -> None:
    rng = system.faults.draw(f"rules {number}")

    def edit() -> None:
        chosen = rng.randrange(len(RULE_SETS))
        system.faults.tell(f"an admin edits the rules: book {chosen}")
        system.rule_repository.items = RULE_SETS[chosen]

    system.world.at(rng.uniform(0, CALM), edit)


def shortest(failed: Plan, fails: Callable[[Plan], Ended] = play, attempts: int = 150, seconds: float = 60) -> Ended:
    """A smaller plan that fails too: fewer profiles, documents and faults, half of them left out while that fails.

    After so many `attempts`, or so many seconds of CPU time, it is short enough: several that fail keep nobody waiting.
    """
    best = fails(failed)
    left, until = attempts, time.process_time() + seconds

    def attempt(plan: Plan) -> bool:
        nonlocal best, left
        left -= 1
        ended = fails(plan)
        if ended.violations:
            best = ended
        return bool(ended.violations)

    def goes_on(least: int = 0) -> bool:
        return left > least and time.process_time() < until

    for profile in best.plan.profiles:
        attempt(_replace(best.plan, profiles=tuple(each for each in best.plan.profiles if each != profile)))
    for changes in ({"people": False}, {"rules_edited": False}):
        attempt(_replace(best.plan, **changes))
    fewer = best.plan.documents
    leave_out(fewer, lambda kept: attempt(_replace(best.plan, documents=kept)), lambda: goes_on(attempts // 2))
    faults = tuple(what for _, what in best.story if " #" in what)
    start = best.plan.suppressed

    def without(kept: tuple[str, ...]) -> bool:
        return attempt(_replace(best.plan, suppressed=start | (set(faults) - set(kept))))

    leave_out(faults, without, goes_on)
    return best


def consumers_of(seed: int) -> tuple[str, str]:
    """A profile of Billomat and one of Hypatos, others for the next seed."""
    return BILLOMAT_NAMES[seed % len(BILLOMAT_NAMES)], HYPATOS_NAMES[seed % len(HYPATOS_NAMES)]


def _replace(plan: Plan, **changes: Any) -> Plan:
    return Plan(**{**{name: getattr(plan, name) for name in plan.__dataclass_fields__}, **changes})


def leave_out[T](items: tuple[T, ...], works: Callable[[tuple[T, ...]], bool], goes_on: Callable[[], bool]) -> None:
    """Delta debugging: leave out ever smaller parts for as long as it still fails."""
    size = max(1, len(items) // 2)
    while items and goes_on():
        reduced = False
        for begin in range(0, len(items), size):
            kept = items[:begin] + items[begin + size :]
            if kept != items and works(kept):
                items, reduced = kept, True
                break
            if not goes_on():
                return
        if not reduced:
            if size == 1:
                return
            size //= 2


def report(ended: Ended) -> str:
    """A failed story for people."""
    documents = ", ".join(f"doc{number}" for number in ended.plan.documents)
    under = f" under {', '.join(ended.plan.profiles)}" if ended.plan.profiles else ""
    lines = [f"seed {ended.plan.seed} with {documents}{under}:"]
    lines += [f"  {at}  {what}" for at, what in ended.story]
    lines += ["and so:"] + [f"  ✗ {each}" for each in ended.violations]
    return "\n".join(lines)


def check(plan: Plan) -> None:
    """Play it. AssertionError with its shortest story, and with the command that repeats it."""
    if play(plan).violations:
        profiles = ",".join(plan.profiles) or "none"
        again = f"make chaos SEED={plan.seed} DOCUMENTS={len(plan.documents)} PROFILE={profiles}"
        again += f" CONSUMERS={','.join(plan.consumers) or 'none'}"
        raise AssertionError(f"{report(shortest(plan))}\n{again}")


def main(first: int, seeds: int, documents: int, profile: str, consumers: str) -> int:
    """`make chaos`: play that many seeds; 1 when an invariant was violated.

    `profile`: ids with commas, `none`, or `random` for another combination with each seed. `consumers`: a profile of
    Billomat and one of Hypatos with a comma, `none`, or `random` for others with each seed.
    """
    logging.disable(logging.CRITICAL)  # what the functions log is no part of the story
    fixed = () if profile in ("none", "random") else tuple(each.id for each in profiles_of(profile.split(",")))
    fixed_consumers = () if consumers in ("none", "random") else tuple(consumers.split(","))
    for number, seed in enumerate(range(first, first + seeds), 1):
        profiles = combination(seed) if profile == "random" else fixed
        exporting = consumers_of(seed) if consumers == "random" else fixed_consumers
        try:
            check(Plan(seed, tuple(range(documents)), profiles=profiles, consumers=exporting))
        except AssertionError as error:
            sys.stdout.write(f"seed {seed} failed\n{error}\n")
            return 1
        if number % 20 == 0:
            sys.stdout.write(f"chaos: {number} seeds, {number * documents:,} documents\n")
            sys.stdout.flush()
    sys.stdout.write(f"chaos: {seeds} seeds from {first}, {seeds * documents:,} documents, 0 violated invariants\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]))
