"""The kinds of fields that the filter language tells apart."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """The kind of a field: `string id enum currency number date datetime boolean`, or one of those below.

    `values` are the enum values that are known; where there are any, a condition may name no other.
    """

    name: str
    values: tuple[str, ...] = ()


TEXT_KINDS: Final = frozenset(("string", "id", "enum"))
"""Kinds whose values are texts, compared as they look (`look_alikes`)."""
COUNT_KIND: Final = Kind("count")
"""What `vats.count()` gives: a number that is never null."""
UNTYPED: Final = Kind("any")
"""A field where no field table says what it is."""
