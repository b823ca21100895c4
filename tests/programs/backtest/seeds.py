"""Rules suggested for a simulated agency: are they its habits, and do the months to come keep what was stated?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.rules import Choice, Rule, RuleSet
from autobook_cli.history import Entry, Names, unbooked
from autobook_cli.suggest import Observed, Proposal, proposed, stated_bound
from tests.agency import Agency, months_later
from tests.fakes import VIENNA

FIRST = date(2025, 1, 1)
LEARNED, TO_COME = 18, 24
"""Months from which rules are learned, and months that follow."""
NOW = datetime(2026, 7, 1, tzinfo=UTC)
_HABIT = 0.95
"""Of the lines that a proposal decides, so many have to be booked so by habit."""


@dataclass(frozen=True)
class Kept:
    """What became of a proposal in the months to come: lines, those booked as it says, and those whose habit it is."""

    proposal: Proposal
    lines: int
    agreed: int
    by_habit: int

    @property
    def is_habit(self) -> bool:
        """True if it says what the agency means."""
        return self.lines > 0 and self.by_habit >= _HABIT * self.lines

    @property
    def is_within(self) -> bool:
        """True if no more was booked otherwise than the proposal allows for."""
        return self.lines == 0 or self.agreed >= self.proposal.bound * self.lines


@dataclass(frozen=True)
class Played:
    """One seed. `covered` are proposals all of whose lines rules that are there decide.

    `by_habit` are the lines to come that have a habit and no rule that was there; `found` those that proposals decide
    so.
    """

    seed: int
    kept: list[Kept]
    covered: list[str]
    found: int
    by_habit: int

    @property
    def is_within(self) -> bool:
        """True if the proposals together erred no more than they state together."""
        predicted, agreed = (
            sum(getattr(each.proposal, name) for each in self.kept) for name in ("predicted", "agreed")
        )
        lines, right = sum(each.lines for each in self.kept), sum(each.agreed for each in self.kept)
        return right >= stated_bound(agreed, predicted, len(self.kept)) * lines


def play(seed: int) -> Played:
    """Learn from the past, and look at the months to come."""
    agency = Agency(seed, first=FIRST, months=LEARNED)
    present = RuleSet.load(agency.rules(every=3), timezone=VIENNA)
    observed = Observed(VIENNA, Names(), present, NOW)
    for entry in entries(agency, FIRST, LEARNED):
        observed.names.add_invoice(entry.invoice)
        observed.add(entry)
    proposals = proposed(observed, today=NOW.date())
    return _kept(seed, agency, present, proposals)


def entries(agency: Agency, first: date, months: int, busy: float = 1.0) -> Iterator[Entry]:
    """What people booked in these months."""
    for each in agency.invoices(first, months, busy=busy):
        yield Entry.without_record(IncomingInvoice.model_validate(each))


def _kept(seed: int, agency: Agency, present: RuleSet, proposals: list[Proposal]) -> Played:
    on = [Rule.from_item({**each.item, "mode": "apply"}) for each in proposals]
    rules = RuleSet.of((*present.rules, *on), timezone=VIENNA)
    alone = RuleSet.of(on, timezone=VIENNA)
    by_id = {each.rule_id: each for each in proposals}
    lines, agreed, by_habit = (dict.fromkeys(by_id, 0) for _ in range(3))
    free: set[str] = set()
    with_habit = found = 0
    for entry in entries(agency, months_later(FIRST, LEARNED), TO_COME, busy=3.0):
        invoice = unbooked(entry)
        match, firing = rules.match(invoice, now=NOW), alone.firing(invoice, now=NOW)
        for line, verdicts, here in zip(entry.invoice.bookings or (), match.bookings, firing, strict=True):
            verdict, habit = verdicts.get("account"), agency.truth[line.id].habit
            rule_id = verdict.rule_id if isinstance(verdict, Choice) else None
            if rule_id not in by_id and rule_id is not None:
                continue  # decided by a rule that was there
            free |= here
            with_habit += habit is not None
            if rule_id is None:
                continue
            proposal = by_id[rule_id]
            values = dict(proposal.values)
            booked = {"account": line.chart_of_account_id, "project": line.project_id}
            lines[rule_id] += 1
            agreed[rule_id] += all(booked[field] == value for field, value in values.items())
            right = habit is not None and values["account"] == f"acc-{habit}"
            by_habit[rule_id] += right
            found += right
    kept = [Kept(each, lines[name], agreed[name], by_habit[name]) for name, each in by_id.items()]
    covered = [name for name in by_id if name not in free]
    return Played(seed, kept, covered, found, with_habit)
