"""The list of profiles, and combinations of them."""

import random
from collections.abc import Iterable, Mapping
from typing import Final

from autobook_sim.kanbert.profiles.access import ACCESS
from autobook_sim.kanbert.profiles.announcements import ANNOUNCEMENTS
from autobook_sim.kanbert.profiles.files import FILES
from autobook_sim.kanbert.profiles.lists import LISTS
from autobook_sim.kanbert.profiles.patches import PATCHES
from autobook_sim.kanbert.profiles.profile import Profile
from autobook_sim.kanbert.profiles.unknown import UNKNOWN
from autobook_sim.kanbert.profiles.values import VALUES

PROFILES: Final[Mapping[str, Profile]] = {
    each.id: each for each in (*VALUES, *UNKNOWN, *PATCHES, *LISTS, *FILES, *ANNOUNCEMENTS, *ACCESS)
}
"""By id. In this order they change an answer."""
_MOST: Final = 6
"""Profiles of a combination."""


def profiles_of(ids: Iterable[str]) -> tuple[Profile, ...]:
    """The profiles with these ids, in the order of the list. ValueError for one that does not exist."""
    wanted = set(ids)
    if unknown := sorted(wanted - set(PROFILES)):
        raise ValueError(f"no such profile: {', '.join(unknown)}")
    return tuple(each for each in PROFILES.values() if each.id in wanted)


def combination(seed: int, among: Iterable[str] = PROFILES) -> tuple[str, ...]:
    """Up to six profiles that go together, the same for the same seed."""
    rng = random.Random(f"profiles {seed}")  # noqa: S311 - no secret
    allowed = [PROFILES[each] for each in among]
    first = allowed[seed % len(allowed)]  # so that every profile has its turn
    chosen = {first.group or first.id: first}
    for each in rng.sample(allowed, k=min(rng.randint(1, _MOST - 1), len(allowed))):
        chosen.setdefault(each.group or each.id, each)
    return tuple(sorted(each.id for each in chosen.values()))
