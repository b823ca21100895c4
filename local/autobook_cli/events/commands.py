"""`autobook events tail` and `autobook events replay`."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from autobook_cli.console import PlainUsage, console, plain, say, say_json
from autobook_cli.events.filters import NAMES, EventFilter, short_name, type_names
from autobook_cli.events.lines import line
from autobook_cli.events.points_in_time import BEGINNING, EARLIEST, FORMS, from_now, point_in_time, written
from autobook_cli.events.replay import Progress, Replay, put_leftovers_in_order, refuse_two_at_once
from autobook_cli.events.target_queue import TargetQueue, find_queue, lets_in
from autobook_cli.events.temporary_queue import TemporaryQueue, remove_leftover_queues
from autobook_cli.events.topic import Refused, Span, Subscription, Topic
from autobook_cli.options import Profile, Region, Stack, one_line_errors
from autobook_cli.target import target

app = typer.Typer(cls=PlainUsage, no_args_is_help=True, help="Events: watch them, replay them into a queue.")

LOOK_BACK = "10m"
_LONGEST_POLL = 20
Types = Annotated[
    list[str] | None,
    typer.Option("--type", help=f"Only this type; several by commas, or the option again. {', '.join(NAMES)}."),
]
OneDocument = Annotated[str | None, typer.Option("--document", help="Only events about this document (its id).")]
Json = Annotated[bool, typer.Option("--json", help="The events themselves, one JSON object a line.")]
LookBack = Annotated[
    str | None,
    typer.Option("--since", help=f"Show earlier ones first: {FORMS}, or {BEGINNING}; {LOOK_BACK} without it."),
]
Since = Annotated[
    datetime,
    typer.Option(
        "--since", parser=from_now, help=f"From when on: {FORMS}, or {BEGINNING}, that of the archive.", metavar="WHEN"
    ),
]
Until = Annotated[
    datetime | None, typer.Option("--until", parser=from_now, help="Up to when; now without it.", metavar="WHEN")
]
To = Annotated[str, typer.Option("--to", help="The queue: its name, URL or ARN.", metavar="QUEUE")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count the events; put nothing into the queue.")]


def _warn(text: str) -> None:
    say(f"autobook: {text}", err=True)


def _tidy(topic: Topic) -> None:
    """Put in order what killed commands left."""
    for name in remove_leftover_queues(topic):
        _warn(f"removed the queue {name}, which a killed command had left")
    for name in put_leftovers_in_order(topic):
        _warn(f"put the subscription of {name} in order, which a killed replay had left")


@app.command()
def tail(
    types: Types = None,
    document: OneDocument = None,
    as_json: Json = False,
    since: LookBack = None,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Show events as they happen, until Ctrl-C. No consumer misses one: the queue is the command's own."""
    wanted = EventFilter(type_names(types or ()), document)
    look_back = point_in_time(since or LOOK_BACK, datetime.now(UTC))
    with one_line_errors():
        topic = Topic.of(target(stack, profile, region))
        _tidy(topic)
        try:
            with TemporaryQueue(topic, wanted, _looked_back(topic, look_back, since), _warn) as queue:
                say(f"watching the events of {topic.stack_name}; Ctrl-C ends it", err=True)
                _show(queue, as_json=as_json)
        except KeyboardInterrupt:
            say("autobook: stopped; its queue is removed", err=True)
            raise typer.Exit(130) from None


def _looked_back(topic: Topic, start: datetime, asked: str | None) -> Span | None:
    """The archive's part of what is shown."""
    if topic.begins is None:
        if asked is not None:
            raise Refused(f"{topic.stack_name} keeps no archive of its events: only new ones can be shown")
        return None
    if start > datetime.now(UTC):
        raise Refused(f"{written(start)} is in the future: --since is about the past")
    if asked is not None and EARLIEST < start < topic.begins:
        _warn(f"the archive begins at {written(topic.begins)}: nothing older is shown")
    return Span(topic.reach(start))


