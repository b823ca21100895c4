"""JSON with exact amounts: `Decimal` written digit by digit, never a float. Decoding: decoding.py."""

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
