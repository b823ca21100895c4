"""Deciding an invoice by the rules as they stand, and whether it has to be decided again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from autobook.domain.action_fields import STATUS
from autobook.domain.codes import Candidate, Code
from autobook.domain.decision import Decision
from autobook.domain.dependence import READ_WITHIN, Dependence
from autobook.domain.fights import without_fights
from autobook.domain.fingerprints import fingerprint
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.match_changes import Acceptance, without_undone
from autobook.domain.object_names import object_names, objects_in
from autobook.domain.outcome import UNREAD, outcome, present_outcome
from autobook.domain.problems import MAY_PASS, Problem, not_read
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.domain.rules import Match
from autobook.domain.unread import is_unread
from autobook.domain.versions import with_versions
from autobook.service.code_lookup import codes_that_may_change, decide_with_codes
from autobook.service.ports import Clock, CodeResolver, RuleRepository
from autobook.service.status_guards import StatusGuards


@dataclass(frozen=True, slots=True)
class DecidedInvoice:
    """A decision, and what it depends on.

    `codes` are those that may come to stand for something else (domain/dependence.py). `before` is what the decision
    before depended on, and `writes_in_a_row` its count, 0 where a person or an administrator has changed something
    since.
    """

    decision: Decision
    invoice: IncomingInvoice
    match: Match
    rule_set: str
    codes: tuple[tuple[str, str, str], ...]
    before: Dependence | None
    writes_in_a_row: int

    def dependence(
        self, problems: Iterable[Problem], record: ProvenanceRecord, now: datetime, *, wrote: bool
    ) -> Dependence:
        """What it depended on. `problems` are those that are left, `record` has what was written in it."""
        if is_unread(self.invoice):
            since = (self.before and self.before.unread_since) or now
            unread = Dependence(outcome=UNREAD, rule_set=self.rule_set, unread_since=since)
            return unread.waiting((UNREAD,) if now - since < READ_WITHIN else (), self.before, now)
        depended_on = Dependence(
            outcome=outcome(self.match, self.invoice, record),
            rule_set=self.rule_set,
            codes=self.codes,
            writes_in_a_row=self.writes_in_a_row + 1 if wrote else 0,
        )
        reasons = [_reason(each) for each in problems if each.code in MAY_PASS]
        reasons += [f"{each.field} {each.code}" for each in self.decision.unresolved]
        return depended_on.waiting(reasons, self.before, now)


def _reason(problem: Problem) -> str:
    """Without its message, which may be another each time."""
    place = " ".join(part for part in (problem.booking_id, problem.field) if part)
    return f"{problem.code} {place} ({', '.join(problem.rule_ids)})"


@dataclass(frozen=True, slots=True)
class DecideInvoice:
    """What to do with an invoice now. Reads rules, codes and what guards look at; writes nothing."""

    rule_repository: RuleRepository
    code_resolver: CodeResolver
    status_guards: StatusGuards
    clock: Clock
    zone: ZoneInfo
    acceptance: Acceptance | None = None

    def is_due(self, invoice: IncomingInvoice, record: ProvenanceRecord) -> bool:
        """True if an invoice whose state is known would be decided differently now, or is to be looked at again."""
        if invoice.status != STATUS.initial:
            return False
        now, depended_on = self.clock(), record.depended_on
        if depended_on is None or depended_on.is_due(now):
            return True
        return depended_on.outcome != present_outcome(self.rule_repository.rules(), invoice, record, now)

    def decide(
        self,
        invoice: IncomingInvoice,
        record: ProvenanceRecord,
        since: datetime | None = None,
        problems: Sequence[Problem] = (),
    ) -> DecidedInvoice:
        """The decision, by rules that are no older than `since`. `problems` are there already."""
        rules, now = self.rule_repository.rules(since), self.clock()
        version = rules.version(now)
        match = without_undone(rules.match(invoice, now=now), invoice, record.undone, rules)
        decided = match if self.acceptance is None else self.acceptance.accepted(match, invoice, rules)
        before = record.depended_on
        # Told to decide again: what is remembered of the codes may be the reason.
        doubted = [(field, code) for field, code, _ in before.codes] if before is not None and since is not None else []
        decision, found = decide_with_codes(self.code_resolver, invoice, decided, record, self.zone, problems, doubted)
        decision = self.status_guards.checked(decision, invoice)
        goes_on = before is not None and (before.state, before.rule_set) == (fingerprint(invoice), version)
        in_a_row = before.writes_in_a_row if before is not None and goes_on else 0
        decision = with_versions(without_fights(decision, in_a_row), rules)
        if self.acceptance is not None:
            decision = replace(decision, writes=self.acceptance.signed(decision.writes))
        unread_since = before.unread_since if before is not None else None
        overdue = unread_since is not None and now - unread_since >= READ_WITHIN
        if overdue and invoice.status == STATUS.initial and is_unread(invoice):
            decision = replace(decision, problems=(*decision.problems, not_read()))
        codes = codes_that_may_change(match, decision, found)
        decision = self._named(decision, invoice, record, found)
        return DecidedInvoice(decision, invoice, match, version, codes, before, in_a_row)

    def values(self, invoice: IncomingInvoice, record: ProvenanceRecord) -> tuple[Written, ...]:
        """What the rules as they stand would write or suggest there, with their versions."""
        now = self.clock()
        rules = self.rule_repository.rules(now)
        match = without_undone(rules.match(invoice, now=now), invoice, record.undone, rules)
        decision, _ = decide_with_codes(self.code_resolver, invoice, match, record, self.zone)
        decision = with_versions(decision, rules)
        return (*decision.writes, *decision.suggestions)

    def _named(
        self,
        decision: Decision,
        invoice: IncomingInvoice,
        record: ProvenanceRecord,
        found: Mapping[Code, Sequence[Candidate]],
    ) -> Decision:
        """With the names of the objects that it speaks of."""
        wanted = objects_in(invoice, record.written, decision.writes, decision.suggestions, decision.would_book)
        names = object_names(invoice, record.written, found, self.code_resolver.names(wanted))
        return replace(
            decision,
            writes=names.named(decision.writes),
            suggestions=names.named(decision.suggestions),
            would_book=names.named(decision.would_book),
            names=names,
        )
