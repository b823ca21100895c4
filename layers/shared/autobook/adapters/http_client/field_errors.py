"""The field errors of a refusal (422) as Laravel writes them: `{"message": "…", "errors": {"title": ["…"]}}`."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def field_errors(body: bytes) -> Iterator[tuple[tuple[str, ...], str]]:
    """Path and message of each entry of `errors`, which may be nested; none where the body is no such object."""
    errors = (json_object(body) or {}).get("errors")
    waiting: list[tuple[tuple[str, ...], object]] = [((), errors)] if isinstance(errors, dict) else []
    while waiting:
        path, value = waiting.pop(0)
        if isinstance(value, Mapping):
            waiting[:0] = [((*path, str(name)), each) for name, each in value.items()]
        elif isinstance(value, list):
            waiting[:0] = [(path, each) for each in value]
        else:
            yield path, str(value)


def field_messages(body: bytes, sent: Iterable[str]) -> dict[str, str]:
    """What a refusal says about fields that were sent, by their names.

    A name may stand inside a path (`bookings.0.title`, `tags[0]`), inside nested objects, or lack its `_id`.
    """
    known = {name.removesuffix("_id"): name for name in sent}
    found: dict[str, list[str]] = {}
    for path, message in field_errors(body):
        steps = ".".join(path).replace("[", ".").replace("]", "").split(".")
        if named := [known[name] for step in steps if (name := step.removesuffix("_id")) in known]:
            found.setdefault(named[-1], []).append(message)
    return {name: " ".join(messages) for name, messages in found.items()}


def json_object(body: bytes) -> dict[str, Any] | None:
    """The object that a body is; None where it is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
