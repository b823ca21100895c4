"""The export to Billomat on the deployed system: once each, with the right account, file and totals."""

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from autobook.adapters.kanbert import BookingUpdate
from autobook_local.demo.documents import DemoDocument
from autobook_local.system import LocalSystem
from tests.end_to_end.test_main_job import finish, upload

SECONDS = 120.0


def exported(system: LocalSystem, number: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The one incoming of this number, once it is as wanted."""
    assert system.billomat_simulator is not None
    until = time.monotonic() + SECONDS
    found: list[dict[str, Any]] = []
    while time.monotonic() < until:
        documents = system.billomat_simulator.control("GET", "/documents")
        found = [each for each in documents["incomings"] if each["number"] == number]
        assert len(found) <= 1
        if found and wanted(found[0]):
            return found[0]
        time.sleep(0.5)
    raise AssertionError(f"not exported: {found} {system.deployment.logs('ExportBillomatFunction')[-5:]}")


@pytest.fixture
def mapped(system: LocalSystem, hosting: DemoDocument) -> Iterator[None]:
    """Kanbert's supplier of the invoice is mapped, for the length of a test."""
    known = finish(system, upload(system, hosting, "whose supplier is it"))
    supplier = system.simulator.client.get_incoming_invoice(known.document.id).supplier
    assert supplier is not None
    table, dynamodb = system.deployment.outputs["BillomatMappingsTableName"], system.deployment.clients.dynamodb
    mapping = f"supplier:{supplier.id}"
    dynamodb.put_item(TableName=table, Item={"mapping": {"S": mapping}, "supplier_id": {"N": "1"}})
    yield
    dynamodb.delete_item(TableName=table, Key={"mapping": {"S": mapping}})


@pytest.mark.usefixtures("mapped")
def test_booked_and_corrected(system: LocalSystem, hosting: DemoDocument) -> None:
    """A booked invoice appears with account, file and totals to the cent; a correction edits it; nothing is doubled."""
    assert system.billomat_simulator is not None
    client = system.simulator.client
    story = finish(system, upload(system, hosting, "billomat"))
    invoice = client.get_incoming_invoice(story.document.id)
    (line, *_) = invoice.bookings or ()
    assert invoice.invoice_number is not None
    assert line.chart_of_account is not None
    first = exported(system, invoice.invoice_number, _is_on(line.chart_of_account.code))
    assert (Decimal(first["total_net"]), Decimal(first["total_gross"])) == (invoice.sum_net, invoice.sum_gross)
    key = {"X-BillomatApiKey": system.billomat_simulator.api_key}
    address = f"{system.billomat_simulator.api_url}/incomings/{first['id']}/pdf"
    assert httpx.get(address, params={"format": "pdf"}, headers=key, timeout=10).content == story.pdf
    other = next(each for each in client.chart_of_accounts() if each.code not in (None, line.chart_of_account.code))
    client.update_booking(invoice.id, line.id, BookingUpdate(chart_of_account_id=other.id))
    assert exported(system, invoice.invoice_number, _is_on(other.code))["id"] == first["id"]


def _is_on(code: str | None) -> Callable[[dict[str, Any]], bool]:
    return lambda incoming: str(incoming["expense_account_number"]) == code
