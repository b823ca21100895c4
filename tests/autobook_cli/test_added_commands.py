"""Commands that another package adds to `autobook`."""

import inspect
from collections.abc import Sequence
from importlib.metadata import EntryPoint, EntryPoints, entry_points

import pytest
import typer
from typer.testing import CliRunner, Result

import autobook_cli
from autobook_cli import added_commands
from autobook_cli.added_commands import GROUP, SUMMARIES, add_commands


def greet(name: str, times: int = 1) -> None:
    """Greet someone."""
    typer.echo(" ".join(["hello", *[name] * times]))
    raise typer.Exit(3)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(autobook_cli.app, list(arguments))


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """A command line to which this module adds `greet`, and a package that is broken `broken`."""
    added = EntryPoints(
        [
            EntryPoint("greet", f"{__name__}:greet", GROUP),
            EntryPoint("broken", "no_such_package.commands:broken", GROUP),
        ]
    )
    monkeypatch.setattr(added_commands, "entry_points", lambda *, group: added.select(group=group))
    app = typer.Typer()
    app.command("own")(lambda: typer.echo("own"))
    add_commands(app)
    return app


@pytest.mark.parametrize(
    ("arguments", "code", "printed"),
    [
        (["greet", "Ada", "--times", "2"], 3, "hello Ada Ada"),
        (["greet", "--help"], 0, "Greet someone."),
        (["greet"], 2, "Missing argument"),
        (["greet", "Ada", "--louder"], 2, "No such option"),
        (["--help"], 0, "Added by no_such_package."),
        (["own"], 0, "own"),
    ],
)
def test_an_added_command_is_like_any_other(
    app: typer.Typer, arguments: Sequence[str], code: int, printed: str
) -> None:
    """It has its own options, help and exit code; one whose package is broken disturbs no other."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code
    assert printed in result.output


def test_demo_up_and_down_are_added() -> None:
    """The package of the local system adds its three commands by entry points."""
    assert {each.name: each.module for each in entry_points(group=GROUP)} == dict.fromkeys(
        ("demo", "up", "down"), "autobook_local.demo.command"
    )


@pytest.mark.parametrize("command", ["demo", "up", "down"])
def test_summary_is_that_of_the_command(command: str) -> None:
    """The overview says of a command what the first paragraph of its own help says."""
    (entry_point,) = entry_points(group=GROUP, name=command)
    paragraph, _, _ = (inspect.getdoc(entry_point.load()) or "").partition("\n\n")
    assert " ".join(paragraph.split()) == SUMMARIES[command]


def test_overview_names_every_command_but_the_old_word() -> None:
    """`autobook --help` lists every command; `audit`, the old word for `reconcile`, works and is not listed."""
    overview = run("--help").output
    for command in ("rules", "dlq", "explain", "sweep", "reconcile", "demo", "up", "down"):
        assert f" {command} " in overview
    assert "audit" not in overview
    for command in ("reconcile", "audit"):
        assert "Kanbert, provenance and the archive" in " ".join(run(command, "--help").output.split())
