"""Regions: what several fields must be together for one alternative of a condition to be true.

An invoice is in a region if, and only if, it meets each of its constraints. What two regions have in common may be too
hopeful (patterns, and special values of different kinds, are held to be independent), but where it is None there is
surely nothing. So what is claimed of all invoices is claimed only where nothing is left.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from autobook.rule_analysis.texts import Tests, compatible, other_tests, predicate, subsumes, summary, text_of
from autobook.rule_analysis.values import Values, common_values, other_values


class Aspect:
    """What of a field, or of a condition that is taken as a whole, is constrained."""

    NULL: Final = "null"
    VALUE: Final = ""
    """One of the scales of its values; others are `FLAG`, `DAY`, and the special values such as `today`."""
    FLAG: Final = "flag"
    DAY: Final = "day"
    """Days of a date-time."""
    TEXT: Final = "text"
    COUNT: Final = "count"
    TRUTH: Final = "truth"
    KNOWN_TRUTH: Final = "known truth"
    """The truth of a condition that is never unknown."""


class Key(NamedTuple):
    """What is constrained: an aspect of a field, or of a condition whose text is the path."""

    path: str
    aspect: str


Constraint = Values | Tests
Window = tuple[tuple[Any, ...], tuple[Any, ...]]
_LAST: Final = chr(sys.maxunicode) * 8
"""Follows every text that begins alike."""
Region = Mapping[Key, Constraint]
"""A field's constraint on `NULL` stands before its others, which say nothing of an empty field."""

EVERYTHING: Final[Mapping[str, Values]] = {
    Aspect.NULL: Values(frozenset((1, 2))),
    Aspect.TRUTH: Values(frozenset((1, 2, 3))),
    Aspect.KNOWN_TRUTH: Values(frozenset((1, 2))),
    Aspect.FLAG: Values(frozenset((True, False))),
    Aspect.COUNT: Values(low=(Decimal(), 0)),
}
"""By aspect what there is at all, where that is limited."""


class TooComplex(Exception):
    """There are more alternatives than are looked at."""


def common(one: Constraint, other: Constraint) -> Constraint | None:
    """What meets two constraints of one key; None if nothing can."""
    if isinstance(one, Values) and isinstance(other, Values):
        return common_values(one, other)
    assert not isinstance(one, Values)  # noqa: S101 - constraints of one key are of one kind
    assert not isinstance(other, Values)  # noqa: S101
    return one | other if compatible(one, other) else None


def accepts(constraint: Constraint) -> Callable[[Any], bool]:
    """Whether a value, or a text, meets the constraint."""
    return constraint.has if isinstance(constraint, Values) else predicate(constraint)


def contains(outer: Constraint, inner: Constraint) -> bool:
    """Whether the outer is surely met wherever the inner is; of a text, each may be the few values of the field."""
    if isinstance(outer, Values):
        return isinstance(inner, Values) and outer.contains(inner)
    if isinstance(inner, Values):
        return all(text is not None and predicate(outer)(text) for text in map(text_of, inner.allowed or (None,)))
    return subsumes(outer, inner)


def window(constraint: Constraint) -> Window:
    """The first and the last value, or text, that might meet the constraint: what is apart from another has nothing in
    common with it."""
    if isinstance(constraint, Values):
        low, high = constraint.low, constraint.high
        return (0,) if low is None else (1, *low), (2,) if high is None else (1, *high)
    start = summary(constraint)[0].start
    return ((1, start), (1, start + _LAST)) if start else ((0,), (2,))


def limited(key: Key, constraint: Constraint) -> Constraint | None:
    """The constraint in its one form, within what there is at all; None if nothing can meet it."""
    return common(EVERYTHING.get(key.aspect, constraint), constraint)


def intersect(one: Region, other: Region) -> Region | None:
    """What is in both; None if nothing can be."""
    both = dict(one)
    for key, constraint in other.items():
        mine = both.get(key)
        if mine is None:
            both[key] = constraint
        elif mine != constraint:
            shared = common(mine, constraint)
            if shared is None:
                return None
            both[key] = shared
    for path, aspect in other:
        if aspect in (Aspect.TEXT, Aspect.VALUE) and (path, Aspect.TEXT) in both and not _read(both, path):
            return None
    return both


def _read(region: dict[Key, Constraint], path: str) -> bool:
    """Where the values of a field are few, keep those whose text passes the tests on it. False if none does."""
    values, tests = region.get(Key(path, Aspect.VALUE)), region[Key(path, Aspect.TEXT)]
    if not isinstance(values, Values) or values.allowed is None or isinstance(tests, Values):
        return True
    texts = {value: text_of(value) for value in values.allowed}
    left = frozenset(value for value, text in texts.items() if text is None or predicate(tests)(text))
    region[Key(path, Aspect.VALUE)] = Values(left)
    if None not in map(texts.get, left):
        del region[Key(path, Aspect.TEXT)]
    return bool(left)


def contains_region(outer: Region, inner: Region) -> bool:
    """Whether all of the inner region is surely in the outer one."""
    for key, constraint in outer.items():
        mine = inner.get(key) or (inner.get(Key(key.path, Aspect.VALUE)) if key.aspect == Aspect.TEXT else None)
        if mine is None or not contains(constraint, mine):
            return False
    return True


def product(some: Iterable[Region], regions: Iterable[Region]) -> list[Region]:
    """Each of some regions with each of the others, as far as they have anything in common."""
    regions = tuple(regions)
    return [both for one in some for other in regions if (both := intersect(one, other)) is not None]


def subtract(piece: Region, region: Region) -> list[Region]:
    """Regions that together are the piece without the other region; the piece itself if they have nothing in common."""
    if intersect(piece, region) is None:
        return [piece]
    left: list[Region] = []
    inside = [piece]
    for key, constraint in region.items():
        left += product(inside, ({key: each} for each in _others(key, constraint)))
        inside = product(inside, ({key: constraint},))
    return left


def _others(key: Key, constraint: Constraint) -> Iterator[Constraint]:
    """Constraints that together are met by exactly what does not meet this one."""
    found = other_values(constraint) if isinstance(constraint, Values) else other_tests(constraint)
    return (within for each in found if (within := limited(key, each)) is not None)
