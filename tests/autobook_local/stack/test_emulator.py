"""The emulator says clearly why it cannot start."""

import socket
import tempfile
from pathlib import Path

import pytest

from autobook_local.stack import StackError, Toolchains
from autobook_local.stack.emulator import Emulator

# Stands for MiniStack's Python: says something and gives up, as MiniStack does with a broken environment.
BROKEN_PYTHON = "#!/bin/sh\necho 'ImportError: no module named ministack'\nexit 1\n"


def toolchains_with(tmp_path: Path, python: str) -> Toolchains:
    program = tmp_path / ".tools" / "ministack" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(python)
    program.chmod(0o755)
    return Toolchains(tmp_path)


def test_a_port_in_use_gives_one_clear_line(tmp_path: Path) -> None:
    """A port that was asked for and is taken is named, before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StackError, match=rf"^port {port} is already in use"):
            Emulator.start(Toolchains(tmp_path), port=port)


def test_a_missing_tool_says_how_to_get_it(tmp_path: Path) -> None:
    """Without its environment the error names the file and the command that makes it."""
    with pytest.raises(StackError, match=r"^\.tools/ministack/bin/python is missing: run `make tools` first$"):
        Emulator.start(Toolchains(tmp_path))


@pytest.mark.parametrize("python", [None, BROKEN_PYTHON], ids=["missing", "broken"])
def test_a_failed_start_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: str | None) -> None:
    """Whatever keeps it from starting, no scratch directory and no log is left."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    tools = toolchains_with(tmp_path, python) if python else Toolchains(tmp_path)
    with pytest.raises(StackError):
        Emulator.start(tools)
    assert list(scratch.iterdir()) == []
    assert list(tools.state.rglob("*.log")) == []


def test_an_emulator_that_does_not_come_up_shows_its_log(tmp_path: Path) -> None:
    """When it ends before it answers, the error carries the end of its log."""
    tools = toolchains_with(tmp_path, BROKEN_PYTHON)
    with pytest.raises(StackError, match=r"^MiniStack did not come up on port \d+$") as error:
        Emulator.start(tools)
    assert "no module named ministack" in error.value.detail
