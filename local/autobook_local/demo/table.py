"""The result as a person reads it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from rich import box
from rich.table import Table

from autobook.domain.events import Event
from autobook.domain.unread import is_unread
from autobook_cli.console import plain
from autobook_local.demo.story import ARCHIVED, Story


def table(stories: list[Story], names: dict[str, str]) -> Table:
    """One row a document. `names` gives what a person calls an id in Kanbert: `7380 Telephone`, `P-42`."""
    made = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, show_lines=True)
    made.add_column("document", overflow="fold", ratio=3)
    made.add_column("supplier", overflow="fold", ratio=3)
    made.add_column("gross", justify="right", no_wrap=True)
    made.add_column("rule", overflow="fold", ratio=3)
    made.add_column("booked", overflow="fold", ratio=5)
    made.add_column("status", overflow="fold", ratio=2)
    made.add_column("archive key", overflow="fold", ratio=4)
    made.add_column("events", overflow="fold", ratio=2)
    for story in stories:
        made.add_row(*_row(story, names))
    return made


def _row(story: Story, names: dict[str, str]) -> tuple[str, ...]:
    return (
        plain(story.name),
        *(plain(fact) for fact in _facts(story)),
        _stacked(dict.fromkeys(_rules(story))),
        _stacked(_booked(story, names)),
        plain(_status(story).replace("_", " ")),
        _stacked(_short_key(story)),
        _stacked(event.type.rpartition(".")[2].replace("_", " ") for event in story.events),
    )


def _stacked(texts: Iterable[str]) -> str:
    """One below the other in a cell."""
    return "\n".join(plain(text) for text in texts) or "-"


def _facts(story: Story) -> tuple[str, str]:
    """The other party, and the gross sum."""
    if story.outgoing is not None:
        client = story.outgoing.client
        return f"to {client.name if client and client.name else '-'}", _amount(story.outgoing.sum_gross)
    if story.invoice is not None and story.invoice.supplier is not None:
        return story.invoice.supplier.name or "-", _amount(story.invoice.sum_gross)
    return "not read", "-"


def _status(story: Story) -> str:
    found = story.outgoing or story.invoice
    return (found.status if found else None) or "-"


def _amount(amount: Decimal | None) -> str:
    return "-" if amount is None else f"{amount:,.2f}"


def _rules(story: Story) -> Iterator[str]:
    for event in story.events:
        yield from (value["rule_id"] for value in event.data.get("values", []))


def _booked(story: Story, names: dict[str, str]) -> Iterator[str]:
    if story.invoice is not None and is_unread(story.invoice):
        yield "not read yet: waits for a day, then needs review"
    for event in story.events:
        prefix = "would set " if event.type == "invoice.suggested" else ""
        for value in event.data.get("values", []):
            yield f"{prefix}{_value_text(value, names)}"
        yield from _reasons(event, names)


def _value_text(value: dict[str, Any], names: dict[str, str]) -> str:
    """`account 7380 Telephone`."""
    text = value["value"] if isinstance(value["value"], str) else ", ".join(value["value"] or [])
    return f"{value['field'].replace('_', ' ')}: {names.get(text, text).replace('_', ' ')}"


def _reasons(event: Event, names: dict[str, str]) -> Iterator[str]:
    for reason in event.data.get("reasons", []):
        yield f"needs review: {reason['message']}"
    if would := event.data.get("would_book"):
        yield f"would have booked: {', '.join(_value_text(value, names) for value in would)}"


def _short_key(story: Story) -> list[str]:
    """`…/2026/ID/` and the beginning of each file's name, which is its SHA-256."""
    keys = [o["key"] for event in story.events if event.type in ARCHIVED for o in event.data["objects"]]
    folders = {key.rpartition("/")[0] for key in keys}
    files = [f"{name[:12]}…{name[name.rindex('.') :]}" for name in (key.rpartition("/")[2] for key in keys)]
    return [*(f"{folder}/" for folder in sorted(folders)), *files]