def _show(queue: TemporaryQueue, *, as_json: bool) -> None:
    nothing_yet = True
    while True:
        events = queue.receive(_LONGEST_POLL)
        for event in events:
            if as_json:
                say_json(json.dumps(event, ensure_ascii=False))
            else:
                say(line(event))
        if nothing_yet and not events:
            say("no event yet; --since 7d shows those of the last week first", err=True)
        nothing_yet = False


@app.command()
def replay(
    since: Since,
    to: To,
    until: Until = None,
    types: Types = None,
    dry_run: DryRun = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Put the events of a span into a queue once more, out of the topic's archive (90 days).

    A queue that is not subscribed is for as long as it takes; one that is goes on with new events afterwards. Events
    keep their ids: a consumer that has dealt with one leaves it out.
    """
    with one_line_errors():
        topic = Topic.of(target(stack, profile, region))
        span = _span(topic, since, until)
        queue = find_queue(topic, to)
        _tidy(topic)
        mine = topic.subscription(queue.arn)
        refuse_two_at_once(topic, queue, mine)
        names = type_names(types or ())
        if mine is not None and names:
            raise Refused(f"{queue.name} is subscribed with a filter of its own: leave --type out")
        if dry_run:
            _count(topic, queue, mine, span, EventFilter(names))
            return
        with _progress("messages in the queue") as progress:
            Replay(topic, queue, span, EventFilter(names), _warn)(progress)
    say(f"the events from {written(span.start)} to {written(until) if until else 'now'} are in {queue.name}")
    say(_what_became(mine))


def _what_became(mine: Subscription | None) -> str:
    if mine is None:
        return "the subscription that was made for it is removed: new events do not come into this queue"
    return "its subscription goes on with new events"


def _span(topic: Topic, since: datetime, until: datetime | None) -> Span:
    """What is to be replayed. Raises Refused where SNS would, or where something would be left out."""
    now = datetime.now(UTC)
    if topic.begins is None:
        raise Refused(f"{topic.stack_name} keeps no archive of its events: deploy the template again (TopicArchive)")
    span = Span(topic.reach(since) if since == EARLIEST else since, until)
    if EARLIEST < since < topic.begins:
        raise Refused(f"the archive begins at {written(topic.begins)}: replay from there with --since {BEGINNING}")
    if span.start > now or (span.end is not None and span.end > now):
        raise Refused("--since and --until are about the past: what is published comes by itself")
    if span.end is not None and span.end <= span.start:
        raise Refused(f"--until {written(span.end)} is not after --since {written(span.start)}")
    return span


def _count(topic: Topic, queue: TargetQueue, mine: Subscription | None, span: Span, wanted: EventFilter) -> None:
    """What a replay would bring, by type, seen through a queue of its own."""
    whole = Span(span.start, span.end or datetime.now(UTC))
    passed = (
        {name: mine.attributes[name] for name in ("FilterPolicyScope", "FilterPolicy") if mine.attributes.get(name)}
        if mine is not None
        else None
    )
    counts: Counter[str] = Counter()
    with TemporaryQueue(topic, wanted, whole, _warn, passed) as own, _progress("events") as progress:
        for event in own.drain():
            counts[short_name(str(event.get("type")))] += 1
            progress("counting", counts.total())
    for name, count in sorted(counts.items()):
        say(f"{name}: {count}")
    say(f"{counts.total()} events from {written(whole.start)} to {written(whole.end or whole.start)}")
    if mine is not None:
        say(f"{queue.name} is subscribed; would replay into it, and go on with new events")
    else:
        opening = "" if lets_in(topic, queue) else ", and open its policy to SNS,"
        say(f"{queue.name} is not subscribed; would subscribe it{opening} for the time of the replay")


@contextmanager
def _progress(counted: str) -> Iterator[Progress]:
    """The state and a number: a moving line on a terminal, else a line whenever the state changes."""
    terminal = console(err=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Bar(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as bar:
        task, before = bar.add_task("starting", total=None), [""]

        def show(state: str, messages: int) -> None:
            bar.update(task, description=plain(f"{state}: {messages} {counted}"))
            if not terminal.is_terminal and state != before[0]:
                say(f"{state}: {messages} {counted}", err=True)
            before[0] = state

        yield show
