"""Past invoices for tests: as Kanbert returns them, booked by a person unless the case says otherwise."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook_cli.history import Entry
from tests.fake_kanbert import booking, incoming

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TITLES = {"7380": "Telefon und Internet", "7385": "Hosting und Domains", "7600": "Büromaterial"}


def account(code: str) -> dict[str, Any]:
    """What a line shows of its account."""
    return {"chart_of_account_id": f"acc-{code}", "chart_of_account": account_shown(code)}


def account_shown(code: str) -> dict[str, Any]:
    """The account itself."""
    return {"id": f"acc-{code}", "code": code, "title": TITLES[code]}


def booked(identifier: str = "inv1", code: str | None = "7380", **fields: Any) -> dict[str, Any]:
    """An invoice with one line on that account, which a person has handed over."""
    line = booking("b1", **(account(code) if code else {}))
    return incoming(identifier, **{"status": "booked", "bookings": [line]} | fields)


def entry(document: Mapping[str, Any], *written: Written) -> Entry:
    """The invoice with what provenance knows of it."""
    invoice = IncomingInvoice.model_validate(document)
    return Entry(invoice, ProvenanceRecord(Document(DocumentKind.INCOMING_INVOICE, invoice.id), written=written))


def ours(field: str, value: str, *, line: str | None = "b1", before: str | None = None) -> Written:
    """A value that a rule wrote."""
    return Written(line, field, value, before, "hetzner")
