"""Amounts as printed on invoices: `1.234,56`, `1,234.56`, `1 234,56`, `1'234.56`; minus before or behind."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_MINUS = "-−–"
_SPACES = "\u00a0\u202f\u2009 "
_AMOUNT = re.compile(
    rf"""(?<![\w.,/])
    (?P<sign>[{_MINUS}][ ]?)?
    (?:(?:EUR|USD|CHF|GBP|PLN|CZK|[€$£])[ ]?)?
    (?P<inner>[{_MINUS}])?
    (?P<whole>\d{{1,3}}(?:(?P<mark>[.,'’{_SPACES}])\d{{3}})(?:(?P=mark)\d{{3}})*|\d{{1,12}})
    (?P<point>[.,])(?P<cents>\d\d)
    (?![\d%]|[.,/:]\d|[ \u00a0\u202f]?%)
    (?P<behind>[{_MINUS}](?!\w))?""",
    re.VERBOSE,
)
RATE = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?)[ \u00a0\u202f]?%")
_CURRENCY = re.compile(r"EUR|USD|CHF|GBP|PLN|CZK|[€$£]")


@dataclass(frozen=True, slots=True)
class Printed:
    """An amount and where it stands in its line."""

    value: Decimal
    start: int
    end: int


def amounts(text: str) -> Iterator[Printed]:
    """Every amount with two decimals, from left to right. Percentages, dates and unit prices are none."""
    for match in _AMOUNT.finditer(text):
        if match["mark"] == match["point"]:
            continue
        value = Decimal("".join(c for c in match["whole"] if c.isdecimal()) + "." + match["cents"])
        negative = match["sign"] or match["inner"] or match["behind"]
        yield Printed(-value if negative and value else value, match.start(), match.end())


def rates(text: str) -> list[Decimal]:
    """The percentages in a text, 0 to 99."""
    return [Decimal(found.replace(",", ".")) for found in RATE.findall(text)]


def without_currency(text: str) -> str:
    """A label with the currency signs around it removed."""
    return _CURRENCY.sub("", text).strip(" :\t")
