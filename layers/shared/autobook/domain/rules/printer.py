"""Conditions as text again: parsing what is printed gives the same tree."""

from datetime import date
from decimal import Decimal

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

_SPELLED: dict[Operator, str] = {
    "eq": "=", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "isnull": "is null",
    "isnotnull": "is not null",
}  # fmt: skip


def to_text(condition: Condition) -> str:
    """The string form, with the fewest parentheses."""
    match condition:
        case Or(parts):
            return " or ".join(to_text(part) for part in parts)
        case And(parts):
            return " and ".join(f"({to_text(part)})" if isinstance(part, Or) else to_text(part) for part in parts)
        case Not(part):
            return f"not ({to_text(part)})"
        case Comparison(path, op, value):
            return _compared(path, op, value)
        case Quantified(path, quantifier, where):
            return f"{path}.{quantifier}({'' if where is None else to_text(where)})"
        case Counted(path, where, op, value):
            return _compared(f"{path}.count({'' if where is None else to_text(where)})", op, value)


def _compared(subject: str, op: Operator, value: Value) -> str:
    spelled = _SPELLED.get(op, op)
    return f"{subject} {spelled}" if value is None else f"{subject} {spelled} {value_text(value)}"


def value_text(value: Value) -> str:
    """A value as it is written in a condition."""
    if isinstance(value, tuple) and not isinstance(value, Moment):
        return f"[{', '.join(_scalar(each) for each in value)}]"
    return "null" if value is None else _scalar(value)


def _scalar(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Moment):
        return str(value)
    if isinstance(value, date):
        return f'"{value}"'
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
