"""The string form of a condition: as people write it, and without a space, sign or digit that could be left out."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from typing import Final, NamedTuple

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

_SPELLED: Final[dict[Operator, str]] = {
    "eq": "=", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "isnull": "is null",
    "isnotnull": "is not null",
}  # fmt: skip
_NO_SPACE_AFTER: Final = ")]\"'=!<>"
_NO_SPACE_BEFORE: Final = "([\"'=!<>"
_LIKE_BACKSLASH: Final = re.compile(r"\\(?![%_])")


class _Style(NamedTuple):
    spelled: Mapping[Operator, str]
    """Operators that are spelled otherwise than they are named."""
    beside: Callable[[str, str], str]
    """Two pieces, with a space between them or without."""
    comma: str
    scalar: Callable[[Scalar, Operator], str]
    unbracketed: tuple[type, ...]
    """Kinds of conditions that `not` denies without parentheses."""


def as_written(condition: Condition) -> str:
    """The way people write it."""
    return _told(condition, _WRITTEN)


def shortest(condition: Condition) -> str:
    """The shortest text that says the same: what the size of a condition is measured by."""
    return _told(condition, _SHORTEST)


def _told(condition: Condition, style: _Style) -> str:
    match condition:
        case Or(parts):
            return _joined("or", [_told(part, style) for part in parts], style)
        case And(parts):
            pieces = [_bracketed(_told(part, style), isinstance(part, Or)) for part in parts]
            return _joined("and", pieces, style)
        case Not(part):
            return style.beside("not", _bracketed(_told(part, style), not isinstance(part, style.unbracketed)))
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
    return f"{path}.{name}({'' if where is None else _told(where, style)})"


def _compared(subject: str, op: Operator, value: Value, style: _Style) -> str:
    told = style.beside(subject, style.spelled.get(op, op))
    if value is None:
        return told
    if isinstance(value, tuple) and not isinstance(value, Moment):
        return style.beside(told, f"[{style.comma.join([style.scalar(each, op) for each in value])}]")
    return style.beside(told, style.scalar(value, op))


def _spaced(before: str, after: str) -> str:
    return f"{before} {after}"


def _close(before: str, after: str) -> str:
    return f"{before}{'' if before[-1] in _NO_SPACE_AFTER or after[0] in _NO_SPACE_BEFORE else ' '}{after}"


# --- values --------------------------------------------------------------------------------------------------


def _scalar(value: Scalar, op: Operator) -> str:
    if isinstance(value, date):
        return f'"{value}"'
    if isinstance(value, str):
        escaped = _backslashes(value, op).replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        return f'"{escaped}"'
    return _bare(value)


def _short_scalar(value: Scalar, op: Operator) -> str:
    if isinstance(value, datetime):
        return _short_instant(value)
    if isinstance(value, date):
        return str(value)
    if isinstance(value, str):
        mark = "'" if value.count('"') > value.count("'") else '"'
        return f"{mark}{_backslashes(value, op).replace(mark, '\\' + mark)}{mark}"
    return _bare(value)


def _short_instant(value: datetime) -> str:
    local = value.replace(tzinfo=None)
    written = local.isoformat(timespec="auto" if local.second or local.microsecond else "minutes")
    if local.microsecond:
        written = written.rstrip("0")
    offset = value.isoformat().removeprefix(local.isoformat()).replace(":", "")
    return f"{written}{'Z' if offset == '+0000' else offset}"


def _bare(value: Decimal | Moment | bool) -> str:
    """A value that stands without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _backslashes(value: str, op: Operator) -> str:
    """Doubled, except those before the signs of `like`, which reads them itself."""
    return _LIKE_BACKSLASH.sub(r"\\\\", value) if op == "like" else value.replace("\\", "\\\\")


_WRITTEN: Final = _Style(_SPELLED, _spaced, ", ", _scalar, (Not,))
_SHORTEST: Final = _Style(
    _SPELLED | {"isnull": "isnull", "isnotnull": "notnull"},
    _close,
    ",",
    _short_scalar,
    (Not, Comparison, Quantified, Counted),
)
