"""Serving a simulator on the loopback: as a program, or in a thread of a test."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from autobook_sim.transports import HeldProtocol

_LOOPBACK = "127.0.0.1"


def _listen(port: int) -> socket.socket:
    # asyncio switches Nagle's algorithm off only where the protocol is named: 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((_LOOPBACK, port))
    listener.listen(128)
    return listener


def _server(app: Starlette) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=HeldProtocol,
        ws="none",
        log_level="critical",
        access_log=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def serve_app(app: Starlette, port: int, note: str | None = None) -> None:
    """Serve until a signal ends it. OSError if the port is taken.

    The first line of output says where it listens, `note` is the second.
    """
    listener = _listen(port)
    print(f"listening on http://{_LOOPBACK}:{listener.getsockname()[1]}", flush=True)
    if note:
        print(note, flush=True)
    _server(app).run(sockets=[listener])


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """In a thread, for the length of a `with` block; yields the URL."""
    listener = _listen(0)
    server = _server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.005)
    try:
        yield f"http://{_LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
