"""An event in one line, for people who watch."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from autobook_cli.events.filters import NAMES, short_name

_MOST = 3
"""Values, reasons or corrections that are shown of one event."""
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
    for name, one in (("values", _value), ("reasons", _reason), ("corrections", _correction)):
        entries = [each for each in data.get(name) or () if isinstance(each, Mapping)]
        if entries:
            texts = [one(each) for each in entries[:_MOST]]
            yield ", ".join(texts) + (f" and {len(entries) - _MOST} more" if len(entries) > _MOST else "")
    if isinstance(data.get("objects"), list):
        yield f"{len(data['objects'])} objects, file {data.get('file', '-')}"


def _value(one: Mapping[str, Any]) -> str:
    return f"{one.get('field')} = {_text(one.get('value'))} by {one.get('rule_id')}"


def _reason(one: Mapping[str, Any]) -> str:
    return _text(one.get("message") or one.get("code"))


def _correction(one: Mapping[str, Any]) -> str:
    return (
        f"{one.get('field')}: {_text(one.get('present'))} in place of {_text(one.get('ours'))} by {one.get('rule_id')}"
    )


def _text(value: Any) -> str:
    """What a person calls a value, which may be an object with a code, a name or a title."""
    if isinstance(value, Mapping):
        return next((str(value[name]) for name in ("code", "name", "title", "id") if value.get(name)), "-")
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return "-" if value is None else str(value)
