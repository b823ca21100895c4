"""The abstract syntax of conditions: one tree for the string form and the JSON form.

Operators are kept under one name each (`neq`, `!=` → `ne`, see `operators`); values are typed as their field is:
text `str`, amounts and numbers `Decimal`, booleans `bool`, dates `date`, date-times `datetime` (a naive one is
local time), `now`/`today`/… a `SpecialDate`, lists a tuple of these.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from autobook.domain.conditions.dates import SpecialDate
from autobook.domain.conditions.operators import OperatorName

Quantifier = Literal["any", "all", "none"]

QUANTIFIERS: Final[dict[str, Quantifier]] = {"any": "any", "all": "all", "none": "none"}

Scalar = str | Decimal | bool | date | datetime | SpecialDate


@dataclass(frozen=True, slots=True)
class FieldReference:
    """Another field of the same subject where a value stands: `sum_gross > booking.value`."""

    path: str


Constant = Scalar | tuple[Scalar, ...] | None
"""None for the operators that take no value."""
Value = Constant | FieldReference


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one value, or another field of its kind."""

    path: str
    op: OperatorName
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
    op: OperatorName
    value: Constant


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
