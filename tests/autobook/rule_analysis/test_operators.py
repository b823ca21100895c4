"""How operators are analysed: an entry for each, and none that says anything else than the operator does."""

from decimal import Decimal
from itertools import product

import pytest

from autobook.domain.conditions import NEGATIONS, OPERATORS, OperatorName, fold
from autobook.rule_analysis.operators import ANALYSIS, Demand, NullOperator, TextOperator, ValueOperator
from autobook.rule_analysis.values import EMPTY, FILLED

TEXTS = ["".join(each) for size in range(5) for each in product("ab", repeat=size)]
WANTED = [*TEXTS[:7], "a%", "%b", "%ab%", "a%b", "a_b", "_", "%", "a%a%", r"\%"]


def test_every_operator_is_analysed() -> None:
    """The filter language has no operator without an entry, and there is no entry for any other."""
    assert set(ANALYSIS) == set(OPERATORS)


@pytest.mark.parametrize("op", [op for op, each in ANALYSIS.items() if isinstance(each, ValueOperator)])
def test_values(op: OperatorName) -> None:
    """The allowed values are those of which the operator is true, and its opposite has all others."""
    analysis, opposite = ANALYSIS[op], ANALYSIS[NEGATIONS[op]]
    assert isinstance(analysis, ValueOperator)
    assert isinstance(opposite, ValueOperator)
    assert analysis.whole_days is opposite.whole_days
    wanted = [Decimal(2), Decimal(3)] if op in ("in", "nin") else [Decimal(2)]
    for found in map(Decimal, range(5)):
        truth = OPERATORS[op].holds(found, tuple(wanted) if op in ("in", "nin") else wanted[0])
        assert analysis.values(wanted).has(found) is truth
        assert opposite.values(wanted).has(found) is not truth


@pytest.mark.parametrize("op", [op for op, each in ANALYSIS.items() if isinstance(each, TextOperator)])
def test_texts(op: OperatorName) -> None:
    """A text passes if the operator is true of it; then it has what is demanded."""
    analysis = ANALYSIS[op]
    assert isinstance(analysis, TextOperator)
    for wanted, text in product(WANTED, TEXTS):
        passes = analysis.passes(wanted if op == "like" else fold(wanted), text)
        assert passes is OPERATORS[op].holds(text, wanted)
        start, end, inner = analysis.demand(wanted)
        if passes:
            assert text.startswith(start)
            assert text.endswith(end)
            assert all(each in text for each in inner)


@pytest.mark.parametrize("op", [op for op, each in ANALYSIS.items() if isinstance(each, TextOperator)])
def test_demands_that_ensure_a_test(op: OperatorName) -> None:
    """Where what a text has is said to be enough to pass, every such text does."""
    analysis = ANALYSIS[op]
    assert isinstance(analysis, TextOperator)
    for start, end, inner, wanted in product(("", "a", "ab"), ("", "b", "ab"), ((), ("ba",)), TEXTS[:7]):
        if analysis.met(wanted, Demand(start, end, inner)):
            fitting = [t for t in TEXTS if t.startswith(start) and t.endswith(end) and all(each in t for each in inner)]
            assert all(analysis.passes(wanted, text) for text in fitting)


def test_null() -> None:
    """`is null` wants none, `is not null` any value."""
    assert ANALYSIS["isnull"] == NullOperator(EMPTY)
    assert ANALYSIS["isnotnull"] == NullOperator(FILLED)
