"""What the JSON form means, decoded or as text, and where it points when it means nothing."""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.conditions import (
    And,
    Comparison,
    Condition,
    ConditionError,
    Counted,
    Not,
    Or,
    Quantified,
    SpecialDate,
    parse,
)
from autobook.domain.conditions.printing import to_json, to_json_text
from autobook.domain.rules import rule_fields

A, B, C = (Comparison("title", "eq", letter) for letter in "abc")
a, b, c = ({"field": "title", "op": "eq", "value": letter} for letter in "abc")
V = {"field": "vat", "op": "gt", "value": 10}
OVER_TEN = Comparison("vat", "gt", Decimal(10))

TREES: list[tuple[object, Condition]] = [
    (a, A),
    ([a], A),
    ([a, b], And((A, B))),
    ({"and": [a, b]}, And((A, B))),
    ({"or": [a, b]}, Or((A, B))),
    ({"not": a}, Not(A)),
    ({"not": [a, b]}, Not(And((A, B)))),
    ([a, [b, c]], And((A, B, C))),
    ([a, {"or": [b, c]}], And((A, Or((B, C))))),
    ({"field": "title", "value": "a"}, A),
    ({"field": "title", "op": "Not In", "value": ["a"]}, Comparison("title", "nin", ("a",))),
    ({"field": "title", "op": " = ", "value": "a"}, A),
    ({"field": "title", "op": "is null"}, Comparison("title", "isnull", None)),
    ({"field": "title", "op": "isnull", "value": None}, Comparison("title", "isnull", None)),
    ({"field": "title", "op": "isnull", "value": True}, Comparison("title", "isnull", None)),
    ({"field": "title", "op": "isnull", "value": ""}, Comparison("title", "isnull", None)),
    ({"field": "title", "op": "is not null", "value": True}, Comparison("title", "isnotnull", None)),
    ({"field": "sum_gross", "op": "in", "value": [1, 2.5]},
     Comparison("sum_gross", "in", (Decimal(1), Decimal("2.5")))),
    ({"field": "due_date", "op": "lt", "value": "today"}, Comparison("due_date", "lt", SpecialDate("today"))),
    ({"field": "booking.outgoing_invoice.is_credit", "op": "eq", "value": False},
     Comparison("booking.outgoing_invoice.is_credit", "eq", False)),
    ({"field": "vats", "op": "any"}, Quantified("vats", "any", None)),
    ({"field": "vats", "op": "NONE", "value": None}, Quantified("vats", "none", None)),
    ({"field": "vats", "op": "all", "value": V}, Quantified("vats", "all", OVER_TEN)),
    ({"field": "vats.count()", "op": "gt", "value": 1}, Counted("vats", None, "gt", Decimal(1))),
    ({"field": "vats.count()", "op": "in", "value": [1], "where": V}, Counted("vats", OVER_TEN, "in", (Decimal(1),))),
    ({"field": "vats", "op": "any", "where": V}, Quantified("vats", "any", OVER_TEN)),
    ({"field": "vats", "op": "all", "value": None, "where": [V]}, Quantified("vats", "all", OVER_TEN)),
    ({"field": "vats", "op": "none", "value": V, "where": None}, Quantified("vats", "none", OVER_TEN)),
    ({"field": "vats.COUNT()", "op": "gt", "value": 1, "where": None}, Counted("vats", None, "gt", Decimal(1))),
    ({"AND": [a, {"Or": [b, {"NOT": c}]}]}, And((A, Or((B, Not(C)))))),
    ([{"field": "vats", "op": "any", "value": V}, a], And((Quantified("vats", "any", OVER_TEN), A))),
]  # fmt: skip


@pytest.mark.parametrize(("document", "tree"), TREES)
def test_tree(document: object, tree: Condition) -> None:
    """Every way to write a condition leads to its one tree, decoded and as text; printed, it is read again."""
    assert parse(document, rule_fields()) == tree
    assert parse(json.dumps(document), rule_fields()) == tree
    assert parse(to_json(tree), rule_fields()) == tree
    assert parse(to_json_text(tree), rule_fields()) == tree


