"""Net, tax and gross of each line, from what Kanbert says of an invoice: a value for each line, and VAT by rate.

Whether a line's value is net or gross, and which rate it has, Kanbert does not say (docs/kanbert-api.md, Incoming
invoices). The sums say the first; the second is taken where only one answer makes the VAT lines right to the cent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Final

from autobook.domain.errors import GiveUp
from autobook.domain.kanbert import IncomingInvoice

_CENT: Final = Decimal("0.01")
_MOST_COMBINATIONS: Final = 20_000
"""Of rates on lines that are tried. Beyond, a line's tax is left out where the rates differ."""


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """What is known of a line, in the invoice's currency; `rate` in percent."""

    net: Decimal | None
    tax: Decimal | None
    gross: Decimal | None
    rate: Decimal | None


def line_amounts(invoice: IncomingInvoice) -> tuple[LineAmounts, ...]:
    """One for each booking, in their order.

    Raises GiveUp where the lines add up neither to the net nor to the gross sum.
    """
    values = [booking.value or Decimal() for booking in invoice.bookings or ()]
    total, net, gross = sum(values, Decimal()), invoice.sum_net, invoice.sum_gross
    if net is None and gross is None:
        return tuple(LineAmounts(value, None, None, None) for value in values)
    for sign in (1, -1):  # the lines of a credit note may have the other sign than its sums
        for sums_to, is_gross in ((net, False), (gross, True)):
            if sums_to is not None and abs(sign * total - sums_to) <= _CENT:
                return _amounts(invoice, [sign * value for value in values], is_gross=is_gross)
    raise GiveUp(
        f"the lines of invoice {invoice.id} add up to {total}, neither to its net sum {net} nor to its gross sum "
        f"{gross}: correct it in Kanbert, and it is exported"
    )


def _amounts(invoice: IncomingInvoice, values: Sequence[Decimal], *, is_gross: bool) -> tuple[LineAmounts, ...]:
    due = _tax_by_rate(invoice)
    rates = _rates_of_lines(values, due, is_gross=is_gross)
    if rates is None:
        taxes = [invoice.sum_tax] if len(values) == 1 else [None] * len(values)
        rates = [None] * len(values)
    else:
        taxes = _rounded(values, rates, due, is_gross=is_gross)
    return tuple(
        _one(value, tax, rate, is_gross=is_gross) for value, tax, rate in zip(values, taxes, rates, strict=True)
    )


def _one(value: Decimal, tax: Decimal | None, rate: Decimal | None, *, is_gross: bool) -> LineAmounts:
    if is_gross:
        return LineAmounts(None if tax is None else value - tax, tax, value, rate)
    return LineAmounts(value, tax, None if tax is None else value + tax, rate)


def _tax_by_rate(invoice: IncomingInvoice) -> dict[Decimal, Decimal]:
    found: dict[Decimal, Decimal] = {}
    for each in invoice.vats:
        if each.vat is not None and each.value is not None:
            found[each.vat] = found.get(each.vat, Decimal()) + each.value
    if not found and invoice.sum_tax == 0:
        found[Decimal()] = Decimal()
    return found


def _rates_of_lines(
    values: Sequence[Decimal], due: dict[Decimal, Decimal], *, is_gross: bool
) -> Sequence[Decimal | None] | None:
    """The rate of each line; None where none, or more than one, choice makes the VAT lines right."""
    if not due:
        return None
    # A rate of zero may be left out of the VAT lines: it has nothing to say.
    candidates: Sequence[Decimal | None] = sorted({*due, Decimal()}, reverse=True)
    if len(due) == 1:
        (rate,) = due
        if _fits(values, [rate] * len(values), due, is_gross=is_gross):
            return [rate] * len(values)
    if len(candidates) ** sum(value != 0 for value in values) > _MOST_COMBINATIONS:
        return None
    fitting = list(_first_two(values, candidates, due, is_gross=is_gross))
    return fitting[0] if len(fitting) == 1 else None


def _first_two(
    values: Sequence[Decimal], candidates: Sequence[Decimal | None], due: dict[Decimal, Decimal], *, is_gross: bool
) -> Iterator[Sequence[Decimal | None]]:
    found = 0
    for rates in product(*(candidates if value else (None,) for value in values)):
        if _fits(values, rates, due, is_gross=is_gross):
            yield rates
            found += 1
            if found == 2:
                return


def _fits(
    values: Sequence[Decimal], rates: Sequence[Decimal | None], due: dict[Decimal, Decimal], *, is_gross: bool
) -> bool:
    """Whether the tax of the lines at each rate is what the VAT line says, but for the rounding of each line."""
    for rate, tax in due.items():
        lines = [value for value, its in zip(values, rates, strict=True) if its == rate]
        exact = sum((_tax(value, rate, is_gross=is_gross) for value in lines), Decimal())
        if abs(exact - tax) > _CENT * max(1, len(lines)):
            return False
    return True


def _tax(value: Decimal, rate: Decimal, *, is_gross: bool) -> Decimal:
    return value * rate / (100 + rate if is_gross else 100)


def _rounded(
    values: Sequence[Decimal], rates: Sequence[Decimal | None], due: dict[Decimal, Decimal], *, is_gross: bool
) -> list[Decimal | None]:
    """The tax of each line in cents; what rounding leaves of a VAT line goes to its largest line."""
    taxes: list[Decimal | None] = [Decimal()] * len(values)
    for rate, tax in due.items():
        places = [number for number, its in enumerate(rates) if its == rate]
        left = tax
        for place in places:
            cents = _tax(values[place], rate, is_gross=is_gross).quantize(_CENT, ROUND_HALF_UP)
            taxes[place], left = cents, left - cents
        if places:
            largest = max(places, key=lambda place: abs(values[place]))
            taxes[largest] = (taxes[largest] or Decimal()) + left
    return taxes
