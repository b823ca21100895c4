"""The export to Hypatos on the deployed system: once each, with the right account and totals."""

import time
from collections.abc import Callable
from typing import Any

from autobook.adapters.kanbert import BookingUpdate
from autobook_local.demo.documents import DemoDocument
from autobook_local.system import LocalSystem
from tests.end_to_end.test_main_job import finish, upload

SECONDS = 120.0


def exported(system: LocalSystem, identifier: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The body of the one invoice of this id that Hypatos has, once it is as wanted."""
    assert system.hypatos_simulator is not None
    until = time.monotonic() + SECONDS
    found: list[dict[str, Any]] = []
    while time.monotonic() < until:
        invoices = system.hypatos_simulator.control("GET", "/invoices")
        found = [each["body"] for each in invoices if each["body"]["externalId"] == f"kanbert-{identifier}"]
        assert len(found) <= 1
        if found and wanted(found[0]):
            return found[0]
        time.sleep(0.5)
    raise AssertionError(f"not exported: {found} {system.deployment.logs('ExportHypatosFunction')[-5:]}")


def account_code(body: dict[str, Any]) -> str | None:
    """Where the first line is booked."""
    assignments = body["invoiceLines"][0].get("accountAssignments", [{}])
    code: str | None = assignments[0].get("glAccountCode")
    return code


def test_booked_corrected_deleted(system: LocalSystem, hosting: DemoDocument) -> None:
    """A booked invoice appears with account and totals, a correction is an edit of it, a deletion cancels it."""
    client = system.simulator.client
    story = finish(system, upload(system, hosting, "export"))
    invoice = client.get_incoming_invoice(story.document.id)
    (line, *_) = invoice.bookings or ()
    assert line.chart_of_account is not None
    body = exported(system, invoice.id, lambda body: account_code(body) is not None)
    assert account_code(body) == line.chart_of_account.code
    sums = (invoice.sum_net, invoice.sum_tax, invoice.sum_gross)
    assert tuple(round(body[f"total{name}Amount"] * 100) for name in ("Net", "Tax", "Gross")) == tuple(
        round((each or 0) * 100) for each in sums
    )
    other = next(account for account in client.chart_of_accounts() if account.code not in (None, account_code(body)))
    client.update_booking(invoice.id, line.id, BookingUpdate(chart_of_account_id=other.id))
    exported(system, invoice.id, lambda body: account_code(body) == other.code)
    system.simulator.control("DELETE", f"/incoming-invoices/{invoice.id}")
    canceled = exported(system, invoice.id, lambda body: body["isCanceled"])
    assert account_code(canceled) == other.code
