"""Conditions as text again: parsing what is printed gives the same tree."""

from autobook.domain.conditions.ast import MAX_BYTES, MAX_DEPTH, Condition, byte_length
from autobook.domain.conditions.limits import nesting
from autobook.domain.conditions.text_printer import as_written, shortest


def to_text(condition: Condition) -> str:
    """The string form as people write it; at the limits of a condition its shortest, which always fits."""
    if nesting(condition) == MAX_DEPTH:
        return shortest(condition)
    text = as_written(condition)
    return text if byte_length(text) <= MAX_BYTES else shortest(condition)
