"""The lists that the guards ask for, answered by the simulator."""

from decimal import Decimal
from typing import Any

import pytest

from autobook.adapters.kanbert import IncomingInvoiceUpload, KanbertClient
from autobook.domain.decision import Decision
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.guards import Guards
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.service.status_guards import StatusGuards
from autobook_sim.kanbert.server import Running
from tests.fakes import VIENNA


@pytest.fixture
def supplier(simulator: Running, client: KanbertClient) -> str:
    """A supplier that Kanbert knows."""
    assert client
    hidden = {"_customer_number": None, "_vendor_identifier": None, "_external_id": None}
    simulator.kanbert.store.add("suppliers", {"id": "sup1", "name": "Hostwerk GmbH", **hidden})
    return "sup1"


def upload(client: KanbertClient, supplier: str, number: str, net: int, day: str, **more: Any) -> IncomingInvoice:
    fields = {
        "title": "Rechnung", "supplier_id": supplier, "invoice_number": number, "net_value": str(net),
        "vat_value": "0", "date_of_invoice": f"{day}T00:00:00Z",
    }  # fmt: skip
    return client.upload_incoming_invoice(IncomingInvoiceUpload.model_validate(fields | more))


def held(client: KanbertClient, invoice: IncomingInvoice) -> list[str]:
    """Codes of the guards that hold this invoice's status back."""
    status = Written(None, "status", "ready_for_accounting", None, "rule")
    record = ProvenanceRecord(Document(DocumentKind.INCOMING_INVOICE, invoice.id))
    guards = StatusGuards(client, Guards(duplicates=True, tolerance=Decimal(50)), VIENNA)
    decision = guards.checked(Decision(record, writes=(status,)), invoice)
    assert bool(decision.writes) is not bool(decision.guards)
    assert [problem.code for problem in decision.problems] == list(decision.guards)
    return [str(code) for code in decision.guards]


def test_duplicates(client: KanbertClient, supplier: str) -> None:
    """By number in any case, and by day and amount; a credit note and the invoice itself are no duplicates."""
    first = upload(client, supplier, "RE-2026-1", 100, "2026-02-27")
    assert held(client, first) == []
    assert held(client, upload(client, supplier, "re-2026-1 ", 70, "2026-01-05")) == ["duplicate"]
    assert held(client, upload(client, supplier, "X", 100, "2026-02-27")) == ["duplicate"]
    assert held(client, upload(client, supplier, "RE-2026-1", 100, "2026-02-27", type="Credit")) == []
    assert held(client, upload(client, supplier, "RE-2026-11", 100, "2026-02-25")) == []


def test_amounts(client: KanbertClient, supplier: str) -> None:
    """Out of the span of the supplier's last invoices, by date."""
    for month in range(1, 7):
        upload(client, supplier, f"RE-{month}", 100 + month, f"2025-0{month}-15")
    assert held(client, upload(client, supplier, "RE-usual", 150, "2026-02-27")) == []
    assert held(client, upload(client, supplier, "RE-much", 1500, "2026-02-28")) == ["unusual_amount"]
    assert held(client, upload(client, supplier, "RE-1", 15, "2026-03-01")) == ["duplicate", "unusual_amount"]
