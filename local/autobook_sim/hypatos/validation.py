"""What a body may hold; everything that is wrong is reported at once, as `{loc, msg, type}` each (422)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from autobook_sim.hypatos.fields import INVOICE, InvoiceField

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is wrong."""

    loc: tuple[str | int, ...]
    msg: str
    type: str


@dataclass(frozen=True, slots=True)
class Strictness:
    """What is not documented: whether unknown fields are refused, and whether null removes a field."""

    unknown_fields: bool = False
    null_removes: bool = False


def faults_of(body: Any, *, partial: bool = False, strictness: Strictness | None = None) -> list[Detail]:
    """Everything that is wrong with an invoice. `partial`: what is left out of a patch is not missing."""
    strict = strictness or Strictness()
    return list(_object(("body",), INVOICE, body, strict, partial=partial))


def _object(
    loc: tuple[str | int, ...], fields: tuple[InvoiceField, ...], value: Any, strict: Strictness, *, partial: bool
) -> Iterator[Detail]:
    if not isinstance(value, Mapping):
        yield Detail(loc, "Input should be a valid dictionary", "dict_type")
        return
    for field in fields:
        place = (*loc, field.name)
        if field.name not in value:
            if field.required and not partial:
                yield Detail(place, "Field required", "missing")
        elif value[field.name] is None and (field.nullable or (strict.null_removes and not field.required)):
            pass
        else:
            yield from _value(place, field, value[field.name], strict)
    if strict.unknown_fields:
        for name in value.keys() - {field.name for field in fields}:
            yield Detail((*loc, name), "Extra inputs are not permitted", "extra_forbidden")


def _value(loc: tuple[str | int, ...], field: InvoiceField, value: Any, strict: Strictness) -> Iterator[Detail]:
    match field.type:
        case "object":
            yield from _object(loc, field.fields, value, strict, partial=False)
        case "array" if isinstance(value, list):
            if field.not_empty and not value:
                yield Detail(loc, "List should have at least 1 item after validation, not 0", "too_short")
            inside = Strictness(strict.unknown_fields)  # a list is replaced as a whole: null removes nothing in it
            for index, each in enumerate(value):
                yield from _object((*loc, index), field.fields, each, inside, partial=False)
        case "array":
            yield Detail(loc, "Input should be a valid list", "list_type")
        case "free" if not isinstance(value, Mapping):
            yield Detail(loc, "Input should be a valid dictionary", "dict_type")
        case "number" if isinstance(value, bool) or not isinstance(value, int | Decimal):
            yield Detail(loc, "Input should be a valid number", "float_type")
        case "boolean" if not isinstance(value, bool):
            yield Detail(loc, "Input should be a valid boolean", "bool_type")
        case "date" if not isinstance(value, str) or not _is_date(value):
            yield Detail(loc, "Input should be a valid date in the format YYYY-MM-DD", "date_from_datetime_parsing")
        case "string" if not isinstance(value, str):
            yield Detail(loc, "Input should be a valid string", "string_type")
        case "string" if field.enum and value not in field.enum:
            yield Detail(loc, "Input should be one of the listed codes", "enum")
        case "string" if field.pattern and not re.fullmatch(field.pattern, value):
            yield Detail(loc, f"String should match pattern '^{field.pattern}$'", "string_pattern_mismatch")


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text)) and date.fromisoformat(text) is not None
    except ValueError:
        return False
