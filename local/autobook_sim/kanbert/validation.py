"""What a request body may hold; every error is reported at once, by field, as Laravel does."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import UploadFile

from autobook_sim.kanbert.operations import BOOKING, MAX_FILE, Field
from autobook_sim.kanbert.refusals import bad_request, invalid
from autobook_sim.kanbert.wire import stamp

_LARGEST = Decimal(10) ** 12
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
SIGNATURES = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
}
"""How each kind of file begins."""
_PART = re.compile(r"\[([^\[\]]*)\]")

type Exists = Callable[[str, str], bool]
"""Whether a collection holds an id."""


class InvalidValue(ValueError):
    """Why a value does not fit, as a sentence about `:attribute`."""


def nested(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Form fields as PHP reads them: `tags[]`, `vats[0][vat]`. 400 for names that clash."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        head = name.split("[", 1)[0]
        keys = [head, *_PART.findall(name[len(head) :])]
        if len(keys) > 5:
            raise bad_request("A field is nested too deeply.")
        place = root
        for key, following in zip(keys, [*keys[1:], None], strict=True):
            at = key or str(len(place))
            if following is None:
                place[at] = value
                break
            inner = place.setdefault(at, {})
            if not isinstance(inner, dict):
                raise bad_request("A field is given both as a value and as a list.")
            place = inner
    return {key: _listed(value) for key, value in root.items()}


def _listed(value: Any) -> Any:
    """PHP arrays whose keys are 0, 1, 2 … are lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(each) for key, each in value.items()}
    return list(inner.values()) if list(inner) == [str(i) for i in range(len(inner))] else inner


def validated(fields: tuple[Field, ...], body: Mapping[str, Any], exists: Exists) -> dict[str, Any]:
    """The known fields that are present, typed. 422 with everything that is wrong; unknown fields are ignored."""
    errors: dict[str, list[str]] = {}
    clean: dict[str, Any] = {}
    for field in fields:
        _check(field, field.name, body, clean, errors, exists)
    if errors:
        raise invalid(errors)
    return clean


def _check(
    field: Field,
    place: str,
    body: Mapping[str, Any],
    clean: dict[str, Any],
    errors: dict[str, list[str]],
    exists: Exists,
) -> None:
    label = place.replace("_", " ")
    value = body.get(field.name)
    if isinstance(value, str):
        value = value.strip() or None
    if value is None:
        if field.required:
            errors[place] = [f"The {label} field is required."]
        elif field.name in body and not field.nullable:
            errors[place] = [f"The {label} field must be {_KINDS[field.type]}."]
        elif field.name in body:
            clean[field.name] = None
        return
    try:
        if field.type in ("vats", "bookings"):
            clean[field.name] = _rows(field, value, errors, exists)
            return
        typed = _CONVERT[field.type](value)
        if field.max_length is not None and len(typed) > field.max_length:
            raise InvalidValue(f"must not be greater than {field.max_length} characters")
        if (field.enum and typed not in field.enum) or (field.exists and not exists(field.exists, typed)):
            errors[place] = [f"The selected {label} is invalid."]
        else:
            clean[field.name] = typed
    except InvalidValue as error:
        errors[place] = [f"The {label} field {error}."]


_VAT = (Field("vat", "number", required=True), Field("value", "number", required=True))
_NEW_BOOKING = (Field("value", "number", required=True), *BOOKING[1:])


def _rows(field: Field, value: Any, errors: dict[str, list[str]], exists: Exists) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise InvalidValue("must be an array")
    rows = []
    for index, row in enumerate(value):
        if not isinstance(row, dict):
            errors[f"{field.name}.{index}"] = [f"The {field.name}.{index} field must be an array."]
            continue
        clean: dict[str, Any] = {}
        for each in _VAT if field.type == "vats" else _NEW_BOOKING:
            _check(each, f"{field.name}.{index}.{each.name}", row, clean, errors, exists)
        rows.append(clean)
    return rows


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidValue("must be a string")
    return value


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise InvalidValue("must be a number")
    if isinstance(value, str) and not re.fullmatch(r"[+-]?\d{1,30}(\.\d{1,30})?", value, re.ASCII):
        raise InvalidValue("must be a number")
    try:
        number = Decimal(value)
    except InvalidOperation:  # pragma: no cover - the pattern lets nothing else through
        raise InvalidValue("must be a number") from None
    if not number.is_finite() or abs(number) >= _LARGEST:
        raise InvalidValue(f"must be between -{_LARGEST} and {_LARGEST}")
    return number


def _boolean(value: Any) -> bool:
    if value in (True, "1", "true") and not isinstance(value, Decimal):
        return True
    if value in (False, "0", "false") and not isinstance(value, Decimal):
        return False
    raise InvalidValue("must be true or false")


def _moment(value: Any) -> str:
    text = _string(value)
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError(text)
        parsed = datetime.fromisoformat(text)
        return stamp(parsed if parsed.tzinfo else datetime.fromisoformat(f"{text}+00:00"))
    except (ValueError, OverflowError):
        raise InvalidValue("must be a valid date") from None


def _uri(value: Any) -> str:
    text = _string(value)
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and text.isascii()
    except ValueError:
        valid = False
    if not valid or len(text) > 2048 or any(char.isspace() for char in text):
        raise InvalidValue("must be a valid URL")
    return text


def _md5(value: Any) -> str:
    text = _string(value)
    if len(text) != 32:
        raise InvalidValue("must be 32 characters")
    return text.lower()


def _strings(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InvalidValue("must be an array of strings")
    return value


def _file(value: Any) -> UploadFile:
    if not isinstance(value, UploadFile):
        raise InvalidValue("must be a file")
    if (value.size or 0) > MAX_FILE:
        raise InvalidValue(f"must not be greater than {MAX_FILE // 1024} kilobytes")
    head = value.file.read(16)
    value.file.seek(0)
    if not head.startswith(tuple(SIGNATURES)):
        raise InvalidValue("must be a file of type: pdf, jpg, jpeg, png, gif, webp, tiff")
    return value


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "string": _string,
    "number": _number,
    "boolean": _boolean,
    "date-time": _moment,
    "uri": _uri,
    "md5": _md5,
    "strings": _strings,
    "file": _file,
}
_KINDS = {
    "string": "a string",
    "number": "a number",
    "boolean": "true or false",
    "date-time": "a valid date",
    "uri": "a valid URL",
    "md5": "32 characters",
    "strings": "an array",
    "file": "a file",
    "vats": "an array",
    "bookings": "an array",
}
