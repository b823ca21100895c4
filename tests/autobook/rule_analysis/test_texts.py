"""Tests on one text, against every short text of two letters."""

from decimal import Decimal
from itertools import combinations, product

import pytest

from autobook.rule_analysis.texts import (
    Tests,
    TextTest,
    compatible,
    other_tests,
    predicate,
    subsumes,
    text_of,
    text_test,
)

TEXTS = ["".join(each) for size in range(6) for each in product("ab", repeat=size)]
SINGLE = [
    TextTest(op, text, holds)
    for op in ("contains", "startswith", "endswith")
    for text in ("a", "b", "ab", "ba")
    for holds in (True, False)
] + [TextTest("like", text, holds) for text in ("a%b", "a_", "_b%a") for holds in (True, False)]


def passing(tests: Tests) -> set[str]:
    return set(filter(predicate(tests), TEXTS))


SETS = [frozenset(each) for size in (1, 2) for each in combinations(SINGLE, size)]
SATISFIABLE = [tests for tests in SETS if passing(tests)]


def test_never_called_incompatible_in_error() -> None:
    """Tests that some text passes together are not said to exclude each other."""
    for one, other in product(SATISFIABLE[:200], [frozenset((each,)) for each in SINGLE]):
        assert compatible(one, other) or not passing(one) & passing(other)
        assert compatible(one, other) is compatible(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TextTest("startswith", "a", True), TextTest("startswith", "b", True)),
        (TextTest("endswith", "ab", True), TextTest("endswith", "b", False)),
        (TextTest("contains", "ab", True), TextTest("contains", "b", False)),
        (TextTest("like", "a%b", True), TextTest("startswith", "b", True)),
        (TextTest("like", "a%b", True), TextTest("like", "a%b", False)),
        (TextTest("startswith", "ab", True), TextTest("contains", "b", False)),
    ],
)
def test_incompatible(one: TextTest, other: TextTest) -> None:
    """Different starts or ends, and a text that must be there and must not, exclude each other."""
    assert not compatible(frozenset((one,)), frozenset((other,)))


def test_subsumes_only_what_it_contains() -> None:
    """Where tests are said to hold whenever others do, every text that passes those passes them."""
    for weaker, stronger in product([frozenset((each,)) for each in SINGLE], SATISFIABLE):
        assert not subsumes(weaker, stronger) or passing(stronger) <= passing(weaker)


def test_tests_subsume_themselves_and_more() -> None:
    """Tests hold wherever they and others do."""
    assert all(
        subsumes(weaker, stronger) for weaker in SATISFIABLE[:60] for stronger in SATISFIABLE if weaker <= stronger
    )


def test_other_tests() -> None:
    """A text passes all tests, or some of the others, and never both."""
    for tests in SETS:
        rest = set[str]().union(*map(passing, other_tests(tests)))
        assert rest == set(TEXTS) - passing(tests)


@pytest.mark.parametrize(
    ("op", "wanted", "test"),
    [
        ("contains", "Straße", TextTest("contains", "strasse", True)),
        ("like", "Hetz%", TextTest("startswith", "hetz", True)),
        ("like", "%GmbH", TextTest("endswith", "gmbh", True)),
        ("like", "%a_b%", TextTest("like", "%a_b%", True)),
        ("like", "Abc", TextTest("like", "Abc", True)),
        ("like", "%", True),
        ("startswith", "", True),
    ],
)
def test_the_plainest_test(op: str, wanted: str, test: TextTest | bool) -> None:
    """A pattern that needs no pattern is the operator that says the same; an empty text is passed by all."""
    assert text_test(op, wanted, True) == test  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("9.9"), "9.90"),
        (Decimal(-120), "-120.00"),
        (Decimal(0), None),
        (Decimal("1e40"), None),
        ("Ä", "ä"),
        (True, None),
    ],
)
def test_text_of_a_value(value: object, text: str | None) -> None:
    """Amounts are seen with two decimals; where a value could be written in several ways, nothing is claimed."""
    assert text_of(value) == text
