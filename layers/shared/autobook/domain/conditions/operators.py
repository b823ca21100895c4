"""The operators of the filter language, one row each: how it is spelled, what it takes, when it is true.

Spellings and the kinds that each operator fits: docs/kanbert-api.md, "Filter language" (boolean and number by
analogy). How the matching engine compiles and indexes an operator stands in `rules.engine.operators`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from autobook.domain.conditions.dates import Span
from autobook.domain.conditions.text_matching import Pattern, fold

OperatorName = Literal[
    "eq", "ne", "lt", "lte", "gt", "gte", "in", "nin",
    "contains", "like", "startswith", "endswith", "isnull", "isnotnull",
]  # fmt: skip
Truth = bool | None
"""True, false or unknown (None), as in SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One operator."""

    name: OperatorName
    spellings: tuple[str, ...]
    """Every spelling, in lower case; the first is the one we print. Words are separated by one space."""
    kinds: frozenset[str]
    """Names of the kinds of fields that take it."""
    holds: Callable[[Any, Any], bool]
    """Whether it is true of a field's value and the condition's; on date-times the latter comes as `Span`."""
    negation: OperatorName | None = None
    """The operator that is true exactly where this one is false, and unknown where it is unknown."""
    takes: Literal["one", "list", "nothing"] = "one"
    """How many values stand after it."""
    compares: Literal["value", "text", "presence"] = "value"
    """What it looks at: the field's value, its folded text (see `text_matching`), or whether there is a value."""

    def evaluate(self, found: Any, wanted: Any) -> Truth:
        """The truth for the value that was found; a comparison with null is unknown."""
        if found is None and self.compares != "presence":
            return None
        return self.holds(found, wanted)


def _equal(found: Any, wanted: Any) -> bool:
    """A date on a date-time field, like `today`, is its whole day."""
    return bool(wanted.first <= found <= wanted.last if isinstance(wanted, Span) else found == wanted)


def _listed(found: Any, wanted: tuple[Any, ...]) -> bool:
    return any(_equal(found, each) for each in wanted)


def _first(wanted: Any) -> Any:
    """What `<` and `>` compare with: of a day its first instant."""
    return wanted.first if isinstance(wanted, Span) else wanted


_ORDERED: Final = frozenset(("currency", "number", "date", "datetime", "count"))
_COMPARABLE: Final = _ORDERED | {"string", "id", "enum", "boolean"}
_TEXTUAL: Final = frozenset(("string", "currency"))
_NULLABLE: Final = _COMPARABLE - {"count"}

_ROWS: Final = (
    Operator(name="eq", spellings=("=", "eq"), kinds=_COMPARABLE, negation="ne", holds=_equal),
    Operator(
        name="ne", spellings=("!=", "ne", "neq"), kinds=_COMPARABLE, negation="eq",
        holds=lambda found, wanted: not _equal(found, wanted),
    ),
    Operator(
        name="lt", spellings=("<", "lt"), kinds=_ORDERED, negation="gte",
        holds=lambda found, wanted: bool(found < _first(wanted)),
    ),
    Operator(
        name="lte", spellings=("<=", "lte", "le"), kinds=_ORDERED, negation="gt",
        holds=lambda found, wanted: bool(found <= _first(wanted)),
    ),
    Operator(
        name="gt", spellings=(">", "gt"), kinds=_ORDERED, negation="lte",
        holds=lambda found, wanted: bool(found > _first(wanted)),
    ),
    Operator(
        name="gte", spellings=(">=", "gte", "ge"), kinds=_ORDERED, negation="lt",
        holds=lambda found, wanted: bool(found >= _first(wanted)),
    ),
    Operator(name="in", spellings=("in",), kinds=_COMPARABLE, negation="nin", takes="list", holds=_listed),
    Operator(
        name="nin", spellings=("nin", "notin", "not in"), kinds=_COMPARABLE, negation="in", takes="list",
        holds=lambda found, wanted: not _listed(found, wanted),
    ),
    Operator(
        name="contains", spellings=("contains",), kinds=_TEXTUAL, compares="text",
        holds=lambda found, wanted: fold(wanted) in found,
    ),
    Operator(
        name="like", spellings=("like",), kinds=_TEXTUAL, compares="text",
        holds=lambda found, wanted: Pattern(wanted).matcher()(found),
    ),
    Operator(
        name="startswith", spellings=("startswith",), kinds=_TEXTUAL, compares="text",
        holds=lambda found, wanted: bool(found.startswith(fold(wanted))),
    ),
    Operator(
        name="endswith", spellings=("endswith",), kinds=_TEXTUAL, compares="text",
        holds=lambda found, wanted: bool(found.endswith(fold(wanted))),
    ),
    Operator(
        name="isnull", spellings=("is null", "isnull"), kinds=_NULLABLE, negation="isnotnull", takes="nothing",
        compares="presence", holds=lambda found, _: found is None,
    ),
    Operator(
        name="isnotnull", spellings=("is not null", "isnotnull", "notnull"), kinds=_NULLABLE, negation="isnull",
        takes="nothing", compares="presence", holds=lambda found, _: found is not None,
    ),
)  # fmt: skip

OPERATORS: Final[dict[OperatorName, Operator]] = {row.name: row for row in _ROWS}
"""Every operator by its name, in the order in which messages list them."""
SPELLINGS: Final[dict[str, OperatorName]] = {
    spelling: row.name for row in _ROWS for spelling in row.spellings if " " not in spelling
}
"""Every spelling of one word, or symbol."""
_PHRASES: Final[dict[str, OperatorName]] = {
    spelling: row.name for row in _ROWS for spelling in row.spellings if " " in spelling
}
_PHRASE: Final = re.compile("|".join(rf"{each.replace(' ', r'\s+')}\b" for each in _PHRASES), re.IGNORECASE)

NEGATIONS: Final[dict[OperatorName, OperatorName]] = {row.name: row.negation for row in _ROWS if row.negation}
"""Operators that have a negation, and that."""
KIND_OPERATORS: Final[dict[str, frozenset[OperatorName]]] = {
    kind: frozenset(row.name for row in _ROWS if kind in row.kinds) for kind in sorted(_COMPARABLE)
}
"""The operators that fit each kind of field."""
TEXT_OPERATORS: Final = frozenset(row.name for row in _ROWS if row.compares == "text")
LIST_OPERATORS: Final = frozenset(row.name for row in _ROWS if row.takes == "list")
VALUELESS: Final = frozenset(row.name for row in _ROWS if row.takes == "nothing")


def phrase_at(text: str, at: int) -> tuple[OperatorName, int] | None:
    """The operator of several words (`is not null`) that stands there, and the position after it."""
    found = _PHRASE.match(text, at)
    return (_PHRASES[" ".join(found[0].lower().split())], found.end()) if found else None
