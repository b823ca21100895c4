"""Cases of the commands that another package adds: `demo`, `up`, `down`."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from autobook_local.demo import command as demo_command
from autobook_local.demo import own_invoices
from autobook_local.demo import run as demo_run
from autobook_local.stack import StackError
from autobook_local.stack.processes import ProcessId
from autobook_local.stack.running import RunningStack
from tests.autobook_cli.outside_text import EVIL, EVIL_NAME, FORGED
from tests.autobook_cli.outside_text.fakes import run, seen_invoice, story, system


def fails(*_: Any, **__: Any) -> Any:
    """Nothing can start."""
    raise StackError(EVIL, EVIL.replace(FORGED, "a line of the log"))


def command_alone(command: Callable[..., None]) -> typer.Typer:
    """A command line of this one command."""
    app = typer.Typer()
    app.command()(command)
    return app


def on_simulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: Callable[..., None]) -> str:
    """All that `demo` and `up` print: the table, what is wrong, why they cannot start, unfit files and folders."""
    monkeypatch.setattr(demo_command, "system_for", system)
    monkeypatch.setattr(demo_run, "_upload", lambda *_: [story()])
    monkeypatch.setattr(demo_run, "names_of", lambda _: {EVIL: EVIL})
    monkeypatch.setattr(demo_run, "follow", lambda *_, **__: None)
    monkeypatch.setattr(demo_run, "map_suppliers", lambda _: [EVIL])
    app, printed = command_alone(command), []
    for faults in ([EVIL], []):
        monkeypatch.setattr(demo_run, "faults", lambda *_, found=faults: found)
        printed.append(run(app=app))
    folder = tmp_path / EVIL_NAME
    folder.mkdir()
    rules = folder / f"{EVIL_NAME}.json"
    for more in ("--invoices", str(folder)), ("--invoices", str(rules)), ("--rules", str(rules)):
        printed.append(run(*more, app=app))
    rules.write_text("[{}]")
    printed += [run("--rules", str(rules), app=app), run("--invoices", str(folder), app=app)]
    monkeypatch.setattr(demo_command, "system_for", fails)
    return "".join([*printed, run(app=app)])


def demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    return on_simulator(monkeypatch, tmp_path, demo_command.demo)


def up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setattr(RunningStack, "load", lambda _: None)
    printed = on_simulator(monkeypatch, tmp_path, demo_command.up)
    return printed + on_own_kanbert(monkeypatch)


def on_own_kanbert(monkeypatch: pytest.MonkeyPatch) -> str:
    """The invoices of a person's own Kanbert, and what is wrong there; an address that is none, an API that refuses."""
    client = SimpleNamespace(get_incoming_invoice=lambda _: seen_invoice())
    monkeypatch.setenv(demo_command.TOKEN, "token")
    monkeypatch.setattr(demo_command, "check_access", lambda *_: None)
    monkeypatch.setattr(demo_command, "OwnKanbertSystem", system)
    monkeypatch.setattr(own_invoices, "KanbertClient", lambda *_: contextlib.nullcontext(client))
    monkeypatch.setattr(own_invoices, "names_of", lambda _: {EVIL: EVIL})
    monkeypatch.setattr(own_invoices, "_sweep", lambda _: EVIL)
    monkeypatch.setattr(own_invoices, "dead_letters", lambda _: [EVIL])
    app = command_alone(demo_command.up)
    output = run("--kanbert", "https://kanbert.example", app=app)
    assert "1 incoming and 0 outgoing invoices were looked at" in output
    refused = run("--kanbert", EVIL, app=app)
    monkeypatch.setattr(demo_command, "check_access", fails)
    monkeypatch.setenv(demo_command.TOKEN, "token")
    return output + refused + run("--kanbert", "https://kanbert.example", app=app)


def down(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(ProcessId, "end", lambda _: True)
    monkeypatch.setattr(demo_command, "take_down", lambda _: [EVIL])
    return run(app=command_alone(demo_command.down))
