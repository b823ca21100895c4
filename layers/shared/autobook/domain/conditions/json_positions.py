"""Where in a JSON text a value stands, so that errors in the JSON form have line, column and caret too.

The text is known to be JSON, and of bounded depth.
"""

import json
import re
from collections.abc import Sequence

_SPACE = re.compile(r"[\s,:]*")
# Numbers stay text: their value is of no interest, and Python reads none of more than 4,300 digits.
_decode = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode


def place_of(text: str, path: Sequence[str | int]) -> tuple[int, int]:
    """Offset and length of the value at that path (its first character, if it is nested); the nearest there is."""
    return _extent(text, _found(text, path))


def key_place_of(text: str, path: Sequence[str | int], key: str) -> tuple[int, int]:
    """Offset and length of that key in the object at that path; the object if it has none such."""
    at = _found(text, path)
    member = _member(text, at, key)
    return _extent(text, at if member is None else member[0])


def _found(text: str, path: Sequence[str | int]) -> int:
    at = _skip(text, 0)
    for step in path:
        if isinstance(step, int):
            found = _item(text, at, step)
        else:
            member = _member(text, at, step)
            found = None if member is None else member[1]
        if found is None:
            break
        at = found
    return at


def _extent(text: str, at: int) -> tuple[int, int]:
    _, end = _decode(text, at)
    return at, 1 if text[at] in "[{" else end - at


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _member(text: str, at: int, key: str) -> tuple[int, int] | None:
    """Where that key and its value start in the object at `at`."""
    if not text.startswith("{", at):
        return None
    at = _skip(text, at + 1)
    while at < len(text) and text[at] != "}":
        name, end = _decode(text, at)
        value_at = _skip(text, end)
        if name == key:
            return at, value_at
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
