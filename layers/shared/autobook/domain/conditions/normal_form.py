"""Conditions in negation normal form: `not` pushed down to what it denies.

Who asks only whether a condition is true need not tell unknown from false once `not` has been pushed down to the
comparisons, each of which has a negation that is unknown in the same places (null).
"""

from autobook.domain.conditions.ast import (
    And,
    Comparison,
    Condition,
    Counted,
    Not,
    Or,
    Quantified,
    joined,
)
from autobook.domain.conditions.operators import NEGATIONS


def pushed_down(condition: Condition, wanted: bool = True) -> Condition:
    """The condition (or its negation) with `not` only before text operators and relation filters."""
    kind = type(condition)
    if kind is Comparison and wanted:
        return condition
    match condition:
        case Comparison(path, op, value):
            negation = NEGATIONS.get(op)
            return Not(condition) if negation is None else Comparison(path, negation, value)
        case Not(part):
            return pushed_down(part, not wanted)
        case And(parts) | Or(parts):
            group = And if (kind is And) is wanted else Or
            return joined(group, [pushed_down(part, wanted) for part in parts])
        case Quantified(path, "none", where):
            return pushed_down(Quantified(path, "any", where), not wanted)
        case Counted(path, where, op, value) if not wanted:
            return Counted(path, where, NEGATIONS[op], value)
        case _:
            return condition if wanted else Not(condition)


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """The parts that must all hold."""
    return condition.parts if type(condition) is And else (condition,)
