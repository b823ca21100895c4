"""What the guard lets through, application and server left out."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from autobook_sim.loopback_guard import LoopbackGuard, Message, Receive, Send
from tests.autobook_sim.foreign_requests import FOREIGN_IDS, JSON, OWN_IDS, foreign, own

PORT = 4566
OPEN = [(b"Access-Control-Allow-Origin", b"*"), (b"access-control-expose-headers", b"*"), (b"X-Kept", b"1")]


class Application:
    """Says what it was asked, and opens itself to everybody."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, scope: Message, _receive: Receive, send: Send) -> None:
        self.asked.append(scope["type"])
        match scope["type"]:
            case "http":
                await send({"type": "http.response.start", "status": 200, "headers": OPEN})
                await send({"type": "http.response.body", "body": b"secret"})
            case "websocket":
                await send({"type": "websocket.accept", "headers": OPEN})


def asked(
    headers: Iterable[tuple[str, str]], method: str = "GET", path: str = "/", kind: str = "http", **other: Any
) -> tuple[list[Message], list[str]]:
    """What is sent in answer, and what the application was asked."""
    application, sent = Application(), list[Message]()

    async def receive() -> Message:
        return {"type": "websocket.connect" if kind == "websocket" else "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope = {"type": kind, "method": method, "path": path, "headers": raw, "server": ("127.0.0.1", PORT), **other}
    asyncio.run(LoopbackGuard(application, control="/_control", answers="/_control/answers")(scope, receive, send))
    return sent, application.asked


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "PROPFIND"])
@pytest.mark.parametrize("name", FOREIGN_IDS)
def test_foreign(name: str, method: str) -> None:
    """A foreign request gets 403, whatever its method; the application does not hear of it."""
    sent, heard = asked([*foreign(PORT)[name], JSON], method)
    assert (sent[0]["status"], heard) == (403, [])
    assert not [each for each, _ in sent[0]["headers"] if each.startswith(b"access-control")]
    assert b"secret" not in sent[1]["body"]


@pytest.mark.parametrize("name", FOREIGN_IDS)
def test_foreign_websocket(name: str) -> None:
    """A foreign page's WebSocket is closed before it is open, which servers answer with 403."""
    sent, heard = asked(foreign(PORT)[name], kind="websocket")
    assert (sent, heard) == ([{"type": "websocket.close", "code": 1008}], [])


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("name", OWN_IDS)
def test_own(name: str, method: str) -> None:
    """Programs and the server's own page are answered, over HTTP and WebSockets."""
    headers = [*own(PORT)[name], JSON]
    sent, heard = asked(headers, method, "/_control/reset")
    assert (sent[0]["status"], heard) == (200, ["http"])
    assert asked(headers, kind="websocket")[1] == ["websocket"]


def test_no_host() -> None:
    """A request that says no host at all, as HTTP/1.0 allows, gets 403."""
    assert asked([])[0][0]["status"] == 403


def test_two_hosts() -> None:
    """A request with two hosts gets 403, also where one of them is right."""
    right = ("Host", f"127.0.0.1:{PORT}")
    assert asked([right, ("Host", "evil.example")])[0][0]["status"] == 403
    assert asked([right, right])[0][0]["status"] == 403


@pytest.mark.parametrize("path", ["http://evil.example/_control", f"http://127.0.0.1:{PORT}/", "*", ""])
def test_request_for_a_proxy(path: str) -> None:
    """A request that names its host in the first line, as to a proxy, gets 403."""
    assert asked([("Host", f"127.0.0.1:{PORT}")], path=path)[0][0]["status"] == 403


@pytest.mark.parametrize("server", [("192.168.1.5", PORT), ("0.0.0.0", PORT), ("/run/socket", None), None])  # noqa: S104
def test_not_loopback(server: Any) -> None:
    """Nothing is answered on an address that is not this machine's own, whatever the host says."""
    for host in (f"127.0.0.1:{PORT}", f"192.168.1.5:{PORT}", f"0.0.0.0:{PORT}", "/run/socket:None"):
        assert asked([("Host", host)], server=server)[0][0]["status"] == 403


