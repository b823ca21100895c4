"""The example rules, met by the demo's invoices as they are read."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import autobook_local.demo
from autobook.domain.kanbert.incoming import IncomingInvoice
from autobook.domain.rules import Choice, RuleSet
from autobook.rule_analysis import findings_in
from autobook_local.demo.documents import DemoDocument, demo_documents
from autobook_sim.ocr import ReadDocument

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ITEMS: list[dict[str, Any]] = json.loads(
    Path(autobook_local.demo.__file__).with_name("rules.json").read_text(encoding="utf-8"), parse_float=Decimal
)
RULES = RuleSet.load(ITEMS, timezone=ZoneInfo("Europe/Vienna"))
ACCOUNTS = {
    "hosting.pdf": ("hostwerk-hosting", "7385"),
    "telephone.pdf": ("alpenfunk-telephone", "7380"),
    "train.pdf": ("train-tickets", "7320"),
    "designer-reverse-charge.pdf": ("designer-reverse-charge", "5820"),
    "credit-note.pdf": ("paper-credit-notes", "7600"),
    "éditions-lumière.pdf": ("lumiere-catalogues", "7650"),
    "łódzka-drukarnia.pdf": ("printers", "5800"),
}
SUGGESTED = {"coaching.pdf": ("coaching-to-be-seen", "7770")}


def _invoice(read: ReadDocument) -> IncomingInvoice:
    """The invoice that Kanbert would make of it, with one line as OCR leaves it."""
    return IncomingInvoice.model_validate(
        {
            "id": "i1", "type": read.type, "title": read.title or "", "status": "open", "payment_status": "open",
            "invoice_number": read.invoice_number, "supplier": {"id": "s1", "name": read.supplier_name},
            "sum_net": read.sum_net, "sum_tax": read.sum_tax, "sum_gross": read.sum_gross,
            "vats": [{"vat": rate, "value": value} for rate, value in read.vats],
            "date_of_invoice": f"{read.date_of_invoice}T00:00:00+00:00", "created_at": NOW,
            "bookings": [{"id": "b1", "type": "account", "value": read.sum_net, "created_at": NOW}],
        }
    )  # fmt: skip


def _account(fields: Any) -> tuple[str, str] | None:
    choice = fields.get("account")
    return (choice.rule_id, str(choice.value)) if isinstance(choice, Choice) else None


def test_the_rules_are_sound() -> None:
    """Every rule is valid, and none shadows, repeats or contradicts another."""
    assert not RULES.errors
    assert len(RULES) == len(ITEMS)
    assert [str(finding) for finding in findings_in(RULES.rules, today=date(2026, 11, 21))] == []


@pytest.mark.parametrize(
    "document",
    [document for document in demo_documents(NOW.date()) if document.expected.readable],
    ids=lambda document: document.file_name,
)
def test_each_document_meets_its_rule(document: DemoDocument) -> None:
    """Every document is booked by the rule meant for it, one is only suggested, the flowers meet none."""
    match = RULES.match(_invoice(document.expected), now=NOW)
    booked = [_account(booking) for booking in match.bookings]
    assert [one for one in booked if one] == [ACCOUNTS[name] for name in [document.file_name] if name in ACCOUNTS]
    suggested = [_account(booking) for booking in match.suggestions.bookings]
    assert [one for one in suggested if one] == [SUGGESTED[name] for name in [document.file_name] if name in SUGGESTED]
