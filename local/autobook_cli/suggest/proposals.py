"""The rules that are proposed, each with how often the months were booked as the months before them said."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

from autobook.domain.codes import normal_code
from autobook.domain.conditions import plain
from autobook.domain.filter_text import literal, one_of
from autobook.domain.rules import Rule, RuleError
from autobook.rule_analysis import findings_in
from autobook_cli.agreement import lower_bound
from autobook_cli.history import Names
from autobook_cli.suggest.learning import FEWEST, Learned, first_that_fits, learned
from autobook_cli.suggest.observations import Observation, Observed
from autobook_cli.suggest.rule_names import RuleNames

LEAST_BOUND: Final = 0.5
"""What the agreement has to be at least, with 95 % confidence, for a rule to be proposed."""
_LEAST_AGREEMENT: Final = 0.9
_FIRST_PRIORITY: Final = 200
"""Rules that people wrote decide first."""
_NOTHING_NEW: Final = frozenset(("duplicate", "shadowed", "redundant", "conflict", "never_true"))
"""Findings that say that a rule which is there decides the same invoices."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule, and what speaks for it. `values` are ids by field, `item` the rule as it stands in a file."""

    item: Mapping[str, Any]
    values: tuple[tuple[str, str], ...]
    support: int
    """Lines that people booked so, those included that they booked in another way."""
    months: int
    since: date
    """The first of the month of the first of these lines."""
    predicted: int
    """Lines of months that were predicted from the months before them."""
    agreed: int
    """Lines among these that people booked as predicted."""

    @property
    def rule_id(self) -> str:
        """Its name."""
        return str(self.item["rule_id"])

    @property
    def bound(self) -> float:
        """What its agreement is at least, with 95 % confidence."""
        return stated_bound(self.agreed, self.predicted)


def stated_bound(agreed: int, predicted: int, rules: int = 1) -> float:
    """What is stated of one rule, or of several together.

    As if for each rule one line more had been booked otherwise: a rule is proposed because it agreed, and of those that
    did so by luck none is left out.
    """
    return lower_bound(agreed, predicted + rules)


@dataclass(frozen=True, slots=True)
class _Chosen:
    rule: Learned
    rank: int
    predicted: int
    agreed: int
    lines: Sequence[Observation]
    """That it is about, since it became so."""


def proposed(
    observed: Observed,
    *,
    today: date,
    least_bound: float = LEAST_BOUND,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Proposal]:
    """The proposals, those with most lines first. None that says what a rule which is there says already."""
    suppliers = sorted(observed.by_supplier.items(), key=lambda each: (-len(each[1]), each[0]))
    names, first = RuleNames(each.rule_id for each in observed.rules.rules), _priority_after(observed.rules.rules)
    found: list[Proposal] = []
    for number, (key, unsorted) in enumerate(suppliers):
        lines = sorted(unsorted, key=lambda line: line.month)
        for chosen in _chosen(lines, key, least_bound):
            condition = _condition(key, lines, chosen.rule)
            rule_id = names.of(observed.suppliers[key], chosen.rule.feature)
            found.append(_proposal(chosen, rule_id, condition, first + chosen.rank, observed.names))
        on_progress(number + 1, len(suppliers))
    return _new_ones(found, observed.rules.rules, today)


# --- which rules -------------------------------------------------------------------------------------------------


def _chosen(lines: Sequence[Observation], supplier: str, least_bound: float) -> Iterator[_Chosen]:
    """The rules of one supplier that their past predictions speak for."""
    if len(lines) < FEWEST:
        return
    rules, by_month = learned(lines, supplier), list(_months_predicted(lines, supplier))
    refused: set[tuple[object, ...]] = set()
    while rules:
        tally = _tally(by_month, refused)
        weak = {rule.key for rule in rules if not _is_sure(*tally.get(rule.key, (0, 0)), least_bound)}
        if not weak:
            break
        # What a rule that is refused would have decided, one behind it decides: that is counted anew.
        refused |= weak
        rules = [rule for rule in rules if rule.key not in weak]
    if not rules:
        return
    tally = _tally(by_month, refused)
    for rank, rule in enumerate(rules):
        its = [each for each in lines if each.month >= rule.since and first_that_fits(rules, each) is rule]
        if its:
            yield _Chosen(rule, rank, *tally[rule.key], its)


