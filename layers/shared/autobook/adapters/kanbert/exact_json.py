"""JSON with exact amounts: `Decimal` in both directions, never a float."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def to_json(value: Mapping[str, Any]) -> bytes:
    """JSON with `Decimal` written digit by digit, as numbers."""
    return _number_text(value).encode()


def _number_text(value: Any) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case Mapping():
            return "{" + ",".join(f"{json.dumps(str(key))}:{_number_text(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(_number_text(each) for each in value) + "]"
    return json.dumps(value)


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def from_json(body: bytes) -> Any:
    """The decoded text, numbers with a point as `Decimal`. ValueError for anything but JSON, NaN included."""
    return json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
