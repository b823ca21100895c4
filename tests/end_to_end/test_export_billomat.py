"""The export to Billomat on the deployed system: once each, with the right account, file and totals."""

import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from autobook.adapters.kanbert import BookingUpdate
from autobook_cli.dead_letter_queues import DeadLetters
from autobook_cli.dead_letters import DeadLetter
from autobook_local.demo.documents import DemoDocument, demo_documents
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


@pytest.fixture(scope="module")
def telephone() -> DemoDocument:
    """An invoice that a rule books, and that no other test uploads: its number is exported once."""
    return next(each for each in demo_documents(date(2026, 11, 21)) if "telephone" in each.file_name)


def awaited(system: LocalSystem, identifier: str) -> DeadLetter:
    """The dead letter of this invoice that waits for a mapping."""
    letters = DeadLetters(system.deployment.clients.sqs, system.deployment.resources)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for letter in letters.peek():
            if letter.identifier == identifier and letter.awaits:
                return letter
        time.sleep(0.5)
    raise AssertionError(f"no dead letter: {system.deployment.logs('ExportBillomatFunction')[-5:]}")


def test_mapped_exported_and_corrected(system: LocalSystem, telephone: DemoDocument) -> None:
    """A booked invoice waits as a dead letter until its supplier is mapped, and goes on by itself.

    It appears with account, file and totals to the cent; a correction edits it; nothing is doubled.
    """
    assert system.billomat_simulator is not None
    client = system.simulator.client
    story = finish(system, upload(system, telephone, "billomat"))
    invoice = client.get_incoming_invoice(story.document.id)
    assert invoice.supplier is not None
    assert invoice.invoice_number is not None
    letter = awaited(system, invoice.id)
    assert letter.reason.startswith(f"no Billomat supplier for {invoice.supplier.name}")
    assert "add a mapping" in letter.reason
    table, dynamodb = system.deployment.outputs["BillomatMappingsTableName"], system.deployment.clients.dynamodb
    item: dict[str, Any] = {"mapping": {"S": f"supplier:{invoice.supplier.id}"}, "supplier_id": {"N": "1"}}
    assert letter.awaits == (item["mapping"]["S"],)
    dynamodb.put_item(TableName=table, Item=item)
    (line, *_) = invoice.bookings or ()
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
