"""Which rules a backtest is about, and the sets that it compares: as they stand, and with these switched on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from autobook.domain.rules import Rule, RuleSet


@dataclass(frozen=True, slots=True)
class Trial:
    """`rules` are on trial, in the order of decision. `before` is without their doing, `after` with it."""

    before: RuleSet
    after: RuleSet
    rules: tuple[Rule, ...]

    @property
    def changes_nothing(self) -> bool:
        """True if both sets decide alike."""
        return self.before is self.after


def trial_of(present: RuleSet, tried: RuleSet | None = None, rule_id: str | None = None) -> Trial:
    """The trial of the present rules, of `tried` ones added to them, or of one rule alone (of `tried`, if given).

    Rules on trial apply, also those that only suggest; one that is named does so even if it is off. Without `tried`,
    `before` has no rule that is named. A brake that is on holds neither. KeyError if there is no such rule.
    """
    if present.brake.is_on:
        present = RuleSet.of(present.rules, timezone=present.timezone)
    zone, of = present.timezone, present if tried is None else tried
    chosen: Iterable[Rule] = of.rules if rule_id is None else [of[rule_id]]
    given = [replace(each, mode="apply") if each.mode == "suggest" or rule_id is not None else each for each in chosen]
    names = {each.rule_id for each in given if each.mode == "apply"}
    if tried is None and rule_id is None and all(each.mode != "suggest" for each in present.rules):
        return Trial(present, present, tuple(each for each in present.rules if each.rule_id in names))
    before = (each for each in present.rules if tried is not None or each.rule_id != rule_id)
    after = {each.rule_id: each for each in (*present.rules, *given)}
    with_them = RuleSet.of(after.values(), timezone=zone)
    on_trial = tuple(each for each in with_them.rules if each.rule_id in names)
    return Trial(RuleSet.of(before, timezone=zone), with_them, on_trial)


def with_rules(present: RuleSet, added: RuleSet) -> RuleSet:
    """The present rules, with these in place of those of the same names."""
    together = {each.rule_id: each for each in (*present.rules, *added.rules)}
    return RuleSet.of(together.values(), timezone=present.timezone)
