"""What is sent to Hypatos of an invoice."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from autobook.domain.hypatos import METADATA, HypatosParameters, hypatos_invoice, is_exported
from autobook.domain.kanbert import IncomingInvoice
from autobook_sim.hypatos.validation import Strictness, faults_of
from autobook_sim.kanbert.wire import from_json, to_json
from tests.fake_kanbert import booking, incoming

PARAMETERS = HypatosParameters(zone=ZoneInfo("Europe/Vienna"))
ACCOUNT = {"id": "acc-7380", "code": "7380", "title": "EDV", "positions": [{"id": "pos1", "code": "01"}]}
LINE = booking(
    title="Server", chart_of_account_id="acc-7380", chart_of_account=ACCOUNT, position_id="pos1", project_id="p1",
    client_id="c1",
)  # fmt: skip
POSTED = date(2026, 3, 2)


def wire(parameters: HypatosParameters = PARAMETERS, **fields: Any) -> dict[str, Any]:
    """What is sent of an invoice with these fields; Hypatos would take it, strict or not."""
    invoice = IncomingInvoice.model_validate(incoming(**{"bookings": [LINE]} | fields))
    sent = hypatos_invoice(invoice, parameters, POSTED).wire()
    assert faults_of(from_json(to_json(sent)), strictness=Strictness(unknown_fields=True)) == []
    return sent


def test_whole_invoice() -> None:
    """Header and line with everything that Kanbert has."""
    assert wire(due_date="2026-03-29T00:00:00+01:00", editor={"id": "u1"}) == {
        "externalId": "kanbert-inv1",
        "supplierInvoiceNumber": "R-2026-17",
        "invoiceNumber": "inv1",
        "externalSupplierId": "sup1",
        "fiscalYearLabel": "2026",
        "issuedDate": "2026-02-27",
        "receivedDate": "2026-03-01",
        "postingDate": "2026-03-02",
        "isCanceled": False,
        "isCreditNote": False,
        "currency": "EUR",
        "totalNetAmount": Decimal("100.00"),
        "totalTaxAmount": Decimal("20.00"),
        "totalGrossAmount": Decimal("120.00"),
        "paymentTerms": {
            "paymentTermKey": "30 days",
            "descriptions": [{"text": "due on 2026-03-29", "language": "en"}],
        },
        "externalApproverId": "u1",
        "headerText": "Hosting 2026/02",
        "type": "Invoice",
        "invoiceLines": [
            {
                "externalId": "kanbert-b1",
                "accountAssignments": [
                    {
                        "externalGlAccountId": "acc-7380",
                        "externalCostCenterId": "pos1",
                        "glAccountCode": "7380",
                        "costCenterCode": "01",
                        "quantity": 1,
                        "externalProjectId": "p1",
                    }
                ],
                "type": "account",
                "quantity": 1,
                "netAmount": Decimal("100.00"),
                "totalTaxAmount": Decimal("20.00"),
                "grossAmount": Decimal("120.00"),
                "unitPrice": Decimal("100.00"),
                "taxCode": {"code": "20", "description": "20 %"},
                "itemText": "Server",
            }
        ],
    }


def test_the_least() -> None:
    """What Kanbert does not have is left out, never null."""
    nothing = dict.fromkeys(
        ("title", "invoice_number", "supplier", "date_of_invoice", "due_date", "sum_net", "sum_tax", "sum_gross")
    )
    bare = {"id": "b1", "type": None, "value": None}
    sent = wire(replace(PARAMETERS, currency=""), **nothing, type=None, vats=[], created_at=None, bookings=[bare])
    assert sent == {
        "externalId": "kanbert-inv1", "invoiceNumber": "inv1", "fiscalYearLabel": "2026", "postingDate": "2026-03-02",
        "isCanceled": False, "isCreditNote": False,
        "invoiceLines": [{"externalId": "kanbert-b1", "quantity": 1, "netAmount": 0, "unitPrice": 0}],
    }  # fmt: skip


def test_credit_note() -> None:
    """A credit note says so; its amounts keep Kanbert's sign."""
    negative: dict[str, Any] = {"sum_net": Decimal(-100), "sum_tax": Decimal(-20), "sum_gross": Decimal(-120)}
    sent = wire(type="Credit", **negative, vats=[{"vat": 20, "value": Decimal(-20)}])
    assert (sent["isCreditNote"], sent["type"], sent["totalGrossAmount"]) == (True, "Credit", -120)
    assert sent["invoiceLines"][0]["grossAmount"] == -120


