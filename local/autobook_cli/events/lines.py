"""An event in one line, for people who watch."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from autobook_cli.events.filters import NAMES, short_name

_MOST = 3
"""Values, reasons, corrections or changes that are shown of one event."""
_WIDTH = max(len(name) for name in NAMES)


def line(event: Mapping[str, Any]) -> str:
    """When, what, which document, and the little that a person recognises it by."""
    if "unreadable" in event:
        return f"not an event: {event['unreadable']}"
    return "  ".join(
        [
            _time(event.get("time")),
            short_name(str(event.get("type", "-"))).ljust(_WIDTH),
            str(event.get("subject", "-")),
            *_details(event.get("data")),
        ]
    )


def _time(text: Any) -> str:
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"
    except (TypeError, ValueError):
        return str(text)


def _details(data: Any) -> Iterator[str]:
    """What is known of it; an event of another version says less."""
    if not isinstance(data, Mapping):
        return
    invoice = data.get("invoice")
    if isinstance(invoice, Mapping):
        names = ("invoice_number", "number", "supplier", "customer", "sum_gross")
        yield from (_text(invoice[name]) for name in names if invoice.get(name))
    changes = data.get("changes")
    if isinstance(changes, Mapping):
        fields = [each.get("field") for each in _entries(changes, "fields")]
        lines = [f"line {each.get('change')}" for each in _entries(changes, "lines")]
        yield _first([str(each) for each in [*fields, *lines]])
    for name, one in (("values", _value), ("reasons", _reason), ("corrections", _correction)):
        if entries := _entries(data, name):
            yield _first([one(each) for each in entries])
    if isinstance(data.get("objects"), list):
        yield f"{len(data['objects'])} objects, file {data.get('file', '-')}"


def _entries(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [each for each in data.get(name) or () if isinstance(each, Mapping)]


def _first(texts: list[str]) -> str:
    return ", ".join(texts[:_MOST]) + (f" and {len(texts) - _MOST} more" if len(texts) > _MOST else "")


def _value(one: Mapping[str, Any]) -> str:
    if "ours" in one:  # taken back
        return f"{one.get('field')}: {_text(one.get('restored'))} again, {_text(one['ours'])} by {one.get('rule_id')}"
    return f"{one.get('field')} = {_text(one.get('value'))} by {one.get('rule_id')}"


def _reason(one: Mapping[str, Any]) -> str:
    return _text(one.get("message") or one.get("code"))


def _correction(one: Mapping[str, Any]) -> str:
    return (
        f"{one.get('field')}: {_text(one.get('present'))} in place of {_text(one.get('ours'))} by {one.get('rule_id')}"
    )


def _text(value: Any) -> str:
    """What a person calls a value: an object has a code or a title (docs/consumers.md, "An event")."""
    if isinstance(value, Mapping):
        return next((_text(value[name]) for name in ("code", "title", "text", "texts", "id") if value.get(name)), "-")
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return "-" if value is None else str(value)
