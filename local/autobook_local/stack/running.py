"""What `make up` leaves running, remembered in a file so that `make down` ends exactly that and nothing else.

`autobook_cli.running` documents the file; commands without `--stack` read it there.
"""

import dataclasses
import json
import os
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
            )
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            return None  # cut short, or written by another version


def refuse_if_running(tools: Toolchains) -> None:
    """StackError with one clear line when the last `make up` still runs."""
    stack = RunningStack.load(tools)
    if stack and stack.running():
        raise StackError(f"already up ({', '.join(stack.running())}); `make down` stops it")


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
