"""Whatever a document, Kanbert, AWS or a file says, a command that prints it prints a text and nothing else."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import autobook_cli
from tests.autobook_cli.outside_text import (
    EVIL,
    dead_letters,
    deciding,
    documents,
    events,
    live_rules,
    local_system,
    rules,
    safe,
)
from tests.autobook_cli.outside_text.fakes import run

CASES: dict[str, Callable[..., str]] = {
    "rules check": rules.check, "rules try": rules.try_, "rules explain": rules.explain,
    "rules pull": live_rules.pull, "rules diff": live_rules.diff, "rules push": live_rules.push,
    "rules backtest": rules.backtest, "rules suggest": rules.suggest, "rules history": rules.history,
    "explain": live_rules.explain,
    "dlq list": dead_letters.list_, "dlq show": dead_letters.show, "dlq redrive": dead_letters.redrive,
    "dlq drop": dead_letters.drop, "events tail": events.tail, "events replay": events.replay,
    "consumer new": events.new_consumer, "review": documents.review, "show": documents.show,
    "sweep": documents.sweep, "reconcile": documents.reconcile, "reprocess": documents.reprocess,
    "suggestions list": deciding.list_, "suggestions accept": deciding.accept, "undo": deciding.undo,
    "demo": local_system.demo, "up": local_system.up, "down": local_system.down,
}  # fmt: skip


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command of the command line, by its words, with the function behind it."""
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name}{word} ")
        else:
            yield f"{name}{word}", command.callback


def test_no_command_is_left_out() -> None:
    """Each command has its case below (an old name of one needs none)."""
    known = dict(commands(typer.main.get_command(autobook_cli.app)))
    behind = {known[name].__wrapped__ for name in CASES if name in known}
    assert {name for name, each in known.items() if each.__wrapped__ not in behind} == set()
    assert set(CASES) - set(known) <= {"demo", "up", "down"}


@pytest.mark.parametrize("name", CASES)
def test_command(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """All that the command says of such texts is text, markup is shown as it stands, and no line is forged."""
    given: dict[str, Any] = {"tmp_path": tmp_path, "monkeypatch": monkeypatch}
    names = CASES[name].__annotations__.keys()
    if "aws" in names:
        given["aws"] = request.getfixturevalue("aws")
    output = safe(CASES[name](**{each: given[each] for each in names & given}))
    assert "[red]" in output.replace("\n", "")
    assert "☺" not in output
    assert "😄" not in output


@pytest.mark.parametrize(
    "arguments",
    [
        (EVIL,),
        ("rules", EVIL),
        ("rules", "check", f"--{EVIL}"),
        ("sweep", "--since", EVIL),
        ("reprocess", "--since", EVIL),
        ("dlq", EVIL),
        ("suggestions", EVIL),
        ("undo", "--since", EVIL),
        ("events", EVIL),
        ("events", "tail", "--type", EVIL),
        ("events", "tail", "--document", EVIL),
        ("events", "replay", "--to", "x", "--since", EVIL),
        ("consumer", "new", "mail", "--types", EVIL),
        ("demo", EVIL),
        ("up", f"--{EVIL}"),
        ("down", EVIL),
    ],
)
def test_wrong_arguments(arguments: tuple[str, ...]) -> None:
    """Arguments that are refused, which a shell may have made of file names, are quoted in the same way."""
    safe(run(*arguments))


def test_unforeseen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The trace of an error that nobody foresaw is text as well, and the exit code is 1."""

    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise ValueError("\x1b[31mred\u202e")

    @app.command()
    def other() -> None: ...

    monkeypatch.setattr(sys, "argv", ["autobook", "fail"])
    monkeypatch.setattr(autobook_cli, "app", app)
    with pytest.raises(SystemExit, match="1"):
        autobook_cli.main()
    assert capsys.readouterr().err.endswith("ValueError: [31mred\n\n")
