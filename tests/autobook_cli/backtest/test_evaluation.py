"""What becomes of each rule on each line of a past invoice."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.guards import Guards
from autobook.domain.rules import RuleSet
from autobook_cli.backtest import EvaluatedInvoice, Evaluation, trial_of
from autobook_cli.history import Names
from tests.autobook_cli.past import NOW, account, booked, entry, ours
from tests.fake_kanbert import booking
from tests.fakes import VIENNA, FakeCodeResolver

HETZNER = 'supplier.name contains "Hetzner"'
CODES = {("account", code): f"acc-{code}" for code in ("7380", "7385", "7600")} | {("project", "P-1"): "p1"}


def rule(rule_id: str = "r", when: str = HETZNER, **sets: Any) -> dict[str, Any]:
    """A rule about the invoices of `booked`."""
    return {"rule_id": rule_id, "when": when, **sets}


def evaluation(*rules: dict[str, Any], guards: Guards | None = None) -> Evaluation:
    """With all of these rules on trial."""
    trial = trial_of(RuleSet.load(rules, timezone=VIENNA))
    guards = guards or Guards(duplicates=False, tolerance=None)
    return Evaluation(trial, FakeCodeResolver(CODES), Names(), guards, VIENNA, NOW)


def outcomes(found: EvaluatedInvoice) -> dict[tuple[str, str | None], str]:
    """By rule and line."""
    return {(each.rule_id, each.booking_id): str(each.outcome) for each in found.outcomes}


def of(document: dict[str, Any], *rules: dict[str, Any]) -> dict[tuple[str, str | None], str]:
    """What becomes of these rules on the invoice."""
    return outcomes(evaluation(*rules)(entry(document)))


@pytest.mark.parametrize(
    ("sets", "document", "expected"),
    [
        ({"account": "7380"}, booked(), "agreed"),
        ({"account": "7385"}, booked(), "differed"),
        ({"account": "id:acc-7380"}, booked(), "agreed"),
        ({"account": "7380"}, booked(status="open"), "agreed"),
        ({"account": "7380"}, booked(code=None, status="open"), "undecided"),
        ({"account": "9999"}, booked(), "unknown_code"),
        ({"account": "7380", "project": "P-1"}, booked(), "differed"),
        ({"account": "7380", "project": "P-1"}, booked(status="open"), "agreed"),
        ({"account": "7380", "project": "P-9"}, booked(), "agreed"),
        ({"booking_title": "Hosting"}, booked(), "not_compared"),
        ({"account": "7380", "booking_type": "account_staff"}, booked(), "differed"),
        ({"account": "7380"}, booked(bookings=[booking("b1", type="reference")]), "differed"),
        ({"booking_type": "reference"}, booked(bookings=[booking("b1", type="reference")]), "agreed"),
        ({"booking_type": "reference"}, booked(), "differed"),
    ],
)
def test_a_rule_alone(sets: dict[str, str], document: dict[str, Any], expected: str) -> None:
    """What it gives is held beside what people booked, as far as they did."""
    assert of(document, rule(**sets)) == {("r", "b1"): expected}


def test_both_values_are_named() -> None:
    """By code and title, where these are known."""
    evaluate = evaluation(rule(account="7385", project="P-1"))
    names = evaluate._names
    names.add_invoice(entry(booked()).invoice)
    names.add_invoice(entry(booked(code="7385")).invoice)
    (found,) = evaluate(entry(booked())).outcomes
    assert [(each.field, each.ruled, each.booked, each.agrees) for each in found.compared] == [
        ("account", "7385 Hosting und Domains", "7380 Telefon und Internet", False),
        ("project", "p1", "-", False),
    ]
    assert found.value == Decimal("100.00")


def test_rules_beside_each_other() -> None:
    """Of one priority and another value: a conflict. A later one is outranked, unless it says the same."""
    first, second = rule("first", account="7380"), rule("second", account="7385")
    assert of(booked(), first, second) == {("first", "b1"): "conflict", ("second", "b1"): "conflict"}
    late, same = {**second, "priority": 200}, {**rule("same", account="7380"), "priority": 300}
    assert of(booked(), first, late, same) == {
        ("first", "b1"): "agreed",
        ("second", "b1"): "outranked",
        ("same", "b1"): "agreed",
    }
    assert of(booked(), first, second, {**same, "priority": 300})[("same", "b1")] == "outranked"


def test_line_by_line() -> None:
    """A rule about the current line counts where it is true; another on each line."""
    lines = [booking("b1", title="Server", **account("7385")), booking("b2", title="Phone", **account("7380"))]
    found = of(
        booked(bookings=lines),
        rule("server", 'booking.title contains "server"', account="7385"),
        rule("rest", account="7600", priority=200),
    )
    assert found == {("server", "b1"): "agreed", ("rest", "b1"): "outranked", ("rest", "b2"): "differed"}


def test_rules_about_the_invoice() -> None:
    """A status agrees where a person has handed the invoice over; a review and tags cannot be compared."""
    rules = [
        rule("book", account="7380"), rule("over", status="ready_for_accounting"), rule("look", review="Look"),
        rule("tag", tags="it"),
    ]  # fmt: skip
    assert of(booked(), *rules[:2])[("over", None)] == "agreed"
    assert of(booked(status="open"), *rules[:2])[("over", None)] == "undecided"
    found = of(booked(), *rules)
    assert (found[("look", None)], found[("tag", None)]) == ("not_compared", "not_compared")
    assert found[("over", None)] == "not_compared"  # a review withholds the status


def test_coverage() -> None:
    """Lines that get an account, before and after; those of them that people decided, and that agree."""
    lines = [booking("b1", **account("7380")), booking("b2", **account("7600")), booking("b3", title="x")]
    evaluate = evaluation(
        rule("apply", "booking.chart_of_account_id is null and booking.title is null", account="7380"),
        rule("suggest", 'booking.title = "x"', account="7600", mode="suggest"),
        rule("over", status="ready_for_accounting"),
    )
    found = evaluate(entry(booked(bookings=lines)))
    assert (found.lines, found.covered_before, found.covered_after, found.judged, found.agreed) == (3, 2, 3, 2, 1)
    assert (found.handed_over_before, found.handed_over_after) == (False, False)  # the lines do not add up
    found = evaluate(entry(booked()))
    assert (found.handed_over_before, found.handed_over_after) == (True, True)


def test_our_own_values_prove_nothing() -> None:
    """What a rule wrote, and nobody confirmed, does not speak for the rule."""
    written = (ours("account", "acc-7380"),)
    evaluate = evaluation(rule(account="7380"))
    assert outcomes(evaluate(entry(booked(status="open"), *written))) == {("r", "b1"): "undecided"}
    assert outcomes(evaluate(entry(booked(), *written))) == {("r", "b1"): "agreed"}


def test_decided_when_it_came() -> None:
    """`today` is the day on which the invoice came, not the day of the backtest."""
    came = booked(created_at=str(NOW - timedelta(days=300)), date_of_invoice=str(NOW - timedelta(days=310)))
    assert of(came, rule(when="date_of_invoice >= today-30d", account="7380")) == {("r", "b1"): "agreed"}


def test_guards_see_what_was_there() -> None:
    """The same invoice a second time keeps its status; the first does not know of the second."""
    evaluate = evaluation(
        rule("book", account="7380"),
        rule("over", status="ready_for_accounting"),
        guards=Guards(duplicates=True, tolerance=Decimal(50)),
    )
    first = evaluate(entry(booked("a", invoice_number="R-1")))
    second = evaluate(entry(booked("b", invoice_number="r-1 ")))
    assert (first.handed_over_after, second.handed_over_after) == (True, False)


def test_not_read_yet() -> None:
    """No rule is asked about an invoice without supplier and sums."""
    found = evaluation(rule(when="id is not null", account="7380"))(
        entry(booked(supplier=None, sum_net=0, sum_tax=0, sum_gross=0))
    )
    assert (found.unread, found.lines, found.outcomes) == (True, 0, ())


def test_without_lines() -> None:
    """There is nothing to book, and nothing to compare."""
    found = evaluation(rule(account="7380"))(entry(booked(bookings=[])))
    assert (found.lines, found.covered_after, found.outcomes) == (0, 0, ())
