"""The second hundred of combined profiles, in a module of its own: a module's tests run one after the other."""

import pytest

from autobook_sim.kanbert.profiles import combination
from tests.programs.chaos.story import Plan, check


@pytest.mark.parametrize("seed", range(100, 200))
def test_combination(seed: int) -> None:
    """They hold when it is several ways at once."""
    check(Plan(seed, tuple(range(50)), profiles=combination(seed)))
