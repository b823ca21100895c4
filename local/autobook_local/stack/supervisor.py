"""Runs a command that ends when whoever started it ends, whatever the way: `python -I supervisor.py DIR -- COMMAND`.

Standard library only, and run as a file, so that any Python 3.13 can run it. Standard input is a pipe whose other end
only the starter holds. When it closes (the starter finished, crashed or was killed with -9) or a SIGTERM arrives, the
command's whole process group is ended and DIR, if not `-`, is removed. A line `stay` on the pipe lets it go: from
then on only SIGTERM ends it (`make up`). The exit code is the command's.
"""

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time

GRACE_SECONDS = 3.0


def main(directory: str, command: list[str]) -> int:
    """Run `command` until it ends, the pipe closes or a signal comes; return its exit code."""
    wake, woken = os.pipe()  # signals, the child's end among them, are bytes here: nothing to poll for
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait(child, wake)
    finally:
        end_group(child)
        if directory != "-":
            shutil.rmtree(directory, ignore_errors=True)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _wait(child: subprocess.Popen[bytes], wake: int) -> None:
    with selectors.DefaultSelector() as ready:
        ready.register(wake, selectors.EVENT_READ)
        ready.register(sys.stdin.fileno(), selectors.EVENT_READ)
        while child.poll() is None:
            for key, _ in ready.select():
                received = os.read(key.fd, 4096)
                if key.fd == wake:
                    if set(received) & {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}:
                        return
                elif b"stay" in received:
                    ready.unregister(key.fd)
                elif not received:
                    return


def end_group(child: subprocess.Popen[bytes]) -> None:
    """End the child and everything it started: politely, then after GRACE_SECONDS for certain."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)  # also those of its children that outlived it
    child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[3:]))
