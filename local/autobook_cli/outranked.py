"""Fields that a rule sets and another rule decides: on which lines, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.rules import BOOKING_FIELDS, INVOICE_FIELDS, Choice, Conflict, Match, Rule, Verdicts, by_line

_NAMED = 5
"""Booking lines that are named for people."""


@dataclass(frozen=True, slots=True)
class OutrankedField:
    """A field that the rule sets and another rule decides."""

    field: str
    reason: str
    bookings: tuple[str, ...] = ()
    """The lines where another decides; empty if that is so on every line that was compared."""

    def as_data(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {"field": self.field, "bookings": list(self.bookings), "reason": self.reason}

    def as_text(self) -> str:
        """As text for a terminal."""
        named = ", ".join(self.bookings[:_NAMED])
        more = f" and {len(self.bookings) - _NAMED:,} more" if len(self.bookings) > _NAMED else ""
        return f"  but {self.field}{f' of booking {named}{more}' if named else ''} {self.reason}"


def outranked(rule: Rule, invoice: IncomingInvoice, match: Match, line: int | None) -> tuple[OutrankedField, ...]:
    """The fields of a rule that fires which other rules decide: on that line (from 0) of the invoice, or on all.

    None for a rule that writes nothing.
    """
    if rule.mode != "apply":
        return ()
    lines = list(by_line(invoice, match.bookings))
    looked_at = lines if line is None else lines[line : line + 1]
    found: list[OutrankedField] = []
    for field, value in rule.actions(BOOKING_FIELDS).items():
        reasons: dict[str, list[str]] = {}
        for booking_id, verdicts in looked_at:
            if reason := _reason(field, value, verdicts):
                reasons.setdefault(reason, []).append(str(booking_id))
        for reason, where in reasons.items():
            found.append(OutrankedField(field, reason, () if len(where) == len(looked_at) else tuple(where)))
    for field, value in rule.actions(INVOICE_FIELDS).items():
        if reason := _reason(field, value, match.invoice):
            found.append(OutrankedField(field, reason))
    return tuple(found)


def _reason(field: str, value: str | Sequence[str], verdicts: Verdicts) -> str:
    """Why another value is written; empty if it is this one."""
    match verdicts.get(field):
        case Choice() as choice if choice.value != value:
            return f"is decided by {choice.rule_id}, which comes first"
        case Conflict(_, choices):
            rivals = ", ".join(choice.rule_id for choice in choices if choice.value != value)
            # Of rules that want the same, a conflict may name one; a rule whose value is not there came too late.
            if any(choice.value == value for choice in choices):
                return f"is in conflict with {rivals}: nothing is written"
            return f"is not written: {rivals}, which come first, are in conflict"
    return ""
