"""One past invoice, decided as if it were unbooked, and compared with what people made of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from autobook.domain.action_fields import ACCOUNT, BOOKING_FIELDS, BOOKING_TYPE, INVOICE_FIELDS, STATUS
from autobook.domain.decision import Decision
from autobook.domain.guards import Guards, grants_status
from autobook.domain.kanbert import REFERENCE, IncomingInvoice
from autobook.domain.problems import Problem, ProblemCode
from autobook.domain.provenance import FieldPlace, Written
from autobook.domain.rules import Rule, RuleSet
from autobook.domain.unread import is_unread
from autobook.service.decide_invoice import DecideInvoice
from autobook.service.ports import CodeResolver
from autobook.service.status_guards import StatusGuards
from autobook_cli.backtest.trial import Trial
from autobook_cli.history import (
    COMPARED,
    BookedByPeople,
    EarlierInvoices,
    Entry,
    Names,
    arrival,
    blank_record,
    day_of,
    unbooked,
)


class Outcome(StrEnum):
    """What became of a rule that fired, on one line (of a rule that sets nothing line by line: on one invoice)."""

    AGREED = "agreed"
    """Everything that it decides, and people decided, is the same."""
    DIFFERED = "differed"
    """People decided something else."""
    UNDECIDED = "undecided"
    """No person has decided yet: the line is open, or it has our own value, which nobody has confirmed."""
    CONFLICT = "conflict"
    """Another rule of the same priority wants something else: nothing is written."""
    UNKNOWN_CODE = "unknown_code"
    """Its code stands for nothing."""
    OUTRANKED = "outranked"
    """Another rule comes first."""
    NOT_COMPARED = "not_compared"
    """It sets only what cannot be compared: texts, tags, a review; or the status was withheld."""


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """A value that a rule gives, and what people booked, both for people."""

    field: str
    ruled: str
    booked: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What became of a rule on a line; `booking_id` is None for the invoice as a whole."""

    rule_id: str
    outcome: Outcome
    booking_id: str | None = None
    value: Decimal | None = None
    """The line's."""
    compared: tuple[ComparedValue, ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluatedInvoice:
    """An invoice's part in the figures. Counts are of lines; `judged` are those covered that a person decided."""

    id: str
    number: str | None
    supplier: str | None
    day: date | None
    unread: bool = False
    lines: int = 0
    covered_before: int = 0
    covered_after: int = 0
    judged: int = 0
    agreed: int = 0
    handed_over_before: bool = False
    handed_over_after: bool = False
    outcomes: tuple[RuleOutcome, ...] = ()


@dataclass(frozen=True)
class _FixedRules:
    """The same rules, whenever they are asked for."""

    fixed: RuleSet

    def rules(self, since: datetime | None = None) -> RuleSet:  # noqa: ARG002
        """These."""
        return self.fixed


class Evaluation:
    """Decides as `process` does (service/decide_invoice.py), each invoice at the moment at which it came.

    Invoices have to come in order: the guards look at those that were evaluated before.
    """

    def __init__(
        self, trial: Trial, codes: CodeResolver, names: Names, guards: Guards, zone: ZoneInfo, now: datetime
    ) -> None:
        self._trial, self._codes, self._names = trial, codes, names
        self._guards, self._zone, self._now = guards, zone, now
        self._earlier = EarlierInvoices(zone)

    def __call__(self, entry: Entry) -> EvaluatedInvoice:
        """The invoice's part in the figures."""
        invoice = unbooked(entry)
        supplier = invoice.supplier.name if invoice.supplier else None
        about = (invoice.id, invoice.invoice_number, supplier, day_of(invoice, self._zone))
        if is_unread(invoice):
            return EvaluatedInvoice(*about, unread=True)
        trial, now = self._trial, arrival(invoice, self._now)
        after = self.decided(trial.after, invoice, now)
        before = after if trial.changes_nothing else self.decided(trial.before, invoice, now)
        self._earlier.remember(entry.invoice)
        people, lines = BookedByPeople(entry, self._names), invoice.bookings or ()
        covered, covered_before = _booking_writes(after), _booking_writes(before)
        booked = {line_id: people.value(line_id, write.field) for line_id, write in covered.items()}
        judged = {line_id: people.agrees(each, covered[line_id]) for line_id, each in booked.items() if each}
        return EvaluatedInvoice(
            *about,
            lines=len(lines),
            covered_before=sum(line.id in covered_before for line in lines),
            covered_after=sum(line.id in covered for line in lines),
            judged=len(judged),
            agreed=sum(judged.values()),
            handed_over_before=grants_status(before),
            handed_over_after=grants_status(after),
            outcomes=tuple(_Comparison(trial, invoice, after, people, self._names).outcomes(now)),
        )

    def decided(self, rules: RuleSet, invoice: IncomingInvoice, now: datetime) -> Decision:
        """What a run would have decided then, with the invoices before it in Kanbert."""
        status_guards = StatusGuards(self._earlier.before(invoice), self._guards, self._zone)
        decide = DecideInvoice(_FixedRules(rules), self._codes, status_guards, lambda: now, self._zone)
        return decide.decide(invoice, blank_record(invoice.id)).decision


def _booking_writes(decision: Decision) -> dict[str, Written]:
    """The write that books each line: its account, or that it is a reference."""
    return {
        write.booking_id: write
        for write in decision.writes
        if write.booking_id is not None
        and (write.field == ACCOUNT.name or (write.field == BOOKING_TYPE.name and write.value == REFERENCE))
    }


_PROBLEMS: Final[Mapping[ProblemCode, Outcome]] = {
    ProblemCode.CONFLICT: Outcome.CONFLICT,
    ProblemCode.UNKNOWN_CODE: Outcome.UNKNOWN_CODE,
}
_IF_NOTHING_COMPARED: Final = (
    Outcome.CONFLICT,
    Outcome.UNKNOWN_CODE,
    Outcome.UNDECIDED,
    Outcome.OUTRANKED,
    Outcome.NOT_COMPARED,
)
"""In this order: where there are several reasons, the first counts."""


class _Comparison:
    """The rules on trial that fire for one invoice."""

    def __init__(
        self, trial: Trial, invoice: IncomingInvoice, decision: Decision, people: BookedByPeople, names: Names
    ) -> None:
        self._trial, self._invoice = trial, invoice
        self._people, self._names = people, names
        self._problems: dict[FieldPlace, list[Problem]] = {}
        for problem in decision.problems:
            if problem.code in _PROBLEMS and problem.field is not None:
                self._problems.setdefault((problem.booking_id, problem.field), []).append(problem)
        self._writes = {write.place: write for write in decision.writes}

    def outcomes(self, now: datetime) -> Iterator[RuleOutcome]:
        """Line by line, then for the invoice as a whole."""
        firing, lines = self._trial.after.firing(self._invoice, now=now), self._invoice.bookings or ()
        anywhere = frozenset[str]().union(*firing)
        fired = [rule for rule in self._trial.rules if rule.rule_id in anywhere]
        for line, here in zip(lines, firing, strict=False):
            for rule in fired:
                if rule.rule_id in here and (fields := rule.actions(BOOKING_FIELDS)):
                    yield self._outcome(rule, line.id, tuple(fields), line.value)
        for rule in fired:
            if not rule.actions(BOOKING_FIELDS):
                yield self._outcome(rule, None, tuple(rule.actions(INVOICE_FIELDS)), None)

    def _outcome(
        self, rule: Rule, booking_id: str | None, fields: tuple[str, ...], value: Decimal | None
    ) -> RuleOutcome:
        compared, otherwise = list[ComparedValue](), set[Outcome]()
        for field in fields:
            found = self._in_field(rule, booking_id, field)
            if isinstance(found, ComparedValue):
                compared.append(found)
            else:
                otherwise.add(found)
        if compared:
            outcome = Outcome.AGREED if all(each.agrees for each in compared) else Outcome.DIFFERED
        else:
            outcome = next((each for each in _IF_NOTHING_COMPARED if each in otherwise), Outcome.NOT_COMPARED)
        return RuleOutcome(rule.rule_id, outcome, booking_id, value, tuple(compared))

    def _in_field(self, rule: Rule, booking_id: str | None, field: str) -> ComparedValue | Outcome:
        write = self._writes.get((booking_id, field))
        if write is None:
            return self._why_not(rule, booking_id, field)
        if write.rule_id != rule.rule_id and self._trial.after[write.rule_id].sets.get(field) != rule.sets[field]:
            return Outcome.OUTRANKED
        if field not in COMPARED:
            return Outcome.NOT_COMPARED
        booked = self._people.value(booking_id, field)
        if booked is None:
            return Outcome.UNDECIDED
        ruled = self._names.text(field, write.value)
        return ComparedValue(field, ruled, booked.text, self._people.agrees(booked, write))

    def _why_not(self, rule: Rule, booking_id: str | None, field: str) -> Outcome:
        """Nothing is written there."""
        about = self._problems.get((booking_id, field), [])
        for each in about:
            if rule.rule_id in each.rule_ids:
                return _PROBLEMS[each.code]
        # Rules that come first have not agreed, or their code stands for nothing.
        return Outcome.OUTRANKED if about and field != STATUS.name else Outcome.NOT_COMPARED
