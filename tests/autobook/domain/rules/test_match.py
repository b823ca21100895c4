"""Which value stands when several rules fire together, and what suggestions would add."""

from typing import Any

import pytest

from autobook.domain.rules import Choice, Conflict, Match, Review, Rule, RuleError, RuleSet, Suggestions, by_line
from tests.autobook.domain.rules.invoices import NOW, VIENNA, a_booking, an_invoice


def decided(*rules: str, **actions: Any) -> Match:
    """What rules decide that all fire; each is `rule_id mode account priority`, the actions are those of all."""
    items = []
    for rule in rules:
        rule_id, mode, account, priority = rule.split()
        what = {"account": account} if account != "-" else {}
        items.append({"rule_id": rule_id, "when": "sum_gross = 120", "mode": mode, "priority": priority, **what})
    return RuleSet.load([item | actions for item in items], timezone=VIENNA).match(an_invoice(), now=NOW)


def who(verdict: Choice | Conflict) -> list[str]:
    """The rules that a verdict names."""
    return [choice.rule_id for choice in (verdict.choices if isinstance(verdict, Conflict) else (verdict,))]


def suggested(match: Match) -> dict[str, list[str]]:
    """For each field of the only booking the rules whose suggestion is shown."""
    (fields,) = match.suggestions.bookings
    return {field: who(verdict) for field, verdict in fields.items()}


def test_first_of_two_that_agree() -> None:
    """Of rules that say the same, the first by rule_id is named."""
    match = decided("a apply 1 100", "b apply 1 100")
    assert who(match.bookings[0]["account"]) == ["a"]
    assert match.suggestions == Suggestions({}, ({},))


def test_three_that_differ() -> None:
    """A conflict names every rule that wants another value."""
    assert who(decided("a apply 1 100", "b apply 2 100", "c apply 3 100").bookings[0]["account"]) == list("abc")


@pytest.mark.parametrize("accounts", ["112", "121", "122"])
def test_those_that_agree_in_a_conflict(accounts: str) -> None:
    """A conflict names one rule for each value, the first that says it, in whichever order the rules come."""
    rules = [f"{rule} apply {account} 100" for rule, account in zip("abc", accounts, strict=True)]
    first, other = "a", "c" if accounts == "112" else "b"
    assert who(decided(*rules).bookings[0]["account"]) == [first, other]
    # A suggestion that agrees with a party to it says nothing new.
    assert suggested(decided(*rules, "0 suggest 1 100", "d suggest 2 100")) == {}


def test_a_suggestion_that_joins_a_conflict() -> None:
    """A suggestion that would make a conflict larger is shown with all who would be in it."""
    match = decided("a apply 1 100", "b apply 2 100", "c suggest 3 100")
    assert who(match.bookings[0]["account"]) == ["a", "b"]
    assert suggested(match) == {"account": ["a", "b", "c"]}


def test_the_lowest_number_decides() -> None:
    """A rule of a later priority changes nothing, whether it agrees or not."""
    match = decided("a apply 1 100", "b apply 2 200", "c apply 1 200")
    assert who(match.bookings[0]["account"]) == ["a"]


def test_first_of_two_suggestions_that_agree() -> None:
    """Of suggestions that say the same, the first by rule_id is named."""
    assert suggested(decided("a suggest 1 100", "b suggest 1 100")) == {"account": ["a"]}


def test_suggestions_that_differ() -> None:
    """Suggestions that contradict each other are shown as the conflict they would be."""
    match = decided("a suggest 1 100", "b suggest 2 100")
    assert suggested(match) == {"account": ["a", "b"]}
    assert match.bookings[0] == {}


def test_a_suggestion_that_a_rule_says_already() -> None:
    """Of two that say the same, the one that is switched on says it: the conflict it is in is no news."""
    match = decided("a suggest 1 100", "b apply 1 100", "c apply 2 100")
    assert who(match.bookings[0]["account"]) == ["b", "c"]
    assert suggested(match) == {}


