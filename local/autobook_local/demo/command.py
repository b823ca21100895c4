"""`autobook demo`, `autobook up`, `autobook down`: the whole system on this machine."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autobook_cli.console import console, plain, plain_lines
from autobook_local.demo.consumers import CONSUMERS
from autobook_local.demo.files import NothingToShow, uploads
from autobook_local.demo.own_invoices import show_own
from autobook_local.demo.rule_list import held_at_suggest, rules_of
from autobook_local.demo.run import show, system_for
from autobook_local.demo.what_to_try import what_to_try
from autobook_local.own_kanbert import OwnKanbertSystem, base_url, check_access
from autobook_local.stack import StackError, Toolchains
from autobook_local.stack.running import RunningStack, starting, take_down, what_is_up

TOKEN = "KANBERT_TOKEN"  # noqa: S105 - the name of a variable

Invoices = Annotated[
    Path | None,
    typer.Option("--invoices", help="A folder of your own invoices (PDF or image) instead of the generated ones."),
]
Rules = Annotated[
    Path | None, typer.Option("--rules", help="Your own rules (JSON, YAML or CSV) instead of the demo's.")
]
Port = Annotated[int | None, typer.Option(help="Port of the local AWS; a free one if not given.", min=1, max=65535)]
SimulatorPort = Annotated[
    int | None, typer.Option(help="Port of the Kanbert simulator; a free one if not given.", min=1, max=65535)
]
Consumers = Annotated[
    str,
    typer.Option(help=f"Simulated systems to export booked invoices to, by commas: {', '.join(sorted(CONSUMERS))}."),
]
Kanbert = Annotated[
    str | None,
    typer.Option(
        "--kanbert",
        metavar="URL",
        help=f"A Kanbert of your own in place of the simulator. Its API token is taken from {TOKEN}, or asked for.",
    ),
]
Write = Annotated[
    bool, typer.Option("--write", help="With --kanbert: let rules write; else each is held at mode suggest.")
]


@contextmanager
def _one_line_errors(out: Console) -> Iterator[None]:
    """Print an error in one line, exit code 1; after Ctrl-C or kill everything has ended, exit code 130."""
    try:
        yield
    except StackError as error:
        if error.detail:
            out.print(error.detail, style="dim", soft_wrap=True)
        out.print(plain(f"autobook: {error}"), style="red", soft_wrap=True)
        raise typer.Exit(1) from None
    except NothingToShow as error:
        out.print(plain_lines(f"autobook: {error}"), style="red", soft_wrap=True)
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


def _consumers(names: str) -> frozenset[str]:
    found = frozenset(name.strip() for name in names.split(",") if name.strip())
    if unknown := found - CONSUMERS:
        raise typer.BadParameter(f"no consumer {', '.join(sorted(unknown))}", param_hint="--consumers")
    return found


def _today() -> date:
    return datetime.now(UTC).date()


def demo(
    invoices: Invoices = None,
    rules: Rules = None,
    port: Port = None,
    simulator_port: SimulatorPort = None,
    consumers: Consumers = "",
) -> None:
    """Start everything, send invoices through it, show and check the result, stop everything."""
    out, chosen = console(), _consumers(consumers)
    with _one_line_errors(out):
        files, items = uploads(invoices, _today()), rules_of(rules)
        with system_for(_progress(out), items, port=port, simulator_port=simulator_port, consumers=chosen) as system:
            code = _verdict(out, show(system, files, out))
    raise typer.Exit(code)


def up(
    invoices: Invoices = None,
    rules: Rules = None,
    kanbert: Kanbert = None,
    write: Write = False,
    port: Port = None,
    simulator_port: SimulatorPort = None,
    consumers: Consumers = "",
) -> None:
    """The same as `demo`, but leave it running; prints the addresses, and commands to try.

    With --kanbert it works on your own Kanbert: nothing is uploaded there, and nothing is written without --write.
    """
    out, chosen, tools = console(), _consumers(consumers), Toolchains()
    if kanbert is not None and (invoices is not None or chosen or simulator_port):
        raise typer.BadParameter("goes without --invoices, --consumers and --simulator-port", param_hint="--kanbert")
    if write and kanbert is None:
        raise typer.BadParameter("is only needed with --kanbert", param_hint="--write")
    code = 0
    with _one_line_errors(out), starting(tools):
        if left := what_is_up(tools):
            out.print("autobook: it is up already; `make down` stops it, to start anew")
        elif kanbert is not None:
            left = _up_with(kanbert, out, rules, port, write=write)
        else:
            files, items = uploads(invoices, _today()), rules_of(rules)
            with system_for(
                _progress(out), items, port=port, simulator_port=simulator_port, consumers=chosen
            ) as system:
                code = _verdict(out, show(system, files, out))
                left = system.leave() if code == 0 else None
        if left is not None:
            out.print(what_to_try(left, tools, _today()), soft_wrap=True)
    raise typer.Exit(code)


def _up_with(kanbert: str, out: Console, rules: Path | None, port: int | None, *, write: bool) -> RunningStack:
    """Against a person's own Kanbert."""
    url = base_url(kanbert)
    items = rules_of(rules) if rules is not None else ()
    token = _token()
    progress = _progress(out)
    progress(f"asking {url} for its accounts")
    check_access(url, token)
    if not items:
        progress("no rules are given (RULES=my-rules.yaml): invoices are found and archived, none is decided")
    progress("rules may WRITE into this Kanbert" if write else "every rule is held at suggest: nothing is written")
    loaded = items if write else held_at_suggest(items)
    with OwnKanbertSystem(url, token, held=not write, rules=loaded, port=port, progress=progress) as system:
        for fault in show_own(system, out):
            out.print(plain(f"wrong: {fault}"), style="red", soft_wrap=True)
        return system.leave()


def _token() -> str:
    """The API token, out of the environment (whose programs, started later, do not get it), or asked for."""
    token = os.environ.pop(TOKEN, "").strip()
    if not token and sys.stdin.isatty():
        token = str(typer.prompt("API token of Kanbert (not shown)", hide_input=True, default="", show_default=False))
    if not token.strip():
        raise StackError(f"an API token of Kanbert is needed: put it into the variable {TOKEN}, or type it when asked")
    return token.strip()


def down() -> None:
    """Stop what `up` left running."""
    out = console()
    ended = take_down(Toolchains())
    message = f"stopped {' and '.join(ended)}" if ended else "nothing is up"
    out.print(plain(f"autobook: {message}"), soft_wrap=True)
