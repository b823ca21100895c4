"""What the simulator's OCR makes of figures, dates, labels and of files that are none."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autobook_local.demo.documents import demo_documents
from autobook_local.demo.documents.drawing import Sheet
from autobook_sim.ocr import ReadDocument, read_document
from autobook_sim.ocr.amounts import amounts
from autobook_sim.ocr.dates import dates, ranges
from autobook_sim.ocr.page import MAX_LINES

PDF = demo_documents(date(2026, 11, 21))[0].pdf


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56 €", "1234.56"),
        ("€1,234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56 €", "1234.56"),
        ("CHF 1'234.56", "1234.56"),
        ("1234,56", "1234.56"),
        ("1.234.567,89", "1234567.89"),
        ("-12,00", "-12.00"),
        ("− 12,00 €", "-12.00"),
        ("12,00-", "-12.00"),
        ("€ -12.00", "-12.00"),
        ("0,00", "0.00"),
    ],
)
def test_amounts(text: str, value: str) -> None:
    """An amount is read in the notation of its country, with its sign."""
    assert [printed.value for printed in amounts(text)] == [Decimal(value)]


@pytest.mark.parametrize("text", ["05.11.2026", "19,00 %", "41,1765 €", "20", "1.2.3,45", "10:30", "AT12.34/5"])
def test_no_amounts(text: str) -> None:
    """Dates, percentages, unit prices and whole numbers are no amounts."""
    assert not list(amounts(text))


@pytest.mark.parametrize(
    "text",
    [
        "05.11.2026", "5.11.26", "5. November 2026", "5 November 2026", "November 5, 2026", "November 5 , 2026",
        "2026-11-05", "05/11/2026", "5 novembre 2026", "5th Nov 2026",
    ],
)  # fmt: skip
def test_dates(text: str) -> None:
    """A date is read in any of its forms; with slashes the day comes first."""
    assert [printed.value for printed in dates(text)] == [date(2026, 11, 5)]


def test_dates_that_do_not_exist() -> None:
    """A day that the calendar lacks is no date; slashes that fit only the American way are read so."""
    assert not list(dates("31.02.2026 and 2026-13-01"))
    assert [printed.value for printed in dates("11/25/2026")] == [date(2026, 11, 25)]


@pytest.mark.parametrize(
    "text",
    ["01.11.2026 - 30.11.2026", "01.11.–30.11.2026", "1er au 30 novembre 2026", "November 1 - November 30, 2026",
     "2026-11-01 to 2026-11-30", "1. bis 30. November 2026"],
)  # fmt: skip
def test_ranges(text: str) -> None:
    """A range may leave out what its end says."""
    assert list(ranges(text)) == [(date(2026, 11, 1), date(2026, 11, 30))]


def _page(*rows: tuple[str, str]) -> ReadDocument:
    sheet = Sheet()
    for number, (label, value) in enumerate(rows):
        sheet.row(100 + 20 * number, [(60, "left", label), (400, "left", value)])
    return read_document(sheet.pdf())


@pytest.mark.parametrize(
    "label",
    ["Rechnungsnummer:", "Rechnung Nr.", "Rechnungs-Nr.", "Invoice number", "Invoice No.", "Invoice #", "Facture n°",
     "Numéro de facture :", "N° de facture", "Gutschriftsnummer", "Credit note number", "Avoir n°"],
)  # fmt: skip
def test_number_labels(label: str) -> None:
    """The number stands beside its label in every language."""
    assert _page((label, "AB-2026/17")).invoice_number == "AB-2026/17"


@pytest.mark.parametrize(
    ("net", "tax", "gross"),
    [
        ("Netto", "USt 20 %", "Brutto"),
        ("Zwischensumme", "MwSt. (20 %)", "Gesamtbetrag"),
        ("Nettobetrag", "zzgl. 20% Umsatzsteuer", "Rechnungsbetrag"),
        ("Subtotal", "VAT 20%", "Total"),
        ("Total excl. VAT", "20% VAT", "Total incl. VAT"),
        ("Total HT", "TVA 20 %", "Total TTC"),
        ("Sous-total", "TVA (20,00 %)", "Net à payer"),
    ],
)
def test_sum_labels(net: str, tax: str, gross: str) -> None:
    """Net, tax and gross are told apart in every language."""
    read = _page((net, "1.000,00"), (tax, "200,00"), (gross, "1.200,00"))
    assert (read.sum_net, read.sum_tax, read.sum_gross) == (Decimal(1000), Decimal(200), Decimal(1200))
    assert read.vats == ((Decimal(20), Decimal(200)),)


def test_a_missing_sum_follows_from_the_others() -> None:
    """Two of three sums give the third."""
    assert _page(("USt 20 %", "20,00"), ("Brutto", "120,00")).sum_net == Decimal(100)
    assert _page(("Netto", "100,00"), ("Brutto", "120,00")).sum_tax == Decimal(20)
    assert _page(("Netto", "100,00"), ("USt 20 %", "20,00")).sum_gross == Decimal(120)


def test_nothing_is_invented() -> None:
    """Of a document that says nothing of the kind, nothing is read but that it has text."""
    read = _page(("Guten Tag,", "anbei das Protokoll."))
    assert read == ReadDocument(readable=True, text=read.text)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n", b"%PDF-1.7", b"%PDF-1.7\n" + b"9" * 5000, PDF[:700]])
def test_what_is_no_document_is_unreadable(content: bytes) -> None:
    """Pictures, stumps and rubbish are unreadable, and no error."""
    assert read_document(content) == ReadDocument()


def _changed(content: bytes, *, password: str = "", attachment: bytes = b"") -> bytes:
    writer = pypdf.PdfWriter(clone_from=BytesIO(content))
    if attachment:
        writer.add_attachment("factur-x.xml", attachment)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def test_a_locked_document_is_unreadable() -> None:
    """A PDF that asks for a password is unreadable, and no error."""
    assert read_document(_changed(PDF, password="secret")) == ReadDocument()


@pytest.mark.parametrize(
    "rows",
    [
        [("Netto", "100,00"), ("USt 20 %", "20,00"), ("Brutto", "130,00")],
        [("Total", "34,73")],
        [("Netto", "100,00")],
        [("Netto", "100,00"), ("Netto", "110,00"), ("Brutto", "120,00")],
        [("USt 20 %", "20,00"), ("Brutto", "120,00"), ("Brutto", "240,00"), ("Brutto inkl. Mahnspesen", "500,00")],
    ],
)
def test_figures_that_do_not_add_up_are_not_read(rows: list[tuple[str, str]]) -> None:
    """Sums that contradict each other, or that nothing confirms, are not read, rather than one of them taken."""
    read = _page(*rows[:3], *rows[3:])
    expected = (Decimal(100), Decimal(20), Decimal(120)) if len(rows) == 4 and rows[0][0].startswith("USt") else None
    assert (read.sum_net, read.sum_tax, read.sum_gross) == (expected or (None, None, None))
    assert not read.vats or expected


def test_letters_that_only_look_like_a_month() -> None:
    """The Turkish dotless i, the same letter to a case-blind pattern, makes no month and no error."""
    assert not list(dates("5 maı 2026"))


def test_a_document_of_countless_lines_is_cut_off() -> None:
    """More lines than any invoice has are left unread instead of keeping the reader busy."""
    sheet = Sheet()
    for number in range(9000):
        sheet.text(10 + number % 50, number / 11, "1,23", size=0.05)
    assert len(read_document(sheet.pdf()).text.splitlines()) <= MAX_LINES


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=2000) | st.binary(max_size=300).map(lambda tail: PDF[:1500] + tail))
def test_no_bytes_raise(content: bytes) -> None:
    """Any bytes lead to an answer."""
    assert isinstance(read_document(content), ReadDocument)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(PDF) - 1), st.binary(max_size=40))
def test_no_damage_raises(at: int, rubbish: bytes) -> None:
    """A PDF that is truncated or overwritten anywhere leads to an answer."""
    assert isinstance(read_document(PDF[:at] + rubbish), ReadDocument)
    assert isinstance(read_document(PDF[:at] + rubbish + PDF[at + len(rubbish) :]), ReadDocument)