def test_dates_are_days_of_the_account() -> None:
    """An hour before midnight in UTC is the next day in Vienna."""
    assert wire(date_of_invoice="2026-02-27T23:30:00Z")["issuedDate"] == "2026-02-28"


@pytest.mark.parametrize(
    ("centre", "expected"),
    [("none", (None, None)), ("position", ("pos1", "01")), ("project", ("p1", None)), ("client", ("c1", None))],
)
def test_cost_centre(centre: Any, expected: tuple[str | None, str | None]) -> None:
    """What takes the place of a cost centre is a parameter."""
    (assignment,) = wire(replace(PARAMETERS, cost_centre=centre))["invoiceLines"][0]["accountAssignments"]
    assert (assignment.get("externalCostCenterId"), assignment.get("costCenterCode")) == expected


def test_parameters() -> None:
    """Company, client, tax codes, custom fields and the rest that Kanbert does not know."""
    parameters = replace(
        PARAMETERS, prefix="a:", company="AT01", client="agency", currency="CHF", document_type="supplier invoice",
        tax_codes={"20": "V20"}, custom_fields={"source": "kanbert", "level": 1},
    )  # fmt: skip
    sent = wire(parameters)
    (line,) = sent["invoiceLines"]
    assert (sent["externalId"], line["externalId"]) == ("a:inv1", "a:b1")
    assert (sent["externalCompanyId"], line["externalCompanyId"]) == ("AT01", "AT01")
    assert (sent["externalClientId"], sent["currency"]) == ("agency", "CHF")
    assert sent["documentType"] == "supplier invoice"
    assert line["taxCode"]["code"] == "V20"
    assert sent["customFields"] == {"source": "kanbert", "level": 1}


def test_metadata() -> None:
    """The named fields of Kanbert, with null where there is nothing: an update removes what was there."""
    sent = wire(replace(PARAMETERS, metadata=METADATA), notes="paid by card", payment_account={"id": "pa1"})
    found = sent["customMetadata"]["kanbert"]
    assert set(found) == set(METADATA)
    assert found["notes"] == "paid by card"
    assert found["vats"] == [{"vat": 20, "value": Decimal("20.00")}]
    assert found["supplier"] == {"id": "sup1", "name": "Hetzner Online GmbH"}
    assert found["payment_account"] == {"id": "pa1", "title": None}
    assert found["external_id"] is None


def test_marks_are_no_ids() -> None:
    """A related object that Kanbert shows without its id counts as one, and its code is sent; no id is made up."""
    line = booking(chart_of_account={"code": "7380"}, project={"shortcode": "P-1"})
    sent = wire(bookings=[line], supplier={"name": "Hetzner"})
    assert sent["invoiceLines"][0]["accountAssignments"] == [{"glAccountCode": "7380", "quantity": 1}]
    assert "externalSupplierId" not in sent


def test_same_invoice_same_content() -> None:
    """What is sent follows from the invoice: nothing of the moment, or of how Kanbert answered, is in it."""
    assert wire() == wire(updated_at=datetime(2027, 1, 1, tzinfo=UTC), payments=None)


@pytest.mark.parametrize(
    ("lines", "exported"),
    [
        ([LINE], True),
        ([booking(chart_of_account=ACCOUNT)], True),
        ([LINE, booking("b2")], False),
        ([LINE, booking("b2", type="reference")], True),
        ([booking("b2", type="reference")], False),
        ([LINE, booking("b2", type=None, outgoing_invoice={"id": "o1"})], True),
        ([booking(chart_of_account={"code": "7380"})], True),
        ([], False),
        (None, False),
    ],
)
def test_what_is_booked(lines: Any, exported: bool) -> None:
    """Every line has an account, as an id or as an object; references to outgoing invoices need none."""
    invoice = IncomingInvoice.model_validate(incoming(bookings=lines))
    assert is_exported(invoice, PARAMETERS) is exported


@pytest.mark.parametrize("wanted", ["open", "ready_for_accounting", "booked"])
@pytest.mark.parametrize("status", ["open", "ready_for_accounting", "booked", None, "something"])
def test_status(wanted: Any, status: str | None) -> None:
    """The status that is waited for, or a later one; what is not known counts as open."""
    order = ["open", "ready_for_accounting", "booked"]
    invoice = IncomingInvoice.model_validate(incoming(bookings=[LINE], status=status))
    found = is_exported(invoice, replace(PARAMETERS, status=wanted))
    assert found is (order.index(status if status in order else "open") >= order.index(wanted))
