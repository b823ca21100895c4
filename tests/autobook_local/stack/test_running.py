"""`make up` is remembered; `make down` ends what it remembers."""

import dataclasses
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autobook_local.stack import ProcessId, StackError, Toolchains
from autobook_local.stack.aws import Credentials
from autobook_local.stack.emulator import Account
from autobook_local.stack.running import RunningStack, starting, take_down, what_is_up


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as started:
        yield started
        started.kill()


@pytest.fixture
def tools(tmp_path: Path) -> Toolchains:
    return Toolchains(tmp_path)


def running_stack(process: ProcessId) -> RunningStack:
    account = Account(4566, Credentials("key", "secret"))
    return RunningStack({"MiniStack": process}, account, "autobook-local", {"webhooks": "http://127.0.0.1:4566/x"})


def test_it_is_read_back_as_it_was_saved(tools: Toolchains, process: subprocess.Popen[bytes]) -> None:
    """What was saved is loaded unchanged, from a file that only its owner can read."""
    saved = running_stack(ProcessId.of(process.pid))
    saved.save(tools)
    assert RunningStack.load(tools) == saved
    assert stat.S_IMODE((tools.state / "stack.json").stat().st_mode) == 0o600


def test_a_second_up_finds_the_first(tools: Toolchains, process: subprocess.Popen[bytes]) -> None:
    """While all of it runs, it is found with what there is to show, the simulator's token included."""
    saved = dataclasses.replace(running_stack(ProcessId.of(process.pid)), simulator_token="the-token")
    saved.save(tools)
    assert what_is_up(tools) == saved
    assert "the-token" not in repr(saved)


def test_half_of_it_is_not_up(tools: Toolchains, process: subprocess.Popen[bytes]) -> None:
    """Where a part has ended, one line says which, and how to stop the rest."""
    whole = running_stack(ProcessId.of(process.pid))
    parts = whole.processes | {"Kanbert simulator": ProcessId(whole.processes["MiniStack"].pid, 1.0)}
    dataclasses.replace(whole, processes=parts).save(tools)
    with pytest.raises(StackError, match=r"^only a part is up: Kanbert simulator has ended; `make down` stops the"):
        what_is_up(tools)


def test_two_at_once(tools: Toolchains) -> None:
    """While one is starting, another is refused; afterwards it is not."""
    with starting(tools), pytest.raises(StackError, match="another `make up` is starting"), starting(tools):
        pass
    with starting(tools):
        pass


def test_down_ends_it_and_forgets_it(tools: Toolchains, process: subprocess.Popen[bytes]) -> None:
    """Taking down ends the processes by their identity; a second time there is nothing to do."""
    running_stack(ProcessId.of(process.pid)).save(tools)
    assert take_down(tools) == ["MiniStack"]
    process.wait()
    assert what_is_up(tools) is None
    assert take_down(tools) == []


def test_what_has_ended_by_itself_is_no_obstacle(tools: Toolchains, process: subprocess.Popen[bytes]) -> None:
    """After a crash or a reboot the remembered processes are gone: start is allowed, nothing else is ended."""
    identity = ProcessId.of(process.pid)
    running_stack(ProcessId(identity.pid, identity.started - 5)).save(tools)
    assert what_is_up(tools) is None
    assert take_down(tools) == []
    assert process.poll() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"processes": {}}'])
def test_an_unreadable_record_is_nothing_remembered(tools: Toolchains, content: str) -> None:
    """A record that was cut short or is of another version is as none: there is nothing in it to rely on."""
    tools.state.mkdir()
    (tools.state / "stack.json").write_text(content)
    assert RunningStack.load(tools) is None
    assert take_down(tools) == []
