"""The environments are made once, and only by the right Python."""

import subprocess
import sys
from pathlib import Path

import pytest

from autobook_local.stack.toolchains import PROJECT
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


def test_every_environment_is_pinned_with_hashes() -> None:
    """Nothing is installed that is not pinned: each requirements file has a hash for each of its packages."""
    for environment in ENVIRONMENTS.values():
        lines = environment.requirements.read_text().splitlines()
        pinned = [line for line in lines if "==" in line]
        assert pinned, environment.name
        assert all(line.rstrip().endswith("\\") for line in pinned), environment.name
    assert sys.version_info[:2] == (3, 13)
