"""Conditions about something else than a rule's invoice: no field table, names and values as they are."""

from decimal import Decimal

from autobook.domain.conditions import And, Comparison, Quantified, SpecialDate, parse
from autobook.domain.conditions.printing import to_text


def test_any_field_takes_any_operator() -> None:
    """Without a table every field is taken, numbers are decimals, special words moments, the rest text."""
    text = 'client.name contains "Corp" and budget >= 1000 and dueOn < today-1d and tasks.any(done = false)'
    condition = parse(text)
    assert condition == And(
        (
            Comparison("client.name", "contains", "Corp"),
            Comparison("budget", "gte", Decimal(1000)),
            Comparison("dueOn", "lt", SpecialDate("today", -1)),
            Quantified("tasks", "any", Comparison("done", "eq", False)),
        )
    )
    assert parse(to_text(condition)) == condition
