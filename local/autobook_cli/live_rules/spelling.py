"""Values of rules as they are written: what is the same in a table and in a file of any format.

A table keeps `priority` as a number and `tags` as a set; YAML has the number as the text that stands there, CSV has
texts alone. Spelled, they are the same, so that what nobody changed is no change.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from autobook.domain.rules import content
from autobook_cli.formats import Malformed, exact_json
from autobook_cli.rule_files import PULLED
from autobook_cli.rule_writing import readable

_TAGS: Final = "tags"


def spelled(item: Mapping[str, Any]) -> dict[str, Any]:
    """What people wrote into an item, without what is empty."""
    found = {name: _spelled(_structured(name, value)) for name, value in content(item).items() if name != PULLED}
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _structured(name: str, value: Any) -> Any:
    """The list or object that a text spells, as it does in CSV; tags between commas."""
    if not isinstance(value, str):
        return value
    if value.lstrip()[:1] in ("[", "{"):
        try:
            return exact_json.read(value)
        except Malformed:
            return value
    return [tag for part in value.split(",") if (tag := part.strip())] if name == _TAGS else value


def _spelled(value: Any) -> Any:
    match readable(value):
        case bool(flag):
            return "true" if flag else "false"
        case Decimal() | int() as number:
            return _digits(number)
        case str(text):
            return text if text.strip() else None
        case list(parts):
            return [_spelled(each) for each in parts]
        case Mapping() as members:
            return {str(name): _spelled(each) for name, each in members.items()}
        case other:
            return None if other is None else str(other)


def _digits(number: Decimal | int) -> str:
    whole = Decimal(number)
    return str(whole) if not whole.is_finite() else f"{whole.normalize():f}" if whole else "0"


def stored(name: str, value: Any, before: Any) -> Any:
    """A value of a file as the table is to have it: of the kind that is there (`before`), or that belongs there."""
    text = value if isinstance(value, str) else None
    match before:
        case bool():
            return _flag(text, value)
        case Decimal():
            return _number(text, value)
        case set() | frozenset() if (parts := _structured(name, value)) and isinstance(parts, list | tuple):
            texts = all(isinstance(each, str) for each in parts)
            return set(parts) if texts and not any(isinstance(each, bytes) for each in before) else value
        case None if name == "priority":
            return _number(text, value)
        case None if name == "overwrite":
            return _flag(text, value)
        case list() | Mapping():
            return _structured(name, value)
    return _structured(name, value) if name == _TAGS and text and text.lstrip()[:1] == "[" else value


def _flag(text: str | None, value: Any) -> Any:
    words = {"true": True, "false": False}
    return words.get(text.strip().casefold(), value) if text else value


def _number(text: str | None, value: Any) -> Any:
    if not text:
        return value
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return value
    return number if number.is_finite() else value
