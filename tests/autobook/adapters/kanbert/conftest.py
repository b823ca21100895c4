"""A simulator that listens, and clients of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from autobook.adapters.kanbert import IncomingInvoiceUpload, KanbertClient, RetryPolicy, UploadFile
from autobook.domain.kanbert.incoming import IncomingInvoice
from autobook_sim.kanbert.server import Running, running
from autobook_sim.kanbert.service import Kanbert

TOKEN = "adapter-test-token"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@dataclass
class Waits:
    """Instead of sleeping: the seconds that were asked for."""

    seconds: list[float] = field(default_factory=list)

    def retry_policy(self, attempts: int = 4) -> RetryPolicy:
        """Without chance and without waiting."""
        return RetryPolicy(sleep=self.seconds.append, jitter=lambda: 1.0, attempts=attempts)


@pytest.fixture(scope="session")
def simulator() -> Iterator[Running]:
    """One server for all tests; each starts from the seed."""
    with running(Kanbert(token=TOKEN, incoming_pdf=True)) as simulator:
        yield simulator


@pytest.fixture
def control(simulator: Running) -> Iterator[Callable[..., Any]]:
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
def waits() -> Waits:
    """What the client would have slept."""
    return Waits()


@pytest.fixture
def client(simulator: Running, control: Callable[..., Any], waits: Waits) -> Iterator[KanbertClient]:
    """Patient in attempts, not in time."""
    del control  # only its reset is wanted
    with KanbertClient(simulator.api_url, TOKEN, incoming_pdf=True, retry_policy=waits.retry_policy()) as client:
        yield client


@pytest.fixture
def invoice(client: KanbertClient, control: Callable[..., Any]) -> IncomingInvoice:
    """An uploaded document with one line."""
    fields = {"title": "Rechnung", "net_value": "100", "vat_value": "20", "invoice_number": "R-1"}
    upload = IncomingInvoiceUpload.model_validate(fields)
    uploaded = client.upload_incoming_invoice(upload, UploadFile.of("rechnung.pdf", PDF))
    control("POST", f"/incoming-invoices/{uploaded.id}/bookings", {"value": 100, "title": "Zeile"})
    return client.get_incoming_invoice(uploaded.id)
