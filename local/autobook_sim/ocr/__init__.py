"""What Kanbert's OCR finds in a document: an e-invoice's XML, else the printed text of a PDF in three languages.

`read_document` takes any bytes and never raises. What the document does not say is None, never a guess: sums that do
not add up are not read, and only a third of net, tax and gross that is not printed is computed. Sums of a credit note
keep the sign they are printed with.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from autobook_sim.ocr import labels
from autobook_sim.ocr.einvoice import EInvoice, read_einvoice
from autobook_sim.ocr.page import Line, read_pdf
from autobook_sim.ocr.parties import supplier_name
from autobook_sim.ocr.sums import VatLine, read_sums

_CREDIT = re.compile(
    r"(?:\w*gutschrift|stornorechnung|rechnungskorrektur|credit (?:note|memo)|(?:facture d['’])?avoir)\b", re.IGNORECASE
)
_SELF_BILLED = re.compile(r"selbst ausgestellt|self-?bill|autofactur", re.IGNORECASE)
_HEADING = 80  # characters


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """The facts of one document. Amounts as printed, without a currency, as Kanbert keeps them."""

    readable: bool = False
    type: Literal["Invoice", "Credit"] = "Invoice"
    supplier_name: str | None = None
    invoice_number: str | None = None
    title: str | None = None
    """What the document says it is about (`Betreff:`, `Subject:`, `Objet :`)."""
    date_of_invoice: date | None = None
    due_date: date | None = None
    date_of_start: date | None = None
    date_of_end: date | None = None
    vats: tuple[VatLine, ...] = ()
    """(rate in percent, tax), by rate."""
    sum_net: Decimal | None = None
    sum_tax: Decimal | None = None
    sum_gross: Decimal | None = None
    text: str = ""


def read_document(content: bytes) -> ReadDocument:
    """Read the XML in a PDF, else its printed text; anything else, and a PDF without either, is `readable=False`."""
    document = read_pdf(content)
    printed = _printed(document.lines)
    einvoice = next(filter(None, map(read_einvoice, document.embedded)), None)
    return printed if einvoice is None else _exact(einvoice, printed)


def _exact(xml: EInvoice, printed: ReadDocument) -> ReadDocument:
    """What the XML says; what it has no field for, or leaves out, as printed. Its figures are not mixed with others."""
    return replace(
        printed,
        readable=True,
        type="Credit" if xml.is_credit else "Invoice",
        supplier_name=xml.supplier_name or printed.supplier_name,
        invoice_number=xml.invoice_number or printed.invoice_number,
        date_of_invoice=xml.date_of_invoice or printed.date_of_invoice,
        due_date=xml.due_date or printed.due_date,
        date_of_start=xml.start if xml.start or xml.end else printed.date_of_start,
        date_of_end=xml.end if xml.start or xml.end else printed.date_of_end,
        vats=xml.sums.vats,
        sum_net=xml.sums.net,
        sum_tax=xml.sums.tax,
        sum_gross=xml.sums.gross,
    )


def _printed(lines: Sequence[Line]) -> ReadDocument:
    text = "\n".join(line.text for line in lines)
    if not any(char.isalpha() for char in text):
        return ReadDocument()
    sums = read_sums(lines)
    issued = labels.date_of_invoice(lines)
    start, end = labels.period(lines)
    return ReadDocument(
        readable=True,
        type="Credit" if _is_credit(lines) else "Invoice",
        supplier_name=supplier_name(lines),
        invoice_number=labels.invoice_number(lines),
        title=labels.subject(lines),
        date_of_invoice=issued,
        due_date=labels.due_date(lines, issued),
        date_of_start=start,
        date_of_end=end,
        vats=sums.vats,
        sum_net=sums.net,
        sum_tax=sums.tax,
        sum_gross=sums.gross,
        text=text,
    )


def _is_credit(lines: Sequence[Line]) -> bool:
    """A heading says so. German law calls a self-billed invoice `Gutschrift` too: that is an invoice."""
    headings = [cell.text for line in lines for cell in line.cells if len(cell.text) <= _HEADING and line.page == 0]
    return any(_CREDIT.match(text) and not _SELF_BILLED.search(text) for text in headings)