DECODED: list[tuple[object, Condition]] = [
    ((a, b), And((A, B))),
    ({"and": (a, b)}, And((A, B))),
    ({"field": "title", "op": "in", "value": {"b", "a"}}, Comparison("title", "in", ("a", "b"))),
    ({"field": "title", "op": "in", "value": frozenset("a")}, Comparison("title", "in", ("a",))),
    ({"field": "title", "op": "in", "value": ("b", "a")}, Comparison("title", "in", ("b", "a"))),
    ({"field": "sum_gross", "op": "eq", "value": 0.1}, Comparison("sum_gross", "eq", Decimal("0.1"))),
    ({"field": "sum_gross", "op": "eq", "value": Decimal("1.50")}, Comparison("sum_gross", "eq", Decimal("1.5"))),
    ({"field": "due_date", "op": "eq", "value": date(2026, 1, 31)}, Comparison("due_date", "eq", date(2026, 1, 31))),
    (
        {"field": "due_date", "op": "eq", "value": datetime(2026, 1, 31, 12)},  # noqa: DTZ001 - as YAML reads it
        Comparison("due_date", "eq", datetime(2026, 1, 31, 12)),  # noqa: DTZ001
    ),
]


@pytest.mark.parametrize(("document", "tree"), DECODED)
def test_decoded(document: object, tree: Condition) -> None:
    """What DynamoDB and YAML make of lists, sets, numbers and dates is taken as what it stands for."""
    assert parse(document, rule_fields()) == tree


