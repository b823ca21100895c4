"""The JSON form of a condition."""

import json
from decimal import Decimal
from typing import Any

from autobook.domain.conditions.ast import (
    And,
    Comparison,
    Condition,
    Counted,
    FieldReference,
    Not,
    Or,
    Quantified,
    Value,
)
from autobook.domain.conditions.name_resolution import COUNT_CALL


def to_json(condition: Condition) -> Any:
    """The JSON form of the condition; numbers stay `Decimal`."""
    match condition:
        case And(parts):
            return {"and": [to_json(part) for part in parts]}
        case Or(parts):
            return {"or": [to_json(part) for part in parts]}
        case Not(part):
            return {"not": to_json(part)}
        case Comparison(path, op, value):
            return {"field": path, "op": op} | ({} if value is None else {"value": _plain(value)})
        case Quantified(path, quantifier, where):
            return {"field": path, "op": quantifier} | ({} if where is None else {"value": to_json(where)})
        case Counted(path, where, op, value):
            leaf = {"field": path + COUNT_CALL, "op": op, "value": _plain(value)}
            return leaf | ({} if where is None else {"where": to_json(where)})


def to_json_text(condition: Condition) -> str:
    """The JSON form as text; numbers keep every digit."""
    return _encode(to_json(condition))


def _plain(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, FieldReference):
        return {"field": value.path}
    return value if isinstance(value, str | bool | Decimal) else str(value)


def _encode(node: Any) -> str:
    """`json.dumps`, but a `Decimal` is a number and loses nothing."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_encode(each)}" for key, each in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(_encode(each) for each in node) + "]"
    return f"{node:f}" if isinstance(node, Decimal) else json.dumps(node, ensure_ascii=False)
