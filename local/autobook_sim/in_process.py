"""A simulator without sockets and event loop: what its application would answer, for a client in the same process."""

from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.types import ASGIApp, Message

from autobook_sim.transports import IN_PROCESS

_LOOPBACK = "127.0.0.1"


@dataclass
class _Connection:
    """Receives an answer; in place of the TCP connection that a fault cuts."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    is_cut: bool = False

    async def send(self, message: Message) -> None:
        """A part of the answer."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")

    def abort(self) -> None:
        """Cut it."""
        self.is_cut = True

    close = abort


class InProcess(httpx.BaseTransport):
    """Answers httpx requests by an ASGI application that waits for nothing.

    A connection that the application cuts is a `ReadError`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer."""
        connection = _Connection()
        _run(self._call(_scope(request, connection), request.read(), connection))
        if connection.is_cut:
            raise httpx.ReadError("the connection was cut", request=request)
        return httpx.Response(connection.status, headers=connection.headers, content=connection.body)

    async def _call(self, scope: dict[str, Any], body: bytes, connection: _Connection) -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive, connection.send)


def _run(call: Coroutine[Any, Any, None]) -> None:
    """All of it at once; NotImplementedError where it would have to wait."""
    try:
        while call.send(None) is None:  # `asyncio.sleep(0)` gives way, and nobody is there
            pass
    except StopIteration:
        return
    raise NotImplementedError("the application waits for something")


def _scope(request: httpx.Request, connection: _Connection) -> dict[str, Any]:
    url = request.url
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    # The guard of the simulators lets in only what is addressed to the loopback.
    headers = [(name.lower(), value) for name, value in request.headers.raw if name.lower() != b"host"]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "query_string": url.query,
        "root_path": "",
        "headers": [(b"host", f"{_LOOPBACK}:{port}".encode()), *headers],
        "client": (_LOOPBACK, 1),
        "server": (_LOOPBACK, port),
        "extensions": {IN_PROCESS: connection},
    }
