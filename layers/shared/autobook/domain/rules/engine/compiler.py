"""Conditions as tests of one shape with their own parameters."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

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
)
from autobook.domain.conditions.dates import NO_CLOCK, as_day
from autobook.domain.conditions.fields import FieldTable
from autobook.domain.conditions.normal_form import pushed_down
from autobook.domain.conditions.text_matching import FOLDED, Pattern, fold
from autobook.domain.rules.engine.codegen import predicate
from autobook.domain.rules.engine.source import Shape, Value, values_of

_SYMBOLS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "in": "in", "nin": "not in"}


class Test(NamedTuple):
    """Whether a condition is surely true: a shape and the constants that this condition puts into it."""

    shape: Shape
    parameters: tuple[Any, ...]


def compiled(parts: Sequence[Condition], table: FieldTable, zone: tzinfo) -> Test:
    """The test of these conditions together, each of them in negation normal form."""
    writer = _Writer(table, zone)
    test = " and ".join([writer.part(part) for part in parts])
    return Test(Shape(test, tuple(writer.values), len(writer.parameters)), tuple(writer.parameters))


class _Writer:
    """Writes the source of one test; gathers its values and parameters."""

    def __init__(self, table: FieldTable, zone: tzinfo) -> None:
        self._table = table
        self._zone = zone
        self.values: dict[Value, None] = {}
        self.parameters: list[Any] = []

    def _parameter(self, constant: Any) -> str:
        self.parameters.append(constant)
        return f"p{len(self.parameters) - 1}"

    def _value(self, key: str) -> Value:
        values = values_of(self._table, key)
        for value in values:
            self.values[value] = None
        return values[-1]

    def _present(self, key: str) -> tuple[str, str]:
        """What keeps null out, to stand before a comparison, and the name of the value behind that."""
        value = self._value(key)
        if value.use != value.name:
            return f"(t := {value.use}) is not None and ", "t"
        return (f"{value.name} is not None and " if value.nullable else ""), value.name

    def part(self, condition: Condition) -> str:
        """The source of one condition, in a form that may stand between `and` and `and`."""
        match condition:
            case Comparison(path, op, value):
                return self._comparison(path, op, value)
            case And(parts):
                return f"({' and '.join([self.part(part) for part in parts])})"
            case Or(parts):
                return f"({' or '.join([self.part(part) for part in parts])})"
            case Not(Comparison(path, op, value)):
                return self._text(path, op, str(value), "not ")
            case Not(Quantified(path, quantifier, where)):
                return self._quantified(path, quantifier, where, False)
            case Quantified(path, quantifier, where):
                return self._quantified(path, quantifier, where, True)
            case Counted(path, where, op, value):
                return self._counted(path, where, op, value)
            case Not():
                raise TypeError(f"not in negation normal form: {condition}")

    # --- one field against one value -------------------------------------------------------------------------

    def _comparison(self, path: str, op: Operator, value: Any) -> str:
        if op in ("isnull", "isnotnull"):
            return f"{self._value(path).use} is {'' if op == 'isnull' else 'not '}None"
        if op in ("contains", "like", "startswith", "endswith"):
            return self._text(path, op, value)
        kind = self._table.fields[path].kind.name
        if kind == "datetime":
            return self._instant(path, op, value)
        if kind == "date":
            return self._day(path, op, value)
        return self._ordered(path, op, value)

    def _ordered(self, path: str, op: Operator, value: Any) -> str:
        present, name = self._present(path)
        return f"{present}{name} {_SYMBOLS[op]} {self._constant(op, value)}"

    def _constant(self, op: Operator, value: Any) -> str:
        return self._parameter(frozenset(value) if op in ("in", "nin") else value)

    def _text(self, path: str, op: Operator, wanted: str, denied: str = "") -> str:
        """A text operator, or its denial; null stays out either way."""
        present, name = self._present(FOLDED + path)
        text = fold(wanted)
        if op == "like":
            pattern = Pattern(wanted)
            if pattern.plain is None:
                return f"{present}{denied}{self._parameter(pattern.matcher())}({name})"
            op, text = pattern.plain
        match op:
            case "contains":
                return f"{present}{self._parameter(text)} {denied}in {name}"
            case "eq":
                return f"{present}{name} {'!=' if denied else '=='} {self._parameter(text)}"
            case _:
                return f"{present}{denied}{name}.{op}({self._parameter(text)})"

    def _day(self, path: str, op: Operator, value: Any) -> str:
        values = value if op in ("in", "nin") else (value,)
        if not any(isinstance(each, Moment) for each in values):
            days = [as_day(each, NO_CLOCK, self._zone) for each in values]
            return self._ordered(path, op, days if op in ("in", "nin") else days[0])
        present, name = self._present(path)
        if op in ("in", "nin"):
            return f"{present}{name} {_SYMBOLS[op]} days({self._parameter(values)}, now, zone)"
        return f"{present}{name} {_SYMBOLS[op]} day({self._parameter(value)}, now, zone)"

    def _instant(self, path: str, op: Operator, value: Any) -> str:
        """A day is a span to `=` and its first instant to `<` and `>` (see `truth`)."""
        present, name = self._present(path)
        if op in ("eq", "ne", "in", "nin"):
            values = self._parameter(value if op in ("in", "nin") else (value,))
            return f"{present}{'not ' if op in ('ne', 'nin') else ''}within({name}, {values}, now, zone)"
        return f"{present}{name} {_SYMBOLS[op]} span({self._parameter(value)}, now, zone)[0]"

    # --- lists -----------------------------------------------------------------------------------------------

    def _inner(self, path: str, where: Condition, wanted: bool = True) -> str:
        """The test of a list's elements, as a parameter."""
        inner = compiled((pushed_down(where, wanted),), self._table.relations[path].elements, self._zone)
        return self._parameter(predicate(*inner, self._zone))

    def _quantified(self, path: str, quantifier: str, where: Condition | None, wanted: bool) -> str:
        """`any` and `all` (`none` was pushed down) being surely true, or surely false if not wanted."""
        elements = self._value(path).name
        if where is None:
            return f"{elements} is not None and {'' if wanted else 'not '}{elements}"
        test = self._inner(path, where, wanted)
        if (quantifier == "any") is wanted:
            return f"any_holds({test}, {elements}, now)"
        return f"{elements} is not None and all_hold({test}, {elements}, now)"

    def _counted(self, path: str, where: Condition | None, op: Operator, value: Any) -> str:
        elements = self._value(path).name
        count = f"len({elements})" if where is None else f"how_many({self._inner(path, where)}, {elements}, now)"
        return f"{elements} is not None and {count} {_SYMBOLS[op]} {self._constant(op, value)}"