PLACES = [
    ('{"not": ' * 64 + '«{»"not": [5]}' + "}" * 64, "nested more than 64 deep"),
    ("[" * 64 + '«[»5]' + "]" * 64, "nested more than 64 deep"),
    ("[" * 64 + '{"and": «[»{}]}' + "]" * 64, "nested more than 64 deep"),
    ('{"field": "vats", "op": "any", "value": ' + '{"not": ' * 63 + '«{»"not": 5}' + "}" * 64,
     "nested more than 64 deep"),
    ('{"not": ' * 64 + '{"field": "vats", "op": "any", "value": «{»"field": "vat", "op": "isnull"}}' + "}" * 64,
     "nested more than 64 deep"),
    ('[«5»]', 'expected a condition such as {"field": …, "op": …, "value": …}'),
    ('[«"title"»]', 'expected a condition such as {"field": …, "op": …, "value": …}'),
    ('«[»]', "a list of conditions is empty"),
    ('{"or": «[»]}', "a list of conditions is empty"),
    ('{"and": «{»"field": "title", "op": "isnull"}}', '"and" takes a list of conditions'),
    ('{"or": «"title"»}', '"or" takes a list of conditions'),
    ('[«{»"and": [], "field": "title"}]', '"and" stands beside other keys'),
    ('«{»"or": [], "not": []}', '"or" stands beside other keys'),
    ('{"not": [«{»"and": [], "or": [], "not": []}]}', '"and" stands beside other keys'),
    ('{"field": "title", "op": "isnull", «"valeu"»: 5}', 'unknown key "valeu"'),
    (f'{{«"{"x" * 40}"»: 5}}', f'unknown key "{"x" * 40}"'),
    (f'{{«"{"x" * 41}"»: 5}}', f'unknown key "{"x" * 40}…"'),
    ('[«{»"op": "eq", "value": "a"}]', 'expected "field": the name of a field'),
    ('[{"op": "eq", "field": «5», "value": "a"}]', 'expected "field": the name of a field'),
    ('[«{»"field": "title"}]', 'expected "op": an operator such as "eq"'),
    ('[{"field": "title", "op": «null»}]', 'expected "op": an operator such as "eq"'),
    ('[{"field": "title", "op": «"equals"»}]', 'unknown operator "equals"'),
    (f'[{{"field": "title", "op": «"{"x" * 41}"»}}]', f'unknown operator "{"x" * 40}…"'),
    ('[{"field": «"titel"», "op": "eq", "value": "a"}]', 'unknown field "titel"'),
    ('[{"field": "title", "op": «"gt"», "value": "a"}]', "title is of type string and does not take gt"),
    ('[{"field": "title", "op": "eq", "value": "a", «"where"»: {}}]', '"where" belongs to any, all, none and count()'),
    ('[{"field": "title", "op": "isnull", «"where"»: null}]', '"where" belongs to any, all, none and count()'),
    ('[{"field": "vats", "op": "any", "value": {}, «"where"»: {}}]', '"value" and "where" are both conditions here'),
    ('[{«"field"»: "id", "field": "title", "op": "isnull"}]', 'the key "field" stands twice'),
    ('{«"or"»: [], "or": []}', 'the key "or" stands twice'),
    ('[{"field": "vats", "op": "any", "value": {"field": "vat", «"op"»: "lt", "op": "gt", "value": 1}}]',
     'the key "op" stands twice'),
    ('{"not": {"not": {"field": "id", "op": "isnull", «"negate"»: true}}}', 'unknown key "negate"'),
    ('{"or": [{"field": "vats.count()", "op": "eq", "value": 1, «"having"»: 1}]}', 'unknown key "having"'),
    ('[{"field": "vats", "op": "none", «"filter"»: 1}]', 'unknown key "filter"'),
    ('[«{»"OR": [], "field": "title"}]', '"OR" stands beside other keys'),
    ('{"Not": «5»}', 'expected a condition such as {"field": …, "op": …, "value": …}'),
    ('[{"x": 1, "field": "id", "op": "isnull"}]'.replace('"x"', '«"x"»'), 'unknown key "x"'),
    (f'[{{"field": "sum_gross", "value": {"9" * 5000}, "op": «"equal"»}}]', 'unknown operator "equal"'),
    ('[{"field": "sum_gross", "op": "eq", "value": «1e99999999999999999999»}]',
     "expected a number of at most 30 digits before and after the point"),
    ('[{"field": "sum_gross", "op": "in", "value": [1e2, «1e-99999999999999999999»]}]',
     "expected a number of at most 30 digits before and after the point"),
    (f'[{{"field": "sum_gross", "op": "eq", "value": «{"9" * 5000}»}}]',
     "expected a number of at most 30 digits before and after the point"),
    ('[«1e-99999999999999999999»]', 'expected a condition such as {"field": …, "op": …, "value": …}'),
    ('[«{»"field": "title", "op": "eq"}]', 'expected "value"'),
    ('[{"field": "title", "op": "isnull", "value": «false»}]', "isnull takes no value"),
    ('[{"field": "title", "op": "isnotnull", "value": «"x"»}]', "isnotnull takes no value"),
    ('[{"field": "title", "op": "eq", "value": «[»"a"]}]', "expected a single value"),
    ('[{"field": "title", "op": "eq", "value": «5»}]', "expected a text in quotes, found 5"),
    ('[{"field": "title", "op": "eq", "value": «null»}]', "expected a text in quotes, found null"),
    ('[{"field": "sum_gross", "op": "eq", "value": «true»}]', "expected a number, found true"),
    ('[{"field": "title", "op": "in", "value": «"a"»}]', 'expected a list such as ["A", "B"]'),
    ('[{"field": "title", "op": "nin", "value": «[»]}]', "the list is empty"),
    ('[{"field": "title", "op": "in", "value": ["a", «5»]}]', "expected a text in quotes, found 5"),
    ('[{"field": «"vat"», "op": "any"}]', 'unknown list "vat"'),
    ('[«{»"field": "vats", "op": "all"}]', "all needs a condition"),
    ('[{"field": "vats", "op": "any", "value": {"field": «"title"», "op": "isnull"}}]', 'unknown field "title"'),
    ('[{"field": «"vat.count()"», "op": "eq", "value": 1}]', 'unknown list "vat"'),
    ('[{"field": "vats.count()", "op": «"like"», "value": 1}]', "count() does not take like"),
    ('[{"field": "vats.count()", "op": "eq", "value": «"a"»}]', 'expected a number, found "a"'),
    ('[{"field": "vats.count()", "op": "eq", "value": 1, "where": «5»}]',
     'expected a condition such as {"field": …, "op": …, "value": …}'),
    ('[{"field": "vats", "op": "any", "value": {"field": "vat", "value": 1}}, {"field": «"vat"», "value": 1}]',
     'unknown field "vat"'),
    ('[«x»]', "not valid JSON: Expecting value"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "problem"), PLACES)
