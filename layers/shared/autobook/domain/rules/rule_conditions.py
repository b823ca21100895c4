"""The condition of a rule as it is matched: with its validity, for the invoice or for each of its lines."""

from autobook.domain.conditions import (
    And,
    Comparison,
    Condition,
    Counted,
    FieldReference,
    Not,
    Or,
    Quantified,
    SpecialDate,
    conjuncts,
    joined,
)
from autobook.domain.rules.rule import Rule
from autobook.domain.rules.rule_fields import BOOKING


def effective(rule: Rule) -> Condition:
    """The rule's condition with its validity: both days inclusive, against the date of the invoice."""
    return joined(And, [*conjuncts(rule.condition), *validity(rule)])


def validity(rule: Rule) -> list[Comparison]:
    """The bounds of the rule's validity that it has."""
    bounds: list[Comparison] = []
    if rule.valid_from is not None:
        bounds.append(Comparison("date_of_invoice", "gte", rule.valid_from))
    if rule.valid_until is not None:
        bounds.append(Comparison("date_of_invoice", "lte", rule.valid_until))
    return bounds


_PREFIX = f"{BOOKING}."


def about_booking(condition: Condition) -> bool:
    """Whether the condition looks at the current line."""
    match condition:
        case Comparison(path, _, FieldReference(other)):
            return path.startswith(_PREFIX) or other.startswith(_PREFIX)
        case Comparison(path):
            return path.startswith(_PREFIX)
        case And(parts) | Or(parts):
            return any(about_booking(part) for part in parts)
        case Not(part):
            return about_booking(part)
        case Quantified() | Counted():
            return False


def depends_on_the_day(condition: Condition) -> bool:
    """Whether it compares with `today`, `now` or the like: what it says of an invoice may be another tomorrow."""
    match condition:
        case Comparison(value=value):
            return any(isinstance(each, SpecialDate) for each in (value if isinstance(value, tuple) else (value,)))
        case And(parts) | Or(parts):
            return any(depends_on_the_day(part) for part in parts)
        case Not(part):
            return depends_on_the_day(part)
        case Quantified(where=where) | Counted(where=where):
            return where is not None and depends_on_the_day(where)
