"""Web pages of others cannot reach the simulator: every route, every way to be foreign."""

import re
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.routing import Mount, Route

from autobook_sim.kanbert.app import create_app
from autobook_sim.kanbert.operations import OPERATIONS
from autobook_sim.kanbert.server import Running
from autobook_sim.kanbert.service import Kanbert
from tests.autobook_sim.foreign_requests import FOREIGN_IDS, JSON, OWN_IDS, foreign, own, status, upgraded
from tests.autobook_sim.kanbert.conftest import TOKEN

AUTHORIZED = [JSON, ("Authorization", f"Bearer {TOKEN}")]


def routes() -> list[tuple[str, str]]:
    """Method and path of everything the simulator answers, an id where there is one to be filled in."""
    found: list[tuple[str, str]] = []
    for outer in create_app(Kanbert(token=TOKEN)).routes:
        for route in outer.routes if isinstance(outer, Mount) else [outer]:
            assert isinstance(route, Route)
            path = (outer.path if isinstance(outer, Mount) else "") + route.path
            found += [(method, re.sub(r"\{\w+\}", "1", path)) for method in sorted(route.methods or ())]
    return found


ROUTES = routes()
CHANGES = [each for each in ROUTES if each[1].startswith("/_sim/") and each[0] not in ("GET", "HEAD")]


@pytest.fixture
def port(simulator: Running, sim: httpx.Client) -> int:
    del sim  # only its reset is wanted
    return urlsplit(simulator.url).port or 0


def test_every_kind_of_route_is_there() -> None:
    """The page, the description, the control endpoint and the API are among the routes that are tried."""
    assert {("GET", "/"), ("GET", "/openapi.json"), ("GET", "/_sim/webhooks"), ("POST", "/_sim/reset")} <= set(ROUTES)
    of_the_api = [method for method, path in ROUTES if path.startswith("/api/v1/") and method != "HEAD"]
    assert len(of_the_api) == len(OPERATIONS)


@pytest.mark.parametrize("name", FOREIGN_IDS)
def test_foreign_pages(simulator: Running, port: int, name: str) -> None:
    """No route answers a foreign request, though it carries the token and is JSON; preflights neither."""
    headers = [*foreign(port)[name], *AUTHORIZED]
    asked = {*ROUTES, *(("OPTIONS", path) for _, path in ROUTES), ("GET", "/no-such-path")}
    assert {(method, path): status(port, method, path, headers) for method, path in asked} == dict.fromkeys(asked, 403)
    assert simulator.kanbert.requests == []


@pytest.mark.parametrize("name", FOREIGN_IDS)
def test_foreign_websockets(port: int, name: str) -> None:
    """A foreign page that asks for a WebSocket gets 403."""
    assert upgraded(port, "/", foreign(port)[name]) == 403


@pytest.mark.parametrize("name", OWN_IDS)
def test_own_page_and_programs(port: int, name: str) -> None:
    """Programs and the simulator's own page are answered: the page, what it reads, and what it sends."""
    headers = [*own(port)[name], *AUTHORIZED]
    asked = [("GET", "/"), ("GET", "/_sim/documents"), ("GET", "/api/v1/incoming-invoices"), ("POST", "/_sim/reset")]
    assert [status(port, *each, headers) for each in asked] == [200] * len(asked)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_control_takes_json(port: int, method: str, path: str, kind: str) -> None:
    """Nothing is changed by what a form can send."""
    assert status(port, method, path, [("Host", f"127.0.0.1:{port}"), ("Content-Type", kind)], "{}") == 415


def test_without_a_host(port: int) -> None:
    """HTTP/1.0 may leave the host out: 403. HTTP/1.1 may not: 400."""
    for version, answer in (("1.0", b"403"), ("1.1", b"400")):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(f"GET /_sim/webhooks HTTP/{version}\r\n\r\n".encode())
            assert connection.recv(64).split()[1] == answer
