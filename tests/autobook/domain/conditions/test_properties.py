"""What holds for every condition, every rule set and every text (Hypothesis)."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autobook.domain.conditions import (
    And,
    Comparison,
    Condition,
    ConditionError,
    Facts,
    Not,
    Or,
    joined,
    negated,
    parse,
    truth,
)
from autobook.domain.conditions.printing import to_json, to_json_text, to_text
from autobook.domain.kanbert.incoming import IncomingInvoice
from autobook.domain.rules import (
    BOOKING_FIELDS,
    INVOICE_FIELDS,
    Choice,
    Conflict,
    Match,
    Rule,
    RuleSet,
    Verdicts,
    effective,
    rule_fields,
    rule_getters,
)
from autobook.domain.rules.engine import index
from autobook.rule_analysis.candidates import Crossings, positions_of
from autobook.rule_analysis.constraints import FALSE, TRUE, UNKNOWN, met
from autobook.rule_analysis.lint import lint
from autobook.rule_analysis.satisfiability import alternatives, beside, certain, implies, possible
from tests.autobook.domain.conditions.strategies import CONDITIONS, SIMPLE, SIMPLE_ITEMS, invoices, rule_items
from tests.autobook.domain.rules.invoices import NOW, VIENNA


@given(CONDITIONS)
def test_print_then_parse_is_the_identity(condition: Condition) -> None:
    """What is printed, in either form, parses to the same tree."""
    assert parse(to_text(condition), rule_fields()) == condition
    assert parse(to_json_text(condition), rule_fields()) == condition
    assert parse(to_json(condition), rule_fields()) == condition


@given(st.text(), st.sampled_from(["title", "notes"]))
@example("\\%_\"'\n\r\t\0", "title")
def test_any_text_can_be_quoted(text: str, path: str) -> None:
    """Every text survives being printed and parsed."""
    condition = Comparison(path, "eq", text.encode(errors="replace").decode())
    assert parse(to_text(condition), rule_fields()) == condition
    assert parse(to_json_text(condition), rule_fields()) == condition


@given(
    st.text()
    | st.text(alphabet="()[]{}\"'\\ .,=<>!andornotvatsANY()19-%:", max_size=60)
    | CONDITIONS.map(to_text).flatmap(
        lambda text: st.integers(0, len(text)).map(lambda cut: text[:cut] + text[cut + 1 :])
    )
)
def test_arbitrary_text_never_raises_anything_else(text: str) -> None:
    """A text is a condition or a ConditionError whose report can be shown."""
    try:
        condition = parse(text, rule_fields())
    except ConditionError as error:
        error.caret()
    else:
        assert parse(to_text(condition), rule_fields()) == condition


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["title", "eq", "in", "vats"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["field", "op", "value", "and", "or", "not", "where", "x"]), inner, max_size=4
        )
    ),
)


@given(_JSON)
def test_arbitrary_json_never_raises_anything_else(document: object) -> None:
    """Decoded JSON, and the same as text, is a condition or a ConditionError."""
    for source in (document, json.dumps(document)):
        try:
            parse(source, rule_fields())
        except ConditionError as error:
            error.caret()


def _truths(condition: Condition, invoice: IncomingInvoice) -> list[bool | None]:
    """The plain truth for each line."""
    return [
        truth(condition, Facts(rule_getters(), invoice, booking, VIENNA, NOW), rule_fields())
        for booking in invoice.bookings or (None,)
    ]


@given(CONDITIONS, CONDITIONS, invoices())
def test_de_morgan(left: Condition, right: Condition, invoice: IncomingInvoice) -> None:
    """De Morgan's laws hold under three values."""
    both, either = joined(And, [left, right]), joined(Or, [left, right])
    not_either, not_both = joined(And, [Not(left), Not(right)]), joined(Or, [Not(left), Not(right)])
    assert _truths(Not(both), invoice) == _truths(not_both, invoice)
    assert _truths(Not(either), invoice) == _truths(not_either, invoice)
    assert [negated(each) for each in _truths(both, invoice)] == _truths(Not(both), invoice)


