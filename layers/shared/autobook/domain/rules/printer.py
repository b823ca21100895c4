"""Conditions as text again: parsing what is printed gives the same tree."""

from datetime import date

from autobook.domain.rules.limits import nesting
from autobook.domain.rules.shortest import SPELLED, backslashes, bare, shortest
from autobook.domain.rules.syntax import (
    MAX_BYTES,
    MAX_DEPTH,
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
    byte_length,
)


def to_text(condition: Condition) -> str:
    """The string form as people write it; at the limits of a condition its shortest, which always fits."""
    if nesting(condition) == MAX_DEPTH:
        return shortest(condition)
    text = _written(condition)
    return text if byte_length(text) <= MAX_BYTES else shortest(condition)


def _written(condition: Condition) -> str:
    match condition:
        case Or(parts):
            return " or ".join([_written(part) for part in parts])
        case And(parts):
            return " and ".join([f"({_written(part)})" if isinstance(part, Or) else _written(part) for part in parts])
        case Not(part):
            inner = _written(part)
            return f"not {inner}" if isinstance(part, Not) else f"not ({inner})"
        case Comparison(path, op, value):
            return _compared(path, op, value)
        case Quantified(path, quantifier, where):
            return f"{path}.{quantifier}({'' if where is None else _written(where)})"
        case Counted(path, where, op, value):
            return _compared(f"{path}.count({'' if where is None else _written(where)})", op, value)


def _compared(subject: str, op: Operator, value: Value) -> str:
    spelled = SPELLED.get(op, op)
    return f"{subject} {spelled}" if value is None else f"{subject} {spelled} {_value_text(value, op)}"


def _value_text(value: Value, op: Operator = "eq") -> str:
    """A value as it is written in a condition, after this operator."""
    if isinstance(value, tuple) and not isinstance(value, Moment):
        return f"[{', '.join([_scalar(each, op) for each in value])}]"
    return "null" if value is None else _scalar(value, op)


def _scalar(value: Scalar, op: Operator) -> str:
    if isinstance(value, date):
        return f'"{value}"'
    if isinstance(value, str):
        escaped = backslashes(value, op).replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        return f'"{escaped}"'
    return bare(value)
