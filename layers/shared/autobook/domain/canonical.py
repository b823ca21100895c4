"""Canonical JSON: one spelling for one value, with exact decimals."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from pydantic import BaseModel


def canonical_json(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces. `Decimal("1.50")` and `1.5` are both written `1.5`, date-times in UTC.

    Raises TypeError for what has no JSON form.
    """
    return _write(value).encode()


def _write(value: Any) -> str:
    match value:
        case str():
            return encode_basestring(value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return int.__repr__(value)
        case Decimal():
            return _number(value)
        case float():
            return _number(Decimal(repr(value)))
        case datetime():
            return json.dumps(value.astimezone(UTC).isoformat().replace("+00:00", "Z"))
        case BaseModel():
            return _write(value.model_dump())
        case dict() | Mapping():
            return "{" + ",".join(f"{_write(str(key))}:{_write(value[key])}" for key in sorted(value)) + "}"
        case Iterable():
            return "[" + ",".join(_write(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise TypeError(f"{value} has no JSON form")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()
