"""The rules that admins write: what each says, and which of them decide an invoice.

    rules = RuleSet.load(items, timezone=ZoneInfo("Europe/Vienna"))
    match = rules.match(invoice, now=now)

`explain` (why a rule fires or not) is a module of its own, which this façade does not load: only people need it.
"""

from autobook.domain.action_fields import BOOKING_FIELDS, INVOICE_FIELDS
from autobook.domain.rules.brake import SETTINGS, Brake, is_settings
from autobook.domain.rules.codes import meaning
from autobook.domain.rules.errors import RuleError
from autobook.domain.rules.match import Choice, Conflict, Match, Review, Suggestions, Verdicts, by_line
from autobook.domain.rules.placeholders import fill
from autobook.domain.rules.rule import ATTRIBUTES, MODES, Mode, Rule
from autobook.domain.rules.rule_conditions import about_booking, effective
from autobook.domain.rules.rule_fields import BOOKING, rule_fields, rule_getters
from autobook.domain.rules.rule_version import CHECK, content, rule_version, typed_item
from autobook.domain.rules.ruleset import RuleSet

__all__ = [
    "ATTRIBUTES",
    "BOOKING",
    "BOOKING_FIELDS",
    "CHECK",
    "INVOICE_FIELDS",
    "MODES",
    "SETTINGS",
    "Brake",
    "Choice",
    "Conflict",
    "Match",
    "Mode",
    "Review",
    "Rule",
    "RuleError",
    "RuleSet",
    "Suggestions",
    "Verdicts",
    "about_booking",
    "by_line",
    "content",
    "effective",
    "fill",
    "is_settings",
    "meaning",
    "rule_fields",
    "rule_getters",
    "rule_version",
    "typed_item",
]
