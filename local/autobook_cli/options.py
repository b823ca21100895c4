"""The options that several commands have, such as those that choose the deployed system, and errors in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from autobook.domain.errors import AutobookError
from autobook_cli.console import say
from autobook_cli.target import NoTarget

Stack = Annotated[
    str | None,
    typer.Option("--stack", help="The stack's name in AWS; without it, what `make up` left running on this machine."),
]
Profile = Annotated[str | None, typer.Option("--profile", help="AWS profile; the default credentials without it.")]
Region = Annotated[str | None, typer.Option("--region", help="AWS region; the profile's without it.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for other programs instead of text.")]
As = Annotated[str | None, typer.Option("--as", help="Under this name; without it, the one by which AWS knows you.")]
InvoiceOrNone = Annotated[str | None, typer.Argument(help="The invoice's id in Kanbert, or its number.")]


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Print an error of AWS, of Kanbert or about the target in one line; exit code 2, or 130 after Ctrl-C."""
    try:
        yield
    except (NoTarget, AutobookError, BotoCoreError, ClientError) as error:
        say(f"autobook: {error}", err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        say("autobook: interrupted; what is done so far stays done", err=True)
        raise typer.Exit(130) from None
