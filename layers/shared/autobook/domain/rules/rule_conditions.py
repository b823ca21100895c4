"""The condition of a rule as it is matched: with its validity, and by what it looks at."""

from autobook.domain.conditions.ast import And, Comparison, Condition, Counted, Not, Or, Quantified, joined
from autobook.domain.conditions.fields import BOOKING
from autobook.domain.conditions.normal_form import conjuncts
from autobook.domain.rules.rule import Rule


def effective(rule: Rule) -> Condition:
    """The rule's condition with its validity: both days inclusive, against the date of the invoice."""
    parts: list[Condition] = list(conjuncts(rule.condition))
    if rule.valid_from is not None:
        parts.append(Comparison("date_of_invoice", "gte", rule.valid_from))
    if rule.valid_until is not None:
        parts.append(Comparison("date_of_invoice", "lte", rule.valid_until))
    return joined(And, parts)


_PREFIX = f"{BOOKING}."


def about_booking(condition: Condition) -> bool:
    """Whether the condition looks at the booking at hand."""
    match condition:
        case Comparison(path):
            return path.startswith(_PREFIX)
        case And(parts) | Or(parts):
            return any(about_booking(part) for part in parts)
        case Not(part):
            return about_booking(part)
        case Quantified() | Counted():
            return False
