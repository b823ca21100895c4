"""`autobook dlq`: messages that could not be processed are listed, shown, put back, or dropped with a reason."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from autobook_cli.console import PlainUsage, console, plain, plain_json, progress, say, say_lines
from autobook_cli.dead_letter_queues import DeadLetters, HandledLetter
from autobook_cli.dead_letters import SOURCES, DeadLetter
from autobook_cli.drop_record import DropRecord
from autobook_cli.options import Profile, Region, Stack, one_line_errors
from autobook_cli.target import Target, target

app = typer.Typer(
    cls=PlainUsage, no_args_is_help=True, help="Dead letters: list them, show them, put them back, drop them."
)

_SUFFIX = "DeadLetters"
_LONGEST_REASON = 1000

Wanted = Annotated[
    str, typer.Argument(help="The document's id in Kanbert, `sweep` or `reconcile`, or the id of a letter.")
]
OneDocument = Annotated[
    str | None, typer.Option("--document", help="Only the letters about this document, or the letter of this id.")
]
_QUEUES = ", ".join(name.removesuffix(_SUFFIX) for name in SOURCES)
OneQueue = Annotated[str | None, typer.Option("--queue", help=f"Only those of one queue: {_QUEUES}.")]
All = Annotated[bool, typer.Option("--all", help="Every letter.")]
Reason = Annotated[
    str | None, typer.Option("--reason", help="Why they may be lost; asked for if not given, and kept in the log.")
]


@contextmanager
def _letters(where: Target, label: str) -> Iterator[DeadLetters]:
    with progress(label, show=True) as moved:
        yield DeadLetters(where.client("sqs"), where.resources, where.client("sns"), moved=moved)


def _age(age: timedelta) -> str:
    hours, rest = divmod(int(age.total_seconds()), 3600)
    return f"{hours // 24} d {hours % 24} h" if hours >= 24 else f"{hours} h {rest // 60} min"


def _short(queue: str) -> str:
    return queue.removesuffix(_SUFFIX)


def _selection(
    document: str | None, queue: str | None, *, everything: bool = False
) -> Callable[[DeadLetter], bool] | None:
    """Which letters are meant; None if that is not said."""
    names = {_short(name).casefold(): name for name in SOURCES}
    wanted = names.get(_short(queue).casefold()) if queue else None
    if queue and wanted is None:
        raise typer.BadParameter(f"one of {_QUEUES}", param_hint="--queue")
    if everything == bool(document or queue):
        return None
    return lambda letter: (
        (wanted is None or letter.queue == wanted) and (document is None or letter.is_called(document))
    )


@app.command("list")
def list_(queue: OneQueue = None, stack: Stack = None, profile: Profile = None, region: Region = None) -> None:
    """Document, reason, age, attempts and queue of every dead letter, oldest first. Changes nothing.

    Attempts are those that our consumers counted, "-" where none did.
    """
    chosen = _selection(None, queue)
    with one_line_errors():
        with _letters(target(stack, profile, region), "looking at dead letters") as dead_letters:
            listing = dead_letters.look()
        now = datetime.now(UTC)
    letters = [each for each in listing.letters if chosen is None or chosen(each)]
    if letters:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False)
        table.add_column("document", overflow="fold", ratio=5)
        table.add_column("reason", overflow="fold", ratio=8)
        table.add_column("age", no_wrap=True)
        table.add_column("attempts", justify="right")
        table.add_column("queue", overflow="fold", ratio=3)
        for each in letters:
            attempts = "-" if each.attempts is None else str(each.attempts)
            table.add_row(plain(each.document), plain(each.reason), _age(each.age(now)), attempts, _short(each.queue))
        console().print(table)
    counts = Counter(_short(each.queue) for each in letters)
    found = ", ".join(f"{number} {name}" for name, number in counts.items())
    say(f"{len(letters)} dead letters: {found}" if letters else "no dead letters")
    if listing.unseen:
        say(
            f"about {listing.unseen} more were not shown: SQS shows ten of one document at a time, and hides those "
            "that another command holds"
        )


@app.command()
def show(document: Wanted, stack: Stack = None, profile: Profile = None, region: Region = None) -> None:
    """The dead letters of one document or schedule, with reason, attempts and body. Changes nothing."""
    with one_line_errors(), _letters(target(stack, profile, region), "looking at dead letters") as dead_letters:
        letters = [each for each in dead_letters.peek() if each.is_called(document)]
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
    counted = "" if letter.attempts is None else f", after {letter.attempts} attempts"
    return (
        f"{plain(letter.document)} in {letter.queue} since {letter.sent_at:%Y-%m-%d %H:%M} UTC{counted}\n"
        f"letter {plain(letter.message_id)}\n"
        f"{plain(letter.reason)}\n{body}\n"
    )


@app.command()
def redrive(
    document: OneDocument = None,
    queue: OneQueue = None,
    everything: All = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Put dead letters back into the queue they came from, to be processed again."""
    chosen = _selection(document, queue, everything=everything)
    if chosen is None:
        say("autobook: give --document ID, --queue NAME or --all", err=True)
        raise typer.Exit(2)
    into: Counter[str] = Counter()
    left: Counter[str] = Counter()
    with one_line_errors(), _letters(target(stack, profile, region), "putting back") as dead_letters:
        for each in dead_letters.redrive(chosen):
            (into if each.done else left)[each.note] += 1
    say(f"{into.total()} put back" + (f": {_counted(into, ' into ')}" if into else ""))
    _say_left(left)
    if not into:
        raise typer.Exit(1)


@app.command()
def drop(
    document: OneDocument = None,
    queue: OneQueue = None,
    everything: All = False,
    reason: Reason = None,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Delete dead letters for good, with a reason. Each is printed, and recorded in the stack's log.

    A document whose letter is dropped is processed again when it changes in Kanbert, or by `autobook reprocess`.
    """
    chosen = _selection(document, queue, everything=everything)
    if chosen is None:
        say("autobook: give --document ID, --queue NAME or --all", err=True)
        raise typer.Exit(2)
    reason = _asked(reason)
    left: Counter[str] = Counter()
    dropped = 0
    with one_line_errors():
        where = target(stack, profile, region)
        record = DropRecord(where, reason)
        with _letters(where, "dropping") as dead_letters:
            for each in dead_letters.drop(chosen, record):
                dropped += each.done
                if each.done:
                    say(_dropped(each))
                else:
                    left[each.note] += 1
    say(f"{dropped} dropped" + (f", because: {reason}" if dropped else ""))
    if dropped:
        say(record.place)
    _say_left(left)
    if not dropped:
        raise typer.Exit(1)


def _asked(reason: str | None) -> str:
    """The reason, which has to say something."""
    if reason is None:
        try:
            reason = str(typer.prompt("Why may they be lost?"))
        except typer.Abort:
            reason = ""
    if not plain(reason).strip():
        say("autobook: nothing is dropped without a reason: --reason TEXT", err=True)
        raise typer.Exit(2)
    return plain(reason).strip()[:_LONGEST_REASON]


def _dropped(handled: HandledLetter) -> str:
    letter = handled.letter
    return f"dropped {plain(letter.document)} from {_short(letter.queue)}: {plain(letter.reason)}"


def _counted(counts: Counter[str], between: str) -> str:
    return ", ".join(f"{number}{between}{plain(name)}" for name, number in counts.items())


def _say_left(left: Counter[str]) -> None:
    for note, number in left.items():
        say(f"{number} left: {note}")
