"""`autobook demo`, `autobook up`, `autobook down`: the whole system on this machine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autobook_cli.console import console, plain
from autobook_local.demo.run import CONSUMERS, NothingToShow, Upload, show, system_for, uploads
from autobook_local.stack import StackError, Toolchains
from autobook_local.stack.running import RunningStack, refuse_if_running, take_down

Invoices = Annotated[
    Path | None,
    typer.Option("--invoices", help="A folder of your own invoices (PDF or image) instead of the generated ones."),
]
Port = Annotated[int | None, typer.Option(help="Port of the local AWS; a free one if not given.", min=1, max=65535)]
SimulatorPort = Annotated[
    int | None, typer.Option(help="Port of the Kanbert simulator; a free one if not given.", min=1, max=65535)
]
Consumers = Annotated[
    str,
    typer.Option(help=f"Simulated systems to export booked invoices to, by commas: {', '.join(sorted(CONSUMERS))}."),
]


@contextmanager
def _one_line_errors(out: Console) -> Iterator[None]:
    """Print an error in one line, exit code 1; after Ctrl-C or kill everything has ended, exit code 130."""
    try:
        yield
    except (StackError, NothingToShow) as error:
        detail = getattr(error, "detail", "")
        if detail:
            out.print(detail, style="dim", soft_wrap=True)
        out.print(plain(f"autobook: {error}"), style="red", soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        out.print("autobook: interrupted, everything is stopped")
        raise typer.Exit(130) from None


def _verdict(out: Console, faults: list[str]) -> int:
    for fault in faults:
        out.print(plain(f"wrong: {fault}"), style="red", soft_wrap=True)
    out.print("demo: FAILED" if faults else "demo: OK", style="red" if faults else "green")
    return 1 if faults else 0


def _progress(out: Console) -> Callable[[str], None]:
    def show_step(step: str) -> None:
        out.print(plain(f"· {step}"), soft_wrap=True)

    return show_step


def _what_to_try(stack: RunningStack, token: str) -> str:
    outputs, environment = stack.deployment.outputs, stack.account.environment()
    kanbert = stack.urls["kanbert"]
    hypatos = f"Hypatos (simulated)  {stack.urls['hypatos']}\n" if "hypatos" in stack.urls else ""
    exports = "\n".join(f"  export {name}={value}" for name, value in environment.items())
    return f"""
Kanbert (simulated)  {kanbert}
{hypatos}webhook endpoint     {stack.urls["webhook"]}
local AWS            {stack.account.endpoint}
rules table          {outputs["RulesTableName"]}
archive bucket       {outputs["ArchiveBucketName"]}
topic of the events  {outputs["EventsTopicArn"]}

See what happened, and what happens next; or have a consumer of your own:

  .venv/bin/autobook events tail --since 1h
  .venv/bin/autobook consumer new my-consumer

Give Kanbert an invoice of your own, then see what became of it:

  curl -H 'Authorization: Bearer {token}' -F file=@invoice.pdf {kanbert}/api/v1/incoming-invoices
  curl -H 'Authorization: Bearer {token}' '{kanbert}/api/v1/incoming-invoices?sort=-created_at'

For the AWS CLI:

{exports}

`make down` stops it all."""


def _consumers(names: str) -> frozenset[str]:
    found = frozenset(name.strip() for name in names.split(",") if name.strip())
    if unknown := found - CONSUMERS:
        raise typer.BadParameter(f"no consumer {', '.join(sorted(unknown))}", param_hint="--consumers")
    return found


def _files(invoices: Path | None) -> list[Upload]:
    return uploads(invoices, datetime.now(UTC).date())


def demo(
    invoices: Invoices = None, port: Port = None, simulator_port: SimulatorPort = None, consumers: Consumers = ""
) -> None:
    """Start everything, send invoices through it, show and check the result, stop everything."""
    out, chosen = console(), _consumers(consumers)
    with _one_line_errors(out):
        files = _files(invoices)
        with system_for(_progress(out), port=port, simulator_port=simulator_port, consumers=chosen) as system:
            code = _verdict(out, show(system, files, out))
    raise typer.Exit(code)


def up(
    invoices: Invoices = None, port: Port = None, simulator_port: SimulatorPort = None, consumers: Consumers = ""
) -> None:
    """The same as `demo`, but leave it running; prints the addresses, and a curl command to try."""
    out, chosen = console(), _consumers(consumers)
    with _one_line_errors(out):
        refuse_if_running(Toolchains())
        files = _files(invoices)
        with system_for(_progress(out), port=port, simulator_port=simulator_port, consumers=chosen) as system:
            code = _verdict(out, show(system, files, out))
            if code == 0:
                token = system.simulator.token
                out.print(_what_to_try(system.leave(), token), soft_wrap=True)
    raise typer.Exit(code)


def down() -> None:
    """Stop what `up` left running."""
    out = console()
    ended = take_down(Toolchains())
    message = f"stopped {' and '.join(ended)}" if ended else "nothing is up"
    out.print(plain(f"autobook: {message}"), soft_wrap=True)
