"""Small worlds, all of them: one intervention anywhere, some of two; the bugs planted; a few hundred random stories."""

from collections.abc import Iterator

import pytest

from autobook.service.accept_suggestions import AcceptSuggestions
from autobook.service.check_rules import CheckRules
from autobook.service.export_billomat import ExportToBillomat
from autobook.service.export_hypatos import ExportToHypatos
from autobook.service.finish_undo import FinishUndo
from autobook.service.redrive_billomat import RedriveToBillomat
from autobook.service.undo import UndoValues
from autobook.service.watch import WatchedSweep
from tests.programs.crash.cases import COVERED
from tests.programs.worlds.explore import Budget, Failure, Found, explore
from tests.programs.worlds.interventions import ACTS, BY_NAME, FAULTS
from tests.programs.worlds.known import KNOWN, is_known
from tests.programs.worlds.machine import Machine
from tests.programs.worlds.once_wrong import ONCE_WRONG
from tests.programs.worlds.planted import PLANTS, Plant
from tests.programs.worlds.replay import judged, name_of, named, parsed
from tests.programs.worlds.scenes import SCENES
from tests.programs.worlds.stories import first_to_catch, play_story, shortest
from tests.programs.worlds.world import World

WINDOWS = {
    "a person's edit between look and write",
    "handed over between look and write",
    "a person's edit looks like an interrupted write, or as if there had been none",
    "a person undid a write before a look could show it",
    "written where a person's edit could not be known",
}
SOME_ACTS = tuple(
    BY_NAME[name] for name in ("b1.account = other", "b1.account = ours", "status = ready_for_accounting")
)
STORIES = 300


@pytest.fixture(scope="module")
def machine() -> Machine:
    """The use cases, wired once."""
    return Machine()


@pytest.fixture(scope="module")
def everything(machine: Machine) -> Found:
    """Every scene, with one fault or one act anywhere."""
    total = Found()
    for scene in SCENES:
        total.add(explore(scene, [Budget(faults=1), Budget(acts=1)], machine))
    return total


def unknown(found: Found) -> Iterator[str]:
    """What does not hold and is not in the table."""
    return (f"{each.violation} --world '{each.world}'" for each in found.failures.values() if not is_known(each))


def test_every_world_keeps_the_promises(everything: Found) -> None:
    """One fault, or one person or admin, anywhere in an invoice's life: nothing lost, nobody overruled, no surprise."""
    assert not list(unknown(everything))
    assert everything.worlds > 10_000
    assert everything.windows.keys() <= WINDOWS


def test_every_use_case_and_intervention_takes_part(everything: Found, machine: Machine) -> None:
    """Every use case but those that write into no invoice; and each intervention changes something somewhere.

    What a person starts from their machine takes no part either: make crash ends it at every call.
    """
    classes = {type(each) for each in machine.use_cases.values()}
    elsewhere = {CheckRules, ExportToBillomat, ExportToHypatos, RedriveToBillomat, WatchedSweep}
    by_hand = {AcceptSuggestions, FinishUndo, UndoValues}
    assert classes == set(COVERED) - elsewhere - by_hand
    assert {point.partition(":")[0] for point in everything.points} == machine.use_cases.keys()
    assert everything.happened == {each.name for each in FAULTS + ACTS}


def test_a_fault_and_a_person_together(machine: Machine) -> None:
    """A fault anywhere, then somebody's edit anywhere in what follows, or the other way round."""
    scene = next(each for each in SCENES if each.name == "ready")
    found = explore(scene, [Budget(1, 1, SOME_ACTS)], machine)
    assert not list(unknown(found))
    assert found.worlds > 20_000
    assert found.windows.keys() <= WINDOWS


