"""Layouts of suppliers abroad: a French bill, an invoice in English."""

from autobook_local.demo.documents.drawing import (
    GREY,
    UNICODE,
    UNICODE_BOLD,
    WIDTH,
    Sheet,
    english,
    french,
    numeric,
    spelled,
)
from autobook_local.demo.documents.layouts import RECIPIENT
from autobook_local.demo.documents.paper import Paper


def french_bill(paper: Paper) -> bytes:
    """`Facture n°`, HT, TVA and TTC."""
    sheet = Sheet("Times-Roman", "Times-Bold", title=paper.number)
    sheet.text(WIDTH / 2, 70, paper.supplier, size=24, bold=True, color=paper.color, align="center")
    sheet.text(WIDTH / 2, 88, f"{paper.address[0]} – {paper.address[1]}", size=9, color=GREY, align="center")
    sheet.block(330, 150, RECIPIENT, size=11)
    sheet.text(60, 250, f"Facture n° {paper.number} du {spelled(paper.issued, 'fr')}", size=14, bold=True)
    if paper.title:
        sheet.text(60, 272, f"Objet : {paper.title}", size=10.5)
    sheet.text(60, 290, f"Période : du {numeric(paper.start)} au {numeric(paper.end)}", size=10.5)
    y = 330.0
    sheet.row(
        y,
        [(60, "left", "Désignation"), (380, "right", "Quantité"), (WIDTH - 60, "right", "Montant HT")],
        bold=True,
        size=10,
    )
    sheet.rule(60, WIDTH - 60, y + 6, color=paper.color)
    for position in paper.positions:
        y += 22
        sheet.row(
            y,
            [
                (60, "left", position.text),
                (380, "right", position.quantity),
                (WIDTH - 60, "right", f"{french(position.net)} €"),
            ],
            size=10.5,
        )
    y += 40
    for label, value in (
        ("Total HT", paper.net),
        *((f"TVA {rate} %", tax) for rate, _, tax in paper.breakdown),
        ("Total TTC", paper.gross),
    ):
        sheet.row(
            y, [(430, "right", label), (WIDTH - 60, "right", f"{french(value)} €")], size=11, bold=label == "Total TTC"
        )
        y += 19
    if paper.due:
        sheet.text(60, y + 40, f"Date limite de paiement le {spelled(paper.due, 'fr')}.", size=10.5)
    sheet.text(60, y + 56, paper.remark, size=10.5)
    sheet.text(
        WIDTH / 2,
        800,
        f"{paper.supplier} – N° de TVA {paper.vat_id} – IBAN {paper.iban}",
        size=8,
        color=GREY,
        align="center",
    )
    return sheet.pdf()


def english_unicode(paper: Paper) -> bytes:
    """In English with an embedded font; the sender on the right, labels over their values."""
    sheet = Sheet(UNICODE, UNICODE_BOLD, title=paper.number)
    sheet.box(0, 0, 12, 842, paper.color)
    sheet.text(50, 70, "INVOICE", size=24, bold=True, color=paper.color)
    sheet.text(WIDTH - 50, 60, paper.supplier, size=13, bold=True, align="right")
    sheet.block(WIDTH - 50, 76, [*paper.address, paper.vat_id], size=8, color=GREY, align="right")
    sheet.text(50, 140, "Bill to:", size=8, color=GREY)
    sheet.block(50, 154, RECIPIENT, size=9)
    places = (50, 200, 340, 460)
    heads = ("Invoice number", "Invoice date", "Payment due")
    values = (paper.number, f"{paper.issued:%d/%m/%Y}", f"{paper.due:%d/%m/%Y}" if paper.due else "-")
    sheet.row(236, [(x, "left", t) for x, t in zip(places, heads, strict=False)], size=8, color=GREY)
    sheet.row(250, [(x, "left", t) for x, t in zip(places, values, strict=False)], size=10, bold=True)
    sheet.text(50, 278, f"Billing period: {spelled(paper.start, 'en')} - {spelled(paper.end, 'en')}", size=9)
    y = 316.0
    sheet.box(50, y - 12, WIDTH - 100, 18, "#eeeeee")
    sheet.row(
        y,
        [(56, "left", "Item"), (330, "right", "Qty"), (410, "right", "VAT rate"), (WIDTH - 56, "right", "Net EUR")],
        size=8.5,
        bold=True,
    )
    for position in paper.positions:
        y += 20
        sheet.row(
            y,
            [
                (56, "left", position.text),
                (330, "right", position.quantity),
                (410, "right", f"{position.rate}%"),
                (WIDTH - 56, "right", english(position.net)),
            ],
            size=9,
        )
    y += 36
    for label, value in (
        ("Subtotal", paper.net),
        *((f"VAT {rate}%", tax) for rate, _, tax in paper.breakdown),
        ("Total EUR", paper.gross),
    ):
        sheet.row(
            y, [(410, "right", label), (WIDTH - 56, "right", english(value))], size=9.5, bold=label == "Total EUR"
        )
        y += 18
    sheet.text(50, y + 40, paper.remark, size=9)
    sheet.text(
        50, 806, f"{paper.supplier} | {paper.address[0]} | {paper.address[1]} | IBAN {paper.iban}", size=7, color=GREY
    )
    return sheet.pdf()
