"""Somebody who receives webhooks."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Received:
    """What arrived: (body, signature). `answers` are the statuses to give, then 202."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    arrived: list[tuple[bytes, str]] = field(default_factory=list)

    def wait(self, count: int) -> list[tuple[bytes, str]]:
        """Until so many have arrived; AssertionError after ten seconds."""
        until = time.monotonic() + 10
        while len(self.arrived) < count:
            assert time.monotonic() < until, f"{len(self.arrived)} of {count} webhooks came"
            time.sleep(0.01)
        return self.arrived


@contextmanager
def receiver() -> Iterator[Received]:
    """Listens on a free port."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.arrived.append((body, self.headers["Signature"]))
            self.send_response(received.answers.pop(0) if received.answers else 202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
