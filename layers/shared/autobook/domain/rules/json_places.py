"""Where in a JSON text a value stands: so that the JSON form, too, can be told line, column and caret."""

import json
import re
from collections.abc import Sequence

_SPACE = re.compile(r"[\s,:]*")
_decode = json.JSONDecoder().raw_decode


def place_of(text: str, path: Sequence[str | int]) -> tuple[int, int]:
    """Offset and length of the value (or of its key, if it is nested) at that path; the start if there is none."""
    at = _skip(text, 0)
    for step in path:
        found = _member(text, at, step) if isinstance(step, str) else _item(text, at, step)
        if found is None:
            break
        at = found
    try:
        _, end = _decode(text, at)
    except (ValueError, RecursionError):
        return min(at, len(text)), 1
    return at, 1 if text[at] in "[{" else end - at


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _member(text: str, at: int, key: str) -> int | None:
    """Where the value of that key starts in the object at `at`."""
    if not text.startswith("{", at):
        return None
    at = _skip(text, at + 1)
    while at < len(text) and text[at] != "}":
        name, end = _decode(text, at)
        value_at = _skip(text, end)
        if name == key:
            return value_at
        _, end = _decode(text, value_at)
        at = _skip(text, end)
    return None


def _item(text: str, at: int, index: int) -> int | None:
    """Where the item of that index starts in the list at `at`."""
    if not text.startswith("[", at):
        return None
    at = _skip(text, at + 1)
    for _ in range(index):
        _, end = _decode(text, at)
        at = _skip(text, end)
    return at
