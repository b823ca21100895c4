"""`make worlds`: every small world, or one of them again, or random stories."""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.programs.worlds.explore import Budget, Failure, Found, explore
from tests.programs.worlds.invariants import violations
from tests.programs.worlds.known import is_known
from tests.programs.worlds.machine import Machine
from tests.programs.worlds.planted import PLANTS
from tests.programs.worlds.replay import name_of, named, parsed, played
from tests.programs.worlds.scenes import SCENES
from tests.programs.worlds.stories import first_to_catch, play_story, shortest
from tests.programs.worlds.world import World

DEPTHS = {1: (Budget(faults=1), Budget(acts=1)), 2: (Budget(faults=1, acts=1),)}
"""One fault or one act; then one of each, in either order."""


def main() -> int:
    """1 when an invariant does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.programs.worlds", description=__doc__)
    parser.add_argument("--depth", type=int, choices=sorted(DEPTHS), default=2)
    parser.add_argument("--scene", choices=[scene.name for scene in SCENES], help="one scene alone")
    parser.add_argument("--world", help="play this world again, as it was printed")
    parser.add_argument("--stories", type=int, default=0, help="so many random stories instead")
    parser.add_argument("--planted", action="store_true", help="stories with each planted bug, until they catch it")
    parser.add_argument("--seed", type=int, default=0, help="of the first story")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    if given.world:
        return _again(given.world)
    if given.planted:
        return _planted(given.seed, given.stories or 1_000, given.jobs)
    if given.stories:
        return _stories(given.seed, given.stories, given.jobs)
    return _worlds(given.depth, [s.name for s in SCENES if given.scene in {None, s.name}], given.jobs)


def _again(name: str) -> int:
    scene, path = parsed(name)
    sys.stdout.write(f"{name}\nto keep: {name_of(scene.name, named(Machine(), scene, path))}\n")
    world = played(Machine(), scene, path, lambda line: print(line))  # noqa: T201
    found = violations(world)
    for violation in found:
        sys.stdout.write(f"✗ {violation}\n")
    return 1 if found else 0


def _one(depth: int, name: str) -> tuple[str, Found]:
    scene = next(each for each in SCENES if each.name == name)
    return name, explore(scene, DEPTHS[depth])


def _worlds(depth: int, scenes: list[str], jobs: int) -> int:
    total = Found()
    with ProcessPoolExecutor(jobs) as pool:
        for name, found in pool.map(partial(_one, depth), scenes):
            sys.stdout.write(
                f"{name}: {found.worlds:,} worlds ({found.states:,} states, {found.runs:,} runs), "
                f"{found.points.total()} calls undisturbed\n"
            )
            sys.stdout.flush()
            total.add(found)
    for failure in sorted(total.failures.values(), key=lambda each: (len(each.path), each.world)):
        known = " (known)" if is_known(failure) else ""
        sys.stdout.write(f"✗ {failure.violation}{known}\n    --world '{failure.world}'\n")
    for window, times in total.windows.most_common():
        sys.stdout.write(f"cannot be known: {window}, in {times:,} states\n")
    sys.stdout.write(f"worlds: {total.worlds:,} at depth {depth}, {len(total.failures)} kinds of violations\n")
    return 1 if any(not is_known(failure) for failure in total.failures.values()) else 0


def _play(numbers: range) -> tuple[list[int], list[int]]:
    """The seeds of stories that violated an invariant: in a way of the table, and in another."""
    machine, beginnings, known, failed = Machine(), dict[str, World](), list[int](), list[int]()
    for seed in numbers:
        story = play_story(machine, seed, beginnings)
        failures = [Failure(story.scene.name, story.path, each) for each in story.violations]
        if failures:
            (known if all(map(is_known, failures)) else failed).append(seed)
    return known, failed


def _stories(first: int, count: int, jobs: int) -> int:
    parts = [range(begin, min(begin + 250, first + count)) for begin in range(first, first + count, 250)]
    known, failed = list[int](), list[int]()
    with ProcessPoolExecutor(jobs) as pool:
        for part, (some_known, some_failed) in zip(parts, pool.map(_play, parts), strict=True):
            known, failed = known + some_known, failed + some_failed
            sys.stdout.write("".join(f"✗ story {seed}\n" for seed in some_failed))
            sys.stdout.write(f"stories: {part.stop - first:,}, {len(failed)} violated an invariant\r")
            sys.stdout.flush()
    for seed in failed[:5]:
        short = shortest(Machine(), play_story(Machine(), seed))
        sys.stdout.write(f"story {seed}: --world '{name_of(short.scene.name, short.path)}'\n")
        for violation in short.violations:
            sys.stdout.write(f"  ✗ {violation}\n")
    sys.stdout.write(
        f"stories: {count:,} from seed {first}, {len(failed)} violated an invariant, {len(known)} in a known way\n"
    )
    return 1 if failed else 0


def _catch(first: int, count: int, name: str) -> str:
    plant = next(each for each in PLANTS if each.name == name)
    story = first_to_catch(Machine(), plant, range(first, first + count))
    if story is None:
        return ""
    violation = next(each for each in story.violations if each.promise is plant.breaks)
    return f"seed {story.seed}: {violation}"


def _planted(first: int, count: int, jobs: int) -> int:
    missed = 0
    with ProcessPoolExecutor(jobs) as pool:
        names = [plant.name for plant in PLANTS]
        for name, caught in zip(names, pool.map(partial(_catch, first, count), names), strict=True):
            missed += not caught
            sys.stdout.write(f"{name}: {caught or f'not caught by {count:,} stories'}\n")
            sys.stdout.flush()
    sys.stdout.write(f"planted bugs: {len(PLANTS)}, {missed} not caught\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
