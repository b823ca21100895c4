"""The shortest text that says the same as a condition: what the size of a condition is measured by."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

from autobook.domain.rules.syntax import (
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

SPELLED: Final[dict[Operator, str]] = {
    "eq": "=", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "isnull": "is null",
    "isnotnull": "is not null",
}  # fmt: skip
_SHORTEST: Final[dict[Operator, str]] = SPELLED | {"isnull": "isnull", "isnotnull": "notnull"}
_CLOSED: Final = ")]\"'"
"""After these a word needs no space before it."""
_LIKE_BACKSLASH: Final = re.compile(r"\\(?![%_])")


def shortest(condition: Condition) -> str:
    """The string form without a space, sign or digit that could be left out."""
    match condition:
        case Or(parts):
            return _joined("or", [shortest(part) for part in parts])
        case And(parts):
            return _joined("and", [f"({shortest(part)})" if isinstance(part, Or) else shortest(part) for part in parts])
        case Not(part):
            inner = shortest(part)
            return f"not({inner})" if isinstance(part, And | Or) else f"not {inner}"
        case Comparison(path, op, value):
            return _short_compared(path, op, value)
        case Quantified(path, quantifier, where):
            return f"{path}.{quantifier}({'' if where is None else shortest(where)})"
        case Counted(path, where, op, value):
            return _short_compared(f"{path}.count({'' if where is None else shortest(where)})", op, value)


def _joined(word: str, parts: Sequence[str]) -> str:
    pieces = [parts[0]]
    for before, part in pairwise(parts):
        pieces += ("" if before[-1] in _CLOSED else " ", word, "" if part[0] == "(" else " ", part)
    return "".join(pieces)


def _short_compared(subject: str, op: Operator, value: Value) -> str:
    spelled = _SHORTEST.get(op, op)
    gap = " " if spelled[0].isalpha() and subject[-1] not in _CLOSED else ""
    if value is None:
        return f"{subject}{gap}{spelled}"
    if isinstance(value, tuple) and not isinstance(value, Moment):
        return f"{subject}{gap}{spelled}[{','.join([_short_scalar(each, op) for each in value])}]"
    written = _short_scalar(value, op)
    return f"{subject}{gap}{spelled}{' ' if spelled[-1].isalpha() and written[0] not in _CLOSED else ''}{written}"


def _short_scalar(value: Scalar, op: Operator) -> str:
    if isinstance(value, datetime):
        return _short_instant(value)
    if isinstance(value, date):
        return str(value)
    if isinstance(value, str):
        mark = "'" if value.count('"') > value.count("'") else '"'
        return f"{mark}{backslashes(value, op).replace(mark, '\\' + mark)}{mark}"
    return bare(value)


def _short_instant(value: datetime) -> str:
    local = value.replace(tzinfo=None)
    written = local.isoformat(timespec="auto" if local.second or local.microsecond else "minutes")
    if local.microsecond:
        written = written.rstrip("0")
    offset = value.isoformat().removeprefix(local.isoformat()).replace(":", "")
    return f"{written}{'Z' if offset == '+0000' else offset}"


def bare(value: Decimal | Moment | bool) -> str:
    """A value that stands without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def backslashes(value: str, op: Operator) -> str:
    """Doubled, except those before the signs of `like`, which reads them itself."""
    return _LIKE_BACKSLASH.sub(r"\\\\", value) if op == "like" else value.replace("\\", "\\\\")
