"""The rules that admins write: what each says, and which of them decide an invoice.

rules = RuleSet.load(items, timezone=ZoneInfo("Europe/Vienna"))
match = rules.match(invoice, now=now)
"""

from autobook.domain.action_fields import BOOKING_FIELDS, INVOICE_FIELDS
from autobook.domain.rules.match import Choice, Conflict, Match, Suggestions, by_line
from autobook.domain.rules.placeholders import fill
from autobook.domain.rules.rule import Rule
from autobook.domain.rules.ruleset import RuleSet

__all__ = [
    "BOOKING_FIELDS",
    "INVOICE_FIELDS",
    "Choice",
    "Conflict",
    "Match",
    "Rule",
    "RuleSet",
    "Suggestions",
    "by_line",
    "fill",
]
