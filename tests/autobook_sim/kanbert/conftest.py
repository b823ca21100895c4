"""A simulator, an authorised client of its API, and its control endpoint."""

from collections.abc import Iterator

import httpx
import pytest

from autobook_sim.kanbert.server import Running, running
from autobook_sim.kanbert.service import Kanbert
from tests.autobook_sim.kanbert.receiver import Received, receiver

TOKEN = "simulator-test-token"


@pytest.fixture(scope="session")
def simulator() -> Iterator[Running]:
    """One server for all tests."""
    with running(Kanbert(token=TOKEN)) as simulator:
        yield simulator


@pytest.fixture
def sim(simulator: Running) -> Iterator[httpx.Client]:
    """The control endpoint, after a reset."""
    base, headers = f"{simulator.url}/_sim", {"Content-Type": "application/json"}
    with httpx.Client(base_url=base, headers=headers, verify=False, timeout=60) as http:  # noqa: S501 - plain HTTP
        assert http.post("/reset").is_success
        yield http


@pytest.fixture
def api(simulator: Running, sim: httpx.Client) -> Iterator[httpx.Client]:
    """The API, with a token that may do everything."""
    del sim  # only its reset is wanted
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=simulator.api_url, headers=headers, verify=False, timeout=60) as http:  # noqa: S501 - plain HTTP
        yield http


@pytest.fixture
def hook() -> Iterator[Received]:
    """Somebody who receives webhooks."""
    with receiver() as received:
        yield received
