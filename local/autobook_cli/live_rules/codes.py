"""The codes of rules, looked up in a stack's Kanbert as the nightly `check_rules` does."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from autobook.bootstrap.clients import without_limit
from autobook.domain.codes import Candidate, Code, ObjectName
from autobook.domain.rules import Rule, RuleError
from autobook.rule_analysis import Finding, codes_of
from autobook.service.ports import CodeResolver
from autobook.service.rule_lookups import RuleLookups

type OnProgress = Callable[[int, int], None]


@dataclass
class CodeCheck:
    """Codes that stand for nothing, those that are odd, and why some could not be looked up ("": all were)."""

    errors: list[RuleError] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    unchecked: str = ""

    def add(self, rule: Rule, errors: Sequence[str], warnings: Sequence[str]) -> None:
        """What was found of one rule. A rule that is switched off may name what it likes."""
        if rule.mode == "off":
            errors, warnings = (), (*errors, *warnings)
        for text in errors:
            attribute, _, problem = text.partition(": ")
            self.errors.append(RuleError(problem, attribute=attribute, rule_id=rule.rule_id))
        self.warnings += [Finding("code", rule.rule_id, text) for text in warnings]


def check_codes(
    rules: Sequence[Rule], resolver: CodeResolver, now: datetime, zone: ZoneInfo, on_progress: OnProgress
) -> CodeCheck:
    """The codes of these rules, each asked for once."""
    found, distinct = CodeCheck(), {code for rule in rules for code in codes_of(rule)}
    lookups = RuleLookups(_Counting(resolver, len(distinct), on_progress), without_limit)
    lookups.ask_for(rules)
    unchecked: dict[str, list[str]] = {}
    for rule in rules:
        verdicts = lookups.verdicts(rule, None, now, zone)
        if verdicts is None:
            continue
        found.add(rule, verdicts.errors, verdicts.warnings)
        if verdicts.unchecked:
            reason = verdicts.unchecked.removesuffix("; asked again within minutes")
            unchecked.setdefault(reason, []).append(rule.rule_id)
    found.unchecked = "; ".join(
        f"codes of {ids[0]}{f' and {len(ids) - 1:,} more' if len(ids) > 1 else ''} were not looked up: {reason}"
        for reason, ids in unchecked.items()
    )
    return found


class _Counting:
    """Says how many codes have been asked for."""

    def __init__(self, resolver: CodeResolver, total: int, on_progress: OnProgress) -> None:
        self._resolver, self._total, self._on_progress = resolver, total, on_progress
        self._done = 0

    def candidates(self, codes: Collection[Code], *, fresh: bool = False) -> Mapping[Code, Sequence[Candidate]]:
        """Everything that has each of these codes."""
        found = self._resolver.candidates(codes, fresh=fresh)
        self._done += len(codes)
        self._on_progress(self._done, self._total)
        return found

    def names(self, objects: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], ObjectName]:
        """What these objects are called."""
        return self._resolver.names(objects)
