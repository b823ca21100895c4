"""The size of a condition, without its text."""

import pytest
from hypothesis import given

from autobook.domain.conditions import Comparison, Condition, Not, OperatorName, joined
from autobook.domain.conditions.ast import And, Or
from autobook.domain.conditions.limits import check_size
from autobook.domain.conditions.printing import shortest
from autobook.domain.conditions.text_size import byte_length, text_size
from tests.autobook.domain.conditions.strategies import CONDITIONS

ODD_TEXTS = ["", "'", '"', '\'""', "a\\b", "\\%", "ü", "漢", "\ud800", "a\nb\r", "x" * 300]


@given(CONDITIONS)
def test_size_is_that_of_the_shortest_text(condition: Condition) -> None:
    """The size that is measured is the length of the text that would be printed."""
    assert text_size(condition) == byte_length(shortest(condition))


@pytest.mark.parametrize("text", ODD_TEXTS)
@pytest.mark.parametrize("op", ["eq", "like", "in"])
def test_size_of_odd_texts(text: str, op: OperatorName) -> None:
    """Quotation marks, backslashes and characters of several bytes are counted as they are written."""
    part = Comparison("title", op, (text, "b") if op == "in" else text)
    for condition in (part, Not(part), joined(And, [part, Not(joined(Or, [part, part]))])):
        assert text_size(condition) == byte_length(shortest(condition))


def test_what_is_small_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most conditions are far too small to come near the limit; measuring those would cost loading time."""
    monkeypatch.setattr("autobook.domain.conditions.limits.text_size", lambda condition: pytest.fail(str(condition)))
    check_size(Comparison("title", "eq", "a"), 1024)
