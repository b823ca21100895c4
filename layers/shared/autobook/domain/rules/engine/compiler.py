"""Conditions compiled to tests: conditions of one shape share the source, each with its own parameters."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

from autobook.domain.conditions import (
    LIST_OPERATORS,
    And,
    Comparison,
    Condition,
    Counted,
    FieldReference,
    FieldTable,
    Not,
    OperatorName,
    Or,
    Quantified,
    pushed_down,
)
from autobook.domain.rules.engine.codegen import ListTest, predicate
from autobook.domain.rules.engine.operators import ENGINE_OPERATORS
from autobook.domain.rules.engine.source import Shape, SourceWriter


class CompiledTest(NamedTuple):
    """Whether a condition is surely true: a shape and the constants that this condition puts into it."""

    shape: Shape
    parameters: tuple[Any, ...]


def compiled(parts: Sequence[Condition], table: FieldTable, zone: tzinfo) -> CompiledTest:
    """The test of these conditions together, each of them in negation normal form."""
    writer = _Writer(table, zone)
    test = " and ".join([writer.part(part) for part in parts])
    return CompiledTest(Shape(test, tuple(writer.values), len(writer.parameters)), tuple(writer.parameters))


class _Writer(SourceWriter):
    """Writes the source of one test."""

    def part(self, condition: Condition) -> str:
        """The source of one condition, in a form that may stand between `and` and `and`."""
        match condition:
            case Comparison(path, op, FieldReference(other)):
                return self._two_fields(path, op, other)
            case Comparison(op=op):
                return ENGINE_OPERATORS[op].test(self, condition)
            case And(parts):
                return f"({' and '.join([self.part(part) for part in parts])})"
            case Or(parts):
                return f"({' or '.join([self.part(part) for part in parts])})"
            case Not(Comparison(op=op) as comparison) if denied := ENGINE_OPERATORS[op].denied:
                return denied(self, comparison)
            case Not(Quantified(path, quantifier, where)):
                return self._quantified(path, quantifier, where, False)
            case Quantified(path, quantifier, where):
                return self._quantified(path, quantifier, where, True)
            case Counted(path, where, op, value):
                return self._counted(path, where, op, value)
            case Not():
                raise TypeError(f"not in negation normal form: {condition}")

    def _two_fields(self, path: str, op: OperatorName, other: str) -> str:
        left, right = self.value(path), self.value(other)
        present = [f"{each.use} is not None and " for each in (left, right) if each.nullable or each.use != each.name]
        return f"{''.join(present)}{left.name} {ENGINE_OPERATORS[op].symbol} {right.name}"

    def _inner(self, path: str, where: Condition, wanted: bool = True) -> str:
        """The test of a list's elements, as a parameter."""
        inner = compiled((pushed_down(where, wanted),), self.table.relations[path].elements, self.zone)
        return self.parameter(ListTest(predicate(*inner, self.zone)))

    def _quantified(self, path: str, quantifier: str, where: Condition | None, wanted: bool) -> str:
        """`any` and `all` (`none` was pushed down) being surely true, or surely false if not wanted."""
        elements = self.value(path).name
        if where is None:
            return f"{elements} is not None and {'' if wanted else 'not '}{elements}"
        test = self._inner(path, where, wanted)
        if (quantifier == "any") is wanted:
            return f"any_holds({test}, {elements}, now)"
        return f"{elements} is not None and all_hold({test}, {elements}, now)"

    def _counted(self, path: str, where: Condition | None, op: OperatorName, value: Any) -> str:
        elements = self.value(path).name
        count = f"len({elements})" if where is None else f"how_many({self._inner(path, where)}, {elements}, now)"
        constant = self.parameter(frozenset(value) if op in LIST_OPERATORS else value)
        return f"{elements} is not None and {count} {ENGINE_OPERATORS[op].symbol} {constant}"
