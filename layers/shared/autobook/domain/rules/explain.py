"""Why a rule fires, and why it does not: the truth of every sub-condition with the value that was found."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from autobook.domain.conditions import (
    And,
    Comparison,
    Condition,
    Counted,
    Facts,
    FieldReference,
    FieldTable,
    Not,
    Or,
    Quantified,
    Truth,
    counted,
    negated,
    remarks,
    truth,
    visible,
)
from autobook.domain.conditions.printing import to_text
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.rules.rule import Rule
from autobook.domain.rules.rule_conditions import validity
from autobook.domain.rules.rule_fields import rule_fields, rule_getters

_MOST_ELEMENTS = 5
"""Elements of a list that are explained one by one."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A (sub-)condition, whether it holds, and for a single comparison the value that was found."""

    condition: str
    truth: Truth
    found: Any = None
    """The field's value; for a list its number of elements (or how many were counted)."""
    has_value: bool = False
    parts: tuple["Evaluated", ...] = ()
    against: tuple[Any, ...] = ()
    """Where two fields are compared, the value of the other."""

    def as_data(self) -> dict[str, Any]:
        """As JSON-ready data; amounts stay `Decimal`, dates are ISO text, unknown is null."""
        data: dict[str, Any] = {"condition": self.condition, "truth": self.truth}
        if self.has_value:
            data["value"] = self.found.isoformat() if isinstance(self.found, date) else self.found
            if notes := _notes(self.found):
                data["notes"] = notes
        for other in self.against:
            data["against"] = other.isoformat() if isinstance(other, date) else other
        if self.parts:
            data["parts"] = [part.as_data() for part in self.parts]
        return data

    def lines(self, depth: int = 0) -> Iterator[str]:
        """As text, one line per condition, parts indented."""
        value = f", value {_formatted(self.found)}" if self.has_value else ""
        value += "".join(f" against {_formatted(other)}" for other in self.against)
        heading = {"and": "all of", "or": "any of"}.get(self.condition, self.condition)
        yield f"{'  ' * depth}{heading} → {_WORDS[self.truth]}{value}"
        for part in self.parts:
            yield from part.lines(depth + 1)


_WORDS = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule fires or not for one invoice and, where the rule looks at lines, one line."""

    rule_id: str
    booking_id: str | None
    fires: bool
    mode: str
    when: Evaluated
    validity: tuple[Evaluated, ...] = field(default=())
    review: str | None = None
    """What it asks a person to look at, where it fires."""
    notes: tuple[str, ...] = ()
    """What in the rule's texts is not as it looks."""

    def as_data(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {
            "rule_id": self.rule_id,
            "booking_id": self.booking_id,
            "fires": self.fires,
            "mode": self.mode,
            "validity": [each.as_data() for each in self.validity],
            "when": self.when.as_data(),
            **({"review": self.review} if self.review else {}),
            **({"notes": list(self.notes)} if self.notes else {}),
        }

    def lines(self) -> Iterator[str]:
        """As text, a line each: the verdict, then the reasons."""
        verdict = "fires" if self.fires else "does not fire"
        note = {"off": " (mode is off)", "suggest": " (mode is suggest: it writes nothing)"}.get(self.mode, "")
        about = f" for booking {self.booking_id}" if self.booking_id else ""
        yield f"{self.rule_id} {verdict}{about}{note}"
        for each in (*self.validity, self.when):
            yield from (f"  {line}" for line in each.lines())
        if self.review:
            yield f"  a person must look: {self.review}"
        yield from (f"  note: {note}" for note in self.notes)

    def as_text(self) -> str:
        """As text for a terminal."""
        return "\n".join(self.lines())


def explain(
    rule: Rule, invoice: IncomingInvoice, booking: Booking | None, *, now: datetime, timezone: tzinfo
) -> Explanation:
    """Evaluate every part of the rule for this invoice and line (None: no current line)."""
    facts = Facts(rule_getters(), invoice, booking, timezone, now)
    table = rule_fields()
    bounds = tuple(evaluated(bound, facts, table) for bound in validity(rule))
    when = evaluated(rule.condition, facts, table)
    fires = rule.mode != "off" and when.truth is True and all(each.truth is True for each in bounds)
    line = booking.id if booking else None
    review = rule.review if fires else None
    return Explanation(rule.rule_id, line, fires, rule.mode, when, bounds, review, rule.look_alikes())


def evaluated(condition: Condition, facts: Facts, table: FieldTable) -> Evaluated:
    """The condition with the truth of all its parts."""
    match condition:
        case And(parts) | Or(parts):
            word = "and" if isinstance(condition, And) else "or"
            return Evaluated(word, truth(condition, facts, table), parts=_parts(parts, facts, table))
        case Not(part):
            inner = evaluated(part, facts, table)
            return Evaluated("not", negated(inner.truth), parts=(inner,))
        case Comparison(path, _, value):
            against = (facts[value.path],) if isinstance(value, FieldReference) else ()
            return Evaluated(to_text(condition), truth(condition, facts, table), facts[path], True, against=against)
        case Quantified(path, _, where):
            elements = facts[path]
            found = None if elements is None else len(elements)
            return Evaluated(
                to_text(condition), truth(condition, facts, table), found, True, _elements(path, where, facts, table)
            )
        case Counted(path, where):
            found = counted(path, where, facts, table)
            return Evaluated(
                to_text(condition), truth(condition, facts, table), found, True, _elements(path, where, facts, table)
            )


def _parts(parts: tuple[Condition, ...], facts: Facts, table: FieldTable) -> tuple[Evaluated, ...]:
    return tuple(evaluated(part, facts, table) for part in parts)


def _elements(path: str, where: Condition | None, facts: Facts, table: FieldTable) -> tuple[Evaluated, ...]:
    """The nested condition for the first elements of a list."""
    if where is None:
        return ()
    elements = facts[path] or ()
    return tuple(evaluated(where, each, table.relations[path].elements) for each in elements[:_MOST_ELEMENTS])


def _formatted(found: Any) -> str:
    """The value for people."""
    if found is None:
        return "null"
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, Decimal):
        return f"{found:f}"
    if isinstance(found, int | date):
        return str(found)
    notes = "; ".join(_notes(found))
    return f'"{visible(found)}" ({notes})' if notes else f'"{found}"'


def _notes(found: Any) -> list[str]:
    """What in a text is not as it looks."""
    return list(remarks(found)) if isinstance(found, str) else []
