"""What Kanbert's OCR finds in a document: the printed text of a PDF, read in German, English and French.

`read_document` takes any bytes and never raises. What the document does not say is None, never a guess: only a
missing third of net, tax and gross is computed. Sums of a credit note keep the sign they are printed with.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from autobook_sim.ocr import labels
from autobook_sim.ocr.page import Line, read_lines
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
    """Read a PDF's printed text; anything else, and a PDF without text, is `readable=False`."""
    lines = read_lines(content)
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
