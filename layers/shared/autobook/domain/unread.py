"""Documents that Kanbert announces before their OCR is through.

An upload is announced at once, with neither supplier nor sums; a rule for "everything else" would book it. What says
that OCR is through is not documented (docs/kanbert-api.md, "What we assume").
"""

from autobook.domain.kanbert import IncomingInvoice, names_something


def is_unread(invoice: IncomingInvoice) -> bool:
    """True for an invoice without a supplier all of whose sums are zero or empty.

    An object that has neither id nor name is no supplier.
    """
    supplier = invoice.supplier
    named = supplier is not None and (names_something(supplier.id) or bool((supplier.name or "").strip()))
    return not named and not any((invoice.sum_net, invoice.sum_tax, invoice.sum_gross))
