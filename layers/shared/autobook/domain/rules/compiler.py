"""Conditions as Python closures that say whether they are surely true.

A rule fires only where its condition is true, so unknown and false need not be told apart once `not` has been
pushed down to the comparisons, each of which has an opposite that is unknown in the same places (null).
"""

from collections.abc import Callable
from datetime import date, tzinfo
from typing import Any

from autobook.domain.rules.facts import FOLDED, Facts
from autobook.domain.rules.fields import FieldTable
from autobook.domain.rules.moments import NO_CLOCK, as_day, as_span
from autobook.domain.rules.syntax import (
    OPPOSITE,
    And,
    Comparison,
    Condition,
    Counted,
    Moment,
    Not,
    Operator,
    Or,
    Quantified,
    Value,
    joined,
)
from autobook.domain.rules.text import Pattern, fold

Test = Callable[[Facts], bool]


def pushed_down(condition: Condition, wanted: bool = True) -> Condition:
    """The condition (or its negation) with `not` only before text operators and relation filters."""
    kind = type(condition)
    if kind is Comparison and wanted:
        return condition
    match condition:
        case Comparison(path, op, value):
            opposite = OPPOSITE.get(op)
            return Not(condition) if opposite is None else Comparison(path, opposite, value)
        case Not(part):
            return pushed_down(part, not wanted)
        case And(parts) | Or(parts):
            group = And if (kind is And) is wanted else Or
            return joined(group, [pushed_down(part, wanted) for part in parts])
        case Quantified(path, "none", where):
            return pushed_down(Quantified(path, "any", where), not wanted)
        case Counted(path, where, op, value) if not wanted:
            return Counted(path, where, OPPOSITE[op], value)
        case _:
            return condition if wanted else Not(condition)


def compiled(condition: Condition, table: FieldTable, zone: tzinfo) -> Test:
    """The test of a condition that `pushed_down` has prepared."""
    match condition:
        case Comparison(path, op, value):
            return _comparison(path, op, value, table.fields[path].kind.name, zone)
        case And(parts):
            return every([compiled(part, table, zone) for part in parts])
        case Or(parts):
            return _some([compiled(part, table, zone) for part in parts])
        case Not(Comparison(path, op, value)):
            return _unlike(path, op, str(value))
        case Not(Quantified(path, quantifier, where)):
            return _quantified(path, quantifier, where, False, table, zone)
        case Quantified(path, quantifier, where):
            return _quantified(path, quantifier, where, True, table, zone)
        case Counted(path, where, op, value):
            return _counted(path, where, op, value, table, zone)
        case Not():
            return compiled(pushed_down(condition), table, zone)


