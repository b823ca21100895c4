"""All rules of a set side by side: which can meet the same invoice, which come first, which set what.

Each alternative of a rule is a row, in the order of decision; sets of rows as in `candidates`.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Self

from autobook.domain.conditions.printing import to_text
from autobook.domain.rules import Rule, effective, meaning, rule_fields
from autobook.rule_analysis.candidates import RegionIndex, Rows, positions_of, rows_of, union
from autobook.rule_analysis.constraints import Region, TooComplex
from autobook.rule_analysis.satisfiability import alternatives

MOST_ALTERNATIVES: Final = 20_000
"""Alternatives of all rules together, the first of each not counted; rules beyond that are not compared."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedRule:
    """A rule with what comparing it asks for."""

    rule: Rule
    regions: tuple[Region, ...] | None
    """Where the rule fires, with its validity: empty if nowhere, None if that is too complex to tell."""
    identity: object
    """The same for rules that say the same."""

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """Prepare the rule."""
        condition = effective(rule)
        try:
            regions = tuple(alternatives(condition, rule_fields(as_documented=True)))
        except TooComplex:
            return cls(rule, None, (to_text(condition), _consequences(rule)))
        where = frozenset(frozenset(region.items()) for region in regions) or to_text(condition)
        return cls(rule, regions, (where, _consequences(rule)))

    def expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.rule.valid_until is not None and self.rule.valid_until < today


def _consequences(rule: Rule) -> frozenset[object]:
    """What the rule sets and asks for, the same in whatever words."""
    return frozenset((field, meaning(field, value)) for field, value in rule.sets.items()) | {rule.review}


class RuleTable:
    """The rules of a set that are not switched off, ready to be compared.

    Immutable. Keep it: a changed rule is compared with it in milliseconds, and a table made of its rules prepares none
    of them again.
    """

    def __init__(self, rules: Iterable[Rule | PreparedRule], on_prepared: Callable[[], None] = lambda: None) -> None:
        """`on_prepared` is called after each rule."""
        prepared: list[PreparedRule] = []
        for rule in rules:
            prepared.append(rule if isinstance(rule, PreparedRule) else PreparedRule.of(rule))
            on_prepared()
        self.rules = in_order(each for each in prepared if each.rule.mode != "off")
        """In the order of decision."""
        self.too_complex: list[PreparedRule] = []
        """Those that are not compared."""
        self._regions: list[Region] = []
        self._owners: list[PreparedRule] = []
        spare = MOST_ALTERNATIVES
        for each in self.rules:
            more = len(each.regions or ()) - 1
            if each.regions is None or more > spare:
                self.too_complex.append(each)
                continue
            spare -= max(0, more)
            self._regions += each.regions
            self._owners += [each] * len(each.regions)
        self._priorities = [owner.rule.priority for owner in self._owners]
        groups: dict[object, list[int]] = defaultdict(list)
        for row, owner in enumerate(self._owners):
            groups[owner.rule.rule_id,].append(row)
            for field, value in owner.rule.sets.items():
                groups[field].append(row)
                groups[field, meaning(field, value)].append(row)
        self._groups = {each: rows_of(rows) for each, rows in groups.items()}

    @cached_property
    def _index(self) -> RegionIndex:
        return RegionIndex(self._regions)

    def rows_where(self, holds: Callable[[PreparedRule], bool]) -> Rows:
        """The rows of all rules of which this holds."""
        return rows_of(row for row, owner in enumerate(self._owners) if holds(owner))

    def rows_of(self, rule: Rule) -> Rows:
        """The rows of the rule of this `rule_id`."""
        return self._groups.get((rule.rule_id,), 0)

    def setting(self, field: str) -> Rows:
        """The rows of rules that set the field."""
        return self._groups.get(field, 0)

    def saying(self, field: str, value: object) -> Rows:
        """The rows of rules that set the field to this value."""
        return self._groups.get((field, meaning(field, value)), 0)

    def ahead(self, rule: Rule) -> Rows:
        """The rows of rules of a smaller priority number."""
        return (1 << bisect_left(self._priorities, rule.priority)) - 1

    def beside(self, rule: Rule) -> Rows:
        """The rows of rules of the same priority."""
        return (1 << bisect_right(self._priorities, rule.priority)) - 1 & ~self.ahead(rule)

    def meeting(self, prepared: PreparedRule) -> Rows:
        """The rows of other rules that can fire where this one does."""
        return union(map(self._index.meeting, prepared.regions or ())) & ~self.rows_of(prepared.rule)

    def rules_of(self, rows: Rows) -> list[PreparedRule]:
        """The rules whose rows these are, each once, in the order of decision."""
        return list(dict.fromkeys(map(self._owners.__getitem__, positions_of(rows))))

    def subsuming(self, prepared: PreparedRule, rows: Rows) -> PreparedRule | None:
        """The first rule of these rows that is surely true wherever this rule is, alternative by alternative."""
        found = [self.rules_of(self._index.containing(each, rows)) for each in prepared.regions or () if rows]
        return next((each for each in found[0] if all(each in others for others in found)), None) if found else None


def in_order(rules: Iterable[PreparedRule]) -> list[PreparedRule]:
    """Each rule once, in the order of decision."""
    return sorted(dict.fromkeys(rules), key=lambda each: (each.rule.priority, each.rule.rule_id))
