"""How each operator is analysed: the values that it allows, or what it demands of a text.

An operator of the filter language that has no entry in `ANALYSIS` cannot be analysed: a test asks for each of them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from operator import contains
from typing import Any, Final, NamedTuple

from autobook.domain.conditions import OperatorName, Pattern
from autobook.rule_analysis.values import EMPTY, FILLED, Values


class NullOperator(NamedTuple):
    """An operator that only asks whether there is a value."""

    wanted: Values


class ValueOperator(NamedTuple):
    """An operator that compares values. Its opposite has an entry of its own."""

    values: Callable[[Sequence[Any]], Values]
    """The values that it is true of, by those in the condition (one, or a list)."""
    whole_days: bool
    """Whether a day means all of its instants where it is compared with a date-time."""


class Demand(NamedTuple):
    """What every text that passes a test has: this start, this end, and these texts somewhere in it."""

    start: str = ""
    end: str = ""
    inner: tuple[str, ...] = ()


class TextOperator(NamedTuple):
    """An operator that looks at a folded text; each part is asked with the text in the condition."""

    passes: Callable[[str, str], bool]
    """Whether a text passes."""
    demand: Callable[[str], Demand]
    met: Callable[[str, Demand], bool]
    """Whether every text that has all this surely passes."""


pattern = lru_cache(maxsize=4096)(Pattern)


@lru_cache(maxsize=4096)
def _matcher(wanted: str) -> Callable[[str], bool]:
    return pattern(wanted).matcher()


_SAME = ValueOperator(lambda values: Values(frozenset(values)), whole_days=True)
_OTHER = ValueOperator(lambda values: Values(excluded=frozenset(values)), whole_days=True)
ANALYSIS: Final[Mapping[OperatorName, NullOperator | ValueOperator | TextOperator]] = {
    "isnull": NullOperator(EMPTY),
    "isnotnull": NullOperator(FILLED),
    "eq": _SAME,
    "in": _SAME,
    "ne": _OTHER,
    "nin": _OTHER,
    "lt": ValueOperator(lambda values: Values(high=(values[0], -1)), whole_days=False),
    "lte": ValueOperator(lambda values: Values(high=(values[0], 0)), whole_days=False),
    "gt": ValueOperator(lambda values: Values(low=(values[0], 1)), whole_days=False),
    "gte": ValueOperator(lambda values: Values(low=(values[0], 0)), whole_days=False),
    "contains": TextOperator(
        passes=lambda wanted, text: wanted in text,
        demand=lambda wanted: Demand(inner=(wanted,)),
        met=lambda wanted, demand: any(map(contains, (*demand.inner, demand.start, demand.end), repeat(wanted))),
    ),
    "startswith": TextOperator(
        passes=lambda wanted, text: text.startswith(wanted),
        demand=lambda wanted: Demand(start=wanted),
        met=lambda wanted, demand: demand.start.startswith(wanted),
    ),
    "endswith": TextOperator(
        passes=lambda wanted, text: text.endswith(wanted),
        demand=lambda wanted: Demand(end=wanted),
        met=lambda wanted, demand: demand.end.endswith(wanted),
    ),
    "like": TextOperator(
        passes=lambda wanted, text: _matcher(wanted)(text),
        demand=lambda wanted: Demand(pattern(wanted).prefix, pattern(wanted).suffix, pattern(wanted).inner),
        met=lambda _wanted, _demand: False,
    ),
}
