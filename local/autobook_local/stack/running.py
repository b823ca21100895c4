"""What `make up` leaves running, remembered in a file so that `make down` ends exactly that and nothing else.

`autobook_cli.running` documents the file; commands without `--stack` read it there.
"""

import contextlib
import dataclasses
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from autobook_cli.running import FILE_NAME
from autobook_local.stack.aws import Credentials
from autobook_local.stack.emulator import Account
from autobook_local.stack.errors import StackError
from autobook_local.stack.processes import ProcessId
from autobook_local.stack.stack import Deployment
from autobook_local.stack.toolchains import Toolchains


@dataclasses.dataclass(frozen=True)
class RunningStack:
    """Processes that run on after the command that started them, and how to reach what they serve."""

    processes: dict[str, ProcessId]  # by a name for people: "MiniStack", "Kanbert simulator"
    account: Account
    stack_name: str
    urls: dict[str, str] = dataclasses.field(default_factory=dict)  # by a name for people
    simulator_token: str = dataclasses.field(default="", repr=False)  # never that of a real Kanbert

    @property
    def deployment(self) -> Deployment:
        """The deployed stack."""
        return Deployment(self.account, self.stack_name)

    def running(self) -> list[str]:
        """The names of those that still run."""
        return [name for name, process in self.processes.items() if process.find() is not None]

    def save(self, tools: Toolchains) -> None:
        """Remember it; the file holds a key (of the emulator), so only its owner can read it."""
        path = _path(tools)
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)  # an older file would keep its mode
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(dataclasses.asdict(self), file, indent=2)

    @classmethod
    def load(cls, tools: Toolchains) -> Self | None:
        """What was remembered, whether it still runs or not; None when nothing was, or nothing legible."""
        try:
            stored = json.loads(_path(tools).read_text())
            account = stored["account"]
            return cls(
                processes={name: ProcessId(**process) for name, process in stored["processes"].items()},
                account=Account(account["port"], Credentials(**account["credentials"]), account["region"]),
                stack_name=stored["stack_name"],
                urls=stored["urls"],
                simulator_token=stored.get("simulator_token", ""),
            )
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            return None  # cut short, or written by another version


def what_is_up(tools: Toolchains) -> RunningStack | None:
    """What the last `make up` left, if all of it still runs. StackError if only a part does."""
    stack = RunningStack.load(tools)
    if stack is None or not (names := stack.running()):
        return None
    if missing := sorted(stack.processes.keys() - set(names)):
        raise StackError(f"only a part is up: {', '.join(missing)} has ended; `make down` stops the rest")
    return stack


@contextlib.contextmanager
def starting(tools: Toolchains) -> Iterator[None]:
    """One `make up` at a time: the second would forget what the first started. StackError while another is at it."""
    tools.state.mkdir(exist_ok=True)
    with (tools.state / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError("another `make up` is starting in this directory; wait for it") from None
        yield


def take_down(tools: Toolchains) -> list[str]:
    """End what `make up` left running; the names of what was ended, none when there was nothing."""
    stack = RunningStack.load(tools)
    if stack is None:
        return []
    ended = [name for name, process in stack.processes.items() if process.end()]
    _path(tools).unlink(missing_ok=True)
    return ended


def _path(tools: Toolchains) -> Path:
    return tools.state / FILE_NAME
