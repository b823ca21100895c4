"""A simulator, a client of its API without a token of its own, and its control endpoint."""

import base64
from collections.abc import Iterator
from urllib.parse import quote_plus

import httpx
import pytest

from autobook_sim.hypatos.server import RunningHypatos, running
from autobook_sim.hypatos.service import Hypatos

CLIENT, SECRET = "client:with 1 colon", "secret/+ä"


@pytest.fixture(scope="session")
def simulator() -> Iterator[RunningHypatos]:
    """One server for all tests."""
    with running(Hypatos(client_id=CLIENT, client_secret=SECRET)) as simulator:
        yield simulator


@pytest.fixture
def sim(simulator: RunningHypatos) -> Iterator[httpx.Client]:
    """The control endpoint, after a reset."""
    base, headers = f"{simulator.url}/_sim", {"Content-Type": "application/json"}
    with httpx.Client(base_url=base, headers=headers, verify=False, timeout=60) as http:  # noqa: S501 - plain HTTP
        assert http.post("/reset").is_success
        yield http


@pytest.fixture
def bare(simulator: RunningHypatos, sim: httpx.Client) -> Iterator[httpx.Client]:
    """The API without a token."""
    del sim  # only its reset is wanted
    with httpx.Client(base_url=simulator.api_url, verify=False, timeout=60) as http:  # noqa: S501 - plain HTTP
        yield http


@pytest.fixture
def api(simulator: RunningHypatos, bare: httpx.Client) -> httpx.Client:
    """The API, with a token."""
    del simulator
    bare.headers["Authorization"] = f"Bearer {issued(bare)['access_token']}"
    return bare


def issued(http: httpx.Client, path: str = "auth/token") -> dict[str, object]:
    """What the token endpoint answers to our client."""
    answer = http.post(path, data={"grant_type": "client_credentials"}, headers={"Authorization": basic()})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def basic(client: str = CLIENT, secret: str = SECRET) -> str:
    """The header with the client's name and secret, as RFC 6749, 2.3.1, wants it."""
    return "Basic " + base64.b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()
