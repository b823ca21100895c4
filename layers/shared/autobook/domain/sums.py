"""Whether an invoice's own sums are plausible: what is handed to accounting must add up.

What is missing is not invented: without a net, tax or gross sum, or with a line or VAT line that has no amount, nothing
can be added up. Whether lines carry net or gross values is not documented (docs/kanbert-api.md): either may add up.
Amounts are rounded to the cent one by one, so each that is added may be off by one.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, localcontext
from typing import Final

from autobook.domain.kanbert import IncomingInvoice

_CENT: Final = Decimal("0.01")
_DIGITS: Final = 100
"""More than two amounts together have (kanbert/values.py): they are added exactly."""


def implausibilities(invoice: IncomingInvoice) -> tuple[str, ...]:
    """What does not add up, with the figures, as clauses; nothing where all does."""
    with localcontext(prec=_DIGITS):
        return tuple(_implausibilities(invoice))


def _implausibilities(invoice: IncomingInvoice) -> Iterator[str]:
    net, tax, gross = invoice.sum_net, invoice.sum_tax, invoice.sum_gross
    if net is None or tax is None or gross is None:
        sums = {"net": net, "tax": tax, "gross": gross}
        yield f"the invoice has no {' and no '.join(name for name, each in sums.items() if each is None)} sum"
    elif net == tax == gross == 0:
        yield "all sums are zero"
    else:
        if abs(net + tax - gross) > _CENT:
            yield f"net {_figure(net)} and tax {_figure(tax)} are {_figure(net + tax)}, not gross {_figure(gross)}"
        if not _signs_agree((net, tax, gross)):
            yield f"the signs of net {_figure(net)}, tax {_figure(tax)} and gross {_figure(gross)} differ"
    yield from _vat_lines([vat.value for vat in invoice.vats], tax)
    yield from _booking_lines([line.value for line in invoice.bookings or ()], net, gross)


def _vat_lines(values: Sequence[Decimal | None], tax: Decimal | None) -> Iterator[str]:
    found = _added(values)
    if found is None:
        yield "a VAT line has no amount"
    elif values and tax is not None and abs(found - tax) > _CENT * len(values):
        yield f"the VAT lines come to {_figure(found)}, the tax to {_figure(tax)}"


def _booking_lines(values: Sequence[Decimal | None], net: Decimal | None, gross: Decimal | None) -> Iterator[str]:
    found = _added(values)
    if found is None:
        yield "a line has no amount"
    elif values and net is not None and gross is not None:
        off = min(abs(found - net), abs(found - gross))
        if off > _CENT * len(values):
            yield f"the lines come to {_figure(found)}, the invoice to net {_figure(net)} and gross {_figure(gross)}"


def _added(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; None where an amount is missing."""
    total = Decimal()
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _signs_agree(amounts: Iterable[Decimal]) -> bool:
    """Zero agrees with either sign. Of a credit note all may be negative."""
    return len({amount > 0 for amount in amounts if amount}) <= 1


def _figure(amount: Decimal) -> str:
    """An amount as a person writes it: at least two decimals, no exponent."""
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
