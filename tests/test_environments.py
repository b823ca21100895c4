"""The environments are made once, and only by the right Python."""

import concurrent.futures
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from autobook_local.stack.toolchains import PROJECT
from local import environments
from local.environments import ENVIRONMENTS, Environment

BOOTSTRAP = PROJECT / "local" / "environments.sh"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment with nothing in it, which needs no network."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    return Environment("empty", tmp_path / "venv", requirements, "nothing", logs=tmp_path)


def test_a_missing_python_gives_one_clear_line(tmp_path: Path) -> None:
    """Where no Python 3.13 is found, one line says so and what to do."""
    (tmp_path / "python3.13").write_text("#!/bin/sh\nexit 127\n")  # as a pyenv shim without its version
    (tmp_path / "python3.13").chmod(0o755)
    done = subprocess.run(  # noqa: S603 - our own script
        ["/bin/sh", BOOTSTRAP, "dev"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Python 3.13 is needed")


def test_an_environment_is_current_until_its_requirements_change(environment: Environment) -> None:
    """It is made once; another content of the requirements file, not another date, makes it stale."""
    assert not environment.is_current()
    assert environment.make()
    assert environment.is_current()
    environment.requirements.touch()
    assert environment.is_current()
    environment.requirements.write_text("# something else\n")
    assert not environment.is_current()


def test_what_fails_is_not_taken_for_made(environment: Environment) -> None:
    """After a failed installation the log says why, and the next run attempts again."""
    environment.requirements.write_text("no requirement at all!\n")
    assert not environment.make()
    assert "Invalid requirement" in environment.log.read_text()
    assert not environment.is_current()


def test_progress_is_read_from_pips_log(environment: Environment) -> None:
    """Packages that pip has looked at, of all that are pinned; then that they are installed."""
    environment.requirements.write_text("a==1 \\\n  --hash=x\nb==2 \\\n  --hash=x\n")
    assert environment.progress() == "0 of 2 packages"
    environment.log.write_text("Collecting a==1 (from -r x)\n  Downloading a\n")
    assert environment.progress() == "1 of 2 packages"
    environment.log.write_text("Collecting a==1\nCollecting b==2\nInstalling collected packages: a, b\n")
    assert environment.progress() == "installs 2 packages"


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_while_it_lasts(
    environment: Environment, terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal one line of 80 columns changes and is gone at the end; in a log, lines are added now and then."""
    monkeypatch.setattr(environments, "_SECONDS_BETWEEN_LINES", 0.01)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    environment.requirements.write_text("a==1 \\\n  --hash=x\n")
    going: Future[bool] = Future()
    waits = iter([False, False, True])
    wait = concurrent.futures.wait

    def waited(futures: list[Future[bool]], **_: float) -> Any:
        if next(waits):
            going.set_result(True)
        return wait(futures, timeout=0)

    monkeypatch.setattr(concurrent.futures, "wait", waited)
    environments.show_progress([environment], [going])
    printed = capsys.readouterr().out
    assert printed.count("empty 0 of 1 packages") == 2
    assert printed.count("\n") == (0 if terminal else 2)
    assert max(map(len, printed.replace("\r", "\n").splitlines())) < 80
    assert printed.endswith("\r") == terminal


def test_every_environment_is_pinned_with_hashes() -> None:
    """Nothing is installed that is not pinned: each requirements file has a hash for each of its packages."""
    for environment in ENVIRONMENTS.values():
        lines = environment.requirements.read_text().splitlines()
        pinned = [line for line in lines if "==" in line]
        assert pinned, environment.name
        assert all(line.rstrip().endswith("\\") for line in pinned), environment.name
    assert sys.version_info[:2] == (3, 13)