def test_known_findings_still_fail(machine: Machine) -> None:
    """The table lists nothing that holds by now."""
    for known in KNOWN:
        scene, path = parsed(known.world)
        assert any(known.covers(Failure(scene.name, path, each)) for each in judged(machine, scene, path)), known


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_planted_bugs_are_caught(plant: Plant, everything: Found, machine: Machine) -> None:
    """The protocol with one step broken does not pass: the invariant named is violated."""
    scene = next(each for each in SCENES if each.name == plant.scene)

    def caught(failure: Failure) -> bool:
        return failure.violation.promise is plant.breaks and failure.violation not in everything.failures

    with plant.planted():
        found = explore(scene, [plant.budget], machine, caught)
    failures = [each for each in found.failures.values() if caught(each)]
    assert failures
    assert all(len(each.path) <= 2 for each in failures)


def test_a_world_is_played_again_by_its_name(machine: Machine) -> None:
    """The name that is printed for a failing world says all that it takes."""
    plant = next(each for each in PLANTS if each.name == "no intent before the first write")
    scene = next(each for each in SCENES if each.name == plant.scene)
    with plant.planted():
        found = explore(scene, [plant.budget], machine, lambda each: not is_known(each))
        failure = next(each for each in found.failures.values() if not is_known(each))
        assert parsed(failure.world) == (scene, failure.path)
        assert failure.violation in judged(machine, scene, failure.path)
    assert failure.violation not in judged(machine, scene, failure.path)


def test_random_stories(machine: Machine) -> None:
    """People, admins and faults at random: nobody is overruled, no correction is announced that nobody made."""
    beginnings = dict[str, World]()
    stories = [play_story(machine, seed, beginnings) for seed in range(STORIES)]
    failed = [
        (name_of(story.scene.name, story.path), violation)
        for story in stories
        for violation in story.violations
        if not is_known(Failure(story.scene.name, story.path, violation))
    ]
    assert not failed
    assert max(len(story.path) for story in stories) > 5


@pytest.mark.parametrize("world", ONCE_WRONG.values(), ids=ONCE_WRONG)
def test_stories_that_once_went_wrong(machine: Machine, world: str) -> None:
    """What thousands of random stories have found stays right, and all of it still happens."""
    scene, path = parsed(world)
    assert named(machine, scene, path) == path
    assert not judged(machine, scene, path)


DANGEROUS = ("a person's value is written over", "what a person owns is forgotten", "a closed invoice is not noticed")


@pytest.mark.parametrize("name", DANGEROUS)
def test_random_stories_catch_what_is_most_dangerous(name: str, machine: Machine) -> None:
    """A bug that overrules people does not get past the stories: the first hundreds show it."""
    assert first_to_catch(machine, next(each for each in PLANTS if each.name == name), range(STORIES)) is not None


@pytest.mark.parametrize(
    ("plant", "world"),
    [
        (
            "corrections are not announced",
            "ready/5.kanbert.list_incoming_invoices status = open/7.kanbert.get_incoming_invoice status = booked",
        ),
        (
            "corrections are not announced",
            (
                "first/5.kanbert.list_incoming_invoices b1.account = other/6.publisher.publish crash/"
                "7.kanbert.get_incoming_invoice b1 deleted"
            ),
        ),
        ("what is known is announced again", "suggested/2.rule_repository.rules rule: other account"),
        ("what Kanbert refused is not told", "ready/1.kanbert.patch_incoming_invoice 422 of a field"),
    ],
    ids=["reopened, seen, and booked", "corrected, seen, and deleted", "one fact twice", "tags refused"],
)
def test_what_the_stories_had_to_learn_is_no_excuse(plant: str, world: str, machine: Machine) -> None:
    """What was seen has to be announced, whatever came after it; the same is news only if something else came first."""
    bug = next(each for each in PLANTS if each.name == plant)
    with bug.planted():
        assert bug.breaks in {each.promise for each in judged(machine, *parsed(world))}


def test_shortest_story(machine: Machine) -> None:
    """A failing story is cut down to what it takes."""
    plant = next(each for each in PLANTS if each.name == "corrections are not announced")
    with plant.planted():
        stories = (play_story(machine, seed) for seed in range(200))
        story = next(
            each for each in stories if plant.breaks in {v.promise for v in each.violations} and len(each.path) > 3
        )
        short = shortest(machine, story)
    assert len(short.path) <= 4
    assert plant.breaks in {each.promise for each in short.violations}
