"""Constraints on one scale, against every value of a small one."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, product
from typing import Any

import pytest

from autobook.rule_analysis.values import Values, common_values, other_values

NUMBERS: list[Any] = [Decimal(n) / 2 for n in range(9)]
"""0, 0.5, … 4: between two values of a constraint (the whole ones) there is always another."""
DAYS: list[Any] = [date(2026, 1, 1) + timedelta(n) for n in range(6)]
COUNTED: list[Any] = list(range(6))


def constraints(ends: list[Any]) -> list[Values]:
    """Every constraint with these ends, with at most one value excluded."""
    few = [Values(frozenset(each)) for size in (1, 2) for each in combinations(ends, size)]
    lows = [None, *product(ends, (0, 1))]
    highs = [None, *product(ends, (0, -1))]
    wide = [
        Values(None, low, high, frozenset(out))
        for low in lows
        for high in highs
        for out in ((), *combinations(ends, 1))
    ]
    return [found for each in (*few, *wide) if (found := common_values(each, each)) is not None]


SCALES = {
    "amounts": (NUMBERS, NUMBERS[2:8:2]),
    "days": (DAYS, DAYS[1:4]),
    "days counted from today": (COUNTED, COUNTED[1:4]),
}


def among(values: Values, scale: list[Any]) -> set[Any]:
    return {value for value in scale if values.has(value)}


@pytest.mark.parametrize("scale", SCALES)
def test_common_values(scale: str) -> None:
    """What two constraints have in common are the values of both; there are none only if no value is in both."""
    values, ends = SCALES[scale]
    for one, other in product(constraints(ends), repeat=2):
        found = common_values(one, other)
        assert among(found, values) == among(one, values) & among(other, values) if found else True
        if found is None:
            assert not among(one, values) & among(other, values)


@pytest.mark.parametrize("scale", SCALES)
def test_other_values(scale: str) -> None:
    """What a constraint does not allow is allowed by one of its others, and nothing else is."""
    values, ends = SCALES[scale]
    for one in constraints(ends):
        rest = set[Any]().union(*(among(each, values) for each in other_values(one)))
        assert rest == set(values) - among(one, values)


@pytest.mark.parametrize("scale", SCALES)
def test_contains(scale: str) -> None:
    """A constraint contains another only if it has all of its values; always, but where a range of days is meant."""
    values, ends = SCALES[scale]
    for one, other in product(constraints(ends), repeat=2):
        if one.contains(other):
            assert among(other, values) <= among(one, values)
        elif other.allowed is not None:
            assert not among(other, values) <= among(one, values)
        elif one.allowed is None:
            assert any(common_values(other, each) for each in other_values(one))


def test_adjacent_values() -> None:
    """Between two days there is no other; between two amounts there is."""
    first, second = DAYS[0], DAYS[1]
    assert common_values(Values(low=(first, 1)), Values(high=(second, -1))) is None
    assert common_values(Values(low=(NUMBERS[0], 1)), Values(high=(NUMBERS[1], -1))) is not None
    assert common_values(Values(low=(first, 0)), Values(high=(second, -1))) == Values(frozenset((first,)))
