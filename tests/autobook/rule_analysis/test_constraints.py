"""Regions, and what is left of one without another: against a small world of which everything is known."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product as all_of
from typing import Any

from autobook.rule_analysis.constraints import Aspect, Key, Region, contains_region, intersect, product, subtract
from autobook.rule_analysis.texts import TextTest, predicate
from autobook.rule_analysis.values import EMPTY, FILLED, Values

NAME_NULL, NAME, TEXT = Key("name", Aspect.NULL), Key("name", Aspect.VALUE), Key("name", Aspect.TEXT)
AMOUNT = Key("amount", Aspect.VALUE)
NAMES = [None, "a", "b", "ab", "ba"]
AMOUNTS = [Decimal(n) / 2 for n in range(7)]
WORLD: list[tuple[str | None, Decimal]] = list(all_of(NAMES, AMOUNTS))
"""Everything that there is, as far as regions of these constraints can tell: a name or none, and an amount."""


def has(region: Region, name: str | None, amount: Decimal) -> bool:
    """Whether this name and amount are in the region."""
    for key, constraint in region.items():
        value: Any = {"amount": amount, "name": name}[key.path]
        if key.aspect == Aspect.NULL:
            met = constraint == (EMPTY if value is None else FILLED)
        elif isinstance(constraint, Values):
            met = value is not None and constraint.has(value)
        else:
            met = value is not None and predicate(constraint)(value)
        if not met:
            return False
    return True


def content(*regions: Region) -> set[tuple[str | None, Decimal]]:
    return {each for each in WORLD if any(has(region, *each) for region in regions)}


def regions() -> Iterator[Region]:
    """Regions of one or two fields."""
    about_name: list[Region] = [{}, {NAME_NULL: EMPTY}, {NAME_NULL: FILLED}]
    about_name += [
        {NAME_NULL: FILLED, NAME: values}
        for values in (Values(frozenset("a")), Values(frozenset(("a", "ab"))), Values(excluded=frozenset("a")))
    ]
    about_name += [
        {NAME_NULL: FILLED, TEXT: frozenset(tests)}
        for tests in (
            [TextTest("contains", "a", True)],
            [TextTest("contains", "a", False)],
            [TextTest("startswith", "a", True), TextTest("endswith", "b", True)],
        )
    ]
    two = Decimal(2)
    amounts = (
        Values(frozenset((two,))),
        Values(low=(two, 0)),
        Values(high=(two, -1)),
        Values(excluded=frozenset((two,))),
    )
    about_amount: list[Region] = [{}, *({AMOUNT: values} for values in amounts)]
    yield from ({**one, **other} for one, other in all_of(about_name, about_amount))


def test_intersect() -> None:
    """What is in both regions, and None only where nothing is."""
    for one, other in all_of(regions(), repeat=2):
        both = intersect(one, other)
        assert content(*([] if both is None else [both])) == content(one) & content(other)


def test_subtract() -> None:
    """What is left of a region without another is in it and not in the other, and nothing is forgotten."""
    for one, other in all_of(regions(), repeat=2):
        assert content(*subtract(one, other)) == content(one) - content(other)


def test_subtract_what_does_not_meet() -> None:
    """A region that has nothing in common with another stays whole."""
    one, other = {AMOUNT: Values(low=(Decimal(2), 0))}, {AMOUNT: Values(high=(Decimal(2), -1))}
    assert subtract(one, other) == [one]


def test_contains_region() -> None:
    """A region is said to contain another only if it does; always, but where tests on a text keep a value out."""
    for outer, inner in all_of(regions(), repeat=2):
        if contains_region(outer, inner):
            assert content(inner) <= content(outer)
        elif not (TEXT in inner and NAME in outer):
            assert subtract(inner, outer)


def test_product() -> None:
    """Every region with every other, without what is empty."""
    some, others = list(regions())[:12], list(regions())[20:32]
    assert content(*product(some, others)) == content(*some) & content(*others)
