"""Whatever stands in the table, one broken rule never stops the others."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.conditions import QUANTIFIERS, SPELLINGS, ConditionError, parse
from autobook.domain.conditions.printing import to_json, to_json_text, to_text
from autobook.domain.rules import ATTRIBUTES, Rule, RuleError, RuleSet, rule_fields
from tests.autobook.domain.rules.invoices import VIENNA

GOOD = {"rule_id": "good", "when": "notes is null", "account": "1"}

_NUMBERS: list[Any] = [
    10**30, 2**63, 0.1, 1e300, 1e-300, float("nan"), float("-inf"),
    *map(Decimal, ("NaN", "sNaN", "-Infinity", "1E+999999", "1E-999999", "0E+40", "-0", "1.50", "9" * 5000)),
]  # fmt: skip
_TEXTS = [
    "", " ", "\ufeff", "\ud800", "\x00", "title", "vats", "vats.count()", "today", "today+5d", "2026-01-31", "true",
    "1e-99999999999999999999", "9" * 5000, "apply", "{", "{booking.value}", "[", "(" * 70, "not " * 70, '{"not":' * 200,
    '[{"field":"sum_gross","op":"eq","value":1e-99999999999999999999}]', "[1e99999999999999999999]", "[NaN]",
    '[{"field":"title","op":"in","value":[' + "9" * 5000 + "]}]", 'title = "100\\%"', "x" * 9000, *SPELLINGS,
    *QUANTIFIERS, *rule_fields().fields,
]  # fmt: skip
_SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.sampled_from(_NUMBERS)
    | st.sampled_from([-1, 1]).map(lambda sign: sign * 10**5000)  # which Python refuses to write out
    | st.integers(-3, 1000)
    | st.floats()
    | st.decimals()
    | st.text(max_size=5)
    | st.sampled_from(_TEXTS)
    | st.sampled_from([date(1, 1, 1), date(2026, 1, 31), datetime(2026, 1, 1, tzinfo=UTC), b"x", object])
)
_HASHABLE = _SCALARS.filter(lambda each: not (isinstance(each, Decimal) and each.is_snan()))
_KEYS = st.sampled_from(["field", "op", "value", "where", "and", "or", "not", "AND", "x", "\ud800"]) | _HASHABLE
VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.frozensets(_HASHABLE, max_size=3)
        | st.sets(_HASHABLE, max_size=3)
        | st.dictionaries(_KEYS, inner, max_size=4)
        | st.fixed_dictionaries({"field": st.sampled_from(["title", "sum_gross", "vats", "due_date"]), "op": inner})
        | st.fixed_dictionaries(
            {
                "field": st.sampled_from(["title", "sum_gross", "vats", "vats.count()", "due_date", "status"]),
                "op": st.sampled_from([*SPELLINGS, *QUANTIFIERS]),
                "value": inner,
            },
            optional={"where": inner},
        )
    ),
    max_leaves=8,
)
ITEMS = st.fixed_dictionaries(
    {"rule_id": st.just("r") | _SCALARS, "when": st.just("id is null") | VALUES},
    optional={attribute: VALUES for attribute in ATTRIBUTES if attribute not in ("rule_id", "when")},
) | st.dictionaries(st.sampled_from(ATTRIBUTES) | _HASHABLE, VALUES, max_size=5)


@given(ITEMS)
def test_an_item_is_a_rule_or_an_error(item: dict[Any, Any]) -> None:
    """Any item is a rule, or a RuleError whose report can be shown."""
    try:
        Rule.from_item(item)
    except RuleError as error:
        error.render()


@given(ITEMS | VALUES)
def test_a_broken_item_stops_no_other(item: Any) -> None:
    """Whatever one item is, the sound one beside it is loaded, and the other is a rule or is listed."""
    loaded = RuleSet.load([item, GOOD], timezone=VIENNA)
    assert loaded["good"].sets["account"] == "1"
    assert len(loaded) + len(loaded.errors) in (1, 2)
    for error in loaded.errors:
        assert "cannot be read" not in error.problem
        assert error.render()


@given(VALUES)
def test_any_value_is_a_condition_or_an_error(value: Any) -> None:
    """Anything is a condition that can be printed and read again, or a ConditionError."""
    try:
        condition = parse(value, rule_fields())
    except ConditionError as error:
        error.caret()
    else:
        assert parse(to_text(condition), rule_fields()) == condition
        assert parse(to_json(condition), rule_fields()) == condition
        assert parse(to_json_text(condition), rule_fields()) == condition


@given(st.text(alphabet='{}[]",:\\ 0123456789eE+-.truefalsn"fieldopvalue', max_size=80).map(lambda text: f"[{text}"))
def test_any_json_text_is_a_condition_or_an_error(text: str) -> None:
    """What begins like JSON is a condition or a ConditionError, whatever follows."""
    try:
        parse(text, rule_fields())
    except ConditionError as error:
        error.caret()


NUMBERS = [
    "1e-99999999999999999999", "1e99999999999999999999", "-1E+99999999999999999999", "0e99999999999999999999",
    "9" * 5001, "-" + "9" * 5001, "0." + "0" * 5000 + "1", "1e29", "1e30", "1e-30", "1e-31", "-0.0", "1E2",
]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:12])
@pytest.mark.parametrize("place", ['[{"field":"sum_gross","op":"eq","value":%s}]', "[%s]", '{"field":%s}', '{"x":%s}'])
def test_numbers_of_every_size(number: str, place: str) -> None:
    """A number of any size and form in JSON is a value or a RuleError, and never stops the other rules."""
    loaded = RuleSet.load([{"rule_id": "b", "when": place % number, "account": "1"}, GOOD], timezone=VIENNA)
    assert len(loaded) + len(loaded.errors) == 2
    assert all("cannot be read" not in error.problem for error in loaded.errors)
    sound = place.startswith("[{") and number in ("1e29", "1e-30", "-0.0", "1E2")
    assert len(loaded.errors) == (0 if sound else 1)


def test_an_item_that_is_no_object() -> None:
    """What is no object at all is refused as such."""
    for item, found in ((None, "something else"), (5, "a number"), ("x", '"x"'), ([1], "a list")):
        with pytest.raises(RuleError, match=f"expected a rule with its attributes, found {found}"):
            Rule.from_item(item)  # type: ignore[arg-type]


def test_json_too_deep_for_the_parser() -> None:
    """JSON that the JSON parser itself cannot go down into is told in our own words."""
    text = json.dumps([]) + " "
    with pytest.raises(ConditionError, match=r"^nested more than 64 deep$"):
        parse("[" * 30_000 + text + "]" * 30_000, rule_fields())
