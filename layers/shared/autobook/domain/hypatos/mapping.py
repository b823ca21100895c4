"""How an incoming invoice of Kanbert becomes one of Hypatos.

docs/hypatos-api.md, "What is sent", has the table. What Kanbert does not have is left out.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from autobook.domain.hypatos.invoice import HypatosInvoice
from autobook.domain.hypatos.parameters import CostCentre, HypatosParameters
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.line_amounts import LineAmounts, line_amounts

_STATUSES: Final = ("open", "ready_for_accounting", "booked")


def is_exported(invoice: IncomingInvoice, parameters: HypatosParameters) -> bool:
    """Whether the invoice is booked: every line (but references to outgoing invoices) has an account."""
    lines = [each for each in invoice.bookings or () if not each.is_reference]
    booked = bool(lines) and all(each.chart_of_account_id for each in lines)
    status = invoice.status if invoice.status in _STATUSES else _STATUSES[0]
    return booked and _STATUSES.index(status) >= _STATUSES.index(parameters.status)


def hypatos_invoice(invoice: IncomingInvoice, parameters: HypatosParameters, posted_on: date) -> HypatosInvoice:
    """The invoice for Hypatos. `posted_on`: the day on which it was exported first.

    Raises GiveUp where the lines do not add up to the invoice.
    """
    issued, due = (_day(each, parameters.zone) for each in (invoice.date_of_invoice, invoice.due_date))
    supplier, editor = invoice.supplier, invoice.editor
    amounts = line_amounts(invoice)
    fields = {
        "external_id": f"{parameters.prefix}{invoice.id}",
        "external_client_id": parameters.client,
        "supplier_invoice_number": invoice.invoice_number,
        "invoice_number": invoice.id,
        "external_company_id": parameters.company,
        "external_supplier_id": _id(supplier.id) if supplier else None,
        "fiscal_year_label": str(posted_on.year),
        "issued_date": issued,
        "received_date": _day(invoice.created_at, parameters.zone),
        "posting_date": posted_on,
        "is_canceled": False,
        "is_credit_note": invoice.type == "Credit",
        "currency": parameters.currency,
        "total_net_amount": invoice.sum_net,
        "total_tax_amount": invoice.sum_tax,
        "total_gross_amount": invoice.sum_gross,
        "payment_terms": _payment_terms(issued, due),
        "external_approver_id": _id(editor.id) if editor else None,
        "custom_fields": dict(parameters.custom_fields),
        "custom_metadata": _metadata(invoice, parameters.metadata),
        "header_text": invoice.title,
        "type": invoice.type,
        "document_type": parameters.document_type,
        "invoice_lines": tuple(
            _line(booking, its, parameters) for booking, its in zip(invoice.bookings or (), amounts, strict=True)
        ),
    }
    return HypatosInvoice.model_validate(_given(fields))


def _line(booking: Booking, amounts: LineAmounts, parameters: HypatosParameters) -> Mapping[str, Any]:
    """A line of Kanbert is one piece, booked on one account."""
    return _given(
        {
            "external_id": f"{parameters.prefix}{booking.id}",
            "external_company_id": parameters.company,
            "account_assignments": _assignments(booking, parameters.cost_centre),
            "type": booking.type,
            "quantity": Decimal(1),
            "net_amount": amounts.net,
            "total_tax_amount": amounts.tax,
            "gross_amount": amounts.gross,
            "unit_price": amounts.net,
            "tax_code": _tax_code(amounts.rate, parameters.tax_codes),
            "item_text": booking.title,
        }
    )


def _assignments(booking: Booking, cost_centre: CostCentre) -> tuple[Mapping[str, Any], ...]:
    account = booking.chart_of_account
    centre_id = {
        "none": None,
        "position": booking.position_id,
        "project": booking.project_id,
        "client": booking.client_id,
    }[cost_centre]
    positions = account.listed_positions if account and cost_centre == "position" else ()
    assigned = _given(
        {
            "external_gl_account_id": _id(booking.chart_of_account_id),
            "gl_account_code": account.code if account else None,
            "external_cost_center_id": _id(centre_id),
            "cost_center_code": next((each.code for each in positions if each.id and each.id == centre_id), None),
            "external_project_id": _id(booking.project_id),
        }
    )
    return ({**assigned, "quantity": Decimal(1)},) if assigned else ()


def _id(related: str | None) -> str | None:
    """Kanbert's id; None for the mark of an object that came without one (`code:7380`)."""
    return related if related and ":" not in related else None


def _tax_code(rate: Decimal | None, codes: Mapping[str, str]) -> Mapping[str, str] | None:
    if rate is None:
        return None
    percent = format(rate, "f")
    percent = percent.rstrip("0").rstrip(".") if "." in percent else percent
    return {"code": codes.get(percent, percent), "description": f"{percent} %"}


def _payment_terms(issued: date | None, due: date | None) -> Mapping[str, Any] | None:
    """Kanbert has a due date and no terms: its distance in days is the key."""
    if due is None:
        return None
    text = {"text": f"due on {due.isoformat()}", "language": "en"}
    key = f"{(due - issued).days} days" if issued is not None else due.isoformat()
    return {"payment_term_key": key, "descriptions": (text,)}


def _metadata(invoice: IncomingInvoice, names: tuple[str, ...]) -> Mapping[str, Any]:
    """With null where Kanbert has nothing, so that an update removes what was there."""
    return {"kanbert": {name: _metadatum(getattr(invoice, name)) for name in names}} if names else {}


def _metadatum(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case tuple():
            return [_metadatum(each) for each in value]
        case None | str() | Decimal():
            return value
    return {name: _metadatum(each) for name, each in value.model_dump().items()}


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment is not None else None


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what there is nothing of."""
    return {name: value for name, value in fields.items() if value not in (None, "", (), {})}
