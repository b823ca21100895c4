"""The control endpoint and the page: for tests and people on this machine, and for nobody else."""

import re
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.routing import Mount, Route

from autobook_sim.hypatos.app import OPERATIONS, create_app
from autobook_sim.hypatos.server import RunningHypatos
from autobook_sim.hypatos.service import Hypatos
from tests.autobook_sim.foreign_requests import FOREIGN_IDS, JSON, OWN_IDS, foreign, own, status
from tests.autobook_sim.hypatos.conftest import issued

INVOICE: dict[str, Any] = {"externalId": "kanbert-1", "invoiceLines": []}


def routes() -> list[tuple[str, str]]:
    """Method and path of everything the simulator answers."""
    found: list[tuple[str, str]] = []
    for outer in create_app(Hypatos(client_id="x", client_secret="y")).routes:
        for route in outer.routes if isinstance(outer, Mount) else [outer]:
            assert isinstance(route, Route)
            path = (outer.path if isinstance(outer, Mount) else "") + route.path
            found += [(method, re.sub(r"\{\w+(:path)?\}", "1", path)) for method in sorted(route.methods or ())]
    return found


ROUTES = routes()
CHANGES = [each for each in ROUTES if each[1].startswith("/_sim/") and each[0] not in ("GET", "HEAD")]


@pytest.fixture
def port(simulator: RunningHypatos, sim: httpx.Client) -> int:
    """Where it listens."""
    del sim  # only its reset is wanted
    return urlsplit(simulator.url).port or 0


@pytest.mark.parametrize("name", FOREIGN_IDS)
def test_foreign_pages(simulator: RunningHypatos, port: int, name: str) -> None:
    """No route answers a request of a foreign page."""
    headers = [*foreign(port)[name], JSON]
    asked = {*ROUTES, *(("OPTIONS", path) for _, path in ROUTES), ("GET", "/no-such-path")}
    assert {(method, path): status(port, method, path, headers) for method, path in asked} == dict.fromkeys(asked, 403)
    assert simulator.hypatos.requests == []


@pytest.mark.parametrize("name", OWN_IDS)
def test_own_page_and_programs(port: int, name: str) -> None:
    """Programs and the simulator's own page are answered."""
    asked = [("GET", "/"), ("GET", "/_sim/invoices"), ("GET", "/_sim/state"), ("POST", "/_sim/reset")]
    assert [status(port, *each, [*own(port)[name], JSON]) for each in asked] == [200] * len(asked)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_control_takes_json(port: int, method: str, path: str, kind: str) -> None:
    """Nothing is changed by what a form can send."""
    assert status(port, method, path, [("Host", f"127.0.0.1:{port}"), ("Content-Type", kind)], "{}") == 415


def test_requests_are_logged(api: httpx.Client, sim: httpx.Client) -> None:
    """Operation and status of every call; never a token or a secret."""
    api.post("enrichment/invoices", json=INVOICE)
    logged = sim.get("/requests").json()
    assert [(each["operation"], each["status"]) for each in logged] == [("auth.token", 200), ("invoices.insert", 200)]
    assert str(api.headers["Authorization"]).partition(" ")[2] not in str(logged)
    sim.delete("/requests")
    assert sim.get("/requests").json() == []


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", ["status", "drop", "drop_after", "truncate", "malformed"])
def test_faults(bare: httpx.Client, sim: httpx.Client, operation: str, kind: str) -> None:
    """An ordered fault happens once, to its operation; before or after the call is carried out, as it says."""
    headers = {"Authorization": f"Bearer {issued(bare)['access_token']}"}
    kept = {"headerText": "before"}
    bare.post("enrichment/invoices", json=INVOICE | kept, headers=headers).raise_for_status()
    sim.post("/faults", json={"operation": operation, "kind": kind, "status": 503})
    patch = headers | {"Content-Type": "application/merge-patch+json"}

    def call() -> bool:
        """True if it was answered as ever."""
        try:
            if operation == "auth.token":
                return bool(issued(bare))
            if operation == "invoices.insert":
                answer = bare.post("enrichment/invoices", json=INVOICE | {"headerText": "after"}, headers=headers)
            else:
                path = "enrichment/invoices/kanbert-1"
                answer = bare.request("PATCH", path, json={"headerText": "after"}, headers=patch)
            return answer.status_code == 200 and "id" in answer.json()
        except (httpx.TransportError, ValueError, AssertionError):
            return False

    assert not call()
    if operation != "auth.token":
        text = sim.get("/invoices").json()[0]["body"]["headerText"]
        assert text == ("before" if kind in ("status", "drop") else "after")
    assert sim.get("/faults").json() == []
    assert call()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/profile", {"name": "nonsense"}),
        ("PUT", "/clock", {"advance": "soon"}),
        ("PUT", "/clients", {"x": 1}),
        ("POST", "/faults", {"operation": "*", "kind": "nonsense"}),
        ("POST", "/faults", []),
    ],
)
def test_control_refuses_nonsense(sim: httpx.Client, method: str, path: str, body: Any) -> None:
    """400 with a message."""
    answer = sim.request(method, path, json=body)
    assert (answer.status_code, list(answer.json())) == (400, ["message"])


def test_tokens_and_clients(bare: httpx.Client, sim: httpx.Client) -> None:
    """All tokens can be ended, and the clients exchanged."""
    token = issued(bare)["access_token"]
    sim.request("DELETE", "/tokens")
    headers = {"Authorization": f"Bearer {token}"}
    assert bare.post("enrichment/invoices", json=INVOICE, headers=headers).status_code == 401
    sim.put("/clients", json={"other": "secret"})
    assert bare.post("auth/token", data={"grant_type": "client_credentials"}, auth=("other", "secret")).is_success


def test_page(simulator: RunningHypatos, sim: httpx.Client) -> None:
    """A page for people, that loads nothing from elsewhere."""
    del sim
    page = httpx.get(simulator.url, verify=False).text  # noqa: S501 - plain HTTP
    assert "Hypatos, simulated" in page
    assert not re.search(r"https?://", page)
    assert "innerHTML" not in page
