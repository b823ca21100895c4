"""The field errors of a refusal (422): `{"message": "…", "errors": {"title": ["…"]}}`, as Laravel writes them.

Others write a list of entries, `{"field": "title", "message": "…"}`, and are read too.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_FIELD: Final = ("field", "attribute", "property", "parameter", "path", "pointer")
_MESSAGE: Final = ("message", "detail", "title")
"""Keys of an entry of a list: the first that it has names the field, or has the message."""


def field_errors(body: bytes) -> Iterator[tuple[tuple[str, ...], str]]:
    """Path and message of each entry of `errors`, which may be nested; none where the body is no such object."""
    errors = (json_object(body) or {}).get("errors")
    waiting: list[tuple[tuple[str, ...], object]] = [((), errors)] if isinstance(errors, dict) else []
    if isinstance(errors, list):
        waiting = [((), _entry(each) if isinstance(each, dict) else each) for each in errors]
    while waiting:
        path, value = waiting.pop(0)
        if isinstance(value, Mapping):
            waiting[:0] = [((*path, str(name)), each) for name, each in value.items()]
        elif isinstance(value, list):
            waiting[:0] = [(path, each) for each in value]
        elif value is not None:
            yield path, str(value)


def _entry(entry: dict[str, Any]) -> object:
    """An entry of a list as Laravel would write it; one that names no field is its message."""
    source = entry.get("source")
    places = {**entry, **source} if isinstance(source, dict) else entry
    name = next((places[key] for key in _FIELD if isinstance(places.get(key), str)), None)
    message = next((entry[key] for key in _MESSAGE if isinstance(entry.get(key), str)), None)
    if name is not None:
        return {name: message or "no message"}
    return message if message is not None else entry


def field_messages(body: bytes, sent: Iterable[str]) -> dict[str, str]:
    """What a refusal says about fields that were sent, by their names.

    A name may stand inside a path (`bookings.0.title`, `tags[0]`, `/data/title`), inside nested objects, in another
    spelling (`projectId`), or lack its `_id`.
    """
    known = {_plain_name(name): name for name in sent}
    found: dict[str, list[str]] = {}
    for path, message in field_errors(body):
        steps = re.split(r"[./\[\]]", ".".join(path))
        if named := [known[name] for step in steps if (name := _plain_name(step)) in known]:
            found.setdefault(named[-1], []).append(message)
    return {name: " ".join(messages) for name, messages in found.items()}


def _plain_name(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower()).removesuffix("id")


def json_object(body: bytes) -> dict[str, Any] | None:
    """The object that a body is; None where it is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
