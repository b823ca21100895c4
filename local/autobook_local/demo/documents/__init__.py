"""Ten invoices of invented companies for the demo, each with what a reader must find on it.

The same day gives the same bytes. All names, numbers and bank accounts are made up.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from autobook_local.demo.documents.drawing import Sheet
from autobook_local.demo.documents.foreign_layouts import english_unicode, french_bill
from autobook_local.demo.documents.layouts import (
    Layout,
    freelancer,
    german_bar,
    german_letter,
)
from autobook_local.demo.documents.paper import Paper, Position
from autobook_sim.ocr import ReadDocument


@dataclass(frozen=True)
class DemoDocument:
    """A PDF, what it is for people, and the truth about it (`expected.text` is left empty)."""

    file_name: str
    pdf: bytes
    what: str
    expected: ReadDocument


def _position(text: str, quantity: str, net: str, rate: int) -> Position:
    return Position(text, quantity, Decimal(net), Decimal(rate))


def demo_documents(today: date) -> tuple[DemoDocument, ...]:
    """Invoices issued in the days before `today`, for the month before."""
    end = today.replace(day=1) - timedelta(days=1)
    start = end.replace(day=1)
    year = end.year

    def ago(days: int) -> date:
        return today - timedelta(days=days)

    def later(days: int) -> date:
        return today + timedelta(days=days)

    hosting = Paper(
        "Hostwerk Rechenzentrum GmbH",
        ("Am Glasfaserpark 4", "04109 Leipzig"),
        "DE000000001",
        "DE00 0000 0000 0000 0000 01",
        f"HW-{year}-20417",
        ago(3),
        later(11),
        start,
        end,
        (
            _position("Server R-64, Rechenzentrum 2", "1 Monat", "89.00", 19),
            _position("Speicher 2 TB", "1 Monat", "23.80", 19),
            _position("Zusätzliche IP-Adresse", "4 Stk", "6.72", 19),
        ),
        "#b3261e",
    )
    telephone = Paper(
        "Alpenfunk Telekom AG",
        ("Sendergasse 1", "1030 Wien"),
        "ATU00000002",
        "AT00 0000 0000 0000 0002",
        "900417338215",
        ago(2),
        later(14),
        start,
        end,
        (
            _position("Business Mobil XL, 6 Rufnummern", "", "174.00", 20),
            _position("Verbindungen außerhalb der EU", "", "12.38", 20),
            _position("Internet 500 Mbit/s", "", "49.90", 20),
        ),
        "#0b5d5e",
    )
    train = Paper(
        "Bergland Bahnen AG",
        ("Bahnhofplatz 9", "5020 Salzburg"),
        "ATU00000003",
        "AT00 0000 0000 0000 0003",
        f"BB{year}/118842",
        ago(5),
        later(9),
        start,
        end,
        (
            _position("Fahrkarten Wien – Salzburg", "4 Fahrten", "196.36", 10),
            _position("Fahrkarten Wien – Graz", "2 Fahrten", "70.91", 10),
            _position("Parken am Bahnhof", "3 Tage", "25.00", 20),
        ),
        "#7a1f2b",
        remark="Beförderung ermäßigt, Parken zum Normalsteuersatz.",
    )
    designer = Paper(
        "Jana Novotná",
        ("Dlouhá 18", "602 00 Brno"),
        "CZ000000004",
        "CZ00 0000 0000 0000 0000 0004",
        f"{year}-031",
        ago(4),
        later(26),
        start,
        end,
        (
            _position("User research, interviews", "5 days", "2250.00", 0),
            _position("Prototype", "3 days", "1350.00", 0),
        ),
        "#000000",
        title="User research for the booking portal",
        remark="Reverse charge: VAT is to be accounted for by the recipient.",
    )
    credit = Paper(
        "Papierhaus Donau GmbH",
        ("Uferzeile 22", "4020 Linz"),
        "ATU00000005",
        "AT00 0000 0000 0000 0005",
        f"GS-{year}-0093",
        ago(1),
        None,
        start,
        end,
        (
            _position("Rücknahme Kopierpapier A4, 500 Blatt", "20 Pkg", "-118.00", 20),
            _position("Rücknahme Ordner", "12 Stk", "-34.80", 20),
        ),
        "#35507a",
        title="Rücksendung vom Vormonat",
        remark="Der Betrag wird mit der nächsten Lieferung verrechnet.",
        type="Credit",
    )
    publisher = Paper(
        "Éditions Lumière & Fils",
        ("14 rue des Imprimeurs", "69002 Lyon"),
        "FR00000000006",
        "FR00 0000 0000 0000 0006",
        f"F{year}-0588",
        ago(6),
        later(24),
        start,
        end,
        (
            _position("Catalogue d'exposition, relié", "60", "1140.00", 20),
            _position("Frais d'expédition", "1", "94.56", 20),
        ),
        "#2d4a3e",
        title="Catalogues « Forêts d'hiver »",
        remark="Pas d'escompte pour paiement anticipé.",
    )
    printer = Paper(
        "Łódzka Drukarnia Sp. z o.o.",
        ("ul. Jasna 214", "95-200 Pabianice"),
        "PL0000000007",
        "PL00 0000 0000 0000 0000 0007",
        f"FV/{year}/1102",
        ago(7),
        later(7),
        start,
        end,
        (
            _position("Posters A1, four colours", "500", "1385.00", 23),
            _position("Šablona, cutting die", "1", "142.50", 23),
        ),
        "#8a4b00",
        remark="Please quote the invoice number with your payment.",
    )
    coaching = Paper(
        "Kopfwerk Coaching OG",
        ("Marktstraße 3", "8010 Graz"),
        "ATU00000008",
        "AT00 0000 0000 0000 0008",
        f"R{year}-77",
        ago(8),
        later(6),
        start,
        end,
        (_position("Teamtag, Moderation", "1 Tag", "1450.00", 20), _position("Reisekosten", "pauschal", "120.00", 20)),
        "#5b3f8c",
        title="Teamtag Studio Nordlicht",
    )
    flowers = Paper(
        "Blumen Rosenrot e.U.",
        ("Neubaugasse 51", "1070 Wien"),
        "ATU00000009",
        "AT00 0000 0000 0000 0009",
        "2047",
        ago(2),
        later(12),
        start,
        end,
        (_position("Sträuße für den Empfang", "4 Stk", "120.00", 13), _position("Vase, Glas", "1 Stk", "29.17", 20)),
        "#a03060",
    )
    return (
        _document("hosting.pdf", "hosting, German VAT 19 %", german_letter, hosting),
        _document("telephone.pdf", "telephone, 20 %", german_bar, telephone),
        _document("train.pdf", "train, 10 % and 20 %", german_bar, train),
        _document("designer-reverse-charge.pdf", "freelancer, reverse charge", freelancer, designer),
        _document("credit-note.pdf", "credit note", german_letter, credit),
        _document("éditions-lumière.pdf", "French, non-ASCII name", french_bill, publisher),
        _document("łódzka-drukarnia.pdf", "Polish printer, in English", english_unicode, printer),
        _document("coaching.pdf", "coaching, rule only suggests", german_letter, coaching),
        _document("flowers.pdf", "matches no rule", german_letter, flowers),
        DemoDocument("scan-without-text.pdf", _scan(ago(9)), "a picture only: not read", ReadDocument()),
    )


def sample_invoice(today: date) -> bytes:
    """One more invoice of a supplier that the example rules know, with a number that no other has."""
    end = today.replace(day=1) - timedelta(days=1)
    paper = Paper(
        "Hostwerk Rechenzentrum GmbH",
        ("Am Glasfaserpark 4", "04109 Leipzig"),
        "DE000000001",
        "DE00 0000 0000 0000 0000 01",
        f"HW-{end.year}-20991",
        today - timedelta(days=1),
        today + timedelta(days=13),
        end.replace(day=1),
        end,
        (_position("Server R-64, Rechenzentrum 1", "1 Monat", "91.00", 19),),
        "#b3261e",
    )
    return german_letter(paper)


def _document(file_name: str, what: str, layout: Layout, paper: Paper) -> DemoDocument:
    expected = ReadDocument(
        readable=True,
        type=paper.type,
        supplier_name=paper.supplier,
        invoice_number=paper.number,
        title=paper.title,
        date_of_invoice=paper.issued,
        due_date=paper.due,
        date_of_start=paper.start,
        date_of_end=paper.end,
        vats=tuple((rate, tax) for rate, _, tax in paper.breakdown),
        sum_net=paper.net,
        sum_tax=paper.tax,
        sum_gross=paper.gross,
    )
    return DemoDocument(file_name, layout(paper), what, expected)


def _scan(day: date) -> bytes:
    sheet = Sheet()
    sheet.picture(
        (
            "Gasthaus Zur Alten Post",
            "Hauptplatz 2, 3500 Krems",
            "",
            f"Rechnung Nr. 318   {day:%d.%m.%Y}",
            "",
            "4 x Mittagsmenü        58,00",
            "4 x Getränke           17,60",
            "",
            "Summe EUR              75,60",
            "darin 10 % USt          5,27",
            "darin 20 % USt          2,93",
            "",
            "Vielen Dank für Ihren Besuch!",
        )
    )
    return sheet.pdf()
