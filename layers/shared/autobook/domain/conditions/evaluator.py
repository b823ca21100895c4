"""Three-valued truth of a condition, evaluated plainly: what "why" shows, and what the matcher is tested against.

True, False or None (unknown), as in SQL: a comparison with null is unknown, `not` keeps unknown, `and` is false
if any part is, `or` true if any part is. A null list makes its relation filters unknown.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from autobook.domain.conditions.ast import (
    And,
    Comparison,
    Condition,
    Counted,
    Moment,
    Not,
    Operator,
    Or,
    Quantified,
    Scalar,
    Value,
)
from autobook.domain.conditions.dates import as_day, as_span
from autobook.domain.conditions.facts import Facts
from autobook.domain.conditions.fields import Field, FieldTable
from autobook.domain.conditions.text_matching import FOLDED, Pattern, fold

Truth = bool | None


def truth(condition: Condition, facts: Facts, table: FieldTable) -> Truth:
    """Whether the condition holds for these facts."""
    match condition:
        case And(parts):
            return _all(truth(part, facts, table) for part in parts)
        case Or(parts):
            return negated(_all(negated(truth(part, facts, table)) for part in parts))
        case Not(part):
            return negated(truth(part, facts, table))
        case Comparison(path, op, value):
            return compared(table.fields[path], op, value, facts)
        case Quantified(path, quantifier, where):
            elements = facts[path]
            if elements is None:
                return None
            inner = table.relations[path].elements
            found = [True if where is None else truth(where, each, inner) for each in elements]
            if quantifier == "all":
                return _all(found)
            some = negated(_all(negated(each) for each in found))
            return some if quantifier == "any" else negated(some)
        case Counted(path, where, op, value):
            return ordered(op, counted(path, where, facts, table), value)


def counted(path: str, where: Condition | None, facts: Facts, table: FieldTable) -> int | None:
    """How many elements surely meet the condition; None for a null list."""
    elements = facts[path]
    if elements is None:
        return None
    inner = table.relations[path].elements
    return sum(where is None or truth(where, each, inner) is True for each in elements)


def negated(value: Truth) -> Truth:
    """Unknown stays unknown."""
    return None if value is None else not value


def _all(values: Iterable[Truth]) -> Truth:
    unknown = False
    for value in values:
        if value is False:
            return False
        unknown = unknown or value is None
    return None if unknown else True


def compared(field: Field, op: Operator, value: Value, facts: Facts) -> Truth:
    """One field against one value."""
    found = facts[field.path]
    if op == "isnull":
        return found is None
    if op == "isnotnull":
        return found is not None
    if found is None:
        return None
    if op in ("contains", "like", "startswith", "endswith"):
        return text_holds(facts[FOLDED + field.path], op, str(value))
    if field.kind.name == "datetime":
        return _instant(op, found, value, facts)
    if field.kind.name == "date":
        return ordered(op, found, _each(value, lambda one: as_day(one, facts.now, facts.timezone)))
    return ordered(op, found, value)


def _each(value: Value, convert: Any) -> Any:
    if isinstance(value, tuple) and not isinstance(value, Moment):
        return tuple(convert(one) for one in value)
    return convert(value)


def text_holds(found: str, op: Operator, wanted: str) -> bool:
    """A folded text against the text of a condition."""
    match op:
        case "contains":
            return fold(wanted) in found
        case "startswith":
            return found.startswith(fold(wanted))
        case "endswith":
            return found.endswith(fold(wanted))
        case _:
            return Pattern(wanted).matcher()(found)


def ordered(op: Operator, found: Any, value: Any) -> Truth:
    """A found value against a typed one of its own kind; null is unknown."""
    if found is None:
        return None
    match op:
        case "eq":
            return bool(found == value)
        case "ne":
            return bool(found != value)
        case "lt":
            return bool(found < value)
        case "lte":
            return bool(found <= value)
        case "gt":
            return bool(found > value)
        case "gte":
            return bool(found >= value)
        case "in":
            return found in value
        case _:
            return found not in value


def _instant(op: Operator, found: datetime, value: Value, facts: Facts) -> bool:
    """A date, like `today`, is its whole day to `=`, `!=`, `in` and `nin`, and its first instant to `<` and `>`."""

    def span(one: Scalar) -> tuple[datetime, datetime]:
        assert isinstance(one, date | Moment)  # noqa: S101 - any other was refused when the rule was read
        return as_span(one, facts.now, facts.timezone)

    assert value is not None  # noqa: S101 - only isnull and isnotnull take none
    if op in ("eq", "ne", "in", "nin"):
        values = value if isinstance(value, tuple) and not isinstance(value, Moment) else (value,)
        inside = any(first <= found <= last for first, last in map(span, values))
        return inside is (op in ("eq", "in"))
    assert not isinstance(value, tuple) or isinstance(value, Moment)  # noqa: S101 - only in and nin take lists
    return bool(ordered(op, found, span(value)[0]))
