"""A simulated Billomat that listens, and clients of it."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from autobook.adapters.billomat import BillomatClient
from autobook_sim.billomat.server import RunningBillomat, running_billomat
from autobook_sim.billomat.service import Billomat
from tests.autobook.adapters.kanbert.conftest import Waits

API_KEY = "billomat-test-key"


@pytest.fixture(scope="session")
def billomat() -> Iterator[RunningBillomat]:
    """One server for all tests; each starts from the examples."""
    with running_billomat(Billomat(api_key=API_KEY)) as running:
        yield running


@pytest.fixture
def control(billomat: RunningBillomat) -> Iterator[Callable[..., Any]]:
    """The control endpoint, after a reset."""
    base, headers = f"{billomat.url}/_sim", {"Content-Type": "application/json"}
    with httpx.Client(base_url=base, headers=headers, timeout=60) as http:

        def call(method: str, path: str, body: object = None) -> Any:
            answer = http.request(method, path, json=body)
            assert answer.is_success, answer.text
            return answer.json()

        call("POST", "/reset")
        yield call


@pytest.fixture
def waits() -> Waits:
    """What the client would have slept."""
    return Waits()


@pytest.fixture
def client(billomat: RunningBillomat, control: Callable[..., Any], waits: Waits) -> Iterator[BillomatClient]:
    """Patient in attempts, not in time."""
    del control  # only its reset is wanted
    with BillomatClient(billomat.api_url, API_KEY, retry_policy=waits.retry_policy()) as client:
        yield client
