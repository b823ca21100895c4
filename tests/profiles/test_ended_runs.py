"""Archive, sweep and reconcile under every profile: ended at any call and run again, they come to the same end."""

import pytest

from autobook_sim.kanbert.profiles import PROFILES
from tests.profiles.ended_runs import (
    USE_CASES,
    Ending,
    HardExit,
    UseCase,
    differences,
    end,
    ended,
    sample,
    undisturbed,
)

BY_NAME = {each.name: each for each in USE_CASES}


@pytest.mark.parametrize("use_case", USE_CASES, ids=list(BY_NAME))
def test_every_call(use_case: UseCase) -> None:
    """Ended at any call, by an exception before it or a hard exit after it, and run again, it comes to the same end."""
    system, calls = undisturbed(use_case)
    expected = end(system)
    assert len(calls) >= 18
    for number, call in enumerate(calls, 1):
        after = number % 2 == 0 or number == len(calls)
        how = Ending.HARD_EXIT if after else Ending.EXCEPTION
        assert differences(expected, end(ended(use_case, at=number, after=after, how=how))) == [], call


@pytest.mark.parametrize("profile", PROFILES)
def test_profile(profile: str) -> None:
    """So it is under every profile: each use case is ended at one call, another with each profile.

    `make crash PROFILE=all` ends them at all of them.
    """
    for use_case in USE_CASES:
        system, calls = undisturbed(use_case, profile)
        at, after, how = sample(use_case, profile, len(calls))
        found = end(ended(use_case, profile, at=at, after=after, how=how))
        assert differences(end(system), found) == [], (use_case.name, calls[at - 1], after, how)


def test_samples_cover_every_call() -> None:
    """Over all profiles each use case is ended at each of its calls, before and after, in both ways."""
    for use_case in USE_CASES:
        calls = len(undisturbed(use_case)[1])
        chosen = {sample(use_case, profile, calls) for profile in PROFILES}
        assert {at for at, _, _ in chosen} == set(range(1, calls + 1))
        assert {(after, how) for _, after, how in chosen} == {(a, h) for a in (False, True) for h in Ending}


@pytest.mark.parametrize("lost", ["document", "event", "object", "mark", "alarm"])
def test_differences_are_seen(lost: str) -> None:
    """What is lost is named."""
    system, _ = undisturbed(BY_NAME["reconcile"])
    expected = end(system)
    assert differences(expected, end(system.copy())) == []
    other = system.copy()
    if lost == "document":
        other.provenance.records.popitem()
    elif lost == "event":
        last = other.publisher.published[-1].id
        other.publisher.published = [each for each in other.publisher.published if each.id != last]
    elif lost == "object":
        other.objects.objects.pop(next(key for key in other.objects.objects if key.endswith(".pdf")))
    elif lost == "mark":
        other.manifest.states.popitem()
    else:
        other.runs.popitem()
    assert len(differences(expected, end(other))) == 1


def test_hard_exit_leaves_no_turn_to_finally() -> None:
    """What stands behind the call, a `finally` of the run included, has not happened while the rest is looked at."""
    done: list[str] = []

    def act() -> None:
        try:
            points.call("one", lambda: done.append("one"))
        finally:
            done.append("finally")

    for after, before_over in ((False, []), (True, ["one"])):
        done.clear()
        points = HardExit(1, after=after)
        assert points.run(act)
        assert done == before_over
        points.over()
        assert done == [*before_over, "finally"]