def test_ipv6() -> None:
    """A server on the IPv6 loopback answers to its address in brackets and to localhost, not to 127.0.0.1."""
    for host, status in ((f"[::1]:{PORT}", 200), (f"localhost:{PORT}", 200), (f"127.0.0.1:{PORT}", 403)):
        assert asked([("Host", host)], server=("::1", PORT))[0][0]["status"] == status


def test_port_80() -> None:
    """On HTTP's own port clients leave the port out, of the host and of the origin."""
    own_page = [("Host", "localhost"), ("Origin", "http://localhost")]
    assert asked(own_page, server=("127.0.0.1", 80))[0][0]["status"] == 200
    assert asked([("Host", "localhost:80")], server=("127.0.0.1", 80))[0][0]["status"] == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ([], 415),
        (["text/plain"], 415),
        (["application/x-www-form-urlencoded"], 415),
        (["multipart/form-data; boundary=application/json"], 415),
        (["text/plain; application/json"], 415),
        (["application/json, text/plain"], 415),
        (["application/jsonp"], 415),
        (["application/json", "text/plain"], 415),
        (["application/json"], 200),
        (["Application/JSON; charset=utf-8"], 200),
    ],
)
@pytest.mark.parametrize("path", ["/_control", "/_control/reset"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "MERGE"])
def test_control_takes_json(method: str, path: str, kind: list[str], status: int) -> None:
    """Whatever may change something by the control endpoint has to be JSON, which no form can send."""
    headers = [("Host", f"127.0.0.1:{PORT}"), *(("Content-Type", each) for each in kind)]
    sent, heard = asked(headers, method, path)
    assert (sent[0]["status"], len(heard)) == (status, int(status == 200))
    assert asked(headers, "GET", path)[0][0]["status"] == 200
    assert asked(headers, method, "/_controls")[0][0]["status"] == 200


def test_answers_are_closed() -> None:
    """The headers that would open an answer to other sites are left out of it, the others stay."""
    for kind in ("http", "websocket"):
        sent, _ = asked([("Host", f"127.0.0.1:{PORT}")], kind=kind)
        names = [name.lower() for name, _ in sent[0]["headers"]]
        assert b"x-kept" in names
        assert not [name for name in names if name.startswith(b"access-control-")]


def test_lifespan() -> None:
    """What is no request passes."""
    assert asked([], kind="lifespan")[1] == ["lifespan"]


@pytest.mark.parametrize(("kind", "taken"), [("", True), ("application/json", True), ("text/plain", False)])
def test_answers(kind: str, taken: bool) -> None:
    """A program may PUT an answer without a type; whatever a form can send is refused there as elsewhere."""
    headers = [("Host", f"127.0.0.1:{PORT}"), ("Content-Type", kind)]
    for each in (headers, headers[: 1 if not kind else 2]):
        assert asked(each, "PUT", "/_control/answers/token")[1] == (["http"] if taken else [])
    for method, path in (
        ("POST", "/_control/answers/token"),
        ("PUT", "/_control/answers"),
        ("PUT", "/_control/answers/"),
        ("PUT", "/_control/other"),
    ):
        sent, heard = asked(headers, method, path)
        assert (sent[0]["status"], heard) == ((200, ["http"]) if kind == "application/json" else (415, []))


@pytest.mark.parametrize("name", FOREIGN_IDS)
def test_no_page_answers(name: str) -> None:
    """A foreign page cannot, nor can it ask whether it may."""
    for method in ("PUT", "OPTIONS"):
        sent, heard = asked(foreign(PORT)[name], method, "/_control/answers/token")
        assert (sent[0]["status"], heard) == (403, [])
