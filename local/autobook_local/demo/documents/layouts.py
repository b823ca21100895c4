"""The layouts that companies print their invoices in, from a letter with a window to a coloured bill."""

from collections.abc import Callable

from autobook_local.demo.documents.drawing import (
    GREY,
    WIDTH,
    Sheet,
    english,
    german,
    numeric,
    spelled,
)
from autobook_local.demo.documents.paper import Paper

RECIPIENT = ("Studio Nordlicht GmbH", "Lindengasse 7/12", "1070 Wien", "Österreich")

type Layout = Callable[[Paper], bytes]
"""Prints an invoice as a PDF."""


def german_letter(paper: Paper) -> bytes:
    """A business letter with the sender above the address window and a footer in three columns."""
    sheet = Sheet(title=paper.number)
    sheet.text(WIDTH - 55, 62, paper.supplier, size=17, bold=True, color=paper.color, align="right")
    sheet.rule(55, WIDTH - 55, 76, color=paper.color, width=1.4)
    sheet.text(55, 132, f"{paper.supplier} • {paper.address[0]} • {paper.address[1]}", size=7, color=GREY)
    sheet.block(55, 150, RECIPIENT)
    noun = "Gutschrift" if paper.type == "Credit" else "Rechnung"
    sheet.block(WIDTH - 160, 150, [f"{noun}snummer:", f"{noun}sdatum:", "Leistungszeitraum:"], align="right")
    sheet.block(
        WIDTH - 55,
        150,
        [paper.number, numeric(paper.issued), f"{paper.start:%d.%m.}–{numeric(paper.end)}"],
        align="right",
    )
    sheet.text(55, 262, f"{noun} {paper.number}", size=15, bold=True)
    if paper.title:
        sheet.text(55, 284, f"Betreff: {paper.title}")
    y = 316
    sheet.box(55, y - 13, WIDTH - 110, 20, paper.color)
    columns = ((60, "left"), (400, "right"), (460, "right"), (WIDTH - 60, "right"))
    heads = ("Beschreibung", "Menge", "USt", "Betrag in EUR")
    sheet.row(y, [(x, a, t) for (x, a), t in zip(columns, heads, strict=True)], bold=True, color="#ffffff", size=9)
    for position in paper.positions:
        y += 22
        texts = (position.text, position.quantity, f"{position.rate} %", german(position.net))
        sheet.row(y, [(x, a, t) for (x, a), t in zip(columns, texts, strict=True)])
        sheet.rule(55, WIDTH - 55, y + 7, color="#d5d5d5")
    y += 34
    for label, value in (
        ("Nettobetrag", paper.net),
        *((f"zzgl. {rate} % USt", tax) for rate, _, tax in paper.breakdown),
    ):
        sheet.row(y, [(460, "right", label), (WIDTH - 60, "right", f"{german(value)} €")])
        y += 17
    sheet.rule(340, WIDTH - 55, y - 11)
    label = "Gutschriftsbetrag" if paper.type == "Credit" else "Gesamtbetrag"
    sheet.row(y + 3, [(460, "right", label), (WIDTH - 60, "right", f"{german(paper.gross)} €")], bold=True, size=11)
    if paper.due:
        sheet.text(55, y + 46, f"Zahlbar ohne Abzug bis {numeric(paper.due)}. Bitte geben Sie die Nummer oben an.")
    sheet.text(55, y + 62, paper.remark)
    _german_footer(sheet, paper)
    return sheet.pdf()


def _german_footer(sheet: Sheet, paper: Paper) -> None:
    sheet.rule(55, WIDTH - 55, 772, color="#bbbbbb")
    sheet.block(55, 786, [paper.supplier, *paper.address], size=7.5, color=GREY)
    sheet.block(250, 786, [f"UID: {paper.vat_id}", "Es gelten unsere Geschäftsbedingungen."], size=7.5, color=GREY)
    sheet.block(410, 786, ["Bankverbindung", paper.iban], size=7.5, color=GREY)


