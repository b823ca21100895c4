"""The figures of a backtest, added up invoice by invoice. What is kept does not grow with the invoices that agree."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from autobook.domain.rules import Rule
from autobook_cli.agreement import lower_bound
from autobook_cli.backtest.evaluation import EvaluatedInvoice, Outcome, RuleOutcome

MOST_DIFFERENCES: Final = 1_000
"""Differences of one rule that are kept; all are counted."""
MOST_NAMED: Final = 1_000
"""Unreadable invoices that are named; all are counted."""
NO_MONTH: Final = "no date"


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that people booked in another way than a rule would."""

    invoice: EvaluatedInvoice
    """Without its outcomes."""
    outcome: RuleOutcome


@dataclass(slots=True)
class RuleFigures:
    """How a rule did. Counts are of lines (or of invoices, for a rule that sets nothing line by line)."""

    rule: Rule
    invoices: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    fields: dict[str, Counter[bool]] = field(default_factory=dict)
    """By field: how many values agreed, and how many did not."""
    months: dict[str, Counter[Outcome]] = field(default_factory=dict)
    last: date | None = None
    """The day of the last invoice on which it fired."""
    differences: list[Difference] = field(default_factory=list)

    @property
    def fired(self) -> int:
        """How often its condition was true."""
        return self.outcomes.total()

    @property
    def agreed(self) -> int:
        """How often people booked what it gives."""
        return self.outcomes[Outcome.AGREED]

    @property
    def differed(self) -> int:
        """How often people booked something else."""
        return self.outcomes[Outcome.DIFFERED]

    @property
    def judged(self) -> int:
        """How often it can be said what people booked."""
        return self.agreed + self.differed

    @property
    def bound(self) -> float:
        """What its agreement is at least, with 95 % confidence."""
        return lower_bound(self.agreed, self.judged)

    def add(self, month: str, invoice: EvaluatedInvoice, outcomes: list[RuleOutcome]) -> None:
        """What became of it in one invoice."""
        self.invoices += 1
        if invoice.day is not None:
            self.last = max(self.last or invoice.day, invoice.day)
        for each in outcomes:
            self.outcomes[each.outcome] += 1
            self.months.setdefault(month, Counter())[each.outcome] += 1
            for value in each.compared:
                self.fields.setdefault(value.field, Counter())[value.agrees] += 1
            if each.outcome is Outcome.DIFFERED and len(self.differences) < MOST_DIFFERENCES:
                self.differences.append(Difference(invoice, each))


@dataclass(slots=True)
class MonthFigures:
    """Coverage in the invoices of one month: lines that rules book, and what people booked there."""

    invoices: int = 0
    lines: int = 0
    covered_before: int = 0
    covered_after: int = 0
    judged: int = 0
    agreed: int = 0
    handed_over_before: int = 0
    handed_over_after: int = 0

    def add(self, invoice: EvaluatedInvoice) -> None:
        """One invoice more."""
        self.invoices += 1
        self.lines += invoice.lines
        self.covered_before += invoice.covered_before
        self.covered_after += invoice.covered_after
        self.judged += invoice.judged
        self.agreed += invoice.agreed
        self.handed_over_before += invoice.handed_over_before
        self.handed_over_after += invoice.handed_over_after


@dataclass(slots=True)
class Figures:
    """Of the whole backtest. `unread` are invoices without supplier and sums, about which no rule is asked."""

    rules: dict[str, RuleFigures]
    months: dict[str, MonthFigures] = field(default_factory=dict)
    total: MonthFigures = field(default_factory=MonthFigures)
    unread: int = 0
    without_lines: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    """Id and reason."""
    unreadable_total: int = 0

    @classmethod
    def of(cls, rules: tuple[Rule, ...]) -> "Figures":
        """Nothing is counted yet."""
        return cls({rule.rule_id: RuleFigures(rule) for rule in rules})

    def add(self, invoice: EvaluatedInvoice) -> None:
        """One invoice more."""
        if invoice.unread:
            self.unread += 1
            return
        month = invoice.day.strftime("%Y-%m") if invoice.day else NO_MONTH
        self.months.setdefault(month, MonthFigures()).add(invoice)
        self.total.add(invoice)
        self.without_lines += not invoice.lines
        by_rule: dict[str, list[RuleOutcome]] = {}
        for each in invoice.outcomes:
            by_rule.setdefault(each.rule_id, []).append(each)
        bare = _without_outcomes(invoice) if by_rule else invoice
        for rule_id, outcomes in by_rule.items():
            self.rules[rule_id].add(month, bare, outcomes)

    def add_unreadable(self, invoice_id: str | None, reason: str) -> None:
        """One that could not be read."""
        self.unreadable_total += 1
        if len(self.unreadable) < MOST_NAMED:
            self.unreadable.append((invoice_id or "an invoice without an id", reason))

    @property
    def by_month(self) -> list[tuple[str, MonthFigures]]:
        """The oldest month first, invoices without a date last."""
        return sorted(self.months.items(), key=lambda each: (each[0] == NO_MONTH, each[0]))


def _without_outcomes(invoice: EvaluatedInvoice) -> EvaluatedInvoice:
    return EvaluatedInvoice(invoice.id, invoice.number, invoice.supplier, invoice.day)
