"""Where a condition is true, as regions: whether that is nowhere, or everywhere."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from autobook.domain.conditions import (
    NEGATIONS,
    And,
    Comparison,
    Condition,
    Counted,
    Field,
    FieldReference,
    FieldTable,
    Not,
    OperatorName,
    Or,
    Quantified,
    SpecialDate,
)
from autobook.domain.conditions.printing import to_text
from autobook.rule_analysis.constraints import EVERYTHING, Aspect, Constraint, Key, Region, TooComplex, limited, product
from autobook.rule_analysis.operators import ANALYSIS, NullOperator, TextOperator, ValueOperator
from autobook.rule_analysis.subsumption import subsumed
from autobook.rule_analysis.texts import text_test
from autobook.rule_analysis.values import EMPTY, FALSE, FILLED, TRUE, Values

MOST_ALTERNATIVES: Final = 256
"""Conditions with more alternatives than this are not analysed."""
_MOST_STEPS: Final = 4096
"""Regions compared while the alternatives of one condition are found."""
_ANYTHING: Final[Region] = {}
_MIRRORED: Final[dict[OperatorName, OperatorName]] = {"lt": "gt", "gt": "lt", "lte": "gte", "gte": "lte"}
"""How `b … a` is asked as `a … b`; the others say the same either way."""


def is_tautology(condition: Condition, table: FieldTable) -> bool:
    """Whether the condition is true for every invoice. False where that is too complex to tell."""
    try:
        return subsumed((_ANYTHING,), alternatives(condition, table))
    except TooComplex:
        return False


def alternatives(condition: Condition, table: FieldTable, wanted: bool = True) -> list[Region]:
    """The regions that together are where the condition is true (or false). TooComplex if they are too many."""
    return _Expansion(table).regions(condition, wanted)


class _Expansion:
    def __init__(self, table: FieldTable) -> None:
        self._table = table
        self._steps = 0

    def regions(self, condition: Condition, wanted: bool) -> list[Region]:
        match condition:
            case Comparison(path, op, FieldReference(other)):
                return self._two_fields(path, op, other, wanted)
            case Comparison(path):
                return _where(self._table.fields[path], condition, wanted)
            case Not(part):
                return self.regions(part, not wanted)
            case And(parts) | Or(parts):
                expanded = [self.regions(part, wanted) for part in parts]
                return self._product(expanded) if (type(condition) is And) is wanted else self._sum(expanded)
            case Quantified(path, "none", where):
                return self.regions(Quantified(path, "any", where), not wanted)
            case Quantified(path, _, where):
                relation = self._table.relations[path]
                sure = not relation.nullable and (not where or is_tautology(Or((where, Not(where))), relation.elements))
                aspect = Aspect.KNOWN_TRUTH if sure else Aspect.TRUTH
                return [{Key(to_text(condition), aspect): TRUE if wanted else FALSE}]
            case Counted(path, where, op, value):
                key = Key(to_text(Counted(path, where, "eq", Decimal())), Aspect.COUNT)
                values = value if isinstance(value, tuple) else (value,)
                return _region(path, self._table.relations[path].nullable, key, _allowed(op, values, wanted))

    def _two_fields(self, path: str, op: OperatorName, other: str, wanted: bool) -> list[Region]:
        """Where both are filled and their difference compares with zero so; fields do not differ from themselves."""
        filled = {Key(each, Aspect.NULL): FILLED for each in (path, other) if self._table.fields[each].nullable}
        if path > other:
            path, other, op = other, path, _MIRRORED.get(op, op)
        allowed = _allowed(op, [Decimal()], wanted)
        if path == other:
            return [filled] if allowed.has(Decimal()) else []
        return [{**filled, Key(f"{path} - {other}", Aspect.VALUE): allowed}]

    def _product(self, expanded: list[list[Region]]) -> list[Region]:
        found: list[Region] = [_ANYTHING]
        for regions in expanded:
            self._steps += len(found) * len(regions)
            if self._steps > _MOST_STEPS:
                raise TooComplex
            found = self._sum([product(found, regions)])
        return found

    def _sum(self, expanded: list[list[Region]]) -> list[Region]:
        if sum(map(len, expanded)) > MOST_ALTERNATIVES:
            raise TooComplex
        return [region for regions in expanded for region in regions]


def _where(field: Field, comparison: Comparison, wanted: bool) -> list[Region]:
    """Where the comparison is true (or false): in one region, or in none."""
    path, op, value = comparison.path, comparison.op, comparison.value
    analysis = ANALYSIS[op]
    if isinstance(analysis, NullOperator):
        filled = (analysis.wanted == FILLED) is wanted
        if not field.nullable:
            return [_ANYTHING] if filled else []
        return [{Key(path, Aspect.NULL): FILLED if filled else EMPTY}]
    if isinstance(analysis, TextOperator):
        test = text_test(op, str(value), wanted)
        if isinstance(test, bool):
            return _region(path, field.nullable) if test else []
        return _region(path, field.nullable, Key(path, Aspect.TEXT), frozenset((test,)))
    values = value if isinstance(value, tuple) else (value,)
    scaled = [_scaled(each, field.kind.name, analysis.whole_days) for each in values]
    (scale, _), *_ = scaled
    if scale is not None and all(each == scale for each, _ in scaled):
        allowed = _allowed(op, [each for _, each in scaled], wanted)
        return _region(path, field.nullable, Key(path, scale), allowed)
    # Of two opposites one stands for both.
    plain = min(op, NEGATIONS[op])
    key = Key(to_text(Comparison(path, plain, value)), Aspect.KNOWN_TRUTH)
    return _region(path, field.nullable, key, TRUE if (op == plain) is wanted else FALSE)


def _allowed(op: OperatorName, values: Sequence[Any], wanted: bool) -> Values:
    analysis = ANALYSIS[op if wanted else NEGATIONS[op]]
    assert isinstance(analysis, ValueOperator)  # noqa: S101 - the opposite of one is one, and a number takes no other
    return analysis.values(values)


def _region(path: str, nullable: bool, key: Key | None = None, constraint: Constraint | None = None) -> list[Region]:
    """The region of a constraint on a field, or on the number of a list's elements; none if nothing can be in it."""
    region: Region = {Key(path, Aspect.NULL): FILLED} if nullable else _ANYTHING
    if key is None or constraint is None or constraint == EVERYTHING.get(key.aspect):
        return [region]
    within = limited(key, constraint)
    return [] if within is None else [{**region, key: within}]


def _scaled(value: Any, kind: str, whole_days: bool) -> tuple[str | None, Any]:
    """The scale on which the value can be compared with others, and its place there; None if that depends on the zone.

    Days of a date-time field are numbers: between two of its days there are instants.
    """
    if kind == "date" and isinstance(value, SpecialDate):
        return value.word, value.days
    if kind == "datetime" and not isinstance(value, datetime):
        days = Decimal(value.days if isinstance(value, SpecialDate) else value.toordinal())
        return None if whole_days else value.word if isinstance(value, SpecialDate) else Aspect.DAY, days
    if isinstance(value, datetime):
        comparable = kind == "datetime" and value.tzinfo is not None
        return (Aspect.VALUE, value.astimezone(UTC)) if comparable else (None, None)
    return Aspect.FLAG if kind == "boolean" else Aspect.VALUE, value
