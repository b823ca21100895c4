"""One incoming invoice in Kanbert, by its id or by its invoice number."""

from collections.abc import Iterator

from autobook.adapters.kanbert import equals, equals_or_contains
from autobook.domain.conditions import plain
from autobook.domain.documents import VALID_ID, Unreadable
from autobook.domain.errors import NotFound
from autobook.domain.kanbert import IncomingInvoice
from autobook.service.ports import ListedDocuments
from autobook_cli.target import NoTarget

_PAGE_SIZE = 100
_MOST_NAMED = 10
"""Invoices with one number that a message names."""


def find_invoice(kanbert: ListedDocuments, document: str) -> IncomingInvoice:
    """The invoice with this id, or else the only one with this number. NoTarget, in a sentence, where there is none."""
    if VALID_ID.fullmatch(document):
        try:
            return kanbert.get_incoming_invoice(document)
        except NotFound:
            pass
    number = document.strip()
    # Asked for as typed, and where that has none, in another case or with blanks around it: as OCR has read it.
    found = number and (
        _numbered(kanbert, number, equals("invoice_number", number))
        or _numbered(kanbert, number, equals_or_contains("invoice_number", number))
    )
    if not found:
        raise NoTarget(f"Kanbert has no incoming invoice with the id or the number {document}")
    if len(found) > 1:
        named = ", ".join(_in_words(each) for each in found[:_MOST_NAMED])
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        raise NoTarget(f"{len(found)} invoices have the number {document}; give an id: {named}{more}")
    return kanbert.get_incoming_invoice(found[0].id)


def listed(kanbert: ListedDocuments, wanted: str) -> Iterator[IncomingInvoice | Unreadable]:
    """The invoices of this filter, as a list shows them, the oldest first."""
    return kanbert.list_incoming_invoices(
        filter=wanted, sort="created_at", page_size=_PAGE_SIZE, cursor=None, on_page=None
    )


def _numbered(kanbert: ListedDocuments, number: str, wanted: str) -> list[IncomingInvoice]:
    return [
        each
        for each in listed(kanbert, wanted)
        if not isinstance(each, Unreadable) and _comparable(each.invoice_number or "") == _comparable(number)
    ]


def _comparable(number: str) -> str:
    return plain(number).strip().casefold()


def _in_words(invoice: IncomingInvoice) -> str:
    supplier = (invoice.supplier.name if invoice.supplier else None) or "no supplier"
    day = f" of {invoice.date_of_invoice:%Y-%m-%d}" if invoice.date_of_invoice else ""
    return f"{invoice.id} ({supplier}{day})"
