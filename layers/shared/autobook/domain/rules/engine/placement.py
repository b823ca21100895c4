"""Where in the index an entry may be kept, and what looking it up there costs."""

from typing import Any, Final, NamedTuple

SHORTEST_NEEDLE: Final = 3
"""`contains` with a shorter text is tested, not indexed."""


class Interval(NamedTuple):
    """Bounds of a range; None is open-ended. `*_in` says whether the bound itself belongs to it."""

    low: Any
    low_in: bool
    high: Any
    high_in: bool


class Access(NamedTuple):
    """One place in the index: `how` (`= ^ $ * -`), the key of the fact, and the value(s) to be found there."""

    cost: int
    """How many entries share such a place, as a rank: 0 for the fewest."""
    how: str
    key: str
    values: tuple[Any, ...]
    used: tuple[int, ...]
    """Positions of the conjuncts that it stands for."""
    proves: bool = True
    """Whether being found there already proves them; if not, they are tested afterwards."""


class Placement(NamedTuple):
    """Where an entry is kept: one place, or one for each branch of an `or`."""

    places: tuple[Access, ...]
    used: tuple[int, ...]
    proves: bool
