"""What is learned from: lines that people booked and no rule decides, with what conditions can see of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from autobook.domain.action_fields import ACCOUNT
from autobook.domain.codes import normal_code
from autobook.domain.conditions import fold
from autobook.domain.kanbert import Booking, IncomingInvoice, Supplier, is_mark
from autobook.domain.rules import RuleSet, by_line
from autobook.domain.unread import is_unread
from autobook_cli.history import BookedByPeople, Entry, Names, arrival, day_of, unbooked

LEARNED: Final = (ACCOUNT.name, "position", "project", "client")
"""Fields that a proposal may set; the account always."""

type Values = Mapping[str, str]
"""Ids by field; what people left empty is not in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """A line that people booked. Texts are as conditions compare them (without regard to case)."""

    month: int
    """Months since the year 0."""
    invoice_id: str
    supplier_name: str
    line_title: str
    invoice_title: str
    value: Decimal | None
    gross: Decimal | None
    rates: frozenset[Decimal]
    """Those of the VAT lines, in percent."""
    booked: Values


@dataclass
class Observed:
    """By supplier. `covered` counts lines that rules decide already."""

    zone: ZoneInfo
    names: Names
    rules: RuleSet
    now: datetime
    by_supplier: dict[str, list[Observation]] = field(default_factory=dict)
    suppliers: dict[str, Supplier] = field(default_factory=dict)
    invoices: int = 0
    lines: int = 0
    """Lines that people booked, and no rule decides."""
    covered: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Take in an invoice, as far as people booked it."""
        invoice = unbooked(entry)
        self.invoices += 1
        day, key = day_of(invoice, self.zone), _key(invoice.supplier)
        if day is None or key is None or is_unread(invoice) or not invoice.bookings:
            return
        people, decided = BookedByPeople(entry, self.names), self._decided(invoice)
        for line in invoice.bookings:
            booked = _booked(people, line.id)
            if ACCOUNT.name not in booked:
                continue
            if line.id in decided:
                self.covered += 1
                continue
            self.lines += 1
            if invoice.supplier is not None:
                self.suppliers.setdefault(key, invoice.supplier)
            self.by_supplier.setdefault(key, []).append(_observation(invoice, line, day, booked))

    def add_unreadable(self, invoice_id: str | None, reason: str) -> None:
        """One that could not be read."""
        self.unreadable.append((invoice_id or "an invoice without an id", reason))

    def _decided(self, invoice: IncomingInvoice) -> frozenset[str | None]:
        """Lines whose account rules decide, or would if they were switched on, or cannot agree upon."""
        match = self.rules.match(invoice, now=arrival(invoice, self.now))
        every = (*by_line(invoice, match.bookings), *by_line(invoice, match.suggestions.bookings))
        return frozenset(line_id for line_id, verdicts in every if ACCOUNT.name in verdicts)


def _booked(people: BookedByPeople, line_id: str) -> dict[str, str]:
    found = {}
    for name in LEARNED:
        booked = people.value(line_id, name)
        if booked is not None and isinstance(booked.value, str) and not is_mark(booked.value):
            found[name] = booked.value
    return found


def _observation(invoice: IncomingInvoice, line: Booking, day: date, booked: Values) -> Observation:
    return Observation(
        month=day.year * 12 + day.month,
        invoice_id=invoice.id,
        supplier_name=(invoice.supplier.name if invoice.supplier else None) or "",
        line_title=fold(line.title or ""),
        invoice_title=fold(invoice.title or ""),
        value=line.value,
        gross=invoice.sum_gross,
        rates=frozenset(each.vat for each in invoice.vats if each.vat is not None),
        booked=booked,
    )


def _key(supplier: Supplier | None) -> str | None:
    """A supplier is the same by its name, however it is written; by its id where it has no name."""
    if supplier is None:
        return None
    return normal_code(supplier.name or "") or (f"id:{supplier.id}" if supplier.id else None)
