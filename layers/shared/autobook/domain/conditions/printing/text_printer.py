"""The string form of a condition: as people write it, or without a space, character or digit that could be left out."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import reduce
from typing import Final, NamedTuple

from autobook.domain.conditions.ast import (
    And,
    Comparison,
    Condition,
    Counted,
    FieldReference,
    Not,
    Or,
    Quantified,
    Scalar,
    Value,
)
from autobook.domain.conditions.limits import MAX_BYTES, MAX_DEPTH, nesting
from autobook.domain.conditions.operators import OPERATORS, OperatorName
from autobook.domain.conditions.text_size import (
    NO_SPACE_AFTER,
    NO_SPACE_BEFORE,
    SHORTEST_SPELLING,
    UNBRACKETED,
    byte_length,
    list_comma,
)
from autobook.domain.conditions.value_text import bare_value, shortest_value, with_backslashes


class _Style(NamedTuple):
    spellings: Mapping[OperatorName, str]
    beside: Callable[[str, str], str]
    """Two pieces, with a space between them or without."""
    comma: str
    scalar: Callable[[Scalar | FieldReference, OperatorName], str]
    unbracketed: tuple[type, ...]
    """Kinds of conditions that `not` denies without parentheses."""


def to_text(condition: Condition) -> str:
    """The string form as people write it; at the limits of a condition its shortest, which always fits."""
    if nesting(condition) == MAX_DEPTH:
        return shortest(condition)
    text = _rendered(condition, _WRITTEN)
    return text if byte_length(text) <= MAX_BYTES else shortest(condition)


def shortest(condition: Condition) -> str:
    """The shortest text that says the same; `text_size` is its length in bytes."""
    return _rendered(condition, _SHORTEST)


def _rendered(condition: Condition, style: _Style) -> str:
    match condition:
        case Or(parts):
            return _joined("or", [_rendered(part, style) for part in parts], style)
        case And(parts):
            pieces = [_bracketed(_rendered(part, style), isinstance(part, Or)) for part in parts]
            return _joined("and", pieces, style)
        case Not(part):
            return style.beside("not", _bracketed(_rendered(part, style), not isinstance(part, style.unbracketed)))
        case Comparison(path, op, value):
            return _compared(path, op, value, style)
        case Quantified(path, quantifier, where):
            return _called(path, quantifier, where, style)
        case Counted(path, where, op, value):
            return _compared(_called(path, "count", where, style), op, value, style)


def _bracketed(text: str, needed: bool) -> str:
    return f"({text})" if needed else text


def _joined(word: str, pieces: Iterable[str], style: _Style) -> str:
    return reduce(lambda before, piece: style.beside(style.beside(before, word), piece), pieces)


def _called(path: str, name: str, where: Condition | None, style: _Style) -> str:
    return f"{path}.{name}({'' if where is None else _rendered(where, style)})"


def _compared(subject: str, op: OperatorName, value: Value, style: _Style) -> str:
    piece = style.beside(subject, style.spellings[op])
    if value is None:
        return piece
    if isinstance(value, tuple):
        return style.beside(
            piece, f"[{list_comma(value, style.comma).join([style.scalar(each, op) for each in value])}]"
        )
    return style.beside(piece, style.scalar(value, op))


def _written_value(value: Scalar | FieldReference, op: OperatorName) -> str:
    if isinstance(value, FieldReference):
        return value.path
    if isinstance(value, date):
        return f'"{value}"'
    if isinstance(value, str):
        escaped = with_backslashes(value, op).replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        return f'"{escaped}"'
    return bare_value(value)


def _spaced(before: str, after: str) -> str:
    return f"{before} {after}"


def _close(before: str, after: str) -> str:
    return f"{before}{'' if before[-1] in NO_SPACE_AFTER or after[0] in NO_SPACE_BEFORE else ' '}{after}"


_WRITTEN: Final = _Style(
    {name: operator.spellings[0] for name, operator in OPERATORS.items()}, _spaced, ", ", _written_value, (Not,)
)
_SHORTEST: Final = _Style(SHORTEST_SPELLING, _close, ",", shortest_value, UNBRACKETED)
