"""The rules that admins write: their language, their checks, and which of them decide an invoice.

rules = RuleSet.load(items, timezone=ZoneInfo("Europe/Vienna"))
match = rules.match(invoice, now=now)
"""

from autobook.domain.rules.condition import parse
from autobook.domain.rules.errors import RuleError
from autobook.domain.rules.explain import Explanation, explain
from autobook.domain.rules.json_printer import to_json, to_json_text
from autobook.domain.rules.lint import Finding, lint
from autobook.domain.rules.outcome import Choice, Conflict, Match, Suggestions, by_line
from autobook.domain.rules.placeholders import fill
from autobook.domain.rules.printer import to_text
from autobook.domain.rules.rule import BOOKING_FIELDS, INVOICE_FIELDS, Rule
from autobook.domain.rules.ruleset import RuleSet

__all__ = [
    "BOOKING_FIELDS",
    "INVOICE_FIELDS",
    "Choice",
    "Conflict",
    "Explanation",
    "Finding",
    "Match",
    "Rule",
    "RuleError",
    "RuleSet",
    "Suggestions",
    "by_line",
    "explain",
    "fill",
    "lint",
    "parse",
    "to_json",
    "to_json_text",
    "to_text",
]
