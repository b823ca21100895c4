"""A look over the whole set: rules that can never decide anything, or that get in each other's way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from autobook.domain.rules import Rule, rule_fields
from autobook.rule_analysis.rule_table import Known, Ranks, Rules, in_order
from autobook.rule_analysis.satisfiability import certain
from autobook.rule_analysis.subsumption import MOST_STEPS, Cover

_NAMED: Final = 3
"""Other rules that the message of a finding names."""
MOST_OTHERS: Final = 10
"""Other rules that a finding lists."""
MOST_ALTERNATIVES: Final = 20_000
"""Alternatives of all rules together, the first of each not counted; those of more rules are not compared."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a rule that its author should know. Nothing here stops a rule."""

    kind: str
    rule_id: str
    message: str
    others: tuple[str, ...] = ()
    """The rules it is about besides, at most `MOST_OTHERS` of them."""
    others_total: int = 0
    """How many they are."""


def lint(rules: Iterable[Rule], *, today: date) -> tuple[Finding, ...]:
    """All findings about the rules that are not switched off, in the order of decision."""
    active = sorted((rule for rule in rules if rule.mode != "off"), key=lambda rule: (rule.priority, rule.rule_id))
    found: list[Finding] = []
    living: list[Known] = []
    spare = MOST_ALTERNATIVES
    for rule in active:
        known = Known(rule)
        found.extend(_alone(known, today))
        if len(known.boxes) - 1 > spare:
            known.blur()
        spare -= max(0, len(known.boxes) - 1)
        if known.boxes and not _expired(rule, today):
            living.append(known)
    found.extend(_Together(living).findings())
    return tuple(found)


def _expired(rule: Rule, today: date) -> bool:
    return rule.valid_until is not None and rule.valid_until < today


def _alone(known: Known, today: date) -> Iterator[Finding]:
    """What is to be said about one rule without the others."""
    rule = known.rule
    if _expired(rule, today):
        yield Finding("expired", rule.rule_id, f"ended on {rule.valid_until}: it only decides older invoices")
    if not known.boxes:
        yield Finding("never_true", rule.rule_id, "its condition can never be true")
    elif certain(rule.condition, rule_fields()):
        yield Finding("always_true", rule.rule_id, "its condition is true for every invoice")
    if not known.actions:
        yield Finding("sets_nothing", rule.rule_id, "it sets no field")
    if "invoice_title" in rule.sets:
        yield Finding(
            "title_kept",
            rule.rule_id,
            "its invoice_title is written only where the invoice has no title, and Kanbert gives every invoice one: "
            "expect it to do nothing, with overwrite too",
        )


