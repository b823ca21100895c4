"""The result as a person reads it."""

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table

from autobook.domain.events import Event
from local.demo.story import ARCHIVED, Story

_WIDTH_WITHOUT_TERMINAL = 160


def console() -> Console:
    """Where to print: as wide as the terminal, or wide enough for the table when the output goes to a file."""
    wide = Console()
    return wide if wide.is_terminal else Console(width=_WIDTH_WITHOUT_TERMINAL, soft_wrap=False)


def table(stories: list[Story], names: dict[str, str]) -> Table:
    """One row a document. `names` gives what a person calls an id in Kanbert: `7380 Telephone`, `P-42`."""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    made.add_column("document", overflow="fold", min_width=18)
    made.add_column("supplier", overflow="fold", min_width=12)
    made.add_column("gross", justify="right", no_wrap=True)
    made.add_column("rule", overflow="fold", min_width=14)
    made.add_column("booked", overflow="fold", min_width=24)
    made.add_column("status", overflow="fold", min_width=8)
    made.add_column("archive key", overflow="fold", min_width=16)
    made.add_column("events", overflow="fold", min_width=12)
    for story in stories:
        made.add_row(*_row(story, names))
    return made


def _row(story: Story, names: dict[str, str]) -> tuple[str, ...]:
    invoice = story.invoice
    return (
        story.name,
        invoice.supplier.name if invoice and invoice.supplier else "-",
        f"{invoice.sum_gross:,.2f}" if invoice else "-",
        "\n".join(dict.fromkeys(_rules(story))) or "-",
        "\n".join(_booked(story, names)) or "-",
        invoice.status if invoice else "-",
        _short_key(story),
        "\n".join(event.type.removeprefix("invoice.") for event in story.events),
    )


def _rules(story: Story) -> Iterator[str]:
    for event in story.events:
        yield from (value["rule_id"] for value in event.data.get("values", []))


def _booked(story: Story, names: dict[str, str]) -> Iterator[str]:
    for event in story.events:
        mark = "would set " if event.type == "invoice.suggested" else ""
        for value in event.data.get("values", []):
            said = value["value"] if isinstance(value["value"], str) else ", ".join(value["value"] or [])
            yield f"{mark}{value['field']} = {names.get(said, said)}"
        yield from _reasons(event)


def _reasons(event: Event) -> Iterator[str]:
    for reason in event.data.get("reasons", []):
        yield f"needs review: {reason['message']}"
    would = [f"{v['field']} = {v['value']}" for v in event.data.get("would_book", [])]
    if would:
        yield f"would have booked: {', '.join(would)}"


def _short_key(story: Story) -> str:
    keys = [o["key"] for event in story.events if event.type in ARCHIVED for o in event.data["objects"]]
    folders = {key.rpartition("/")[0] for key in keys}
    files = [f"{name[:12]}…{name[name.rindex('.') :]}" for name in (key.rpartition("/")[2] for key in keys)]
    return "\n".join([f"{folder}/" for folder in sorted(folders)] + files) or "-"
