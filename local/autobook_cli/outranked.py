"""Where a rule fires and yet does not decide: which fields, on which lines, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.rules import BOOKING_FIELDS, INVOICE_FIELDS, Choice, Conflict, Match, Rule, by_line
from autobook.domain.rules.match import Verdicts

_NAMED = 5
"""Booking lines that are named for people."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A field that the rule sets and does not decide."""

    field: str
    reason: str
    bookings: tuple[str, ...] = ()
    """The lines where it does not; empty if that is so wherever the rule was looked at."""

    def as_data(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {"field": self.field, "bookings": list(self.bookings), "reason": self.reason}

    def as_text(self) -> str:
        """As text for a terminal."""
        named = ", ".join(self.bookings[:_NAMED])
        more = f" and {len(self.bookings) - _NAMED:,} more" if len(self.bookings) > _NAMED else ""
        return f"  but {self.field}{f' of booking {named}{more}' if named else ''} {self.reason}"


def outranked(rule: Rule, invoice: IncomingInvoice, match: Match, line: int | None) -> tuple[Lost, ...]:
    """The fields that others decide, of a rule that fires: on that line (from 0) of the invoice, or on all of them.

    Nothing for a rule that writes nothing anyway.
    """
    if rule.mode != "apply":
        return ()
    lines = list(by_line(invoice, match.bookings))
    looked_at = lines if line is None else lines[line : line + 1]
    lost: list[Lost] = []
    for field, value in rule.actions(BOOKING_FIELDS).items():
        reasons: dict[str, list[str]] = {}
        for booking_id, verdicts in looked_at:
            if reason := _reason(field, value, verdicts):
                reasons.setdefault(reason, []).append(str(booking_id))
        for reason, where in reasons.items():
            lost.append(Lost(field, reason, () if len(where) == len(looked_at) else tuple(where)))
    for field, value in rule.actions(INVOICE_FIELDS).items():
        if reason := _reason(field, value, match.invoice):
            lost.append(Lost(field, reason))
    return tuple(lost)


def _reason(field: str, value: str | Sequence[str], verdicts: Verdicts) -> str:
    """Why that value is not what is written; empty if it is."""
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
