"""How each operator is compiled and indexed: one row for every row of `conditions.OPERATORS`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from autobook.domain.conditions import (
    FOLDED,
    NO_CLOCK,
    Comparison,
    FieldTable,
    OperatorName,
    Pattern,
    PlainTest,
    SpecialDate,
    as_day,
    fold,
)
from autobook.domain.rules.engine.placement import SHORTEST_NEEDLE, Access
from autobook.domain.rules.engine.source import SourceWriter

WriteTest = Callable[[SourceWriter, Comparison], str]
"""Writes the source of a comparison's test, in a form that may stand between `and` and `and`."""
FindPlace = Callable[[Comparison, int, FieldTable], Access | None]
"""The place in the index of a comparison, the conjunct at that position; None if it selects nothing."""


class Bound(NamedTuple):
    """The end of a range that an operator sets, and whether the value itself belongs to the range."""

    end: Literal["low", "high"]
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOperator:
    """What the engine makes of an operator."""

    test: WriteTest
    denied: WriteTest | None = None
    """The test of `not` before it; None for operators that have a negation."""
    symbol: str = ""
    """Python's operator, for `count()`; empty where `count()` does not take it."""
    place: FindPlace | None = None
    """None: it is tested, not looked up."""
    bound: Bound | None = None
    """Comparisons of one field that set bounds are looked up together, as a range."""


# --- compiled ------------------------------------------------------------------------------------------------


def _presence(symbol: str) -> WriteTest:
    return lambda writer, comparison: f"{writer.value(comparison.path).use} {symbol} None"


def _equality(symbol: str, *, many: bool = False, denied: bool = False) -> WriteTest:
    """On a date-time a day is its whole span (see `conditions.OPERATORS`)."""

    def test(writer: SourceWriter, comparison: Comparison) -> str:
        path, value = comparison.path, comparison.value
        match writer.table.fields[path].kind.name:
            case "datetime":
                present, name = writer.present(path)
                values = writer.parameter(value if many else (value,))
                return f"{present}{'not ' if denied else ''}within({name}, {values}, now, zone)"
            case "date":
                return _days(writer, path, symbol, value) if many else _day(writer, path, symbol, value)
            case _:
                return _constant(writer, path, symbol, frozenset(value) if many else value)  # type: ignore[arg-type]

    return test


def _order(symbol: str) -> WriteTest:
    """On a date-time a day is its first instant."""

    def test(writer: SourceWriter, comparison: Comparison) -> str:
        path, value = comparison.path, comparison.value
        match writer.table.fields[path].kind.name:
            case "datetime":
                present, name = writer.present(path)
                return f"{present}{name} {symbol} span({writer.parameter(value)}, now, zone)[0]"
            case "date":
                return _day(writer, path, symbol, value)
            case _:
                return _constant(writer, path, symbol, value)

    return test


def _constant(writer: SourceWriter, path: str, symbol: str, constant: Any) -> str:
    present, name = writer.present(path)
    return f"{present}{name} {symbol} {writer.parameter(constant)}"


def _day(writer: SourceWriter, path: str, symbol: str, value: Any) -> str:
    if not isinstance(value, SpecialDate):
        return _constant(writer, path, symbol, as_day(value, NO_CLOCK, writer.zone))
    present, name = writer.present(path)
    return f"{present}{name} {symbol} day({writer.parameter(value)}, now, zone)"


def _days(writer: SourceWriter, path: str, symbol: str, values: Any) -> str:
    if not any(isinstance(each, SpecialDate) for each in values):
        return _constant(writer, path, symbol, frozenset(as_day(each, NO_CLOCK, writer.zone) for each in values))
    present, name = writer.present(path)
    return f"{present}{name} {symbol} days({writer.parameter(values)}, now, zone)"


_PLAIN_SOURCE: Final[dict[PlainTest, tuple[str, str]]] = {
    "contains": ("{wanted} in {name}", "{wanted} not in {name}"),
    "eq": ("{name} == {wanted}", "{name} != {wanted}"),
    "startswith": ("{name}.startswith({wanted})", "not {name}.startswith({wanted})"),
    "endswith": ("{name}.endswith({wanted})", "not {name}.endswith({wanted})"),
}
"""Tests of a folded text, and their denials."""


def _text(plain: PlainTest, *, denied: bool = False) -> WriteTest:
    return lambda writer, comparison: _plain_test(writer, comparison.path, plain, fold(str(comparison.value)), denied)


