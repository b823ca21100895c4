"""What has changed in an invoice between two states that were announced."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from autobook.domain.event_fields import (
    ChangedField,
    Changes,
    Data,
    FieldChange,
    LineChange,
    LineChangeKind,
    Value,
    facts,
)
from autobook.domain.snapshots import DocumentSnapshot, ShownFields, ShownValue

_MOST_BYTES: Final = 150_000
"""Of the lines: an event has 256 KB in all, and the summary and the invoice's own fields need some of them."""


def changes_between(before: DocumentSnapshot, after: DocumentSnapshot) -> Changes:
    """Field by field, line by line by their ids. What objects are called is no change."""
    lines, room, complete = list[LineChange](), _MOST_BYTES, True
    for line in _lines(before.lines, after.lines):
        room -= _size(line)
        if room < 0:
            complete = False
            break
        lines.append(line)
    fields = list(_fields(before.fields, after.fields))
    return Changes(since=before.state, fields=fields, lines=lines, complete=complete)


def _lines(before: Mapping[str, ShownFields], after: Mapping[str, ShownFields]) -> Iterator[LineChange]:
    for booking_id in sorted(before.keys() | after.keys()):
        old, new = before.get(booking_id), after.get(booking_id)
        change: LineChangeKind = "added" if old is None else "removed" if new is None else "changed"
        fields = list(_fields(old or {}, new or {}))
        if fields or change != "changed":
            yield LineChange(booking_id=booking_id, change=change, fields=fields)


def _fields(before: ShownFields, after: ShownFields) -> Iterator[FieldChange]:
    for field in sorted(before.keys() | after.keys()):
        old, new = before.get(field), after.get(field)
        if facts(old) != facts(new):
            yield FieldChange(field=cast("ChangedField", field), before=_value(old), after=_value(new))


def _value(value: ShownValue | None) -> Value | None:
    if value is None:
        return None
    fields: dict[str, Any] = {name: each for name, each in value.items() if name != "sha256"}
    return Value(**fields)


def _size(data: Data) -> int:
    """As event_parts.py counts: a character that is escaped takes six bytes."""
    text = data.model_dump_json()
    return len(text.encode()) + 3 * sum(text.count(refused) for refused in "\ufffe\uffff") + 1
