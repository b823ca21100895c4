"""The abstract syntax of conditions: one tree for the string form and the JSON form.

Operators are kept under one name each (`neq`, `!=` → `ne`); values are typed as their field is:
text `str`, amounts and numbers `Decimal`, booleans `bool`, dates `date`, date-times `datetime` (a naive one is
local time), `now`/`today`/… a `Moment`, lists a tuple of these.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, NamedTuple

MAX_BYTES: Final = 8192
"""Longest condition, in bytes of UTF-8: its text, and what the JSON form says, written as the shortest text."""
MAX_DEPTH: Final = 64
"""Deepest nesting of groups, `not` and relation filters (see `limits`)."""
MAX_LIST: Final = 1000
"""Longest list after `in`."""

Operator = Literal[
    "eq", "ne", "lt", "lte", "gt", "gte", "in", "nin",
    "contains", "like", "startswith", "endswith", "isnull", "isnotnull",
]  # fmt: skip
Quantifier = Literal["any", "all", "none"]

OPERATORS: Final[dict[str, Operator]] = {
    "=": "eq", "eq": "eq", "!=": "ne", "ne": "ne", "neq": "ne",
    "<": "lt", "lt": "lt", "<=": "lte", "lte": "lte", "le": "lte",
    ">": "gt", "gt": "gt", ">=": "gte", "gte": "gte", "ge": "gte",
    "in": "in", "nin": "nin", "notin": "nin",
    "contains": "contains", "like": "like", "startswith": "startswith", "endswith": "endswith",
    "isnull": "isnull", "isnotnull": "isnotnull", "notnull": "isnotnull",
}  # fmt: skip
"""Every spelling (lower case) of every operator (reference: "Filter language")."""

QUANTIFIERS: Final[dict[str, Quantifier]] = {"any": "any", "all": "all", "none": "none"}

OPPOSITE: Final[dict[Operator, Operator]] = {
    "eq": "ne", "ne": "eq", "lt": "gte", "gte": "lt", "gt": "lte", "lte": "gt",
    "in": "nin", "nin": "in", "isnull": "isnotnull", "isnotnull": "isnull",
}  # fmt: skip
"""The operator that is true exactly where this one is false (and unknown where it is unknown)."""


class Moment(NamedTuple):
    """A special value: `now`, `today` with an offset in days, start or end of week (Monday) or month."""

    word: str
    days: int = 0

    def __str__(self) -> str:
        return f"{self.word}{self.days:+d}d" if self.days else self.word


Scalar = str | Decimal | bool | date | datetime | Moment
Value = Scalar | tuple[Scalar, ...] | None
"""None for the operators that take no value."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one value."""

    path: str
    op: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Quantified:
    """`vats.any(vat = 20)`: a relation's elements against a condition; without one, whether there are any."""

    path: str
    quantifier: Quantifier
    where: "Condition | None"


@dataclass(frozen=True, slots=True)
class Counted:
    """`vats.count(vat = 20) > 1`: how many of a relation's elements meet the condition."""

    path: str
    where: "Condition | None"
    op: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Not:
    """Negation; unknown stays unknown."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class And:
    """All parts; never holds an `And` itself, and at least two parts."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part; never holds an `Or` itself, and at least two parts."""

    parts: "tuple[Condition, ...]"


Condition = Comparison | Quantified | Counted | Not | And | Or


def joined(kind: type[And] | type[Or], parts: list[Condition]) -> Condition:
    """The parts under one `And` or `Or`, flattened: `a and (b and c)` is `a and b and c`."""
    if len(parts) == 1:
        return parts[0]
    for part in parts:
        if type(part) is kind:
            flat: list[Condition] = []
            for each in parts:
                flat.extend(each.parts) if isinstance(each, kind) else flat.append(each)
            return kind(tuple(flat))
    return kind(tuple(parts))


def byte_length(text: str) -> int:
    """Length in bytes of UTF-8; a lone surrogate, which has none, counts as the `?` in its place."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))
