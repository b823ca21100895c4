"""Everything that can be said about the items of a rules table without Kanbert: `autobook rules check` and the
function `check_rules` say the same, in the same words, because both ask here."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from autobook.domain.conditions import local_date
from autobook.domain.rules import RuleError, RuleSet
from autobook.rule_analysis.findings import MOST_OTHERS, Finding, findings_in


class _OutOfTime(Exception):
    """There is no time to compare the rules to the end."""


@dataclass(frozen=True, slots=True)
class Examination:
    """The rules of a table, those in error, and what is to be said of them together.

    `uncompared` is why rules were not compared with each other, "" where they were.
    """

    rules: RuleSet
    findings: tuple[Finding, ...] = ()
    uncompared: str = ""
    _errors: Mapping[str, tuple[RuleError, ...]] = field(default_factory=dict)
    _by_rule: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)

    def errors_of(self, rule_id: str) -> tuple[RuleError, ...]:
        """What is wrong with the item of that name."""
        return self._errors.get(rule_id, ())

    def findings_of(self, rule_id: str) -> tuple[Finding, ...]:
        """What is to be said of the rule, what concerns the whole set and names it included."""
        return self._by_rule.get(rule_id, ())


def parsed(items: Iterable[Mapping[str, Any]], *, timezone: ZoneInfo, held: bool = False) -> Examination:
    """The items read, each for itself: quick, however many they are."""
    rules = RuleSet.load(items, timezone=timezone, held=held)
    errors = defaultdict[str, list[RuleError]](list)
    for error in rules.errors:
        errors[error.rule_id].append(error)
    return Examination(rules, _errors={rule_id: tuple(each) for rule_id, each in errors.items()})


def compared(
    read: Examination,
    *,
    now: datetime,
    most_others: int | None = MOST_OTHERS,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    may_go_on: Callable[[], bool] = lambda: True,
) -> Examination:
    """The same with the findings. Given up, and said so, where `may_go_on` is False before the end."""

    def step(done: int, total: int) -> None:
        if not may_go_on():
            raise _OutOfTime
        on_progress(done, total)

    today = local_date(now, read.rules.timezone)
    try:
        findings = findings_in(read.rules.rules, today=today, most_others=most_others, on_progress=step)
    except _OutOfTime:
        reason = f"{len(read.rules):,} rules are too many, or too complex, to be compared in the time of a run"
        return Examination(read.rules, uncompared=reason, _errors=read._errors)
    by_rule = defaultdict[str, list[Finding]](list)
    for finding in findings:
        for rule_id in (finding.rule_id,) if finding.rule_id else finding.others:
            by_rule[rule_id].append(finding)
    sorted_out = {rule_id: tuple(each) for rule_id, each in by_rule.items()}
    return Examination(read.rules, findings, _errors=read._errors, _by_rule=sorted_out)