def _plain_test(writer: SourceWriter, path: str, plain: PlainTest, wanted: str, denied: bool) -> str:
    """Null stays out either way."""
    present, name = writer.present(FOLDED + path)
    return present + _PLAIN_SOURCE[plain][denied].format(name=name, wanted=writer.parameter(wanted))


def _like(*, denied: bool = False) -> WriteTest:
    def test(writer: SourceWriter, comparison: Comparison) -> str:
        pattern = Pattern(str(comparison.value))
        if pattern.plain is not None:
            return _plain_test(writer, comparison.path, *pattern.plain, denied)
        present, name = writer.present(FOLDED + comparison.path)
        return f"{present}{'not ' if denied else ''}{writer.parameter(pattern.matcher())}({name})"

    return test


# --- indexed -------------------------------------------------------------------------------------------------


def _null_place(comparison: Comparison, position: int, _: FieldTable) -> Access:
    return Access(5, "=", comparison.path, (None,), (position,))


def _value_place(cost: int, *, many: bool = False) -> FindPlace:
    def place(comparison: Comparison, position: int, table: FieldTable) -> Access | None:
        path, value = comparison.path, comparison.value
        kind = table.fields[path].kind.name
        if kind in ("date", "datetime"):
            return None
        values: Any = value if many else (value,)
        return Access(6 if kind in ("enum", "boolean") else cost, "=", path, tuple(dict.fromkeys(values)), (position,))

    return place


def _text_place(plain: PlainTest) -> FindPlace:
    return lambda comparison, position, _: _plain_place(
        plain, FOLDED + comparison.path, fold(str(comparison.value)), position
    )


def _like_place(comparison: Comparison, position: int, _: FieldTable) -> Access | None:
    key, pattern = FOLDED + comparison.path, Pattern(str(comparison.value))
    if pattern.plain is not None:
        plain, text = pattern.plain
        return _plain_place(plain, key, text, position)
    parts: tuple[tuple[PlainTest, str], ...] = (
        ("startswith", pattern.prefix),
        ("endswith", pattern.suffix),
        ("contains", max(pattern.inner, key=len, default="")),
    )
    places = [place for plain, text in parts if (place := _plain_place(plain, key, text, position))]
    return min(places, key=lambda place: place.cost)._replace(proves=False) if places else None


def _plain_place(plain: PlainTest, key: str, text: str, position: int) -> Access | None:
    if plain == "eq":
        return Access(0, "=", key, (text,), (position,))
    if plain == "contains":
        return Access(3, "*", key, (text,), (position,)) if len(text) >= SHORTEST_NEEDLE else None
    if not text:
        return None
    return Access(2 if len(text) > 2 else 4, "^" if plain == "startswith" else "$", key, (text,), (position,))


# --- the table -----------------------------------------------------------------------------------------------

ENGINE_OPERATORS: Final[dict[OperatorName, EngineOperator]] = {
    "eq": EngineOperator(test=_equality("=="), symbol="==", place=_value_place(0)),
    "ne": EngineOperator(test=_equality("!=", denied=True), symbol="!="),
    "lt": EngineOperator(test=_order("<"), symbol="<", bound=Bound("high", closed=False)),
    "lte": EngineOperator(test=_order("<="), symbol="<=", bound=Bound("high", closed=True)),
    "gt": EngineOperator(test=_order(">"), symbol=">", bound=Bound("low", closed=False)),
    "gte": EngineOperator(test=_order(">="), symbol=">=", bound=Bound("low", closed=True)),
    "in": EngineOperator(test=_equality("in", many=True), symbol="in", place=_value_place(1, many=True)),
    "nin": EngineOperator(test=_equality("not in", many=True, denied=True), symbol="not in"),
    "contains": EngineOperator(
        test=_text("contains"), denied=_text("contains", denied=True), place=_text_place("contains")
    ),
    "like": EngineOperator(test=_like(), denied=_like(denied=True), place=_like_place),
    "startswith": EngineOperator(
        test=_text("startswith"), denied=_text("startswith", denied=True), place=_text_place("startswith")
    ),
    "endswith": EngineOperator(
        test=_text("endswith"), denied=_text("endswith", denied=True), place=_text_place("endswith")
    ),
    "isnull": EngineOperator(test=_presence("is"), place=_null_place),
    "isnotnull": EngineOperator(test=_presence("is not")),
}
