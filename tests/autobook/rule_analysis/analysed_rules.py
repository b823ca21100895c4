"""Rules and their findings, for the tests of the analysis."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from autobook.domain.conditions import Condition, parse
from autobook.domain.rules import Rule, rule_fields
from autobook.rule_analysis import findings_in
from autobook.rule_analysis.constraints import Region
from autobook.rule_analysis.satisfiability import alternatives

TODAY = date(2026, 1, 21)


def a_rule(rule_id: str, when: str, **attributes: Any) -> Rule:
    """A rule that books on an account of its own name, if nothing else is said."""
    return Rule.from_item({"rule_id": rule_id, "when": when, "account": rule_id} | attributes)


def some_rules(*whens: str | dict[str, Any]) -> list[Rule]:
    """Rules r0, r1, … that book on the accounts 0, 1, …"""
    items: list[dict[str, Any]] = [{"when": when} if isinstance(when, str) else when for when in whens]
    return [Rule.from_item({"rule_id": f"r{i}", "account": str(i)} | item) for i, item in enumerate(items)]


def findings(*whens: str | dict[str, Any]) -> list[tuple[str, str]]:
    """Kind and rule of every finding about such rules."""
    return [(each.kind, each.rule_id) for each in findings_in(some_rules(*whens), today=TODAY)]


def condition_of(when: str) -> Condition:
    """The condition, read against the fields of a rule."""
    return parse(when, rule_fields(as_documented=True))


def regions_of(*whens: str) -> Sequence[Region]:
    """The regions of all these conditions."""
    return [region for when in whens for region in alternatives(condition_of(when), rule_fields(as_documented=True))]
