"""Texts that rules write: `Hosting {date_of_start:%m/%Y} {invoice_number}`."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from autobook.domain.invoice import IncomingInvoice

_PLACEHOLDER = re.compile(r"\{(?P<name>[^{}:]*)(?::(?P<format>[^{}]*))?\}")

type Source = Callable[[IncomingInvoice], str | date | None]

PLACEHOLDERS: Mapping[str, Source] = {
    "invoice_number": lambda invoice: invoice.invoice_number,
    "title": lambda invoice: invoice.title,
    "supplier": lambda invoice: invoice.supplier.name if invoice.supplier else None,
    "date_of_invoice": lambda invoice: invoice.date_of_invoice,
    "due_date": lambda invoice: invoice.due_date,
    "date_of_start": lambda invoice: invoice.date_of_start,
    "date_of_end": lambda invoice: invoice.date_of_end,
    "sum_net": lambda invoice: format(invoice.sum_net, ".2f"),
    "sum_tax": lambda invoice: format(invoice.sum_tax, ".2f"),
    "sum_gross": lambda invoice: format(invoice.sum_gross, ".2f"),
}


def check_template(template: str) -> str | None:
    """What is wrong with a text's placeholders, as a sentence; None if nothing is."""
    for match in _PLACEHOLDER.finditer(template):
        if match["name"] not in PLACEHOLDERS:
            return f"unknown placeholder {{{match['name']}}}, known are {', '.join(sorted(PLACEHOLDERS))}"
    return None


def fill(template: str, invoice: IncomingInvoice) -> str:
    """The text with every known placeholder replaced; a value that the invoice lacks leaves nothing behind.

    A date is written 2026-11-21, or as a format after a colon says (`strftime`).
    """

    def value(match: re.Match[str]) -> str:
        source = PLACEHOLDERS.get(match["name"])
        if source is None:
            return match[0]
        found = source(invoice)
        if isinstance(found, date):
            return found.strftime(match["format"] or "%Y-%m-%d")
        return found or ""

    return " ".join(_PLACEHOLDER.sub(value, template).split())
