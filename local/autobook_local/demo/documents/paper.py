"""An invoice as data: what a layout prints and what a reader must find. All sums follow from the positions."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Literal

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Position:
    """A line of an invoice: net amount and VAT rate in percent."""

    text: str
    quantity: str
    net: Decimal
    rate: Decimal


@dataclass(frozen=True)
class Paper:
    """Everything that a layout prints."""

    supplier: str
    address: tuple[str, str]
    vat_id: str
    iban: str
    number: str
    issued: date
    due: date | None
    start: date
    end: date
    positions: tuple[Position, ...]
    color: str
    title: str | None = None
    remark: str = ""
    type: Literal["Invoice", "Credit"] = "Invoice"

    @property
    def net(self) -> Decimal:
        """Sum of the positions."""
        return sum((position.net for position in self.positions), Decimal("0.00"))

    @property
    def breakdown(self) -> tuple[tuple[Decimal, Decimal, Decimal], ...]:
        """(rate, net, tax) by rate; tax is rounded once per rate, commercially."""
        ordered = sorted(self.positions, key=lambda position: position.rate)
        sums = [(rate, sum((p.net for p in group), Decimal(0))) for rate, group in groupby(ordered, lambda p: p.rate)]
        return tuple((rate, net, (net * rate / 100).quantize(_CENT, ROUND_HALF_UP)) for rate, net in sums)

    @property
    def tax(self) -> Decimal:
        """Sum of the taxes."""
        return sum((tax for _, _, tax in self.breakdown), Decimal("0.00"))

    @property
    def gross(self) -> Decimal:
        """What is to be paid."""
        return self.net + self.tax
