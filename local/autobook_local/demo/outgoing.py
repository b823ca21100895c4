"""One outgoing invoice, made elsewhere and given to Kanbert: its PDF is archived too."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from autobook.adapters.kanbert import KanbertClient, OutgoingInvoiceUpload, UploadFile, VatLine

FILE_NAME = "outgoing-website-relaunch.pdf"
_NET, _TAX, _RATE = Decimal("4800.00"), Decimal("960.00"), Decimal(20)


def send_outgoing_invoice(client: KanbertClient, today: date, number: str) -> tuple[str, bytes]:
    """Give it to Kanbert, for the first client there is. Returns its id and the PDF."""
    customer = next(iter(client.clients()))
    pdf = _pdf(customer.name or "-", today, number)
    day = datetime(today.year, today.month, today.day, tzinfo=UTC)
    fields = OutgoingInvoiceUpload(
        client_id=customer.id,
        title="Website relaunch, second part",
        status="booked",
        invoice_number=number,
        date_of_invoice=day,
        performance_range_start=day - timedelta(days=30),
        performance_range_end=day,
        payment_due_date=day + timedelta(days=14),
        currency="EUR",
        sum_net=_NET,
        sum_tax=_TAX,
        vats=(VatLine(vat=_RATE, value=_TAX),),
    )
    invoice = client.upload_outgoing_invoice(fields, UploadFile.of(FILE_NAME, pdf))
    return invoice.id, pdf


def _pdf(customer: str, today: date, number: str) -> bytes:
    page = io.BytesIO()
    canvas = Canvas(page, pagesize=A4, invariant=True)
    lines = (
        f"Invoice {number}",
        f"{today:%d.%m.%Y}",
        f"To: {customer}",
        "",
        "Website relaunch, second part",
        f"Net {_NET:,.2f} EUR",
        f"VAT {_RATE} % {_TAX:,.2f} EUR",
        f"Total {_NET + _TAX:,.2f} EUR",
    )
    for row, line in enumerate(lines):
        canvas.drawString(72, 760 - 22 * row, line)
    canvas.save()
    return page.getvalue()
