"""What holds for every condition, every rule set and every text (Hypothesis)."""

import json
from typing import Any

import pytest
from hypothesis import assume, example, given
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
    plain,
    truth,
)
from autobook.domain.conditions.printing import to_json, to_json_text, to_text
from autobook.domain.kanbert.incoming import IncomingInvoice
from autobook.domain.rules import (
    BOOKING_FIELDS,
    INVOICE_FIELDS,
    Choice,
    Conflict,
    Rule,
    RuleSet,
    Verdicts,
    effective,
    rule_fields,
    rule_getters,
)
from autobook.domain.rules.engine import index
from tests.autobook.domain.conditions.strategies import CONDITIONS, invoices, rule_items
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
    """Every text survives being printed and parsed, as it looks."""
    seen = plain(text.encode(errors="replace").decode())
    assume(seen or not text)
    condition = Comparison(path, "eq", seen)
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
