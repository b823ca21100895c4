"""The most selective part of a condition: where in the index its entry is kept.

An entry is filed under one of its top-level conjuncts, which must be true for the whole to be true; what the index
does not guarantee is tested afterwards. The choice depends on the entry alone, never on the others.
"""

from datetime import tzinfo
from typing import Any

from autobook.domain.conditions import (
    NO_CLOCK,
    Comparison,
    Condition,
    FieldReference,
    FieldTable,
    Or,
    SpecialDate,
    as_day,
    conjuncts,
)
from autobook.domain.rules.engine.operators import ENGINE_OPERATORS
from autobook.domain.rules.engine.placement import Access, Interval, Placement

_LEAST = 9
_NEVER = 99
_TWO_SIDED = 4
_ONE_SIDED = 7
"""Costs: less than the first is worth an index, the second is none; of ranges with two bounds and with one."""


def best_access(parts: tuple[Condition, ...], table: FieldTable, zone: tzinfo) -> Placement | None:
    """Where to file an entry with these conjuncts; None if nothing in them can be indexed."""
    best: Placement | None = None
    lowest = _LEAST
    ranges: dict[str, list[int]] | None = None
    for i, part in enumerate(parts):
        if type(part) is Comparison:
            if isinstance(part.value, FieldReference):
                continue
            operator = ENGINE_OPERATORS[part.op]
            if operator.bound is not None:
                ranges = {} if ranges is None else ranges
                ranges.setdefault(part.path, []).append(i)
                continue
            access = None if operator.place is None else operator.place(part, i, table)
            if access is not None and access.cost < lowest:
                lowest, best = access.cost, Placement((access,), access.used, access.proves)
        elif type(part) is Or and lowest > 0:
            cost, placement = _alternatives(part, i, table, zone)
            if placement is not None and cost < lowest:
                lowest, best = cost, placement
    if ranges is not None and lowest > _TWO_SIDED:
        for path, positions in ranges.items():
            range_access = _interval(parts, path, positions, table, zone)
            if range_access is not None and range_access.cost < lowest:
                lowest, best = range_access.cost, Placement((range_access,), range_access.used, True)
    return best


def _alternatives(part: Or, i: int, table: FieldTable, zone: tzinfo) -> tuple[int, Placement | None]:
    """An `or` is indexed if each of its branches is: the entry is filed under every branch, and tested again."""
    places: list[Access] = []
    for branch in part.parts:
        placement = best_access(conjuncts(branch), table, zone)
        if placement is None:
            return _NEVER, None
        places.extend(placement.places)
    return max(place.cost for place in places) + 1, Placement(tuple(places), (i,), False)


def _interval(
    parts: tuple[Condition, ...], path: str, positions: list[int], table: FieldTable, zone: tzinfo
) -> Access | None:
    kind = table.fields[path].kind.name
    if kind == "datetime":
        return None
    low: Any = None
    high: Any = None
    low_in = high_in = True
    exact: list[int] = []
    for i in positions:
        part = parts[i]
        if type(part) is not Comparison or (bound := ENGINE_OPERATORS[part.op].bound) is None:
            continue
        if isinstance(part.value, SpecialDate):
            continue
        value: Any = as_day(part.value, NO_CLOCK, zone) if kind == "date" else part.value  # type: ignore[arg-type]
        end, closed = bound
        if end == "low":
            if low is None or value > low or (value == low and not closed):
                low, low_in = value, closed
        elif high is None or value < high or (value == high and not closed):
            high, high_in = value, closed
        exact.append(i)
    if not exact:
        return None
    cost = _ONE_SIDED if low is None or high is None else _TWO_SIDED
    return Access(cost, "-", path, (Interval(low, low_in, high, high_in),), tuple(exact))