class _Together:
    """What is to be said about rules because of others: each is compared with all that could meet the same invoice."""

    def __init__(self, rules: Sequence[Known]) -> None:
        self._rules = rules
        self._ranks = Ranks(rules)
        self._cover = Cover(self._ranks)
        self._found: dict[int, Finding] = {}
        """By number of the rule; a rule that decides nothing needs no more said about it."""

    def findings(self) -> Iterator[Finding]:
        """In the order of decision."""
        twins = self._duplicates()
        meeting = {known.number: self._ranks.meeting(known) for known in self._rules}
        shadowed: Rules = 0
        for known in self._rules:
            if known.number not in self._found and self._shadowed(known, meeting[known.number]):
                shadowed |= 1 << known.number
        gone = twins
        # The last first, so that of two that say the same the later one is found.
        for known in reversed(self._rules):
            if known.number not in self._found and self._redundant(known, meeting[known.number] & ~gone):
                gone |= 1 << known.number
        earlier: Rules = 0
        for known in self._rules:
            if known.number not in self._found:
                # Where a shadowed rule is true another has decided already.
                self._overlapping(known, meeting[known.number] & earlier & ~(shadowed | self._ranks.vague))
            earlier |= 1 << known.number
            if known.number in self._found:
                yield self._found[known.number]
        yield from self._unfinished()

    def _unfinished(self) -> Iterator[Finding]:
        vague = [known for known in self._rules if known.vague]
        if vague:
            names = _named(vague, len(vague))
            others = tuple(known.rule.rule_id for known in vague[:MOST_OTHERS])
            message = f"too many alternatives (or … or …) to be compared with the other rules: {names}"
            yield Finding("unfinished", "", message, others, len(vague))
        if self._cover.exhausted:
            message = f"after {MOST_STEPS:,} steps, rules were no longer held against several others together"
            yield Finding("unfinished", "", message)

    def _duplicates(self) -> Rules:
        first: dict[object, Known] = {}
        twins: Rules = 0
        for known in self._rules:
            one = first.setdefault(known.key, known)
            if one is not known:
                self._say("duplicate", known, f"says the same as {one.rule.rule_id}", [one], 1)
                twins |= 1 << known.number
        return twins

    def _shadowed(self, known: Known, meeting: Rules) -> bool:
        """Whether for each field that the rule sets, rules that come before have always set it already."""
        ahead = self._ranks.ahead[known.rule.priority] & meeting
        if known.rule.mode == "apply":
            ahead &= self._ranks.applying
        others = self._covering(known, {field: ahead & self._ranks.setting[field] for field in known.actions})
        if others is None:
            return False
        who = (
            f"{others[0].rule.rule_id} (priority {others[0].rule.priority}) always comes first"
            if len(others) == 1
            else f"between them, {_named(others, len(others))} always come first"
        )
        self._say("shadowed", known, f"never decides anything: {who}", others, len(others))
        return True

    def _redundant(self, known: Known, meeting: Rules) -> bool:
        """Whether wherever the rule is true, others at the same priority say the same, or earlier ones decide."""
        ranks, rule = self._ranks, known.rule
        alike = ranks.ranked[rule.priority] & meeting & ~(1 << known.number)
        alike &= ranks.applying if rule.mode == "apply" else ~ranks.applying
        alike &= ranks.overwriting if rule.overwrite else ~ranks.overwriting
        ahead = ranks.ahead[rule.priority] & meeting
        if rule.mode == "apply":
            ahead &= ranks.applying
        candidates = {
            field: alike & ranks.saying[field, value] | ahead & ranks.setting[field]
            for field, value in known.actions.items()
        }
        others = self._covering(known, candidates)
        if others is None:
            return False
        names = _named(others, len(others))
        who = f"{names} says the same" if len(others) == 1 else f"{names}, between them, say the same or come first"
        message = f"adds nothing: wherever it is true, {who} (priority {rule.priority})"
        self._say("redundant", known, message, others, len(others))
        return True

    def _covering(self, known: Known, candidates: dict[str, Rules]) -> list[Known] | None:
        """Rules of which, for each field, a candidate is true wherever this rule is; None if there are none such."""
        if known.vague or not candidates or not all(candidates.values()):
            return None
        common = -1
        for rules in candidates.values():
            common &= rules
        single = self._cover.alone(known, common)
        if single is not None:
            return [single]
        found: list[Known] = []
        for rules in dict.fromkeys(candidates.values()):
            others = self._cover.several(known, rules)
            if others is None:
                return None
            found += others
        return in_order(found)

    def _overlapping(self, known: Known, rivals: Rules) -> None:
        """Which of these earlier rules can be in conflict with this one."""
        ranks = self._ranks
        if known.vague:
            return
        rivals &= ranks.ranked[known.rule.priority]
        differing: Rules = 0
        for field, value in known.actions.items():
            differing |= ranks.setting[field] & ~ranks.saying[field, value]
        rivals &= differing
        if rivals:
            others, total = ranks.first(rivals, MOST_OTHERS), rivals.bit_count()
            both = known.rule.mode == "apply" and rivals & ranks.applying
            message = (
                f"can meet the same invoice as {_named(others, total)} at the same priority and wants something "
                f"else: a conflict{'' if both else ' once both apply'}"
            )
            self._say("overlapping", known, message, others, total)

    def _say(self, kind: str, known: Known, message: str, others: Sequence[Known], total: int) -> None:
        names = tuple(each.rule.rule_id for each in others[:MOST_OTHERS])
        self._found[known.number] = Finding(kind, known.rule.rule_id, message, names, total)


def _named(others: Sequence[Known], total: int) -> str:
    names = [each.rule.rule_id for each in others[:_NAMED]]
    if total > len(names):
        return f"{', '.join(names)} and {total - len(names):,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
