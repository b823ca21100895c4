"""Three-valued truth of a condition, evaluated plainly: what `explain` shows and the matcher is tested against.

True, False or None (unknown), as in SQL: a comparison with null is unknown, `not` keeps unknown, `and` is false
if any part is, `or` true if any part is. A null list makes its relation filters unknown.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from autobook.domain.conditions.ast import (
    And,
    Comparison,
    Condition,
    Constant,
    Counted,
    FieldReference,
    Not,
    Or,
    Quantified,
    Scalar,
    Value,
)
from autobook.domain.conditions.dates import SpecialDate, as_day, as_span
from autobook.domain.conditions.facts import Facts
from autobook.domain.conditions.fields import Field, FieldTable
from autobook.domain.conditions.kinds import Kind
from autobook.domain.conditions.look_alikes import plain
from autobook.domain.conditions.operators import OPERATORS, OperatorName, Truth
from autobook.domain.conditions.text_matching import FOLDED


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
            return _compared(table.fields[path], op, value, facts)
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
            return OPERATORS[op].evaluate(counted(path, where, facts, table), value)


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


def _compared(field: Field, name: OperatorName, value: Value, facts: Facts) -> Truth:
    """One field against one value, or another field."""
    operator = OPERATORS[name]
    if isinstance(value, FieldReference):
        other = _as_it_looks(facts[value.path])
        return None if other is None else operator.evaluate(_as_it_looks(facts[field.path]), other)
    if operator.compares == "text":
        return operator.evaluate(facts[FOLDED + field.path], value)
    return operator.evaluate(_as_it_looks(facts[field.path]), _comparable(value, field.kind, facts))


def _as_it_looks(found: Any) -> Any:
    return plain(found) if isinstance(found, str) else found


def _comparable(value: Constant, kind: Kind, facts: Facts) -> Any:
    """The condition's value as a field of that kind is compared with it: dates as seen from now."""
    if kind.name not in ("date", "datetime") or value is None:
        return value
    convert = as_day if kind.name == "date" else as_span
    if isinstance(value, tuple):
        return tuple(convert(_date(each), facts.now, facts.timezone) for each in value)
    return convert(_date(value), facts.now, facts.timezone)


def _date(value: Scalar) -> date | SpecialDate:
    assert isinstance(value, date | SpecialDate)  # noqa: S101 - any other was refused when the condition was read
    return value
