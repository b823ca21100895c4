"""Invoices for the tests of the rules, complete where the case does not say otherwise."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from autobook.domain.conditions import Facts, Truth, parse, truth
from autobook.domain.kanbert.incoming import Booking, IncomingInvoice
from autobook.domain.rules import rule_fields, rule_getters

VIENNA = ZoneInfo("Europe/Vienna")
NOW = datetime(2026, 1, 21, 10, 30, tzinfo=UTC)
"""A Wednesday; 11:30 in Vienna."""


def a_booking(**changes: Any) -> dict[str, Any]:
    """One line, as the API returns it."""
    return {"id": "b1", "type": "account", "value": Decimal(100), "created_at": "2026-01-16T08:00:00Z"} | changes


def an_invoice(**changes: Any) -> IncomingInvoice:
    """An invoice of Straßenbau Müller over 120.00, dated 15 January 2026 in Vienna."""
    document = {
        "id": "i1", "external_id": None, "type": "Invoice", "title": "Hosting 50% (January)", "status": "open",
        "payment_status": "partial", "invoice_number": "RE-2026_17", "notes": None, "sum_net": Decimal(100),
        "sum_tax": Decimal(20), "sum_gross": Decimal("120.00"),
        "vats": [{"vat": 20, "value": Decimal(18)}, {"vat": 10, "value": Decimal(2)}],
        "supplier": {"id": "s1", "name": "Straßenbau Müller"}, "date_of_invoice": "2026-01-14T23:30:00Z",
        "due_date": "2026-01-21T12:00:00+01:00", "bookings": [a_booking()], "payments": [],
        "created_at": "2026-01-21T08:00:00Z",
    }  # fmt: skip
    return IncomingInvoice.model_validate(document | changes)


def facts_about(invoice: IncomingInvoice, booking: Booking | None = None) -> Facts:
    """What conditions see of the invoice."""
    return Facts(rule_getters(), invoice, booking, VIENNA, NOW)


def truth_of(condition: str, invoice: IncomingInvoice | None = None) -> Truth:
    """The plain three-valued truth of a condition about the invoice and its first booking."""
    invoice = invoice or an_invoice()
    booking = invoice.bookings[0] if invoice.bookings else None
    return truth(parse(condition, rule_fields()), facts_about(invoice, booking), rule_fields())
