"""What is said about rules is so for every invoice, and no conflict is missed (Hypothesis)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.conditions import And, Condition, Facts, joined, truth
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.rules import Choice, Conflict, Match, RuleSet, Verdicts, effective, rule_fields, rule_getters
from autobook.rule_analysis import Finding, RuleTable, findings_for, findings_in
from autobook.rule_analysis.constraints import product
from autobook.rule_analysis.satisfiability import alternatives, is_tautology
from autobook.rule_analysis.subsumption import subsumed
from tests.autobook.domain.conditions.strategies import CONDITIONS, SIMPLE_ITEMS, invoices, rule_items
from tests.autobook.domain.rules.invoices import NOW, VIENNA

ITEMS = (st.lists(SIMPLE_ITEMS, min_size=2, max_size=10) | rule_items()).map(
    lambda items: [{**item, "rule_id": f"r{i:03}"} for i, item in enumerate(items)]
)


def truths(condition: Condition, invoice: IncomingInvoice) -> list[bool | None]:
    """The plain truth for each booking line."""
    return [
        truth(condition, Facts(rule_getters(), invoice, booking, VIENNA, NOW), rule_fields(as_documented=True))
        for booking in invoice.bookings or (None,)
    ]


def where_true(condition: Condition, invoice: IncomingInvoice) -> list[bool]:
    return [found is True for found in truths(condition, invoice)]


@given(CONDITIONS, CONDITIONS, st.lists(invoices(), min_size=1, max_size=5))
def test_regions_never_claim_what_is_not_so(left: Condition, right: Condition, some: list[IncomingInvoice]) -> None:
    """What is called impossible, certain or contained is so for every invoice."""
    inside, others = alternatives(left, rule_fields(as_documented=True)), alternatives(right, rule_fields())
    both = alternatives(joined(And, [left, right]), rule_fields(as_documented=True))
    for invoice in some:
        for one, other in zip(truths(left, invoice), truths(right, invoice), strict=True):
            if one is True:
                assert inside
                assert other is True or not subsumed(inside, others)
                assert other is not True or both
            else:
                assert not is_tautology(left, rule_fields(as_documented=True))


@given(CONDITIONS, invoices())
def test_where_a_condition_is_true_it_is_not_false(condition: Condition, invoice: IncomingInvoice) -> None:
    """The regions of a condition and those of its negation have nothing in common, and an invoice is in one of them."""
    inside, outside = (alternatives(condition, rule_fields(), wanted) for wanted in (True, False))
    assert not product(inside, outside)
    for found in truths(condition, invoice):
        assert found is None or (inside if found else outside)


def values_of(match: Match) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a match comes to, whichever rule says it."""

    def values(verdicts: Verdicts) -> dict[str, Any]:
        return {
            field: (each.value, each.overwrite) if isinstance(each, Choice) else {one.value for one in each.choices}
            for field, each in verdicts.items()
        }

    return values(match.invoice), [values(each) for each in match.bookings]


def check(finding: Finding, rules: RuleSet, invoice: IncomingInvoice) -> None:
    """The finding is so for this invoice."""
    rule = rules[finding.rule_id]
    fires = where_true(effective(rule), invoice)
    match finding.kind:
        case "never_true":
            assert not any(fires)
        case "always_true":
            assert set(truths(rule.condition, invoice)) == {True}
        case "duplicate":
            (other,) = finding.others
            assert fires == where_true(effective(rules[other]), invoice)
            assert rule.sets == rules[other].sets
        case "shadowed":
            assert rules.without_rule(rule.rule_id).match(invoice, now=NOW) == rules.match(invoice, now=NOW)
        case "conflict":
            (other,) = finding.others
            against = where_true(effective(rules[other]), invoice)
            assert all(theirs for mine, theirs in zip(fires, against, strict=True) if mine)
            assert rules[other].priority == rule.priority
            assert any(rules[other].sets.get(field, value) != value for field, value in rule.sets.items())


@given(ITEMS, st.lists(invoices(), min_size=1, max_size=6))
def test_findings_hold(items: list[dict[str, Any]], some: list[IncomingInvoice]) -> None:
    """What is said about rules among others is so for every invoice, and no conflict is missed."""
    rules = RuleSet.load(items, timezone=VIENNA)
    found = findings_in(rules.rules, today=NOW.date())
    spare = {each.rule_id for each in found if each.kind in ("shadowed", "redundant")}
    without = RuleSet.load([item for item in items if item["rule_id"] not in spare], timezone=VIENNA)
    named = {each.rule_id for each in found if each.kind in ("overlapping", "conflict", "redundant", "duplicate")}
    for invoice in some:
        for each in found:
            if each.rule_id:
                check(each, rules, invoice)
        match = rules.match(invoice, now=NOW)
        assert values_of(without.match(invoice, now=NOW)) == values_of(match)
        for verdicts in (match.invoice, *match.bookings):
            for verdict in verdicts.values():
                if isinstance(verdict, Conflict):
                    assert named & {choice.rule_id for choice in verdict.choices}


@given(ITEMS, st.data(), st.lists(invoices(), min_size=1, max_size=4))
def test_findings_for_one_rule_hold(
    items: list[dict[str, Any]], data: st.DataObject, some: list[IncomingInvoice]
) -> None:
    """What is said about a changed rule, and about those that it shadows, is so for every invoice."""
    rules = RuleSet.load(items, timezone=VIENNA)
    rule = data.draw(st.sampled_from(rules.rules))
    table = RuleTable(rules.rules)
    found = findings_for(rule, table, today=NOW.date())
    assert found == findings_for(rule, RuleTable(each for each in table.rules if each.rule != rule), today=NOW.date())
    kinds = {each.kind for each in found if each.rule_id == rule.rule_id}
    for invoice in some:
        for each in found:
            check(each, rules, invoice)
        match = rules.match(invoice, now=NOW)
        for verdicts in (match.invoice, *match.bookings):
            for verdict in verdicts.values():
                if isinstance(verdict, Conflict) and rule.rule_id in {choice.rule_id for choice in verdict.choices}:
                    assert kinds & {"overlapping", "conflict", "redundant", "duplicate"}


@given(ITEMS)
def test_one_rule_is_told_what_the_whole_set_is_told(items: list[dict[str, Any]]) -> None:
    """A rule that is shadowed, never or always true, or sets nothing, is so whether one looks at it or at all rules."""
    rules = RuleSet.load(items, timezone=VIENNA).rules
    table, same = RuleTable(rules), ("shadowed", "never_true", "always_true", "sets_nothing", "expired", "title_kept")
    of_all = [each for each in findings_in(rules, today=NOW.date()) if each.kind in same]
    for rule in rules:
        found = findings_for(rule, table, today=NOW.date())
        kinds = {each.kind for each in found if each.rule_id == rule.rule_id}
        expected = {each.kind for each in of_all if each.rule_id == rule.rule_id}
        assert expected <= kinds | ({"shadowed"} if "duplicate" in kinds else set())