def test_place(marked: str, problem: str) -> None:
    """The place of a fault is the value that is wrong (here «so»), or the beginning of its list or object."""
    before, wrong, after = re.split("[«»]", marked)
    text = before + wrong + after
    with pytest.raises(ConditionError) as raised:
        parse(text, rule_fields())
    error = raised.value
    assert error.problem == problem
    assert (error.offset, error.length) == (len(before), len(wrong))


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({date(2026, 1, 1): "x"}, 'unknown key "2026-01-01"'),
        ({("a", "b"): "x"}, "unknown key"),
        ({5: 5}, 'unknown key "5"'),
        ({"field": "title", "op": "eq", "value": b"a"}, "expected a single value"),
        ({"field": "title", "op": "eq", "value": {5: {("a",): 1}}}, "expected a single value"),
        ({"field": "sum_gross", "op": "eq", "value": float("nan")}, "expected a number that is finite"),
        ({"field": "sum_gross", "op": "eq", "value": float("inf")}, "expected a number that is finite"),
        ({"field": "sum_gross", "op": "eq", "value": 10**5000}, "a number of far too many digits"),
        ({"field": "sum_gross", "op": "in", "value": {-(10**5000)}}, "a number of far too many digits"),
        ({10**5000: 1}, "a number of far too many digits"),
        ({"field": "sum_gross", "op": "eq", "value": 10**30}, "expected a number of at most 30 digits"),
        ({"field": "sum_gross", "op": "eq", "value": Decimal("1E+999999")}, "expected a number of at most 30 digits"),
        ({"field": "sum_gross", "op": "eq", "value": Decimal("sNaN")}, "expected a number that is finite"),
        ({"field": "title", "op": "isnull", "value": Decimal("sNaN")}, "isnull takes no value"),
        ({"field": "title", "op": "isnull", "value": 1}, "isnull takes no value"),
        (5, "expected a condition as text, or as a list of conditions"),
        (b"id is null", "expected a condition as text, or as a list of conditions"),
    ],
)
def test_what_only_decoded_documents_hold(document: Any, problem: str) -> None:
    """Keys and values that JSON has not, but YAML has, are refused as what they are."""
    with pytest.raises(ConditionError, match=re.escape(problem)):
        parse(document, rule_fields())


def test_numbers_of_decoded_documents_are_shown_as_numbers() -> None:
    """An error about a decoded document shows the JSON that it was: numbers without quotes."""
    numbers = [Decimal("1.50"), Decimal(7380), Decimal(10**14), Decimal(10**15), "ü"]
    document = {"field": "title", "op": "in", "value": numbers}
    with pytest.raises(ConditionError, match=r"found 1\.50") as raised:
        parse([document], rule_fields())
    written = f'[1.5, 7380, 1{"0" * 14}, "1{"0" * 15}", "ü"]'
    assert raised.value.source == f'[{{"field": "title", "op": "in", "value": {written}}}]'
    assert raised.value.caret().splitlines()[-1].strip() == "^^^"


@pytest.mark.parametrize("length", [60, 61])
def test_long_names_are_shortened_in_hints(length: int) -> None:
    """What is repeated in a hint is cut after 60 characters."""
    name, excerpt = "x" * length, "x" * 60
    for field, hint in (
        (f"{name}.any(", f'{{"field": "{excerpt}", "op": "any", "value": {{…}}}}'),
        (f"x.{name}(", f'{{"field": "x", "op": "{excerpt}", "value": {{…}}}}'),
        (f"{name}.count(", f'{{"field": "{excerpt}.count()", "op": "gt", "value": 1}}, its condition as "where"'),
    ):
        with pytest.raises(ConditionError, match="a field is written without parentheses") as raised:
            parse({"field": field, "value": 1}, rule_fields())
        assert raised.value.hint == f"write {hint}"


def test_json_text_too_deep_to_be_looked_through() -> None:
    """Lists nested beyond all measure are refused as such, wherever in a JSON text they are."""
    text = '[{"field": "title", "value": ' + "[" * 300 + "]" * 300 + ', "op": "x"}]'
    with pytest.raises(ConditionError, match="nested more than 64 deep"):
        parse(text, rule_fields())


def test_nesting_counts_what_is_open() -> None:
    """Groups side by side are not nested, however many; the limit of 64 stays what it is after them."""
    deepest: object = a
    for _ in range(64):
        deepest = {"not": deepest}
    within = [{"field": "vats", "op": "any", "value": inner} for inner in (V, [V], [V, V])]
    beside = [{"not": a}, *within, {"and": [a, b]}, [a]] * 40
    for document, fits in (([*beside, deepest], True), ([*beside, {"not": deepest}], False)):
        for source in (document, json.dumps(document)):
            if fits:
                parse(source, rule_fields())
            else:
                with pytest.raises(ConditionError, match="nested more than 64 deep"):
                    parse(source, rule_fields())


