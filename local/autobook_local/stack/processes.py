"""Starting, recognising and ending processes, so that none is left behind and none that is not ours is touched."""

import dataclasses
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import psutil

from autobook_local.stack.errors import StackError

SUPERVISOR = Path(__file__).with_name("supervisor.py")
_END_SECONDS = 10.0  # the supervisor needs three at most


@dataclasses.dataclass(frozen=True)
class ProcessId:
    """A process for good: a pid alone is used again by the system, its pid with its start time is not."""

    pid: int
    started: float  # seconds since the epoch, by the operating system's account

    @classmethod
    def of(cls, pid: int) -> Self:
        """The identity of the process that has this pid now."""
        return cls(pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process, or None when it has ended (its pid may be somebody else's by now)."""
        try:
            process = psutil.Process(self.pid)
            if process.create_time() == self.started and process.status() != psutil.STATUS_ZOMBIE:
                return process
        except psutil.NoSuchProcess:
            pass
        return None

    def end(self) -> bool:
        """End it and what it started; False when it had ended already."""
        process = self.find()
        if process is None:
            return False
        descendants = process.children(recursive=True)
        process.terminate()
        _, alive = psutil.wait_procs([process, *descendants], timeout=_END_SECONDS)
        for survivor in alive:
            survivor.kill()
        psutil.wait_procs(alive, timeout=_END_SECONDS)
        return True


class Supervised:
    """A process that cannot outlive this one, unless `release` lets it: see `supervisor.py`.

    Its output goes to `log`. `directory`, if given, is removed when it ends.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        log: Path,
        cwd: Path | None = None,
        directory: Path | None = None,
    ) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-I", SUPERVISOR, directory or "-", "--", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,  # Ctrl-C reaches us alone; we end it in good order
            )
        self.identity = ProcessId.of(self._process.pid)

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> int:
        """The exit code; when it takes longer, it is ended and a StackError raised."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise StackError(f"{self.log.stem} took longer than {seconds:.0f} s", self.tail()) from None
        self.stop()
        return code

    def stop(self) -> None:
        """End it and everything it started. Harmless when it has ended."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()  # the supervisor sees the end of its input
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.identity.end()
            self._process.wait()

    def release(self) -> ProcessId:
        """Let it go on without this process; `ProcessId.end` stops it later."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._process.stdin.write(b"stay\n")
        self._process.stdin.close()
        self._process.returncode = 0  # not ours to wait for any more: no ResourceWarning
        return self.identity

    def tail(self, lines: int = 30) -> str:
        """The end of its output."""
        return tail(self.log, lines)


def tail(log: Path, lines: int = 30) -> str:
    """The last lines of a log, or an empty text when there is none."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def scratch_directory() -> Path:
    """A new private directory for a process' files, outside the project."""
    return Path(tempfile.mkdtemp(prefix="autobook-"))


def plain_environment(home: Path) -> dict[str, str]:
    """An environment in which neither a person's settings (AWS profiles, proxies) nor home directory matter."""
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",  # as in Lambda
    }