def german_bar(paper: Paper) -> bytes:
    """A large company's bill: coloured head, figures in boxes, VAT as a table."""
    sheet = Sheet(title=paper.number)
    sheet.box(0, 0, WIDTH, 78, paper.color)
    sheet.text(45, 48, paper.supplier, size=20, bold=True, color="#ffffff")
    sheet.block(45, 120, RECIPIENT)
    sheet.row(
        205,
        [(45, "left", "Rechnung Nr."), (190, "left", "Rechnungsdatum"), (320, "left", "Abrechnungszeitraum")],
        size=8,
        color=GREY,
    )
    sheet.row(
        220,
        [
            (45, "left", paper.number),
            (190, "left", numeric(paper.issued)),
            (320, "left", f"{numeric(paper.start)} - {numeric(paper.end)}"),
        ],
        bold=True,
        size=10.5,
    )
    sheet.rule(45, WIDTH - 45, 234, color=paper.color)
    y = 268.0
    for position in paper.positions:
        sheet.row(
            y,
            [
                (45, "left", position.text),
                (360, "left", position.quantity),
                (WIDTH - 45, "right", german(position.net)),
            ],
        )
        y += 19
    sheet.rule(45, WIDTH - 45, y - 6, color="#cccccc")
    sheet.row(
        y + 24,
        [
            (45, "left", "Steuersatz"),
            (250, "right", "Netto EUR"),
            (370, "right", "USt EUR"),
            (WIDTH - 45, "right", "Brutto EUR"),
        ],
        size=8,
        color=GREY,
    )
    y += 42
    for rate, net, tax in paper.breakdown:
        sheet.row(
            y,
            [
                (45, "left", f"USt {rate} %"),
                (250, "right", german(net)),
                (370, "right", german(tax)),
                (WIDTH - 45, "right", german(net + tax)),
            ],
        )
        y += 17
    sheet.rule(45, WIDTH - 45, y - 8)
    sheet.row(
        y + 8,
        [
            (45, "left", "Summe"),
            (250, "right", german(paper.net)),
            (370, "right", german(paper.tax)),
            (WIDTH - 45, "right", german(paper.gross)),
        ],
        bold=True,
    )
    y += 52
    sheet.box(45, y - 18, WIDTH - 90, 34, "#eef1f4")
    sheet.row(
        y + 3,
        [(57, "left", "Rechnungsbetrag"), (WIDTH - 57, "right", f"EUR {german(paper.gross)}")],
        bold=True,
        size=12,
    )
    if paper.due:
        sheet.text(
            45,
            y + 44,
            f"Der Betrag wird am {numeric(paper.due)} von Ihrem Konto eingezogen. Fällig am {numeric(paper.due)}.",
        )
    sheet.text(45, y + 60, paper.remark)
    sheet.text(
        WIDTH / 2,
        806,
        f"{paper.supplier} | {paper.address[0]} | {paper.address[1]} | UID {paper.vat_id}",
        size=7.5,
        color=GREY,
        align="center",
    )
    return sheet.pdf()


def freelancer(paper: Paper) -> bytes:
    """A page in one serif type, in English, without VAT."""
    sheet = Sheet("Times-Roman", "Times-Bold", title=paper.number)
    sheet.text(70, 80, paper.supplier, size=22)
    sheet.block(70, 98, [*paper.address, f"VAT ID: {paper.vat_id}"], size=10, color=GREY)
    sheet.text(70, 180, "Bill to", size=9, color=GREY)
    sheet.block(70, 195, [*RECIPIENT, "VAT ID: ATU00000000"], size=10.5)
    for at, label, text in (
        (195, "Invoice no.", paper.number),
        (211, "Invoice date", spelled(paper.issued, "en")),
        (227, "Due date", spelled(paper.due, "en") if paper.due else "on receipt"),
        (243, "Service period", f"{paper.start:%Y-%m-%d} to {paper.end:%Y-%m-%d}"),
    ):
        sheet.row(at, [(330, "left", label), (WIDTH - 70, "right", text)], size=10.5)
    if paper.title:
        sheet.text(70, 300, f"Subject: {paper.title}", size=10.5, bold=True)
    y = 336.0
    sheet.row(
        y, [(70, "left", "Service"), (400, "right", "Quantity"), (WIDTH - 70, "right", "Amount")], size=10, color=GREY
    )
    sheet.rule(70, WIDTH - 70, y + 6)
    for position in paper.positions:
        y += 22
        sheet.row(
            y,
            [
                (70, "left", position.text),
                (400, "right", position.quantity),
                (WIDTH - 70, "right", f"€{english(position.net)}"),
            ],
            size=10.5,
        )
    sheet.rule(70, WIDTH - 70, y + 10)
    for label, value in (("Subtotal", paper.net), ("VAT 0%", paper.tax), ("Total due", paper.gross)):
        y += 26
        sheet.row(
            y, [(400, "right", label), (WIDTH - 70, "right", f"€{english(value)}")], size=11, bold=label == "Total due"
        )
    sheet.text(70, y + 60, paper.remark, size=10.5)
    sheet.text(
        70, 790, f"{paper.supplier} · {paper.address[0]} · {paper.address[1]} · {paper.iban}", size=8, color=GREY
    )
    return sheet.pdf()
