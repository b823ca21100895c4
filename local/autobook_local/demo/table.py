"""The result as a person reads it."""

from collections.abc import Iterable, Iterator
from typing import Any

from rich import box
from rich.table import Table

from autobook.domain.event_values import plain_value
from autobook.domain.events import Event
from autobook.domain.unread import is_unread
from autobook_cli.console import plain
from autobook_local.demo.files import LeftOut
from autobook_local.demo.story import ARCHIVED, Story


def table(rows: Iterable[Story | LeftOut], names: dict[str, str]) -> Table:
    """One row a document or file, for terminals of 80 columns and more.

    `names` gives what a person calls an id in Kanbert: `7380 Telephone`, `P-42`.
    """
    made = Table(box=box.SIMPLE, show_edge=False, show_lines=True)
    made.add_column("document", overflow="fold", ratio=4)
    made.add_column("read", overflow="fold", ratio=5)
    made.add_column("by rules", overflow="fold", ratio=7)
    made.add_column("announced, kept", overflow="fold", ratio=4)
    for row in rows:
        made.add_row(*(_left_out(row) if isinstance(row, LeftOut) else _row(row, names)))
    return made


def _left_out(file: LeftOut) -> tuple[str, ...]:
    return plain(file.name), "-", plain(file.reason), "-"


def _row(story: Story, names: dict[str, str]) -> tuple[str, ...]:
    status = plain(_status(story).replace("_", " "))
    return (
        f"{plain(story.name)}\n{status}",
        _stacked(_facts(story)),
        _stacked(_decided(story, names)),
        _stacked([*(event.type.rpartition(".")[2].replace("_", " ") for event in story.events), *_files(story)]),
    )


def _stacked(texts: Iterable[str]) -> str:
    """One below the other in a cell."""
    return "\n".join(plain(text) for text in texts) or "-"


def _facts(story: Story) -> Iterator[str]:
    """The other party, the number, the day and the gross sum, as far as they were read."""
    if story.outgoing is not None:
        client, sum_gross = story.outgoing.client, story.outgoing.sum_gross
        yield f"to {client.name if client and client.name else '-'}"
        number, day = story.outgoing.invoice_number, story.outgoing.date_of_invoice
    elif story.invoice is not None:
        supplier, sum_gross = story.invoice.supplier, story.invoice.sum_gross
        if is_unread(story.invoice) and not story.invoice.invoice_number:
            yield "nothing could be read"
            return
        yield (supplier.name if supplier else None) or "supplier not read"
        number, day = story.invoice.invoice_number, story.invoice.date_of_invoice
    else:
        return
    if number:
        yield number
    if day:
        yield f"{day:%Y-%m-%d}"
    yield f"{sum_gross:,.2f}" if sum_gross else "sums not read"


def _status(story: Story) -> str:
    found = story.outgoing or story.invoice
    return (found.status if found else None) or "-"


def _decided(story: Story, names: dict[str, str]) -> Iterator[str]:
    """Each value with its rule, what a person must look at, and what waits."""
    if story.invoice is not None and is_unread(story.invoice):
        yield "not read yet: waits for a day, then needs review"
    for event in story.events:
        prefix = "would set " if event.type == "invoice.suggested" else ""
        by_rule: dict[str, list[str]] = {}
        for value in event.data.get("values", []):
            by_rule.setdefault(value["rule_id"], []).append(f"{prefix}{_value_text(value, names)}")
        for rule, values in by_rule.items():
            yield f"{rule}:"
            yield from (f"  {value}" for value in values)
        yield from _reasons(event, names)


def _value_text(value: dict[str, Any], names: dict[str, str]) -> str:
    """`account 7380 Telephone`."""
    found = plain_value(value["value"])
    text = found if isinstance(found, str) else ", ".join(found or ())
    return f"{value['field'].replace('_', ' ')}: {names.get(text, text).replace('_', ' ')}"


def _reasons(event: Event, names: dict[str, str]) -> Iterator[str]:
    for reason in event.data.get("reasons", []):
        what = "resolved" if event.type == "invoice.review_resolved" else "needs review"
        yield f"{what}: {reason['message']}"
    if would := event.data.get("would_book"):
        yield f"would have booked: {', '.join(_value_text(value, names) for value in would)}"


def _files(story: Story) -> Iterator[str]:
    """The beginning of the name of each file in the archive, which is its SHA-256."""
    for event in story.events:
        if event.type in ARCHIVED:
            for name in (stored["key"].rpartition("/")[2] for stored in event.data["objects"]):
                yield f"{name[:8]}…{name[name.rindex('.') :]}"
