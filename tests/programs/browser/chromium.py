"""Chromium without a window, driven through its DevTools protocol over a pipe: no driver, no port, no library."""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1280,900",
    "--remote-debugging-pipe",
)  # fmt: skip
_PATIENCE = 20.0
"""Seconds for anything to happen on a page."""


def executable() -> str:
    """Where it is. LookupError, saying what to do, where there is none."""
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise LookupError("no Chromium here: install one (Debian: apt-get install chromium), or say where: CHROMIUM=…")
    return found


class Page:
    """One tab."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read, self._rest, self._number = write, read, b"", 0
        target = self._call("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = self._call("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session: str | None = attached["sessionId"]

    _session: str | None = None

    def _call(self, method: str, params: dict[str, Any]) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def _receive(self) -> Any:
        while b"\0" not in self._rest:
            chunk = os.read(self._read, 1 << 16)
            assert chunk, "Chromium has gone"
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def open(self, url: str) -> None:
        """Go there."""
        self._call("Page.navigate", {"url": url})

    def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        answer = self._call("Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True})
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, script: str) -> Any:
        """Until the expression is true; its value. AssertionError after some seconds."""
        until = time.monotonic() + _PATIENCE
        while not (value := self.run(script)):
            assert time.monotonic() < until, f"never came: {script}"
            time.sleep(0.05)
        return value

    def resize(self, width: int, height: int) -> None:
        """As a screen of this size shows it, in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._call("Emulation.setDeviceMetricsOverride", size)

    def screenshot(self, path: Path) -> None:
        """What a person sees, as PNG."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", {"format": "png"})["data"]))


@contextmanager
def chromium(profile: Path, *flags: str) -> Iterator[Page]:
    """A browser with one tab, started with these flags more. `profile` is an empty directory of its own."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()

    def hand_over() -> None:
        # The protocol's pipe is file descriptors 3 and 4; out of the way first, they may be ours.
        source, sink = os.dup2(to_read, 103), os.dup2(from_write, 104)
        os.dup2(source, 3)
        os.dup2(sink, 4)

    command = [executable(), *_FLAGS, *flags, f"--user-data-dir={profile}"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603 - a browser, by its own name
        command, close_fds=False, preexec_fn=hand_over, stdin=quiet, stdout=quiet, stderr=quiet
    )
    os.close(to_read)
    os.close(from_write)
    try:
        yield Page(to_write, from_read)
    finally:
        process.terminate()
        process.wait(timeout=20)
        os.close(to_write)
        os.close(from_read)
