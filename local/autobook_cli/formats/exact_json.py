"""JSON read and written without losing a digit or a doubled key."""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from autobook_cli.formats import Malformed, whole

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]')
_STEP = "  "


def read(text: str) -> Any:
    """The document: whole numbers are `int`, all others `Decimal`. Malformed if it is no JSON or says a key twice."""
    doubled = False

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal doubled
        members = dict(found)
        doubled = doubled or len(members) < len(found)
        return members

    try:
        document = json.loads(
            text, parse_int=whole, parse_float=_number, parse_constant=_no_constant, object_pairs_hook=pairs
        )
    except json.JSONDecodeError as error:
        raise Malformed(f"not valid JSON at {error.lineno}:{error.colno}: {error.msg}") from None
    except RecursionError:
        raise Malformed("nested too deep") from None
    if doubled:
        raise _doubled_key(text)
    return document


def _number(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise Malformed(f"{digits[:40]} is too large or too small a number") from None


def _no_constant(name: str) -> Any:
    raise Malformed(f"{name} is no number")


def _doubled_key(text: str) -> Malformed:
    """Which key of this valid JSON stands twice in one object, and where it does the second time."""
    objects: list[set[str] | None] = []
    before: re.Match[str] | None = None
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "{":
                objects.append(set())
            case "[":
                objects.append(None)
            case "}" | "]":
                objects.pop()
            case ":" if before is not None and (keys := objects[-1]) is not None:
                key = json.loads(before[0], strict=False)
                if key in keys:
                    line = text.count("\n", 0, before.start()) + 1
                    column = before.start() - text.rfind("\n", 0, before.start())
                    return Malformed(f'"{key[:60]}" stands twice in one object, again at {line}:{column}')
                keys.add(key)
        before = token
    raise AssertionError("no key stands twice")  # pragma: no cover - called only where one does


def write(data: Any) -> str:
    """Indented JSON: a `Decimal` as the number it is, with all its digits; dates as ISO text, the rest as text."""
    return "".join(_written(data, "\n"))


def _written(node: Any, line: str) -> Iterator[str]:
    match node:
        case dict() if node:
            opening = "{"
            for key, value in node.items():
                yield f"{opening}{line}{_STEP}{json.dumps(str(key), ensure_ascii=False)}: "
                yield from _written(value, line + _STEP)
                opening = ","
            yield f"{line}}}"
        case list() | tuple() if node:
            opening = "["
            for value in node:
                yield f"{opening}{line}{_STEP}"
                yield from _written(value, line + _STEP)
                opening = ","
            yield f"{line}]"
        case Decimal() if node.is_finite():
            yield str(node)
        case date():
            yield json.dumps(node.isoformat())
        case None | bool() | int() | str() | dict() | list() | tuple():
            yield json.dumps(node, ensure_ascii=False)
        case _:
            yield json.dumps(str(node), ensure_ascii=False)