def _months_predicted(
    lines: Sequence[Observation], supplier: str
) -> Iterator[tuple[Sequence[Learned], Sequence[Observation]]]:
    """Each month's lines, with the rules that the months before it teach."""
    before: list[Observation] = []
    for _, group in groupby(lines, key=lambda line: line.month):
        month = list(group)
        if len(before) >= FEWEST:
            yield learned(before, supplier), month
        before += month


def _tally(
    by_month: Iterable[tuple[Sequence[Learned], Sequence[Observation]]], refused: Collection[tuple[object, ...]]
) -> dict[tuple[object, ...], tuple[int, int]]:
    """For each rule, by its key, how many lines it predicted, and how many were booked so."""
    counted: dict[tuple[object, ...], tuple[int, int]] = {}
    for rules, month in by_month:
        kept = [rule for rule in rules if rule.key not in refused]
        for line in month:
            rule = first_that_fits(kept, line)
            if rule is not None:
                predicted, agreed = counted.get(rule.key, (0, 0))
                counted[rule.key] = predicted + 1, agreed + rule.says(line)
    return counted


def _is_sure(predicted: int, agreed: int, least_bound: float) -> bool:
    return agreed >= _LEAST_AGREEMENT * predicted and stated_bound(agreed, predicted) >= least_bound


def _new_ones(found: Sequence[Proposal], present: Sequence[Rule], today: date) -> list[Proposal]:
    """Without those that the analysis finds to be decided by rules that are there."""
    rules = [Rule.from_item(each.item) for each in found]
    findings = findings_in((*present, *rules), today=today, most_others=None)
    spare = {each.rule_id for each in findings if each.kind in _NOTHING_NEW}
    return [each for each in found if each.rule_id not in spare]


# --- how they are written ----------------------------------------------------------------------------------------


def _proposal(chosen: _Chosen, rule_id: str, condition: str, priority: int, names: Names) -> Proposal:
    rule, lines = chosen.rule, chosen.lines
    months = len({line.month for line in lines})
    since = min(line.month for line in lines)
    began = date((since - 1) // 12, (since - 1) % 12 + 1, 1)
    sure = stated_bound(chosen.agreed, chosen.predicted)
    description = (
        f"suggested from {len(lines)} lines in {months} months since {began:%Y-%m}; each month predicted from those "
        f"before it: {chosen.agreed} of {chosen.predicted} as booked, at least {100 * sure:.1f} %"
    )
    head = {"rule_id": rule_id, "description": description, "when": condition}
    tail = {"priority": priority, "mode": "suggest"}
    item = head | {field: _code(names, field, value) for field, value in rule.values} | tail
    try:
        Rule.from_item(item)
    except RuleError:  # a code that a rule cannot give
        item = head | {field: f"id:{value}" for field, value in rule.values} | tail
    return Proposal(item, rule.values, len(lines), months, began, chosen.predicted, chosen.agreed)


def _code(names: Names, field: str, identifier: str) -> str:
    """The code by which a person knows it, where it is the only one that has it."""
    named = names.named(field, identifier)
    if named is None or not named.code:
        return f"id:{identifier}"
    alike = (each for (kind, _), each in names.known.items() if kind == field)
    same = sum(normal_code(named.code) in {normal_code(each.code), normal_code(each.title)} for each in alike)
    return named.code if same == 1 else f"id:{identifier}"


def _condition(key: str, lines: Sequence[Observation], rule: Learned) -> str:
    spellings = list(dict.fromkeys(plain(line.supplier_name) for line in lines if line.supplier_name.strip()))
    if not spellings:
        supplier = f"supplier.id = {literal(key.removeprefix('id:'))}"
    elif len(spellings) == 1:
        supplier = f"supplier.name = {literal(spellings[0])}"
    else:
        supplier = f"supplier.name in {one_of(spellings)}"
    return f"{supplier} and {rule.feature.text}" if rule.feature.text else supplier


def _priority_after(rules: Iterable[Rule]) -> int:
    """After every rule that is there: what people wrote decides first."""
    last = max((int(each.priority) for each in rules if each.mode != "off"), default=0)
    return _FIRST_PRIORITY if last < _FIRST_PRIORITY else last + 100
