"""Every operator has every part: spellings, negation, kinds, evaluation, and what the engine makes of it."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any, get_args

import pytest

from autobook.domain.conditions import (
    KIND_OPERATORS,
    NEGATIONS,
    OPERATORS,
    And,
    Comparison,
    Condition,
    Counted,
    Not,
    OperatorName,
    Scalar,
    SpecialDate,
    Value,
    conjuncts,
    parse,
    pushed_down,
    truth,
)
from autobook.domain.conditions.printing import shortest, to_json_text, to_text
from autobook.domain.rules import rule_fields
from autobook.domain.rules.engine import Entry, IndexNode
from autobook.domain.rules.engine.operators import ENGINE_OPERATORS
from tests.autobook.domain.rules.invoices import NOW, VIENNA, a_booking, an_invoice, facts_about

NAMES = sorted(OPERATORS)
FIELDS = {
    "string": "notes", "id": "supplier.id", "enum": "status", "currency": "sum_gross", "date": "due_date",
    "datetime": "updated_at", "boolean": "booking.outgoing_invoice.is_credit",
}  # fmt: skip
"""A field of the rules for every kind that they have; numbers stand in `vats` only."""
VALUES: dict[str, list[Scalar]] = {
    "string": ["A", "b%", "", "Straße"],
    "id": ["s1", "s2"],
    "enum": ["open", "booked"],
    "currency": [Decimal("9.99"), Decimal(120), Decimal(-1)],
    "number": [Decimal(10), Decimal(20)],
    "date": [SpecialDate("today"), SpecialDate("today", -1), SpecialDate("eom")],
    "datetime": [SpecialDate("now"), SpecialDate("today"), SpecialDate("sow"), SpecialDate("eow")],
    "boolean": [True, False],
}
INVOICES = [
    an_invoice(
        notes=notes,
        status=status,
        supplier=None if supplier is None else {"id": supplier, "name": "x"},
        sum_gross=amount,
        due_date=moment,
        updated_at=moment,
        vats=[{"vat": 20, "value": Decimal(1)}, {"vat": 7, "value": Decimal("9.99")}],
        bookings=[
            a_booking(outgoing_invoice=None if credit is None else {"id": "o", "title": "t", "is_credit": credit})
        ],
    )
    for notes, status, supplier, amount, moment, credit in (
        (None, "open", None, Decimal("9.99"), None, None),
        ("A", "booked", "s1", Decimal(120), "2026-01-21T10:30:00Z", True),
        ("B%x", "new", "s2", Decimal(-1), "2026-01-21T00:00:00+01:00", False),
        ("strasse", "open", "s3", Decimal(10), "2026-01-18T23:00:00Z", True),
        ("", "open", "s1", Decimal(20), "2026-01-31T22:59:59.999999Z", True),
    )
]


def taken(name: OperatorName, kind: str) -> Iterator[Value]:
    """Values that may stand after the operator on a field of this kind."""
    operator = OPERATORS[name]
    values = ["1", ".9%", ""] if kind == "currency" and operator.compares == "text" else VALUES[kind]
    match operator.takes:
        case "nothing":
            yield None
        case "one":
            yield from values
        case "list":
            yield from ((each,) for each in values)
            yield tuple(values)


def comparisons(name: OperatorName) -> Iterator[Comparison]:
    """The operator on a field of every kind that takes it."""
    for kind, path in FIELDS.items():
        if kind in OPERATORS[name].kinds:
            yield from (Comparison(path, name, value) for value in taken(name, kind))


def compiled_truths(condition: Condition) -> list[bool]:
    """For each invoice whether the engine finds the condition true."""
    node = IndexNode([Entry("hit", conjuncts(pushed_down(condition)))] * 40, rule_fields(), VIENNA)
    found = []
    for invoice in INVOICES:
        hits: list[str] = []
        node.collect(invoice, (invoice.bookings or [None])[0], NOW, hits)
        found.append(bool(hits))
    return found


def plain_truths(condition: Condition) -> list[bool | None]:
    """For each invoice the truth of the condition, evaluated plainly."""
    return [truth(condition, facts_about(each, (each.bookings or [None])[0]), rule_fields()) for each in INVOICES]


def test_every_operator_has_every_part() -> None:
    """The names, the definitions and what the engine makes of them are the same set."""
    assert list(OPERATORS) == list(get_args(OperatorName))
    assert set(ENGINE_OPERATORS) == set(OPERATORS)


def test_no_spelling_stands_for_two_operators() -> None:
    """Spellings are unlike each other, in lower case, and each operator's name is one of them."""
    spellings = [spelling for operator in OPERATORS.values() for spelling in operator.spellings]
    assert len(spellings) == len(set(spellings))
    assert all(spelling == " ".join(spelling.lower().split()) for spelling in spellings)
    assert all(name in operator.spellings for name, operator in OPERATORS.items())


