"""The list of profiles: each has its assumption and each assumption its profiles, and they go together."""

import re

import pytest

from autobook_sim.kanbert.profiles import PROFILES, Stage, combination, profiles_of
from autobook_sim.kanbert.store import Store
from tests.repository import ROOT

NOT_PLAYED = {
    "name of the signature header",
    "an upload without an answer",
    "whether a required title is ever empty",
    "lists and booleans in a form",
    "`POST /webhooks`",
    "`tags` cannot be read, a write replaces them",
    "which payment accounts and users there are",
    "the filter language's precedence, escapes, wildcards, case, weeks",
}
"""Settings, and what only a person's commands use: tests of their own play these."""


def rows() -> dict[str, set[str]]:
    """The documented assumptions, each with its profiles."""
    page = (ROOT / "docs/kanbert-api.md").read_text("utf-8")
    table = page.split("## What we assume and what happens if it is otherwise")[1]
    cells = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")][1:]
    assert {len(each) for each in cells} == {4}
    return {each[0].strip(): set(re.findall(r"`([a-z0-9-]+)`", each[3])) for each in cells}


def test_every_assumption_has_profiles() -> None:
    """Whoever writes an assumption down says how it is played, or here why it is not."""
    assert {row for row, profiles in rows().items() if not profiles} == NOT_PLAYED


def test_every_profile_has_an_assumption() -> None:
    """Each profile stands in the row of its assumption, and in no other."""
    documented = {each: row for row, profiles in rows().items() for each in profiles}
    assert set(documented) == set(PROFILES)
    assert [id_ for id_, row in documented.items() if not row.startswith(PROFILES[id_].assumption)] == []
    assert sum(map(len, rows().values())) == len(PROFILES)


def test_unknown_profile() -> None:
    """A profile that does not exist is named."""
    with pytest.raises(ValueError, match="no such profile: nope"):
        profiles_of(["nope"])


def test_profiles_that_exclude_each_other() -> None:
    """Two of a group do not go together."""
    with pytest.raises(ValueError, match="exclude each other: patch-id-only, patch-empty"):
        Stage(Store(), profiles_of(["patch-empty", "patch-id-only"]))


def test_combinations() -> None:
    """Up to six that go together, the same for the same seed; each comes twice or more in CI."""
    combinations = [combination(seed) for seed in range(200)]
    for each in combinations:
        Stage(Store(), profiles_of(each))
        assert 1 <= len(each) <= 6
    assert combination(7) == combination(7)
    assert {each for chosen in combinations for each in chosen} == set(PROFILES)
    assert all(sum(id_ in chosen for chosen in combinations) >= 2 for id_ in PROFILES)
