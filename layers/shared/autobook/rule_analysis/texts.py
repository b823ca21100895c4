"""Constraints on the text of one field: tests that it passes, and whether any text can pass several together."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from autobook.domain.conditions import OperatorName, amount_text, fold
from autobook.rule_analysis.operators import ANALYSIS, Demand, TextOperator, pattern

_MOST_DIGITS: Final = 29
"""Amounts within this many digits have one text."""


class TextTest(NamedTuple):
    """A text operator with its text in the simplest form, and whether it is to hold or to fail."""

    op: OperatorName
    text: str
    holds: bool

    @property
    def analysis(self) -> TextOperator:
        """How its operator is analysed."""
        found = ANALYSIS[self.op]
        assert isinstance(found, TextOperator)  # noqa: S101 - no test is made of any other
        return found

    def negated(self) -> "TextTest":
        """The test that passes where this one does not."""
        return TextTest(self.op, self.text, not self.holds)


Tests = frozenset[TextTest]


def text_test(op: OperatorName, wanted: str, holds: bool) -> TextTest | bool:
    """The test, put as plainly as can be; True or False where every text passes it, or none."""
    if op == "like":
        plain = pattern(wanted).plain
        if plain is None or plain[0] == "eq":
            return TextTest(op, wanted, holds)
        op, wanted = plain
    folded = fold(wanted)
    return TextTest(op, folded, holds) if folded else holds


@lru_cache(maxsize=1 << 16)
def text_of(value: Any) -> str | None:
    """The text that the text operators see of a value; None if that is not certain (zeros, enormous amounts)."""
    if isinstance(value, Decimal):
        return fold(amount_text(value)) if value and abs(value.adjusted()) < _MOST_DIGITS else None
    return fold(value) if isinstance(value, str) else None


@lru_cache(maxsize=1 << 16)
def predicate(tests: Tests) -> Callable[[str], bool]:
    """Whether a folded text passes them all."""
    each = [(partial(test.analysis.passes, test.text), test.holds) for test in tests]
    if len(each) == 1 and each[0][1]:
        return each[0][0]
    return lambda text: all(passes(text) is holds for passes, holds in each)


def compatible(one: Tests, other: Tests) -> bool:
    """Whether a text could pass the tests of both, each of which some text passes. True where that is not known."""
    (mine, my_refusals), (theirs, their_refusals) = summary(one), summary(other)
    return (
        (mine.start.startswith(theirs.start) or theirs.start.startswith(mine.start))
        and (mine.end.endswith(theirs.end) or theirs.end.endswith(mine.end))
        and not (my_refusals and any(_ensured(test, other, theirs) for test in my_refusals))
        and not (their_refusals and any(_ensured(test, one, mine) for test in their_refusals))
    )


def subsumes(weaker: Tests, stronger: Tests) -> bool:
    """Whether every text that passes the stronger tests surely passes the weaker ones."""
    has, _ = summary(stronger)
    for test in weaker:
        if test.holds and not _ensured(test, stronger, has):
            return False
        if not test.holds and compatible(stronger, frozenset((test.negated(),))):
            return False
    return True


def other_tests(tests: Tests) -> Iterator[Tests]:
    """Tests that together are passed by exactly the texts that do not pass all of these."""
    before: Tests = frozenset()
    for test in tests:
        yield before | {test.negated()}
        before |= {test}


def _ensured(test: TextTest, tests: Tests, has: Demand) -> bool:
    """Whether every text that passes the tests, which demand this, surely passes the one test."""
    return test in tests or test.analysis.met(test.text, has)


@lru_cache(maxsize=1 << 16)
def summary(tests: Tests) -> tuple[Demand, tuple[TextTest, ...]]:
    """What every text has that passes the tests, and the tests that are to fail, as they would hold."""
    demands = [test.analysis.demand(test.text) for test in tests if test.holds]
    start = max((each.start for each in demands), key=len, default="")
    end = max((each.end for each in demands), key=len, default="")
    inner = tuple(text for each in demands for text in each.inner)
    return Demand(start, end, inner), tuple(test.negated() for test in tests if not test.holds)