@pytest.mark.parametrize("name", NAMES)
def test_every_spelling_is_read(name: OperatorName) -> None:
    """In the string form, in upper case too, and in the JSON form."""
    condition = next(comparisons(name))
    text = to_text(condition)
    printed = OPERATORS[name].spellings[0]
    assert f" {printed}" in text
    for spelling in OPERATORS[name].spellings:
        for each in (spelling, spelling.upper(), spelling.replace(" ", "  ")):
            assert parse(text.replace(f" {printed}", f" {each}", 1), rule_fields()) == condition
            node: dict[str, Any] = {"field": condition.path, "op": each}
            if condition.value is not None:
                node["value"] = list(condition.value) if isinstance(condition.value, tuple) else condition.value
            if not isinstance(condition.value, SpecialDate):
                assert parse(node, rule_fields()) == condition


@pytest.mark.parametrize("name", NAMES)
def test_every_operator_is_printed(name: OperatorName) -> None:
    """What is printed, in any form, reads as the same condition."""
    for condition in comparisons(name):
        for text in (to_text(condition), shortest(condition), to_json_text(condition)):
            assert parse(text, rule_fields()) == condition


@pytest.mark.parametrize("name", NAMES)
def test_every_operator_fits_kinds_that_there_are(name: OperatorName) -> None:
    """At least one kind takes it, and every kind is one that a field or `count()` has."""
    assert OPERATORS[name].kinds
    assert OPERATORS[name].kinds <= set(VALUES) | {"count"} == set(KIND_OPERATORS)


@pytest.mark.parametrize("name", NAMES)
def test_every_operator_compiles_to_its_evaluation(name: OperatorName) -> None:
    """The engine, which may look it up or test it, finds true exactly what is true; the same under `not`."""
    seen: set[bool | None] = set()
    for condition in comparisons(name):
        expected = plain_truths(condition)
        assert compiled_truths(condition) == [each is True for each in expected]
        assert compiled_truths(Not(condition)) == [each is False for each in expected]
        # Beside another conjunct, the test is written out.
        assert compiled_truths(And((condition, Comparison("id", "isnotnull", None)))) == [e is True for e in expected]
        seen |= set(expected)
    assert seen >= {True, False}


@pytest.mark.parametrize("name", NAMES)
def test_null_is_unknown(name: OperatorName) -> None:
    """Except to the operators that ask for it."""
    operator = OPERATORS[name]
    assert (operator.evaluate(None, "x") is None) is (operator.compares != "presence")


@pytest.mark.parametrize("name", sorted(NEGATIONS))
def test_negation(name: OperatorName) -> None:
    """The negation's negation is the operator; it fits the same kinds and values, and is true where this is false."""
    operator, negation = OPERATORS[name], OPERATORS[NEGATIONS[name]]
    assert NEGATIONS[negation.name] == name
    assert (operator.kinds, operator.takes, operator.compares) == (negation.kinds, negation.takes, negation.compares)
    for condition in comparisons(name):
        opposite = Comparison(condition.path, negation.name, condition.value)
        assert plain_truths(opposite) == [None if each is None else not each for each in plain_truths(condition)]


@pytest.mark.parametrize("name", NAMES)
def test_the_engine_can_deny_every_operator(name: OperatorName) -> None:
    """By its negation, or by a test of its own for `not`."""
    assert (ENGINE_OPERATORS[name].denied is None) is (name in NEGATIONS)


@pytest.mark.parametrize("name", sorted(KIND_OPERATORS["count"]))
def test_operators_of_count(name: OperatorName) -> None:
    """`count()` takes it in the engine as well, with and without a condition."""
    where = Comparison("vat", "eq", Decimal(20))
    for wanted, number in product((None, where), (0, 1, 2)):
        value = (Decimal(number), Decimal(5)) if OPERATORS[name].takes == "list" else Decimal(number)
        condition = Counted("vats", wanted, name, value)
        assert compiled_truths(condition) == plain_truths(condition)


def test_only_operators_of_count_have_a_symbol() -> None:
    """The engine's table says the same of `count()` as the definition."""
    assert {name for name, each in ENGINE_OPERATORS.items() if each.symbol} == set(KIND_OPERATORS["count"])
