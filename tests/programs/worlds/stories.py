"""Random stories: many interventions in one life, until it is quiet; a failing one is cut down to its shortest."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from tests.programs.chaos.story import leave_out
from tests.programs.worlds.interventions import ACTS, FAULTS, Intervention
from tests.programs.worlds.invariants import violations
from tests.programs.worlds.machine import Machine, Plan
from tests.programs.worlds.planted import Plant
from tests.programs.worlds.promises import Violation
from tests.programs.worlds.replay import Path, judged
from tests.programs.worlds.scenes import SCENES, Scene
from tests.programs.worlds.world import MOST_STEPS, World

MOST = 12
"""Interventions of a story."""


@dataclass(frozen=True)
class Story:
    """What happened, and what did not hold at the end."""

    seed: int
    scene: Scene
    path: Path
    violations: tuple[Violation, ...]


def play_story(machine: Machine, seed: int, beginnings: dict[str, World] | None = None) -> Story:
    """The story of a seed. `beginnings` keeps what scenes begin with, by their names, for the next story."""
    rng = random.Random(seed)
    scene = rng.choice(SCENES)
    chance, most = rng.choice([0.03, 0.08, 0.15]), rng.randint(1, MOST)
    beginnings = {} if beginnings is None else beginnings
    if scene.name not in beginnings:
        beginnings[scene.name] = scene.build(machine)
    world, path = beginnings[scene.name].clone(), list[tuple[int, int, str]]()
    while world.next_step() is not None and not world.truth.violations and world.steps <= MOST_STEPS:
        run = world.steps
        machine.play(world, _chance(rng, chance, most - len(path)))
        path += [(run, number, name) for number, name in machine.happened]
    return Story(seed, scene, tuple(path), tuple(violations(world)))


def _chance(rng: random.Random, chance: float, left: int) -> Plan:
    taken = 0

    def plan(_number: int, call: str) -> Intervention | None:
        nonlocal taken
        if taken >= left or rng.random() >= chance:
            return None
        fitting = [each for each in rng.choice([FAULTS, ACTS, ACTS]) if each.fits(call)]
        taken += bool(fitting)
        return rng.choice(fitting) if fitting else None

    return plan


def first_to_catch(machine: Machine, plant: Plant, seeds: Iterable[int]) -> Story | None:
    """The first story in which a planted bug violates the invariant that it breaks."""
    with plant.planted():
        beginnings = dict[str, World]()
        stories = (play_story(machine, seed, beginnings) for seed in seeds)
        return next((s for s in stories if plant.breaks in {each.promise for each in s.violations}), None)


def shortest(machine: Machine, story: Story) -> Story:
    """Without everything that it does not take."""
    best = story
    promises = {each.promise for each in story.violations}

    def fails(path: Path) -> bool:
        nonlocal best
        found = judged(machine, story.scene, path)
        if promises & {each.promise for each in found}:
            best = Story(story.seed, story.scene, path, tuple(found))
            return True
        return False

    if fails(story.path):
        leave_out(story.path, fails, lambda: True)
    return best