def _deep(make: Any, depth: int = 100_000) -> object:
    node: object = a
    for _ in range(depth):
        node = make(node)
    return node


@pytest.mark.parametrize(
    "make",
    [lambda node: [node], lambda node: (node,), lambda node: {"not": node}, lambda node: {"and": [node]}],
    ids=["list", "tuple", "not", "and"],
)
def test_bottomless_document(make: Any) -> None:
    """A document nested beyond all measure is refused before anything walks down into it."""
    with pytest.raises(ConditionError, match="nested more than 64 deep"):
        parse(_deep(make), rule_fields())


def test_document_that_holds_itself() -> None:
    """YAML can make a list that is its own member."""
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(ConditionError, match="nested more than 64 deep"):
        parse(loop, rule_fields())


def test_document_that_unfolds() -> None:
    """A small document that names the same list again and again, and would be endless written out, is refused."""
    with pytest.raises(ConditionError, match="the condition is longer than 8 KiB"):
        parse(_deep(lambda node: [node] * 10, 40), rule_fields())
    with pytest.raises(ConditionError, match="the condition is longer than 8 KiB"):
        parse(_deep(lambda node: {"a": node, "b": node, "c": node}, 40), rule_fields())


@pytest.mark.parametrize("op", ["in", "nin"])
def test_longest_list(op: str) -> None:
    """A list may have 1,000 entries."""
    parse({"field": "sum_gross", "op": op, "value": [1] * 1000}, rule_fields())
    with pytest.raises(ConditionError, match="a list of more than 1,000 entries"):
        parse({"field": "sum_gross", "op": op, "value": [1] * 1001}, rule_fields())


def test_without_a_table() -> None:
    """Where no table of fields is at hand, every name is taken, with its value as it is."""
    document = [{"field": "tasks", "op": "any", "value": {"field": "done", "value": False}}, {"field": "x", "value": 1}]
    assert parse(document) == And(
        (Quantified("tasks", "any", Comparison("done", "eq", False)), Comparison("x", "eq", Decimal(1)))
    )


PRINTED: list[tuple[Condition, str]] = [
    (Comparison("title", "eq", 'ä"'), '{"field": "title", "op": "eq", "value": "ä\\""}'),
    (Comparison("title", "isnull", None), '{"field": "title", "op": "isnull"}'),
    (Comparison("sum_gross", "in", (Decimal("1E+3"), Decimal("0.10"))),
     '{"field": "sum_gross", "op": "in", "value": [1000, 0.10]}'),
    (Comparison("booking.outgoing_invoice.is_credit", "eq", True),
     '{"field": "booking.outgoing_invoice.is_credit", "op": "eq", "value": true}'),
    (Comparison("due_date", "lt", SpecialDate("today", -3)), '{"field": "due_date", "op": "lt", "value": "today-3d"}'),
    (Comparison("due_date", "lt", date(2026, 1, 31)), '{"field": "due_date", "op": "lt", "value": "2026-01-31"}'),
    (Comparison("due_date", "in", (SpecialDate("eow"), date(2026, 1, 31))),
     '{"field": "due_date", "op": "in", "value": ["eow", "2026-01-31"]}'),
    (Quantified("vats", "none", None), '{"field": "vats", "op": "none"}'),
    (Quantified("vats", "any", OVER_TEN),
     '{"field": "vats", "op": "any", "value": {"field": "vat", "op": "gt", "value": 10}}'),
    (Counted("vats", None, "gt", Decimal(1)), '{"field": "vats.count()", "op": "gt", "value": 1}'),
    (Counted("vats", OVER_TEN, "in", (Decimal(1),)),
     '{"field": "vats.count()", "op": "in", "value": [1], "where": {"field": "vat", "op": "gt", "value": 10}}'),
    (Not(And((A, Or((B, C))))),
     f'{{"not": {{"and": [{json.dumps(a)}, {{"or": [{json.dumps(b)}, {json.dumps(c)}]}}]}}}}'),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "text"), PRINTED)
def test_printed(condition: Condition, text: str) -> None:
    """As text, numbers are numbers with every digit, letters stay readable, and what is left out stays out."""
    assert to_json_text(condition) == text
