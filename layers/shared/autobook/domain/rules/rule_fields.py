"""What a booking rule may name: the fields of the incoming invoice and of the current line."""

from functools import cache
from typing import Final

from autobook.domain.conditions import FieldTable, Getter, getters_of_table
from autobook.domain.filter_fields import add_fields
from autobook.domain.kanbert import Booking, IncomingInvoice

BOOKING: Final = "booking"
"""The first name of the fields of the current line: `booking.value`."""


@cache
def rule_fields(*, as_documented: bool = False) -> FieldTable:
    """The incoming invoice's fields and, under `booking.`, those of the current line.

    Any field may come empty, and is matched as such; `as_documented` takes for nullable only what the reference says
    may be. Every field of the line may be null: an invoice without a line is matched against none.
    """
    table = FieldTable(companion=BOOKING, compares_fields=True)
    add_fields(table, IncomingInvoice, "", nullable=False, as_documented=as_documented)
    add_fields(table, Booking, f"{BOOKING}.", nullable=True, as_documented=as_documented)
    table.index()
    return table


@cache
def rule_getters() -> dict[str, Getter]:
    """How the value of each field is read."""
    return getters_of_table(rule_fields())