def _plainly(rules: tuple[Rule, ...], invoice: IncomingInvoice, modes: set[str]) -> tuple[Verdicts, list[Verdicts]]:
    """Every rule evaluated in order, without index or compiler."""
    firing = [(rule, _truths(effective(rule), invoice)) for rule in rules if rule.mode in modes]
    per_booking = [
        _winners([rule for rule, truths in firing if truths[i] is True], BOOKING_FIELDS)
        for i in range(len(invoice.bookings or (None,)))
    ]
    return _winners([rule for rule, truths in firing if True in truths], INVOICE_FIELDS), per_booking


def _winners(rules: list[Rule], fields: tuple[str, ...]) -> Verdicts:
    won: dict[str, Choice | Conflict] = {}
    for field in fields:
        setting = [rule for rule in rules if field in rule.sets]
        top = [rule for rule in setting if rule.priority == setting[0].priority]
        choices = [Choice(field, rule.sets[field], rule.rule_id, rule.mode, rule.overwrite) for rule in top]
        if len({choice.value for choice in choices}) > 1:
            won[field] = Conflict(field, tuple(choices))
        elif choices:
            won[field] = next((each for each in choices if each.mode == "apply"), choices[0])
    return won


def _values_of(verdicts: Verdicts) -> dict[str, Any]:
    return {
        field: verdict if isinstance(verdict, Choice) else {choice.value for choice in verdict.choices}
        for field, verdict in verdicts.items()
    }


@given(rule_items(), st.lists(invoices(), min_size=1, max_size=4))
def test_index_equals_plain_evaluation(items: list[dict[str, Any]], some: list[IncomingInvoice]) -> None:
    """The indexed matcher decides what evaluating every rule in order decides; so does one that grew by changes."""
    loaded = RuleSet.load(items, timezone=VIENNA)
    assert not loaded.errors
    grown = RuleSet.load([{**item, "when": "id is null", "account": "9"} for item in items[::2]], timezone=VIENNA)
    for item in items:
        grown = grown.with_rule(item)
    with pytest.MonkeyPatch.context() as patch:
        # Look everything up, however few there are, and file it again by what is left.
        patch.setattr(index, "_FEWEST", dict.fromkeys("=^$*-", 1))
        patch.setattr(index, "_CROWD", 1)
        looked_up = RuleSet.load(items, timezone=VIENNA)
    for rules in (loaded, grown, looked_up):
        for invoice in some:
            match = rules.match(invoice, now=NOW)
            of_invoice, per_booking = _plainly(rules.rules, invoice, {"apply"})
            assert _values_of(match.invoice) == _values_of(of_invoice)
            assert [_values_of(each) for each in match.bookings] == [_values_of(each) for each in per_booking]


@given(rule_items(), invoices())
def test_suggestions_change_nothing(items: list[dict[str, Any]], invoice: IncomingInvoice) -> None:
    """Taking all suggestions out changes nothing that is written; switched on, they would do what was suggested."""
    rules = RuleSet.load(items, timezone=VIENNA)
    match = rules.match(invoice, now=NOW)
    without = RuleSet.load([item for item in items if item["mode"] != "suggest"], timezone=VIENNA)
    assert (match.invoice, match.bookings) == without.match(invoice, now=NOW)[:2]
    of_invoice, _ = _plainly(rules.rules, invoice, {"apply", "suggest"})
    for field, verdict in match.suggestions.invoice.items():
        assert _values_of({field: verdict}) == _values_of({field: of_invoice[field]})


@given(rule_items(), invoices(), st.data())
def test_one_rule_taken_out(items: list[dict[str, Any]], invoice: IncomingInvoice, data: st.DataObject) -> None:
    """A set without one rule decides as a set that never had it."""
    out = data.draw(st.sampled_from(items))
    changed = RuleSet.load(items, timezone=VIENNA).without_rule(out["rule_id"])
    fresh = RuleSet.load([item for item in items if item is not out], timezone=VIENNA)
    assert changed.match(invoice, now=NOW) == fresh.match(invoice, now=NOW)
    assert changed.rules == fresh.rules


