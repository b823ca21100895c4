"""Formats of the files that people keep rules and invoices in: text in, plain data out.

Each reader takes a text and gives lists, dicts, texts, booleans, None and exact numbers, or raises `Malformed`. None
of them guesses: what a file says twice is an error, and no number goes through binary floating point.
"""

from decimal import Decimal


class Malformed(ValueError):
    """A text that is not in its format; `str(error)` is one line for people, with the place where it is known."""


_LONGEST_INT = 30


def whole(digits: str) -> int | Decimal:
    """The number that these digits (with or without a sign) spell; a `Decimal` where Python may refuse an `int`."""
    return int(digits) if len(digits) <= _LONGEST_INT else Decimal(digits)
