"""The most selective part of a condition: where in the index its rule is kept.

A rule is filed under one of its top-level conjuncts, which must be true for the rule to fire; what the index
does not guarantee is tested afterwards. The choice depends on the rule alone, never on the other rules.
"""

from datetime import tzinfo
from typing import Any, NamedTuple

from autobook.domain.conditions.ast import Comparison, Condition, Moment, Or
from autobook.domain.conditions.dates import NO_CLOCK, as_day
from autobook.domain.conditions.fields import FieldTable
from autobook.domain.conditions.normal_form import conjuncts
from autobook.domain.conditions.text_matching import FOLDED, Pattern, fold

SHORTEST_NEEDLE = 3
"""`contains` with a shorter text is tested, not indexed."""
_LEAST = 9
_NEVER = 99


class Interval(NamedTuple):
    """Bounds of a range; None is open-ended. `*_in` says whether the bound itself belongs to it."""

    low: Any
    low_in: bool
    high: Any
    high_in: bool


class Access(NamedTuple):
    """One place in the index: `how` (`= ^ $ * -`), the key of the fact, and the value(s) to be found there."""

    cost: int
    how: str
    key: str
    values: tuple[Any, ...]
    used: tuple[int, ...]
    """Positions of the conjuncts that it stands for."""
    proves: bool = True
    """Whether being found there already proves them; if not, they are tested afterwards."""


class Filed(NamedTuple):
    """Where a rule is kept: one place, or one for each branch of an `or`."""

    places: tuple[Access, ...]
    used: tuple[int, ...]
    proves: bool


def best_access(parts: tuple[Condition, ...], table: FieldTable, zone: tzinfo) -> Filed | None:
    """Where to file a rule with these conjuncts; None if nothing in them can be indexed."""
    best: Filed | None = None
    lowest = _LEAST
    ranges: dict[str, list[int]] | None = None
    for i, part in enumerate(parts):
        if type(part) is Comparison:
            if part.op in ("lt", "lte", "gt", "gte"):
                ranges = {} if ranges is None else ranges
                ranges.setdefault(part.path, []).append(i)
                continue
            access = _place(part, i, table)
            if access is not None and access.cost < lowest:
                lowest, best = access.cost, Filed((access,), access.used, access.proves)
        elif type(part) is Or and lowest > 0:
            cost, filed = _alternatives(part, i, table, zone)
            if filed is not None and cost < lowest:
                lowest, best = cost, filed
    if ranges is not None and lowest > _TWO_SIDED:
        for path, positions in ranges.items():
            range_access = _interval(parts, path, positions, table, zone)
            if range_access is not None and range_access.cost < lowest:
                lowest, best = range_access.cost, Filed((range_access,), range_access.used, True)
    return best


_TWO_SIDED = 4
_ONE_SIDED = 7


def _place(part: Comparison, i: int, table: FieldTable) -> Access | None:
    """The place of a single comparison; None if it selects nothing (`!=`) or depends on the clock."""
    path, op, value = part.path, part.op, part.value
    kind = table.fields[path].kind.name
    if op == "isnull":
        return Access(5, "=", path, (None,), (i,))
    if op == "eq" or op == "in":
        if kind in ("date", "datetime"):
            return None
        values = value if op == "in" else (value,)
        cost = 6 if kind in ("enum", "boolean") else 0 if op == "eq" else 1
        return Access(cost, "=", path, tuple(dict.fromkeys(values)), (i,))  # type: ignore[arg-type]
    if op in ("startswith", "endswith", "contains", "like"):
        return _text_place(op, FOLDED + path, str(value), i)
    return None


def _text_place(op: str, key: str, wanted: str, i: int) -> Access | None:
    if op == "like":
        pattern = Pattern(wanted)
        if pattern.plain is not None:
            return _plain_place(*pattern.plain, key, i)
        longest = max(pattern.inner, key=len, default="")
        parts = (("startswith", pattern.prefix), ("endswith", pattern.suffix), ("contains", longest))
        places = [place for op, text in parts if (place := _plain_place(op, text, key, i))]
        return min(places, key=lambda place: place.cost)._replace(proves=False) if places else None
    return _plain_place(op, fold(wanted), key, i)


def _plain_place(op: str, text: str, key: str, i: int) -> Access | None:
    if op == "eq":
        return Access(0, "=", key, (text,), (i,))
    if op == "contains":
        return Access(3, "*", key, (text,), (i,)) if len(text) >= SHORTEST_NEEDLE else None
    if not text:
        return None
    return Access(2 if len(text) > 2 else 4, "^" if op == "startswith" else "$", key, (text,), (i,))


def _alternatives(part: Or, i: int, table: FieldTable, zone: tzinfo) -> tuple[int, Filed | None]:
    """An `or` is indexed if each of its branches is: the rule is filed under every branch, and tested again."""
    places: list[Access] = []
    for branch in part.parts:
        filed = best_access(conjuncts(branch), table, zone)
        if filed is None:
            return _NEVER, None
        places.extend(filed.places)
    return max(place.cost for place in places) + 1, Filed(tuple(places), (i,), False)


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
        if type(part) is not Comparison or isinstance(part.value, Moment):
            continue
        value: Any = as_day(part.value, NO_CLOCK, zone) if kind == "date" else part.value  # type: ignore[arg-type]
        closed = part.op in ("lte", "gte")
        if part.op in ("gt", "gte"):
            if low is None or value > low or (value == low and not closed):
                low, low_in = value, closed
        elif high is None or value < high or (value == high and not closed):
            high, high_in = value, closed
        exact.append(i)
    if not exact:
        return None
    cost = _ONE_SIDED if low is None or high is None else _TWO_SIDED
    return Access(cost, "-", path, (Interval(low, low_in, high, high_in),), tuple(exact))