@given(CONDITIONS, CONDITIONS, st.lists(invoices(), min_size=1, max_size=5))
def test_linter_never_claims_what_is_not_so(left: Condition, right: Condition, some: list[IncomingInvoice]) -> None:
    """What the linter calls impossible, certain or implied is so for every invoice."""
    for invoice in some:
        truths = list(zip(_truths(left, invoice), _truths(right, invoice), strict=True))
        for one, other in truths:
            if one is True:
                assert possible([left], rule_fields())
                assert other is True or not implies(left, right, rule_fields())
                assert other is not True or possible([left, right], rule_fields())
            else:
                assert not certain(left, rule_fields())


@given(CONDITIONS, invoices())
def test_an_invoice_is_in_the_boxes_of_its_truth(condition: Condition, invoice: IncomingInvoice) -> None:
    """Where a condition is true and where it is not, nothing is in common, and an invoice is in one of the two."""
    inside, outside = (alternatives(condition, rule_fields(), wanted) for wanted in (TRUE, FALSE | UNKNOWN))
    assert not beside(inside, outside)
    for found in _truths(condition, invoice):
        assert inside if found is True else outside


@given(st.lists(SIMPLE, min_size=2, max_size=12), invoices())
def test_sets_of_rows_miss_nothing(conditions: list[Condition], invoice: IncomingInvoice) -> None:
    """Whatever boxes have in common, and whatever an invoice makes true together, is found by sets of rows too."""
    owned = [(box, owner) for owner, each in enumerate(conditions) for box in alternatives(each, rule_fields())]
    crossings = Crossings([box for box, _ in owned])
    truths = [_truths(each, invoice) for each in conditions]
    meeting: dict[int, set[int]] = {owner: set() for owner in range(len(conditions))}
    for row, (box, owner) in enumerate(owned):
        found = set(positions_of(crossings.meeting(box)))
        assert row in found
        assert row in set(positions_of(crossings.containing(box)))
        assert all(each in found or met(box, other) is None for each, (other, _) in enumerate(owned))
        meeting[owner] |= {owned[each][1] for each in found}
    for one, mine in enumerate(truths):
        for other, theirs in enumerate(truths):
            both = any(a is b is True for a, b in zip(mine, theirs, strict=True))
            assert not both or other in meeting[one]


def _all_values(match: Match) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a match comes to, whichever rule says it."""

    def values(verdicts: Verdicts) -> dict[str, Any]:
        return {
            field: (each.value, each.overwrite) if isinstance(each, Choice) else {one.value for one in each.choices}
            for field, each in verdicts.items()
        }

    return values(match.invoice), [values(each) for each in match.bookings]


@given(st.lists(SIMPLE_ITEMS, min_size=2, max_size=10) | rule_items(), st.lists(invoices(), min_size=1, max_size=6))
def test_findings_hold(items: list[dict[str, Any]], some: list[IncomingInvoice]) -> None:
    """What the linter says about a rule among others is so for every invoice, and it misses no conflict."""
    items = [{**item, "rule_id": f"r{i:03}"} for i, item in enumerate(items)]
    rules = RuleSet.load(items, timezone=VIENNA)
    findings = lint(rules.rules, today=NOW.date())
    decided = {(each.kind, each.rule_id) for each in findings}
    spare = {each.rule_id for each in findings if each.kind in ("shadowed", "redundant")}
    without = RuleSet.load([item for item in items if item["rule_id"] not in spare], timezone=VIENNA)
    for each in findings:
        rule = rules[each.rule_id]
        for invoice in some:
            truths = _truths(rule.condition, invoice)
            assert each.kind != "never_true" or True not in _truths(effective(rule), invoice)
            assert each.kind != "always_true" or set(truths) == {True}
            if each.kind == "duplicate":
                assert [t is True for t in truths] == [
                    t is True for t in _truths(rules[each.others[0]].condition, invoice)
                ]
            if each.kind == "shadowed":
                alone = rules.without_rule(each.rule_id)
                assert alone.match(invoice, now=NOW) == rules.match(invoice, now=NOW)
    for invoice in some:
        match = rules.match(invoice, now=NOW)
        assert _all_values(without.match(invoice, now=NOW)) == _all_values(match)
        for verdicts in (match.invoice, *match.bookings):
            for verdict in verdicts.values():
                if isinstance(verdict, Conflict):
                    last = max(verdict.choices, key=lambda choice: choice.rule_id).rule_id
                    assert decided & {(kind, last) for kind in ("overlapping", "redundant", "duplicate")}
