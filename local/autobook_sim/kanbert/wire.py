"""JSON as Kanbert writes it: amounts as numbers, and for webhooks as PHP's `json_encode` escapes."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

type Record = dict[str, Any]
"""An object as the API shows it. Names that start with `_` are the simulator's own and are never shown."""


def as_answered(value: Any) -> Any:
    """The value without what the simulator keeps for itself, amounts as numbers."""
    match value:
        case str() | None:
            return value
        case dict():
            return {key: as_answered(each) for key, each in value.items() if not key.startswith("_")}
        case list() | tuple():
            return [as_answered(each) for each in value]
        case Decimal():
            # PHP has no decimals either: amounts of up to 15 digits survive the way through a double.
            return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else float(value)
    return value


def to_json(value: Any) -> bytes:
    """An answer of the API."""
    return plain_json(as_answered(value))


def plain_json(value: Any) -> bytes:
    """JSON, given what `as_answered` made."""
    return json.dumps(value, separators=(",", ":")).encode()


def to_php_json(value: Any) -> bytes:
    """As `json_encode` without flags: `/` is `\\/` and non-ASCII is `\\uXXXX`."""
    return json.dumps(as_answered(value), separators=(",", ":")).replace("/", "\\/").encode()


def from_json(body: bytes) -> Any:
    """Decoded, numbers as `Decimal` or int. ValueError for anything else than JSON."""

    def refuse(text: str) -> None:
        raise ValueError(f"{text} is no JSON")

    try:
        return json.loads(body, parse_float=Decimal, parse_constant=refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def stamp(moment: datetime) -> str:
    """A date-time on the wire."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    """A date-time from the wire; one without an offset is UTC."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
