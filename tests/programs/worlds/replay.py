"""One world again, as a story: `first/1.9 crash/2.3 b1.account = other` is a scene and what happens in which run.

Before which call of it is said by its number, or by its name, as in `1.provenance.put#2 crash`: so a world that is kept
stays the same when a run makes another call.
"""

from collections.abc import Callable, Sequence

from tests.programs.worlds.interventions import BY_NAME
from tests.programs.worlds.invariants import violations
from tests.programs.worlds.machine import Machine, Plan, undisturbed
from tests.programs.worlds.promises import Violation
from tests.programs.worlds.scenes import SCENES, Scene
from tests.programs.worlds.world import MOST_STEPS, World

type Call = int | str
"""The number of a call in its run, from 1, or its name, with `#2` for the second of that name."""
type Step = tuple[int, Call, str]
"""(number of the run from 0, call, name of the intervention)."""
type Path = tuple[Step, ...]

_BY_SCENE = {scene.name: scene for scene in SCENES}


def name_of(scene: str, path: Sequence[Step]) -> str:
    """The name under which a world is played again."""
    return "/".join([scene, *(f"{run}.{number} {what}" for run, number, what in path)])


def parsed(name: str) -> tuple[Scene, Path]:
    """The reverse. Raises ValueError or KeyError for what is no world's name."""
    scene, *steps = name.split("/")
    path = []
    for step in steps:
        place, _, what = step.partition(" ")
        run, _, number = place.partition(".")
        BY_NAME[what]  # it is an intervention's name
        path.append((int(run), int(number) if number.isdigit() else number, what))
    return _BY_SCENE[scene], tuple(path)


def plan_of(path: Sequence[Step]) -> Callable[[int], Plan]:
    """What comes in each run; where a run has no such call, or it does not fit there, nothing."""
    by_run: dict[int, dict[Call, str]] = {}
    for run, number, what in path:
        by_run.setdefault(run, {})[number] = what

    def plan(run: int) -> Plan:
        wanted = by_run.get(run)
        if wanted is None:
            return undisturbed

        calls = list[str]()

        def before(number: int, call: str) -> object:
            calls.append(call)
            intervention = BY_NAME.get(wanted.get(number) or wanted.get(call_name(calls, number), ""))
            return intervention if intervention is not None and intervention.fits(call) else None

        return before  # type: ignore[return-value]

    return plan


def call_name(calls: Sequence[str], number: int) -> str:
    """The name of this call among those of its run."""
    name = calls[number - 1]
    before = calls[:number].count(name)
    return name if before == 1 else f"{name}#{before}"


def named(machine: Machine, scene: Scene, path: Sequence[Step]) -> Path:
    """The same path by the names of its calls, without the steps that change nothing."""
    steps = list[Step]()
    played(machine, scene, path, happened=steps.append)
    return tuple(steps)


def played(
    machine: Machine,
    scene: Scene,
    path: Sequence[Step],
    tell: Callable[[str], None] | None = None,
    happened: Callable[[Step], None] = lambda _: None,
) -> World:
    """The world at rest; `tell` is called with a line for each run, `happened` with each step that is played."""
    world, plan = scene.build(machine), plan_of(path)
    while world.next_step() is not None and not world.truth.violations and world.steps <= MOST_STEPS:
        run, step, events = world.steps, world.next_step(), len(world.published)
        machine.play(world, plan(run))
        for number, what in machine.happened:
            happened((run, call_name(machine.calls, number), what))
        if tell is not None:
            before = dict(machine.happened)
            calls = [f"[{before[n]}] {call}" if n in before else call for n, call in enumerate(machine.calls, 1)]
            tell(f"  run {run}, {step}: " + ", ".join(calls))
            for event in world.published[events:]:
                tell(f"      {event.type} {event.id[:6]} {_short(event.data)}")
    return world


def _short(data: dict[str, object]) -> str:
    lists = [each for name in ("values", "corrections", "reasons") for each in data.get(name) or ()]  # type: ignore[attr-defined]
    return "; ".join(
        " ".join(str(each.get(k)) for k in ("booking_id", "field", "ours", "value", "present", "code") if k in each)
        for each in lists
    )


def judged(machine: Machine, scene: Scene, path: Sequence[Step]) -> list[Violation]:
    """The violations of one world."""
    return violations(played(machine, scene, path))
