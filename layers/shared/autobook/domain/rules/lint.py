"""A look over the whole set: rules that can never decide anything, or that get in each other's way."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Final

from autobook.domain.rules.access import best_access
from autobook.domain.rules.fields import rule_fields
from autobook.domain.rules.normal_form import conjuncts, pushed_down
from autobook.domain.rules.possible import certain, implies, possible
from autobook.domain.rules.printer import to_text
from autobook.domain.rules.rule import BOOKING_FIELDS, INVOICE_FIELDS, Rule
from autobook.domain.rules.ruleset import effective

_FIELDS: Final = (*BOOKING_FIELDS, *INVOICE_FIELDS)
_NAMED: Final = 3
"""Other rules that one finding names."""
MOST_PAIRS: Final = 300_000
"""Pairs of rules compared where one has no exact value (a supplier, say) to be filed by; a set with more is compared
as far as that, and says so."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a rule that its author should know. Nothing here stops a rule."""

    kind: str
    rule_id: str
    message: str
    others: tuple[str, ...] = ()
    """The rules it is about besides."""


def lint(rules: Iterable[Rule], *, today: date) -> tuple[Finding, ...]:
    """All findings about the rules that are not switched off, in the order of decision."""
    active = sorted((rule for rule in rules if rule.mode != "off"), key=lambda rule: (rule.priority, rule.rule_id))
    found: list[Finding] = []
    living: list[Rule] = []
    for rule in active:
        alone = list(_alone(rule, today))
        found.extend(alone)
        if not any(each.kind in ("never_true", "expired") for each in alone):
            living.append(rule)
    found.extend(_pairs(living))
    return tuple(found)


def _alone(rule: Rule, today: date) -> Iterator[Finding]:
    """What is to be said about one rule without the others."""
    table = rule_fields()
    if rule.valid_until is not None and rule.valid_until < today:
        yield Finding("expired", rule.rule_id, f"ended on {rule.valid_until}: it only decides older invoices")
    if not possible([effective(rule)], table):
        yield Finding("never_true", rule.rule_id, "its condition can never be true")
    elif certain(rule.condition, table):
        yield Finding("always_true", rule.rule_id, "its condition is true for every invoice")
    if not rule.actions(_FIELDS):
        yield Finding("sets_nothing", rule.rule_id, "it sets no field")


class _Known:
    """A rule with what the comparisons ask of it again and again."""

    __slots__ = ("actions", "condition", "key", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.condition = effective(rule)
        self.actions = rule.actions(_FIELDS)
        self.key = (to_text(self.condition), tuple(sorted(self.actions.items())))


def _pairs(rules: Sequence[Rule]) -> Iterator[Finding]:
    """Duplicates, shadowed rules and overlaps; each rule is compared with those that could meet the same invoice."""
    known = [_Known(rule) for rule in rules]
    first: dict[object, _Known] = {}
    left = MOST_PAIRS
    shelves: dict[object, list[_Known]] = defaultdict(list)
    everywhere: list[_Known] = []
    for position, one in enumerate(known):
        twin = first.setdefault(one.key, one)
        if twin is not one:
            yield Finding("duplicate", one.rule.rule_id, f"says the same as {twin.rule.rule_id}", (twin.rule.rule_id,))
        anchors = _anchors(one)
        earlier = [] if left <= 0 else everywhere if anchors else known[:position]
        left -= len(earlier)
        near = [*earlier, *(each for anchor in anchors for each in shelves[anchor])]
        if twin is one:
            yield from _compared(one, near)
        for anchor in anchors:
            shelves[anchor].append(one)
        if not anchors:
            everywhere.append(one)
    if left <= 0:
        yield Finding(
            "unfinished", "", f"more than {MOST_PAIRS:,} pairs of rules: not all were compared with each other"
        )


def _anchors(one: _Known) -> set[object]:
    """The exact values (a supplier, say) one of which an invoice must have to meet the rule; empty if none."""
    filed = best_access(conjuncts(pushed_down(one.condition)), rule_fields(), UTC)
    if filed is None or any(place.how != "=" for place in filed.places):
        return set()
    return {(place.key, value) for place in filed.places for value in place.values}


def _compared(one: _Known, earlier: Sequence[_Known]) -> Iterator[Finding]:
    """`one` against rules that come before it in the order of decision."""
    table = rule_fields()
    overlapping: list[str] = []
    for other in earlier:
        if other.rule.priority == one.rule.priority:
            differing = any(other.actions.get(field, value) != value for field, value in one.actions.items())
            if differing and possible([one.condition, other.condition], table):
                overlapping.append(other.rule.rule_id)
        elif _outranks(other, one) and implies(one.condition, other.condition, table):
            yield Finding(
                "shadowed",
                one.rule.rule_id,
                f"never decides anything: {other.rule.rule_id} (priority {other.rule.priority}) always comes first",
                (other.rule.rule_id,),
            )
            return
    if overlapping:
        names = ", ".join(dict.fromkeys(overlapping[:_NAMED]))
        more = f" and {len(overlapping) - _NAMED:,} more" if len(overlapping) > _NAMED else ""
        yield Finding(
            "overlapping",
            one.rule.rule_id,
            f"can meet the same invoice as {names}{more} at the same priority and wants something else: a conflict",
            tuple(overlapping),
        )


def _outranks(other: _Known, one: _Known) -> bool:
    """Whether the other, where it fires too, leaves nothing for this one to set."""
    if one.rule.mode == "apply" and other.rule.mode != "apply":
        return False
    return bool(one.actions) and one.actions.keys() <= other.actions.keys()
