"""The PDF of an outgoing invoice; the same bytes for the same invoice."""

import io
from decimal import Decimal

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from autobook_sim.kanbert.wire import Record


def outgoing_pdf(invoice: Record) -> bytes:
    """One page that a person can read."""
    buffer = io.BytesIO()
    # invariant: no clock and no random id in the file
    canvas = Canvas(buffer, pagesize=A4, invariant=True)
    canvas.setTitle(invoice["title"])
    text = canvas.beginText(60, 780)
    text.setFont("Helvetica", 10)
    for line in _lines(invoice):
        text.textLine(line.encode("cp1252", "replace").decode("cp1252"))
    canvas.drawText(text)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _lines(invoice: Record) -> list[str]:
    kind = "Gutschrift" if invoice["is_credit"] else "Rechnung"
    return [
        *invoice["address"].splitlines(),
        "",
        f"{kind} {invoice['invoice_number'] or '(Entwurf)'}",
        invoice["title"],
        f"Datum: {invoice['date_of_invoice'][:10]}   Fällig: {invoice['payment_due_date'][:10]}",
        "",
        *(f"{each['amount']} x {each['title']}: {_amount(each['total_net'])}" for each in invoice["line_items"]),
        "",
        f"Netto {_amount(invoice['sum_net'])}",
        f"USt {_amount(invoice['sum_tax'])}",
        f"Gesamt {_amount(invoice['sum_gross'])}",
    ]


def _amount(value: Decimal) -> str:
    return f"{value:.2f} EUR"
