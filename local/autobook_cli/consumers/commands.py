"""`autobook consumer new`."""

from pathlib import Path
from typing import Annotated

import typer

from autobook_cli.console import PlainUsage, say
from autobook_cli.consumers.project import ProjectRefused, refuse_name, write_project
from autobook_cli.events import NAMES, Topic, type_names
from autobook_cli.options import Profile, Region, one_line_errors
from autobook_cli.running import running_account
from autobook_cli.target import target

app = typer.Typer(cls=PlainUsage, no_args_is_help=True, help="Consumers of your own for the events.")

Name = Annotated[str, typer.Argument(help="Its name: that of its folder, its stack and its queue.")]
Types = Annotated[
    list[str] | None,
    typer.Option("--types", help=f"The events it gets, by commas; all without it. {', '.join(NAMES)}."),
]
Directory = Annotated[Path, typer.Option("--directory", help="Where its folder goes.", file_okay=False)]
Stack = Annotated[
    str | None,
    typer.Option("--stack", help="Autobook's stack in AWS, whose events it gets; without it, what `make up` left."),
]


@app.callback()
def consumer() -> None:
    """Consumers of your own for the events."""


@app.command()
def new(
    name: Name,
    types: Types = None,
    directory: Directory = Path(),
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Write a small SAM project that gets events: queue, dead letters, filter, permissions, alarms, function, test.

    It is deployed beside Autobook, and is yours from then on.
    """
    wanted = type_names(types or ())
    try:
        refuse_name(name, stack)
        with one_line_errors():
            own, topic = _topic(stack, profile, region)
        folder = write_project(name, wanted, directory, topic_arn=topic, stack=own)
    except ProjectRefused as error:
        say(f"autobook: {error}", err=True)
        raise typer.Exit(1) from None
    say(f"written: {folder}")
    say(f"its README says how to test, deploy and operate it. In short: cd {folder} && sam build && sam deploy")
    if topic is None:
        say("with --parameter-overrides EventsTopicArn=ARN: the output EventsTopicArn of Autobook's stack")


def _topic(stack: str | None, profile: str | None, region: str | None) -> tuple[str | None, str | None]:
    """Autobook's stack and its topic; neither where no stack is named and nothing is up on this machine."""
    running = running_account() if stack is None else None
    if stack is None and (running is None or not running.answers()):
        return None, None
    deployed = target(stack, profile, region)
    return deployed.stack_name, Topic.of(deployed).arn
