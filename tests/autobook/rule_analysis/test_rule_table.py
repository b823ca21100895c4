"""A table of rules that is kept, and how little work a rule in it is."""

from datetime import date

import pytest

from autobook.rule_analysis import constraints, findings_for, findings_in, rule_table
from autobook.rule_analysis.rule_table import PreparedRule, RuleTable
from tests.autobook.rule_analysis.analysed_rules import TODAY, a_rule, some_rules


def ids(rules: list[PreparedRule]) -> list[str]:
    return [each.rule.rule_id for each in rules]


def test_rows_of_rules() -> None:
    """Rules come in the order of decision; each alternative is a row."""
    table = RuleTable(
        some_rules(
            {"when": "sum_gross > 5", "priority": 200},
            "sum_gross > 5 or sum_net > 5",
            {"when": "sum_net > 1", "account": "9"},
        )
    )
    assert ids(table.rules) == ["r1", "r2", "r0"]
    r1, r2, r0 = (each.rule for each in table.rules)
    assert [table.rows_of(each) for each in (r1, r2, r0)] == [0b0011, 0b0100, 0b1000]
    assert (table.ahead(r2), table.beside(r2), table.ahead(r0), table.beside(r0)) == (0, 0b0111, 0b0111, 0b1000)
    assert (table.setting("account"), table.saying("account", "9"), table.setting("project")) == (0b1111, 0b0100, 0)
    assert ids(table.rules_of(0b1010)) == ["r1", "r0"]
    assert table.rows_where(lambda each: each.rule.priority == 200) == 0b1000


def test_meeting_and_subsuming() -> None:
    """Other rules that can meet the same invoice, and those that always do."""
    rules = some_rules(
        "sum_gross > 5", "sum_gross < 1", "sum_gross > 1 and sum_gross < 4", "sum_gross > 3 and sum_gross < 4"
    )
    table = RuleTable(rules)
    wide, _, middle, narrow = table.rules
    assert ids(table.rules_of(table.meeting(narrow))) == ["r2"]
    assert ids(table.rules_of(table.meeting(wide))) == []
    assert table.subsuming(narrow, -1 & 0b0111) is middle
    assert table.subsuming(narrow, 0b0011) is None


def test_a_rule_of_several_alternatives_is_subsumed_as_a_whole() -> None:
    """By one rule that contains each alternative, not by several between them."""
    table = RuleTable(
        some_rules("sum_gross > 5", "sum_net > 5", "sum_gross > 5 or sum_net > 5", "sum_gross > 6 or sum_net > 6")
    )
    _, _, wide, narrow = table.rules
    others = 0b111111 & ~table.rows_of(narrow.rule)
    assert table.subsuming(narrow, others) is wide
    assert table.subsuming(narrow, 0b0011) is None


def test_a_changed_table() -> None:
    """A change gives another table, for which no other rule is prepared again; the first stays as it was."""
    table = RuleTable(some_rules("sum_gross > 5", "sum_net > 5"))
    changed = RuleTable((*table.rules[1:], a_rule("r0", "sum_tax > 5"), a_rule("r2", "sum_tax > 6")))
    assert ids(changed.rules) == ["r0", "r1", "r2"]
    assert changed.rules[1] is table.rules[1]
    assert ids(table.rules) == ["r0", "r1"]
    assert [
        (each.rule_id, each.others) for each in findings_for(a_rule("new", "sum_net > 1"), changed, today=TODAY)
    ] == [("new", ("r0", "r1", "r2"))]


def test_expired() -> None:
    """On the day after its last."""
    rule = PreparedRule.of(a_rule("a", "sum_net > 5", valid_until="2026-01-20"))
    assert [rule.expired(date(2026, 1, day)) for day in (20, 21)] == [False, True]
    assert not PreparedRule.of(a_rule("a", "sum_net > 5")).expired(date.max)


def test_alternatives_of_all_rules_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that would exceed the limit of the whole set are not compared, and named; the others are."""
    monkeypatch.setattr(rule_table, "MOST_ALTERNATIVES", 1)
    rules = some_rules("sum_gross > 5 or sum_net > 5", "sum_gross > 6 or sum_net > 6", "sum_gross > 7")
    table = RuleTable(rules)
    assert ids(table.too_complex) == ["r1"]
    assert [(each.kind, each.rule_id) for each in findings_in(rules, today=TODAY)] == [
        ("conflict", "r2"),
        ("unfinished", ""),
    ]


class _Counter:
    def __init__(self) -> None:
        self.calls = 0


@pytest.fixture
def comparisons(monkeypatch: pytest.MonkeyPatch) -> _Counter:
    """How often two regions are compared."""
    counter, compare = _Counter(), constraints.contains_region

    def counted(outer: constraints.Region, inner: constraints.Region) -> bool:
        counter.calls += 1
        return compare(outer, inner)

    monkeypatch.setattr("autobook.rule_analysis.subsumption.contains_region", counted)
    return counter


def test_the_work_for_one_changed_rule(comparisons: _Counter) -> None:
    """A rule that can meet none of a thousand others is compared with none of them, region by region."""
    table = RuleTable([a_rule(f"r{i}", f'supplier.name = "S{i}" and sum_gross > {i}') for i in range(1000)])
    assert findings_for(a_rule("new", 'supplier.name = "S7" and sum_gross > 9'), table, today=TODAY)
    assert comparisons.calls < 20


def test_the_work_for_a_whole_set(comparisons: _Counter) -> None:
    """Hardly more regions are compared than there are rules that have to do with each other."""
    rules = [a_rule(f"r{i}", f'supplier.name = "S{i % 100}" and sum_gross > {i}') for i in range(400)]
    assert len(findings_in(rules, today=TODAY)) == 300
    assert comparisons.calls < 10 * len(rules)
