"""A backtest beside a plain re-evaluation: every rule on every line, by the plain evaluator, without an index."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from autobook.domain.conditions import Facts, truth
from autobook.domain.guards import Guards
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.rules import Rule, RuleSet, effective, rule_fields, rule_getters
from autobook_cli.backtest import Evaluation, Figures, Outcome, Trial, trial_of
from autobook_cli.history import Entry, Names
from autobook_cli.history.names import AccountsOfInvoices
from tests.agency import ACCOUNTS, Agency
from tests.fakes import VIENNA

FIRST, MONTHS = date(2025, 1, 1), 12
NOW = datetime(2026, 2, 1, tzinfo=UTC)

type Line = tuple[str, str, Outcome]
"""(line, rule, what became of it)."""


@dataclass
class Compared:
    """What both came to, line by line."""

    backtest: list[Line]
    plain: list[Line]
    figures: Figures
    invoices: int
    lines: int
    covered: int
    """By the plain re-evaluation."""
    covered_before: int


def rules_of_all_kinds(agency: Agency, seed: int) -> list[dict[str, Any]]:
    """Right and wrong ones, at several priorities, some in conflict, some only suggesting, off, or out of date."""
    random = Random(seed)
    items = [{**each, "priority": 50} for each in agency.rules(every=2)]
    words = sorted({word for supplier in agency.suppliers for word in supplier.words})
    for number, word in enumerate(words):
        when = random.choice(
            (
                f'booking.title contains "{word.lower()}"',
                f'booking.title startswith "{word}" and sum_gross < {random.randrange(100, 900)}',
                f'booking.value >= {random.randrange(100, 400)} and booking.title like "{word}%"',
                f'title contains "{word[:3]}" or (vats.any(vat = 10) and not (sum_gross > 300))',
            )
        )
        item: dict[str, Any] = {"rule_id": f"word-{number}", "when": when, "account": random.choice(sorted(ACCOUNTS))}
        item["priority"] = random.choice((40, 100, 100, 100, 150))
        item["mode"] = random.choice(("apply", "apply", "apply", "suggest", "off"))
        if number % 6 == 2:
            item |= {"mode": "apply", "priority": 40}
            item["account"] = "9999"  # nothing has this code
        if random.random() < 0.2:
            item["valid_from"] = "2025-06-15"
        items.append(item)
    items.append({"rule_id": "rest", "when": "sum_gross > 0", "account": "5800", "priority": 900, "mode": "suggest"})
    return items


def compared(invoices: int, seed: int = 1) -> Compared:
    """Both, on so many invoices (or the last whole number of them that the agency gets in a year)."""
    agency = Agency(seed, months=MONTHS)
    documents = [IncomingInvoice.model_validate(each) for each in _so_many(agency, invoices)]
    accounts, names = AccountsOfInvoices(), Names()
    for each in documents:
        accounts.add(each)
        names.add_invoice(each)
    trial = trial_of(RuleSet.load(rules_of_all_kinds(agency, seed), timezone=VIENNA))
    guards = Guards(duplicates=False, tolerance=None)
    evaluation, figures = Evaluation(trial, accounts, names, guards, VIENNA, NOW), Figures.of(trial.rules)
    backtest: list[Line] = []
    for each in documents:
        evaluated = evaluation(Entry.without_record(each))
        figures.add(evaluated)
        backtest += [(str(one.booking_id), one.rule_id, one.outcome) for one in evaluated.outcomes]
    after = list(_plainly(documents, trial))
    before = [
        _account_of(_firing(trial.before.rules, each, line)) for each in documents for line in each.bookings or ()
    ]
    return Compared(
        backtest,
        [line for lines, _ in after for line in lines],
        figures,
        len(documents),
        sum(len(each.bookings or ()) for each in documents),
        sum(account in ACCOUNTS for _, account in after),
        sum(account in ACCOUNTS for account in before),
    )


def _so_many(agency: Agency, invoices: int) -> Iterator[Mapping[str, Any]]:
    expected = sum(each.a_month for each in agency.suppliers) * MONTHS
    made = list(agency.invoices(FIRST, MONTHS, busy=1.05 * invoices / expected))
    assert len(made) >= invoices
    return iter(made[:invoices])


def _plainly(documents: list[IncomingInvoice], trial: Trial) -> Iterator[tuple[list[Line], str]]:
    """For each line what became of each rule, and the account that it gets ("" for none)."""
    on_trial = {each.rule_id for each in trial.rules}
    for invoice in documents:
        for line in invoice.bookings or ():
            firing = _firing(trial.after.rules, invoice, line)
            account = _account_of(firing)
            booked = line.chart_of_account.code if line.chart_of_account else None
            lines = [
                (line.id, rule.rule_id, _outcome(rule, firing, account, booked))
                for rule in firing
                if rule.rule_id in on_trial
            ]
            yield lines, account


def _firing(rules: tuple[Rule, ...], invoice: IncomingInvoice, line: Booking) -> list[Rule]:
    """Those that apply and are true, in the order of decision."""
    bare = line.model_copy(update={"chart_of_account_id": None, "chart_of_account": None, "project_id": None})
    facts = Facts(rule_getters(), invoice.model_copy(update={"status": "open"}), bare, VIENNA, NOW)
    return [rule for rule in rules if rule.mode == "apply" and truth(effective(rule), facts, rule_fields()) is True]


def _account_of(firing: list[Rule]) -> str:
    """The code that the first of them gives; "" where there is none, or those that come first disagree."""
    first = [rule for rule in firing if rule.priority == min(each.priority for each in firing)]
    wanted = {str(rule.sets["account"]) for rule in first}
    return wanted.pop() if len(wanted) == 1 else ""


def _outcome(rule: Rule, firing: list[Rule], account: str, booked: str | None) -> Outcome:
    if rule.priority > min(each.priority for each in firing) and rule.sets["account"] != account:
        return Outcome.OUTRANKED
    if not account:
        return Outcome.CONFLICT if rule.priority == min(each.priority for each in firing) else Outcome.OUTRANKED
    if account not in ACCOUNTS:
        # The rule that comes first names a code that nothing has; another that says the same does not decide.
        first = next(each for each in firing if each.sets["account"] == account)
        return Outcome.UNKNOWN_CODE if first is rule else Outcome.OUTRANKED
    return Outcome.AGREED if account == booked else Outcome.DIFFERED