def test_a_conflict_that_was_there_before() -> None:
    """A conflict between rules that are on is not shown once more beside a suggestion about another field."""
    match = decided("a apply 1 100", "b apply 2 100", "c suggest - 100", project="P")
    assert suggested(match) == {}
    match = decided("a apply 1 100", "b apply 2 100", "c suggest 3 50")
    assert suggested(match) == {"account": ["c"]}


def test_a_suggestion_about_the_invoice_alone() -> None:
    """A suggestion that sets only a field of the invoice is shown there, and at no booking."""
    match = decided("a suggest - 100", note="n")
    assert match.invoice == {}
    assert match.suggestions.invoice == {"note": Choice("note", "n", "a", "suggest", False)}
    assert suggested(match) == {}


def test_a_suggestion_about_the_booking_alone() -> None:
    """A suggestion that sets only a field of the booking is shown there, and not at the invoice."""
    match = decided("a suggest 1 100")
    assert match.suggestions.invoice == {}
    assert suggested(match) == {"account": ["a"]}


@pytest.mark.parametrize("bookings", [None, []])
def test_by_line_without_a_line(bookings: object) -> None:
    """Of an invoice without lines, what is decided for the line that it has not stands under null."""
    invoice = an_invoice(bookings=bookings)
    match = RuleSet.load([], timezone=VIENNA).match(invoice, now=NOW)
    assert list(by_line(invoice, match.bookings)) == [(None, {})]


def test_by_line() -> None:
    """What is decided for each line stands under its id; what was decided for another invoice is an error."""
    invoice = an_invoice(bookings=[a_booking(id="x"), a_booking(id="y")])
    match = RuleSet.load([], timezone=VIENNA).match(invoice, now=NOW)
    assert list(by_line(invoice, match.bookings)) == [("x", {}), ("y", {})]
    with pytest.raises(ValueError, match="shorter"):
        list(by_line(invoice, match.bookings[:1]))


REVIEWS: list[dict[str, Any]] = [
    {"rule_id": "z", "when": "sum_gross = 120", "review": "first", "priority": 1},
    {"rule_id": "a", "when": "sum_gross = 120", "review": " second ", "account": "1"},
    {"rule_id": "b", "when": "sum_gross = 120", "review": "third", "account": "1", "mode": "suggest"},
    {"rule_id": "c", "when": "sum_gross = 120", "review": "never", "mode": "off"},
    {"rule_id": "d", "when": "sum_gross > 120", "review": "not met"},
    {"rule_id": "e", "when": "booking.value > 150", "review": "of a line", "priority": 200},
]


@pytest.mark.parametrize(("values", "of_a_line"), [((100,), False), ((100, 200, 300), True), ((), False)])
def test_reviews(values: tuple[int, ...], of_a_line: bool) -> None:
    """Every rule that fires asks for its review, once, whichever rule decides the fields; suggestions only suggest."""
    invoice = an_invoice(bookings=[a_booking(id=f"b{value}", value=value) for value in values])
    match = RuleSet.load(REVIEWS, timezone=VIENNA).match(invoice, now=NOW)
    more = (Review("e", "of a line"),) if of_a_line else ()
    assert match.reviews == (Review("z", "first"), Review("a", "second"), *more)
    assert match.suggestions.reviews == (Review("b", "third"),)
    assert match.invoice == {}


@pytest.mark.parametrize(("review", "problem"), [(5, "expected a text"), ("x" * 1001, "more than 1,000 characters")])
def test_a_review_that_is_none(review: Any, problem: str) -> None:
    """The reason is a text that an event can carry; an empty one is none."""
    with pytest.raises(RuleError, match=problem):
        Rule.from_item({"rule_id": "r", "when": "sum_gross > 1", "review": review})
    assert Rule.from_item({"rule_id": "r", "when": "sum_gross > 1", "review": "  "}).review is None
