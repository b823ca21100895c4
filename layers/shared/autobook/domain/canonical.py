"""Canonical JSON, one spelling for one value with exact decimals, and the fingerprint of a document's state."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from pydantic import BaseModel


def canonical_json(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces. `Decimal("1.50")` and `1.5` are both written `1.5`, date-times in UTC.

    Raises TypeError for what has no JSON form.
    """
    return _write(value).encode()


def _write(value: Any) -> str:
    match value:
        case None | bool() | str() | int():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            return _number(value)
        case float():
            return _number(Decimal(repr(value)))
        case datetime():
            return json.dumps(value.astimezone(UTC).isoformat().replace("+00:00", "Z"))
        case BaseModel():
            return _write(value.model_dump())
        case Mapping():
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


_NO_MEANING = frozenset({"updated_at", "chart_of_account"})


class Model(Protocol):
    """What can be written out as plain values; every model of Kanbert's is one."""

    def model_dump(self) -> dict[str, Any]:
        """Its values by name."""


def fingerprint(document: Model) -> str:
    """What a document says, in 64 hexadecimal digits; the same for two states that differ only in timestamps.

    Left out: every `updated_at`, the account's own description on a booking line (its id is in), and what is null, so
    that a field which our models learn to read does not make every invoice look changed.
    """
    return sha256(canonical_json(_meaning(document.model_dump())))


def _meaning(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: _meaning(item) for key, item in value.items() if item is not None and key not in _NO_MEANING}
        case list() | tuple():
            return [_meaning(item) for item in value]
    return value
