"""No process is left behind, and none that is not ours is touched."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from autobook_local.stack import ProcessId, StackError, Supervised

# Starts a child of its own, writes both pids, and ignores polite requests on request.
FAMILY = """
import os, pathlib, signal, subprocess, sys, time
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
target = pathlib.Path(sys.argv[1])
target.with_suffix(".part").write_text(f"{os.getpid()} {child.pid}")
target.with_suffix(".part").rename(target)
time.sleep(60)
"""
# Tethers the family, says so, and waits to be killed.
STARTER = """
import pathlib, signal, sys, time
from autobook_local.stack import Supervised
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored when the tests run in the background of a shell
pids, scratch = map(pathlib.Path, sys.argv[2:4])
command = [sys.executable, "-c", sys.argv[1], pids]
supervised = Supervised(command, env={}, log=pids.with_suffix(".log"), directory=scratch)
if "release" in sys.argv:
    print(supervised.release().pid, flush=True)
else:
    time.sleep(60)
"""


def wait_for(condition: object, seconds: float = 20.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def family(pids: Path) -> list[psutil.Process]:
    wait_for(pids.exists)
    return [psutil.Process(int(pid)) for pid in pids.read_text().split()]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # ended between the two questions
        return False


def have_ended(processes: list[psutil.Process]) -> bool:
    return not any(_is_alive(process) for process in processes)


def start_family(tmp_path: Path, *arguments: str) -> tuple[Supervised, list[psutil.Process]]:
    pids = tmp_path / "pids"
    (tmp_path / "scratch").mkdir()
    supervised = Supervised(
        [sys.executable, "-c", FAMILY, pids, *arguments],
        env={},
        log=tmp_path / "family.log",
        directory=tmp_path / "scratch",
    )
    return supervised, family(pids)


def starter_command(pids: Path, scratch: Path, *arguments: str) -> list[str | Path]:
    return [sys.executable, "-c", STARTER, FAMILY, pids, scratch, *arguments]


@pytest.mark.parametrize("arguments", [(), ("stubborn",)], ids=["polite", "ignores SIGTERM"])
def test_stop_ends_the_whole_family(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Stopping ends the process, the processes it started and its scratch directory, whether they like it or not."""
    supervised, processes = start_family(tmp_path, *arguments)
    supervised.stop()
    assert have_ended(processes)
    assert not (tmp_path / "scratch").exists()
    assert supervised.poll() is not None


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_starter(tmp_path: Path, kill: signal.Signals) -> None:
    """However the starter ends, kill -9 included, what it started ends and the scratch directory is removed."""
    pids, scratch = tmp_path / "pids", tmp_path / "scratch"
    scratch.mkdir()
    starter = subprocess.Popen(  # noqa: S603 - our own program
        starter_command(pids, scratch), stderr=subprocess.DEVNULL
    )
    processes = family(pids)
    starter.send_signal(kill)
    starter.wait()
    wait_for(lambda: have_ended(processes) and not scratch.exists())


def test_released_lives_on_until_ended_by_its_identity(tmp_path: Path) -> None:
    """A released process outlives its starter, and ends, with all it started, when its identity is ended."""
    pids, scratch = tmp_path / "pids", tmp_path / "scratch"
    scratch.mkdir()
    printed = subprocess.check_output(  # noqa: S603 - our own program
        starter_command(pids, scratch, "release")
    )
    identity = ProcessId.of(int(printed))
    processes = family(pids)
    assert not have_ended(processes)
    assert identity.end()
    wait_for(lambda: have_ended(processes) and not scratch.exists())
    assert not identity.end()


def test_another_process_with_the_same_pid_is_left_alone() -> None:
    """A pid that now belongs to another process is taken for ended, and that process is not touched."""
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    now = ProcessId.of(other.pid)
    before = ProcessId(other.pid, now.started - 1)
    try:
        assert before.find() is None
        assert not before.end()
        assert now.find() is not None
        assert other.poll() is None
    finally:
        assert other.stdin is not None
        other.communicate(b"\n")


def test_exit_code_and_output_come_through(tmp_path: Path) -> None:
    """A command that ends by itself gives its exit code, and its output is in the log."""
    log = tmp_path / "logs" / "say.log"
    supervised = Supervised([sys.executable, "-c", "print('so it is'); raise SystemExit(7)"], env={}, log=log)
    assert supervised.wait(20) == 7
    assert supervised.tail() == "so it is"


def test_too_slow_is_ended_with_a_clear_error(tmp_path: Path) -> None:
    """A command that takes too long is ended, and the error names it and shows the end of its output."""
    supervised = Supervised(
        [sys.executable, "-uc", "import time; print('busy'); time.sleep(60)"], env={}, log=tmp_path / "slow.log"
    )
    wait_for(lambda: supervised.tail() == "busy")
    with pytest.raises(StackError, match=r"^slow took longer than 0 s$") as error:
        supervised.wait(0.01)
    assert error.value.detail == "busy"
    assert not psutil.pid_exists(supervised.identity.pid)


def test_environment_is_only_what_was_given(tmp_path: Path) -> None:
    """Nothing of the starter's environment reaches the command unless it was passed on."""
    log = tmp_path / "env.log"
    os.environ["AUTOBOOK_TEST_LEAK"] = "1"
    try:
        code = "import os; print(sorted(k for k in os.environ if k != 'LC_CTYPE'))"
        assert Supervised([sys.executable, "-c", code], env={"GIVEN": "1"}, log=log).wait(20) == 0
    finally:
        del os.environ["AUTOBOOK_TEST_LEAK"]
    assert log.read_text().strip() == "['GIVEN']"
