"""Why a rule fires, and why it does not: the truth of every sub-condition with the value that was found."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from autobook.domain.conditions.ast import And, Comparison, Condition, Counted, Not, Or, Quantified
from autobook.domain.conditions.evaluator import Truth, counted, negated, truth
from autobook.domain.conditions.facts import Facts
from autobook.domain.conditions.fields import FieldTable
from autobook.domain.conditions.printer import to_text
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.rules.rule import Rule
from autobook.domain.rules.rule_fields import rule_fields, rule_getters

_SHOWN = 5
"""Elements of a list that are explained one by one."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A (sub-)condition, whether it holds, and for a single comparison the value that was found."""

    condition: str
    truth: Truth
    found: Any = None
    """The field's value; for a list its number of elements (or how many were counted)."""
    has_value: bool = False
    parts: tuple["Reason", ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As JSON-ready data; amounts stay `Decimal`, dates are ISO text, unknown is null."""
        data: dict[str, Any] = {"condition": self.condition, "truth": self.truth}
        if self.has_value:
            data["value"] = self.found.isoformat() if isinstance(self.found, date) else self.found
        if self.parts:
            data["parts"] = [part.as_data() for part in self.parts]
        return data

    def lines(self, depth: int = 0) -> Iterator[str]:
        """As text, one line per condition, parts indented."""
        value = f", value {shown(self.found)}" if self.has_value else ""
        heading = {"and": "all of", "or": "any of"}.get(self.condition, self.condition)
        yield f"{'  ' * depth}{heading} → {_WORDS[self.truth]}{value}"
        for part in self.parts:
            yield from part.lines(depth + 1)


_WORDS = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule fires or not for one invoice and, where the rule looks at bookings, one booking."""

    rule_id: str
    booking_id: str | None
    fires: bool
    mode: str
    reason: Reason
    validity: tuple[Reason, ...] = field(default=())

    def as_data(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {
            "rule_id": self.rule_id,
            "booking_id": self.booking_id,
            "fires": self.fires,
            "mode": self.mode,
            "validity": [each.as_data() for each in self.validity],
            "when": self.reason.as_data(),
        }

    def lines(self) -> Iterator[str]:
        """As text, a line each: the verdict, then the reasons."""
        verdict = "fires" if self.fires else "does not fire"
        note = {"off": " (mode is off)", "suggest": " (mode is suggest: it writes nothing)"}.get(self.mode, "")
        about = f" for booking {self.booking_id}" if self.booking_id else ""
        yield f"{self.rule_id} {verdict}{about}{note}"
        for each in (*self.validity, self.reason):
            yield from (f"  {line}" for line in each.lines())

    def as_text(self) -> str:
        """As text for a terminal."""
        return "\n".join(self.lines())


def explain(
    rule: Rule, invoice: IncomingInvoice, booking: Booking | None, *, now: datetime, timezone: tzinfo
) -> Explanation:
    """Evaluate every part of the rule for this invoice and booking (None: no line at hand)."""
    facts = Facts(rule_getters(), invoice, booking, timezone, now)
    table = rule_fields()
    bounds: list[Comparison] = []
    if rule.valid_from is not None:
        bounds.append(Comparison("date_of_invoice", "gte", rule.valid_from))
    if rule.valid_until is not None:
        bounds.append(Comparison("date_of_invoice", "lte", rule.valid_until))
    validity = tuple(reason_for(bound, facts, table) for bound in bounds)
    reason = reason_for(rule.condition, facts, table)
    fires = rule.mode != "off" and reason.truth is True and all(each.truth is True for each in validity)
    return Explanation(rule.rule_id, booking.id if booking else None, fires, rule.mode, reason, validity)


def reason_for(condition: Condition, facts: Facts, table: FieldTable) -> Reason:
    """The condition with the truth of all its parts."""
    match condition:
        case And(parts) | Or(parts):
            word = "and" if isinstance(condition, And) else "or"
            return Reason(word, truth(condition, facts, table), parts=_each(parts, facts, table))
        case Not(part):
            inner = reason_for(part, facts, table)
            return Reason("not", negated(inner.truth), parts=(inner,))
        case Comparison(path):
            return Reason(to_text(condition), truth(condition, facts, table), facts[path], True)
        case Quantified(path, _, where):
            elements = facts[path]
            found = None if elements is None else len(elements)
            return Reason(
                to_text(condition), truth(condition, facts, table), found, True, _inner(path, where, facts, table)
            )
        case Counted(path, where):
            found = counted(path, where, facts, table)
            return Reason(
                to_text(condition), truth(condition, facts, table), found, True, _inner(path, where, facts, table)
            )


def _each(parts: tuple[Condition, ...], facts: Facts, table: FieldTable) -> tuple[Reason, ...]:
    return tuple(reason_for(part, facts, table) for part in parts)


def _inner(path: str, where: Condition | None, facts: Facts, table: FieldTable) -> tuple[Reason, ...]:
    """The nested condition for the first elements of a list."""
    if where is None:
        return ()
    elements = facts[path] or ()
    return tuple(reason_for(where, each, table.relations[path].elements) for each in elements[:_SHOWN])


def shown(found: Any) -> str:
    """A found value for people."""
    if found is None:
        return "null"
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, Decimal):
        return f"{found:f}"
    return str(found) if isinstance(found, int | date) else f'"{found}"'
