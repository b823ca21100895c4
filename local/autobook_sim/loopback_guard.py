"""Keeps web pages away from servers on a developer's machine: programs are answered, and a server's own pages.

A page of any site can have the browser send requests to 127.0.0.1. It cannot choose three headers, and they tell it:

- `Host`: a name of the site's own that was made to lead here (DNS rebinding) stands there, instead of the loopback
  address;
- `Origin`: the page's, on everything that changes something, on preflights (CORS) and on WebSockets;
- `Sec-Fetch-Site`: how the page stands to this server; on links and images as well, which have no `Origin`.

Programs (curl, boto3, a function) send neither of the last two. Sources: Fetch Standard, "Origin header"; Fetch
Metadata Request Headers, "Sec-Fetch-Site"; RFC 9110, "Host and :authority".

Standard library only: MiniStack's Python, which has nothing of ours installed, runs it too (launch_emulator.py).
"""

import json
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Message, Receive, Send], Awaitable[None]]

_NAMES = {"127.0.0.1": ("127.0.0.1", "localhost"), "::1": ("[::1]", "localhost")}
"""How a client may call each address that a server listens on. No other address is served at all."""
_HTTP_PORT = 80
_OWN_SITE = frozenset({b"same-origin", b"none"})
"""`none`: a person typed the address or took it from a bookmark or a terminal."""
_CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})
_OPENS_TO_OTHERS = b"access-control-"


class LoopbackGuard:
    """An ASGI application around another. `control` is the path below which a change has to be sent as JSON.

    A request of a foreign page, or for another host, gets 403, one to `control` that is not JSON gets 415; the
    application sees neither. `answers` is a path below which programs PUT what they were asked for, without a type: a
    form of a page cannot send PUT, and a script only after a preflight, which is refused. What the application answers
    loses the headers by which it would be open to other sites (CORS), and gets `headers`.
    """

    def __init__(
        self, app: Application, control: str, headers: tuple[tuple[bytes, bytes], ...] = (), answers: str = ""
    ) -> None:
        self._app = app
        self._control = control
        self._answers = answers
        self._headers = [(b"cross-origin-resource-policy", b"same-origin"), (b"x-content-type-options", b"nosniff")]
        self._headers += headers

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request or WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif reason := _foreign(scope):
            await _refuse(scope, receive, send, 403, reason)
        elif scope["type"] == "http" and self._is_no_json(scope):
            await _refuse(scope, receive, send, 415, "The content type must be application/json.")
        else:
            await self._app(scope, receive, self._closed_to_others(send))

    def _is_no_json(self, scope: Message) -> bool:
        """Whether this would change something by the control endpoint, in a way that a form of a page could."""
        if scope["method"] in _CHANGES_NOTHING or not f"{scope['path']}/".startswith(f"{self._control}/"):
            return False
        kinds = [kind.partition(b";")[0].strip().lower() for kind in _all(scope, b"content-type")]
        token = scope["path"].removeprefix(f"{self._answers}/")
        if self._answers and scope["method"] == "PUT" and token not in {"", scope["path"]} and not any(kinds):
            return False
        return kinds != [b"application/json"]

    def _closed_to_others(self, send: Send) -> Send:
        async def closed(message: Message) -> None:
            if "headers" in message:
                kept = [each for each in message["headers"] if not each[0].lower().startswith(_OPENS_TO_OTHERS)]
                added = self._headers if message["type"] == "http.response.start" else []
                message = {**message, "headers": [*kept, *added]}
            await send(message)

        return closed


def _foreign(scope: Message) -> str:
    """Why this is none of a program on this machine, or of our own page; empty if it is."""
    hosts = _all(scope, b"host")
    if len(hosts) != 1 or hosts[0].lower() not in _authorities(scope.get("server")):
        return "The Host header is not the loopback address that this server listens on."
    if not scope["path"].startswith("/"):
        return "Requests meant for a proxy are not answered."
    own = b"http://" + hosts[0].lower()
    if any(origin.lower() != own for origin in _all(scope, b"origin")):
        return "Pages of other origins are not answered."
    if any(site not in _OWN_SITE for site in _all(scope, b"sec-fetch-site")):
        return "Pages of other sites are not answered."
    return ""


def _authorities(server: tuple[str, int | None] | None) -> Iterator[bytes]:
    """What `Host` may be, for the address that the connection came in at."""
    host, port = server or ("", None)
    for name in _NAMES.get(host, ()):
        yield f"{name}:{port}".encode()
        if port == _HTTP_PORT:
            yield name.encode()


def _all(scope: Message, wanted: bytes) -> list[bytes]:
    return [value.strip() for name, value in scope["headers"] if name.lower() == wanted]


async def _refuse(scope: Message, receive: Receive, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})  # before it is accepted: the server answers 403
        return
    body = json.dumps({"message": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
