"""`autobook dlq list`, `show` and `redrive`: messages that could not be processed, and another attempt at them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich import box
from rich.progress import track
from rich.table import Table

from autobook_cli.console import PlainUsage, console, plain, plain_json, say, say_lines
from autobook_cli.dead_letters import DeadLetter, DeadLetters
from autobook_cli.options import Profile, Region, Stack, one_line_errors
from autobook_cli.target import target

app = typer.Typer(cls=PlainUsage, no_args_is_help=True, help="Dead letters: list them, put them back.")

Wanted = Annotated[str, typer.Argument(help="The document's id in Kanbert.")]
OneDocument = Annotated[str | None, typer.Option("--document", help="Only the letters about this document (its id).")]
All = Annotated[bool, typer.Option("--all", help="Every letter.")]


def _letters(stack: str | None, profile: str | None, region: str | None) -> DeadLetters:
    deployed = target(stack, profile, region)
    return DeadLetters(deployed.client("sqs"), deployed.resources)


def _age(age: timedelta) -> str:
    hours, rest = divmod(int(age.total_seconds()), 3600)
    return f"{hours // 24} d {hours % 24} h" if hours >= 24 else f"{hours} h {rest // 60} min"


@app.command("list")
def list_(stack: Stack = None, profile: Profile = None, region: Region = None) -> None:
    """Document, reason, age and attempts of every dead letter, oldest first."""
    with one_line_errors():
        letters, now = _letters(stack, profile, region).peek(), datetime.now(UTC)
    if not letters:
        say("no dead letters")
        return
    table = Table("document", "reason", "age", "attempts", "queue", box=box.SIMPLE_HEAD)
    for letter in letters:
        table.add_row(
            plain(letter.document), plain(letter.reason), _age(letter.age(now)), str(letter.attempts), letter.queue
        )
    console().print(table)


@app.command()
def show(document: Wanted, stack: Stack = None, profile: Profile = None, region: Region = None) -> None:
    """The dead letters of one document, with reason, attempts and body."""
    with one_line_errors():
        letters = [each for each in _letters(stack, profile, region).peek() if each.identifier == document]
    if not letters:
        say(f"autobook: no dead letter is about {document}", err=True)
        raise typer.Exit(1)
    for letter in letters:
        say_lines(_text(letter))


def _text(letter: DeadLetter) -> str:
    try:
        body = plain_json(json.dumps(json.loads(letter.body), indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):
        body = plain(letter.body)
    return (
        f"{plain(letter.document)} in {letter.queue} since {letter.sent_at:%Y-%m-%d %H:%M} UTC, "
        f"after {letter.attempts} attempts\n"
        f"{plain(letter.reason)}\n{body}\n"
    )


@app.command()
def redrive(
    document: OneDocument = None,
    everything: All = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Put dead letters back into the queue they came from, to be processed again."""
    if (document is None) == (not everything):
        say("autobook: give either --document ID or --all", err=True)
        raise typer.Exit(2)
    back = stayed = 0
    with one_line_errors():
        letters = _letters(stack, profile, region)
        moved = letters.redrive(lambda letter: everything or letter.identifier == document)
        for _, possible in track(moved, "putting back", console=console()):
            back, stayed = back + possible, stayed + (not possible)
    say(f"{back} put back" + (f", {stayed} left: they came from no queue of this stack" if stayed else ""))
    if not back:
        raise typer.Exit(1)
