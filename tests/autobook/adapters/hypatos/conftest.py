"""A simulated Hypatos that listens, its control endpoint, and clients of it."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from autobook.adapters.http_client import RetryPolicy
from autobook.adapters.hypatos import ClientCredentials, HypatosClient
from autobook.domain.hypatos import HypatosInvoice
from autobook_sim.hypatos.server import RunningHypatos, running
from autobook_sim.hypatos.service import Hypatos

CREDENTIALS = ClientCredentials("autobook:1", "s3cret/+ä secret")
type Control = Callable[..., Any]


@pytest.fixture(scope="session")
def simulator() -> Iterator[RunningHypatos]:
    """One server for all tests; each starts afresh."""
    with running(Hypatos(client_id=CREDENTIALS.client_id, client_secret=CREDENTIALS.client_secret)) as simulator:
        yield simulator


@pytest.fixture
def control(simulator: RunningHypatos) -> Iterator[Control]:
    """The control endpoint, after a reset."""
    base, headers = f"{simulator.url}/_sim", {"Content-Type": "application/json"}
    with httpx.Client(base_url=base, headers=headers, verify=False, timeout=60) as http:  # noqa: S501 - plain HTTP

        def call(method: str, path: str, body: object = None) -> Any:
            answer = http.request(method, path, json=body)
            assert answer.is_success, answer.text
            return answer.json()

        call("POST", "/reset")
        yield call


@pytest.fixture
def client(simulator: RunningHypatos, control: Control) -> Iterator[HypatosClient]:
    """With the right credentials, that does not sleep."""
    del control  # only its reset is wanted
    with HypatosClient(simulator.api_url, CREDENTIALS, retry_policy=without_sleep()) as client:
        yield client


def without_sleep() -> RetryPolicy:
    """Without chance and without waiting."""
    return RetryPolicy(sleep=lambda _: None, jitter=lambda: 1.0)


def invoice(header_text: str | None = "Miete", **fields: Any) -> HypatosInvoice:
    """A small invoice, and these fields (by Hypatos' names)."""
    lines = [{"externalId": "l1", "netAmount": "100.10", "accountAssignments": [{"glAccountCode": "7380"}]}]
    text = {"headerText": header_text} if header_text is not None else {}
    return HypatosInvoice.model_validate({"externalId": "kanbert-Ab3", "invoiceLines": lines} | text | fields)


def stored(control: Control) -> list[dict[str, Any]]:
    """The bodies that Hypatos has."""
    return [each["body"] for each in control("GET", "/invoices")]


def operations(control: Control) -> list[tuple[str, int]]:
    """What was called, and how it was answered."""
    return [(each["operation"], each["status"]) for each in control("GET", "/requests")]