def every(tests: list[Test]) -> Test:
    """All of them."""
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda facts: first(facts) and second(facts)
    if len(tests) == 3:
        first, second, third = tests
        return lambda facts: first(facts) and second(facts) and third(facts)

    def all_hold(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than the tests
            if not test(facts):
                return False
        return True

    return all_hold


def _some(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda facts: first(facts) or second(facts)

    def any_holds(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110 - as above
            if test(facts):
                return True
        return False

    return any_holds


# --- one field against one value -----------------------------------------------------------------------------


def _comparison(path: str, op: Operator, value: Value, kind: str, zone: tzinfo) -> Test:
    if op == "isnull":
        return lambda facts: facts[path] is None
    if op == "isnotnull":
        return lambda facts: facts[path] is not None
    if op in ("contains", "like", "startswith", "endswith"):
        return _text(path, op, str(value))
    if kind == "datetime":
        return _instant(path, op, value, zone)
    if kind == "date":
        return _day(path, op, value, zone)
    return _ordered(path, op, value)


def _ordered(path: str, op: Operator, value: Any) -> Test:
    """Null is never equal to a value; in every other comparison it must be kept out."""
    match op:
        case "eq":
            return lambda facts: facts[path] == value
        case "in":
            values = frozenset(value)
            return lambda facts: facts[path] in values
        case "nin":
            values = frozenset((None, *value))
            return lambda facts: facts[path] not in values
        case "ne":
            return lambda facts: (found := facts[path]) is not None and found != value
        case "lt":
            return lambda facts: (found := facts[path]) is not None and found < value
        case "lte":
            return lambda facts: (found := facts[path]) is not None and found <= value
        case "gt":
            return lambda facts: (found := facts[path]) is not None and found > value
        case _:
            return lambda facts: (found := facts[path]) is not None and found >= value


def _text(path: str, op: Operator, wanted: str) -> Test:
    key, text = FOLDED + path, fold(wanted)
    match op:
        case "contains":
            return lambda facts: (found := facts[key]) is not None and text in found
        case "startswith":
            return lambda facts: (found := facts[key]) is not None and found.startswith(text)
        case "endswith":
            return lambda facts: (found := facts[key]) is not None and found.endswith(text)
        case _:
            matches = Pattern(wanted).matches
            return lambda facts: (found := facts[key]) is not None and matches(found)


def _unlike(path: str, op: Operator, wanted: str) -> Test:
    """`not contains` and its like: null stays out here as well."""
    holds = _text(path, op, wanted)
    return lambda facts: facts[path] is not None and not holds(facts)


def _day(path: str, op: Operator, value: Any, zone: tzinfo) -> Test:
    values = value if op in ("in", "nin") else (value,)
    if not any(isinstance(each, Moment) for each in values):
        days = [as_day(each, NO_CLOCK, zone) for each in values]
        return _ordered(path, op, days if op in ("in", "nin") else days[0])
    if op in ("in", "nin"):
        tests = [_day(path, "eq" if op == "in" else "ne", each, zone) for each in values]
        return _some(tests) if op == "in" and len(tests) > 1 else every(tests)
    key = ("day", value)
    match op:
        case "eq":
            return lambda facts: facts[path] == facts[key]
        case "ne":
            return lambda facts: (found := facts[path]) is not None and found != facts[key]
        case "lt":
            return lambda facts: (found := facts[path]) is not None and found < facts[key]
        case "lte":
            return lambda facts: (found := facts[path]) is not None and found <= facts[key]
        case "gt":
            return lambda facts: (found := facts[path]) is not None and found > facts[key]
        case _:
            return lambda facts: (found := facts[path]) is not None and found >= facts[key]


def _instant(path: str, op: Operator, value: Any, zone: tzinfo) -> Test:
    """A day is a span to `=` and its first instant to `<` and `>` (see `truth`)."""
    if op in ("in", "nin"):
        tests = [_instant(path, "eq" if op == "in" else "ne", each, zone) for each in value]
        return _some(tests) if op == "in" and len(tests) > 1 else every(tests)
    if isinstance(value, Moment):
        key = ("span", value)
        return _spanned(path, op, lambda facts: facts[key])
    span = as_span(value, NO_CLOCK, zone)
    if op not in ("eq", "ne"):
        return _ordered(path, op, span[0])
    return _spanned(path, op, lambda _facts: span)


def _spanned(path: str, op: Operator, span_of: Callable[[Facts], tuple[date, date]]) -> Test:
    def test(facts: Facts) -> bool:
        found = facts[path]
        if found is None:
            return False
        first, last = span_of(facts)
        match op:
            case "eq":
                return bool(first <= found <= last)
            case "ne":
                return not first <= found <= last
            case "lt":
                return bool(found < first)
            case "lte":
                return bool(found <= first)
            case "gt":
                return bool(found > first)
            case _:
                return bool(found >= first)

    return test


# --- lists ---------------------------------------------------------------------------------------------------


def _quantified(
    path: str, quantifier: str, where: Condition | None, wanted: bool, table: FieldTable, zone: tzinfo
) -> Test:
    """`any` and `all` (`none` was pushed down) being surely true, or surely false if not wanted."""
    if where is None:
        return lambda facts: (found := facts[path]) is not None and bool(found) is wanted
    inner = table.relations[path].elements
    test = compiled(pushed_down(where, wanted), inner, zone)
    if (quantifier == "any") is wanted:
        return lambda facts: any(test(each) for each in facts[path] or ())

    def all_elements(facts: Facts) -> bool:
        found = facts[path]
        return found is not None and all(test(each) for each in found)

    return all_elements


def _counted(path: str, where: Condition | None, op: Operator, value: Any, table: FieldTable, zone: tzinfo) -> Test:
    inner = table.relations[path].elements
    test = None if where is None else compiled(pushed_down(where), inner, zone)
    holds = _ordered("", op, value)

    def counts(facts: Facts) -> bool:
        found = facts[path]
        if found is None:
            return False
        count = len(found) if test is None else sum(map(test, found))
        return holds({"": count})  # type: ignore[arg-type]

    return counts
