"""What a request may hold: elements of a body and parameters of a query, refused where Billomat would refuse them."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from autobook_sim.billomat.operations import GROUP_KEYS, STATUSES, BodyElement, ElementType, Operation, ParameterType
from autobook_sim.billomat.refusals import Refusal, invalid

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_FILES = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")


def checked_fields(elements: Sequence[BodyElement], given: Mapping[str, str], *, creating: bool) -> dict[str, Any]:
    """The values of a body; an empty element is None. Refusal with every element that is missing or wrong."""
    known = {each.name: each for each in elements}
    problems = [f"{name} is not known" for name in given if name not in known]
    values: dict[str, Any] = {}
    for each in elements:
        text = given.get(each.name)
        if text is None or not text.strip():
            if each.mandatory and (creating or text is not None):
                problems.append(f"{each.name} may not be empty")
            elif text is not None:
                values[each.name] = None
            continue
        try:
            values[each.name] = _value(each.type, text)
        except ValueError:
            problems.append(f"{each.name} is no {each.type}")
    if problems:
        raise invalid(*problems)
    return values


def _value(kind: ElementType, text: str) -> Any:
    stripped = text.strip()
    match kind:
        case "INT" if re.fullmatch(r"\d{1,18}", stripped, re.ASCII):
            return int(stripped)
        case "FLOAT" if re.fullmatch(r"-?\d{1,14}(\.\d{1,6})?", stripped, re.ASCII):
            return Decimal(stripped)
        case "DATE" if _DAY.fullmatch(stripped):
            return date.fromisoformat(stripped)
        case "CURRENCY" if re.fullmatch(r"[A-Z]{3}", stripped):
            return stripped
        case "BASE64FILE":
            return _file(stripped)
        case "ALNUM":
            return text
    raise ValueError(kind)


def _file(text: str) -> bytes:
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
    if not content.startswith(_FILES):
        raise ValueError("neither a PDF nor an image")
    return content


def checked_params(operation: Operation, given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The parameters of a query. Refusal for one that is not known, comes twice or makes no sense."""
    known = dict(operation.params)
    values: dict[str, Any] = {}
    for name, text in given:
        if name == "api_key":
            continue
        if name not in known:
            raise Refusal(400, f"The parameter {name} is not known.")
        if name in values:
            raise Refusal(400, f"The parameter {name} is given twice.")
        try:
            values[name] = _parameter(known[name], text)
        except ValueError:
            raise Refusal(400, f"The parameter {name} is not valid.") from None
    return values


def _parameter(kind: ParameterType, text: str) -> Any:
    if not text:
        raise ValueError("empty")
    listed = text.split(",")
    match kind:
        case "text":
            return text
        case "id" | "page" | "per_page":
            return _whole(text)
        case "ids":
            return [_whole(each) for each in listed]
        case "date" if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        case "statuses" if all(each in STATUSES for each in listed):
            return listed
        case "tags" if all(listed):
            return listed
        case "group_by" if all(each in GROUP_KEYS for each in listed) and len(set(listed)) == len(listed):
            return listed
        case "format" if text in ("xml", "pdf"):
            return text
    raise ValueError(kind)


def _whole(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,17}", text, re.ASCII):
        raise ValueError(text)
    return int(text)
