"""Whether any invoice at all could make a condition true: the reasoning behind the linter.

Careful in one direction: "impossible" is certain, "possible" may be too hopeful (about list filters, special
values of different kinds and patterns it knows little).
"""

from collections.abc import Iterable
from decimal import Decimal

from autobook.domain.conditions import NEGATIONS, And, Comparison, Condition, Counted, FieldTable, Not, Or, Quantified
from autobook.domain.conditions.printing import to_text
from autobook.rule_analysis.constraints import (
    EMPTY,
    FALSE,
    FILLED,
    NULL,
    TRUE,
    TRUTH,
    UNKNOWN,
    Box,
    compared,
    line_of,
    met,
)

MOST_ALTERNATIVES = 256
"""Conditions with more alternatives than this are taken as possible."""
_MOST_STEPS = 4096
"""Boxes compared while the alternatives of one condition are found."""


_FROM_ZERO = line_of("gte", [Decimal()])


class TooMany(Exception):
    """A condition has more alternatives than are looked at."""


def possible(conditions: Iterable[Condition], table: FieldTable) -> bool:
    """Whether all these conditions could be true together."""
    try:
        return bool(alternatives(And(tuple(conditions)), table))
    except TooMany:
        return True


def implies(stronger: Condition, weaker: Condition, table: FieldTable) -> bool:
    """Whether the weaker condition is surely true wherever the stronger one is."""
    try:
        return not beside(alternatives(stronger, table), alternatives(weaker, table, FALSE | UNKNOWN))
    except TooMany:
        return False


def certain(condition: Condition, table: FieldTable) -> bool:
    """Whether the condition is true for every invoice."""
    try:
        return not alternatives(condition, table, FALSE | UNKNOWN)
    except TooMany:
        return False


def beside(some: Iterable[Box], others: Iterable[Box], most: int = MOST_ALTERNATIVES) -> list[Box]:
    """Every one with every other, as far as they have anything in common. TooMany if they are more than `most`."""
    others = tuple(others)
    found: list[Box] = []
    for one in some:
        for other in others:
            both = met(one, other)
            if both is not None:
                found.append(both)
                if len(found) > most:
                    raise TooMany
    return found


def alternatives(condition: Condition, table: FieldTable, wanted: int = TRUE) -> list[Box]:
    """The boxes that together are where the condition is `wanted` (TRUE, FALSE, or one of them | UNKNOWN).

    TooMany if they are too many.
    """
    return _Search(table).boxes(condition, wanted)


class _Search:
    def __init__(self, table: FieldTable) -> None:
        self._table = table
        self._steps = 0

    def boxes(self, condition: Condition, wanted: int) -> list[Box]:
        match condition:
            case Comparison(path, op, value):
                field = self._table.fields[path]
                box = compared(field, op, value, bool(wanted & TRUE))
                found = [] if box is None else [box]
                unknown = wanted & UNKNOWN and field.nullable and op not in ("isnull", "isnotnull")
                return [*found, {(path, NULL): EMPTY}] if unknown else found
            case Not(part):
                return self.boxes(part, _swapped(wanted))
            case And(parts) | Or(parts):
                each_must = (type(condition) is And) is bool(wanted & TRUE)
                return self._all(parts, wanted) if each_must else self._any(parts, wanted)
            case Quantified(path, "none", where):
                return self.boxes(Quantified(path, "any", where), _swapped(wanted))
            case Quantified():
                known = 0 if _may_be_unknown(condition, self._table) else UNKNOWN
                return [{(to_text(condition), TRUTH): wanted & ~known}]
            case Counted(path, where, op, value):
                nullable = self._table.relations[path].nullable
                name = to_text(Counted(path, where, "eq", Decimal()))
                values = list(value) if isinstance(value, tuple) else [value]
                line = line_of(op if wanted & TRUE else NEGATIONS[op], values)
                counted = met({(name, ""): _FROM_ZERO}, {(name, ""): line})
                if counted is not None and nullable:
                    counted[name, NULL] = FILLED
                found = [] if counted is None else [counted]
                return [*found, {(name, NULL): EMPTY}] if wanted & UNKNOWN and nullable else found

    def _all(self, parts: tuple[Condition, ...], wanted: int) -> list[Box]:
        found: list[Box] = [{}]
        for part in parts:
            boxes = self.boxes(part, wanted)
            self._steps += len(found) * len(boxes)
            if self._steps > _MOST_STEPS:
                raise TooMany
            found = beside(found, boxes)
        return found

    def _any(self, parts: tuple[Condition, ...], wanted: int) -> list[Box]:
        found: list[Box] = []
        for part in parts:
            found += self.boxes(part, wanted)
            if len(found) > MOST_ALTERNATIVES:
                raise TooMany
        return found


def _swapped(wanted: int) -> int:
    return wanted & UNKNOWN | (FALSE if wanted & TRUE else TRUE)


def _may_be_unknown(condition: Condition, table: FieldTable) -> bool:
    match condition:
        case Comparison(path, op):
            return table.fields[path].nullable and op not in ("isnull", "isnotnull")
        case Quantified(path, _, where):
            relation = table.relations[path]
            return relation.nullable or (where is not None and _may_be_unknown(where, relation.elements))
        case Counted(path):
            return table.relations[path].nullable
        case Not(part):
            return _may_be_unknown(part, table)
        case And(parts) | Or(parts):
            return any(_may_be_unknown(part, table) for part in parts)
