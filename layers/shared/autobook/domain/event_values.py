"""Values as events show them (event_fields.Value)."""

from collections.abc import Mapping
from typing import Any

from autobook.domain.action_fields import BY_NAME, FieldKind
from autobook.domain.codes import ObjectName
from autobook.domain.event_fields import Value
from autobook.domain.kanbert import is_mark
from autobook.domain.provenance import FieldValue

LONGEST, LONGEST_VALUE = 1_000, 10_000
"""Characters. No text of Kanbert's is longer that we write (docs/kanbert-api.md, Incoming invoices); what is read may
be."""


def cut(text: str, longest: int = LONGEST) -> str:
    """As much of a text as events show."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def value_of(field: str, value: FieldValue, name: ObjectName | None) -> Value | None:
    """A field's value, and what the object is called that it stands for; None where it is empty."""
    match value:
        case None:
            return None
        case str() if BY_NAME[field].kind is FieldKind.REFERENCE:
            return object_value(value, name)
        case str():
            return Value(text=cut(value, LONGEST_VALUE))
    return Value(texts=[cut(each) for each in value])


def object_value(identifier: str, object_name: ObjectName | None) -> Value:
    """A related object. One that Kanbert shows without its id has a mark in its place (kanbert/references.py)."""
    if is_mark(identifier):
        what, _, name = identifier.partition(":")
        code = what in ("code", "shortcode")
        return Value(code=cut(name)) if code else Value(title=cut(name))
    known = object_name or ObjectName()
    return Value(id=cut(identifier), code=known.code, title=known.title)


def code_value(code: str) -> Value:
    """A rule's code that stands for nothing in Kanbert, or for several."""
    return Value(code=cut(code))


def plain_value(value: Mapping[str, Any] | None) -> FieldValue:
    """The value that an event shows, as provenance has it: an id, a text, or several; else the code or the title."""
    if value is None:
        return None
    if "texts" in value:
        return tuple(value["texts"])
    return next((str(value[name]) for name in ("id", "text", "code", "title") if name in value), None)
