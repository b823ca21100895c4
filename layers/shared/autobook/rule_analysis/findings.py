"""What a person should know about rules: those that can never decide anything, or that get in each other's way."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import count
from operator import and_
from typing import Final

from autobook.domain.rules import Rule, rule_fields
from autobook.rule_analysis.candidates import Rows, union
from autobook.rule_analysis.rule_table import PreparedRule, RuleTable, in_order
from autobook.rule_analysis.satisfiability import is_tautology
from autobook.rule_analysis.subsumption import subsumed

MOST_OTHERS: Final = 10
"""Other rules that a finding lists, unless more are asked for."""
_NAMED: Final = 3
"""Other rules that the message of a finding names."""
type OnStep = Callable[[], None]
_PASSES: Final = 6
"""How often each rule is looked at, for the progress."""
_MESSAGES: Final[Mapping[str, str]] = {
    "expired": "ended on {rule.valid_until}: it only decides older invoices",
    "never_true": "its condition can never be true",
    "always_true": "its condition is true for every invoice",
    "sets_nothing": "it sets no field and asks for no review",
    "title_kept": "its invoice_title is written only where the invoice has no title, and Kanbert gives every invoice "
    "one: expect it to do nothing, with overwrite too",
    "look_alikes": "not as it looks: {detail}",
    "duplicate": "says the same as {names}",
    "shadowed": "never decides anything: {names} (priority {other.priority}) always comes first",
    "shadowed by several": "never decides anything: {names}, each for some of its fields, always come first",
    "redundant": "adds nothing: wherever it is true, {names} says the same (priority {rule.priority})",
    "redundant by several": "adds nothing: wherever it is true, {names}, each for some of its fields, say the same or "
    "come first (priority {rule.priority})",
    "conflict": "in conflict with {names} wherever it is true: both have priority {rule.priority} and want something "
    "else, so neither is written",
    "overlapping": "possible conflict with {names}: nothing is written for an invoice that meets both (priority "
    "{rule.priority}{detail})",
    "unfinished": "alternative limit reached (too many or … or …): {names} not compared with other rules",
}
"""By kind; some kinds say it in another way of several other rules."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a rule that its author should know. Nothing here stops a rule."""

    kind: str
    rule_id: str
    """Empty for a finding about the set."""
    message: str
    others: tuple[str, ...] = ()
    """The rules it is about besides, as many as were asked for."""
    others_total: int = 0
    """How many they are."""


def findings_in(
    rules: Iterable[Rule],
    *,
    today: date,
    most_others: int | None = MOST_OTHERS,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Finding, ...]:
    """All findings about these rules, in the order of decision.

    Each lists at most `most_others` other rules (None: all). `on_progress` is called with how many steps are done, and
    how many there are.
    """
    given = list(rules)
    done, total = count(1), _PASSES * len(given)

    def step() -> None:
        on_progress(next(done), total)

    table = RuleTable(given, step)
    comparison = _Comparison(table, today, most_others, step)
    alone = [finding for prepared in table.rules for finding in comparison.alone(prepared)]
    return (*alone, *comparison.together())


def findings_for(rule: Rule, table: RuleTable, *, today: date) -> tuple[Finding, ...]:
    """The findings about this rule among the others of the table, and about those that it alone shadows.

    The table may hold an earlier version of the rule: that is left out.
    """
    if rule.mode == "off":
        return ()
    comparison, prepared = _Comparison(table, today), PreparedRule.of(rule)
    return (*comparison.alone(prepared), *comparison.among_others(prepared))


class _Comparison:
    """Looks at rules, each with regard to the table's. A rule that decides nothing needs no more said about it."""

    def __init__(
        self, table: RuleTable, today: date, most_others: int | None = MOST_OTHERS, step: OnStep = lambda: None
    ) -> None:
        self._table, self._today, self._most_others, self._step = table, today, most_others, step
        self._living = table.rows_where(lambda each: not each.expired(today))
        self._applying = table.rows_where(lambda each: each.rule.mode == "apply")
        self._overwriting = table.rows_where(lambda each: each.rule.overwrite)

    def alone(self, prepared: PreparedRule) -> Iterator[Finding]:
        """What is to be said about a rule without the others."""
        rule = prepared.rule
        never, remarks = prepared.regions == (), "; ".join(rule.look_alikes())
        kinds = {
            "expired": prepared.expired(self._today),
            "never_true": never,
            "always_true": not never and is_tautology(rule.condition, rule_fields(as_documented=True)),
            "sets_nothing": not rule.sets and not rule.review,
            "title_kept": "invoice_title" in rule.sets,
            "look_alikes": remarks,
        }
        return (self._finding(kind, prepared, detail=remarks) for kind, holds in kinds.items() if holds)

    def together(self) -> Iterator[Finding]:
        """About all rules of the table because of each other, in the order of decision."""
        table, found = self._table, dict[PreparedRule, Finding]()

        def still_open(rules: Iterable[PreparedRule]) -> Iterator[PreparedRule]:
            for each in rules:
                self._step()
                if each not in found:
                    yield each

        living = [each for each in table.rules if not each.expired(self._today)]
        first: dict[object, PreparedRule] = {}
        for each in living:
            if (same := first.setdefault(each.identity, each)) is not each:
                found[each] = self._finding("duplicate", each, [same])
        spare = union(table.rows_of(each.rule) for each in found)
        meeting = {each: table.meeting(each) & self._living for each in living if table.rows_of(each.rule)}
        shadowed: Rows = 0
        for each in still_open(meeting):
            if others := self._shadowing(each, meeting[each]):
                found[each] = self._finding("shadowed", each, others)
                shadowed |= table.rows_of(each.rule)
        # The last first, so that of two that say the same the later one is found.
        for each in still_open(reversed(meeting)):
            if others := self._saying_the_same(each, meeting[each] & ~spare):
                found[each] = self._finding("redundant", each, others)
                spare |= table.rows_of(each.rule)
        # Where a shadowed rule is true another has decided already.
        rivals = {each: self._rivals(each, meeting[each] & ~shadowed) for each in still_open(meeting)}
        for each in still_open(reversed([*rivals])):
            if other := self._always_against(each, rivals[each]):
                found[each] = self._finding("conflict", each, [other])
                rivals[other] = rivals.get(other, 0) & ~table.rows_of(each.rule)
        conflicting = union(table.rows_of(each.rule) for each, finding in found.items() if finding.kind == "conflict")
        for each in still_open(rivals):
            own = table.rows_of(each.rule)
            if earlier := rivals[each] & ~conflicting & (own & -own) - 1:
                found[each] = self._overlapping(each, earlier)
        yield from (found[each] for each in table.rules if each in found)
        if table.too_complex:
            yield self._finding("unfinished", None, table.too_complex)

    def among_others(self, prepared: PreparedRule) -> Iterator[Finding]:
        """About this rule because of the table's, and about those that it alone shadows."""
        table, rule = self._table, prepared.rule
        if prepared.regions is None:
            yield self._finding("unfinished", prepared, [prepared])
        if not prepared.regions or prepared.expired(self._today):
            return
        alike = (each for each in table.rules if each.identity == prepared.identity)
        meeting = table.meeting(prepared) & self._living
        rivals = self._rivals(prepared, meeting)
        if same := [each for each in alike if each.rule.rule_id != rule.rule_id]:
            yield self._finding("duplicate", prepared, same[:1])
        elif others := self._shadowing(prepared, meeting):
            yield self._finding("shadowed", prepared, others)
        elif others := self._saying_the_same(prepared, meeting):
            yield self._finding("redundant", prepared, others)
        elif other := self._always_against(prepared, rivals):
            yield self._finding("conflict", prepared, [other])
        elif rivals:
            yield self._overlapping(prepared, rivals)
        later = meeting & ~table.ahead(rule) & ~table.beside(rule) & (-1 if rule.mode == "apply" else ~self._applying)
        for each in table.rules_of(later):
            spared = each.rule.review or not each.rule.sets.keys() <= rule.sets.keys()
            if not spared and subsumed(each.regions or (), prepared.regions):
                yield self._finding("shadowed", each, [prepared])

    def _ahead(self, rule: Rule) -> Rows:
        """The rows of rules that decide before the rule does: a suggestion does not keep a rule from applying."""
        return self._table.ahead(rule) & (self._applying if rule.mode == "apply" else -1)

    def _shadowing(self, prepared: PreparedRule, meeting: Rows) -> list[PreparedRule]:
        """Rules that come before and have always set each field already that the rule sets."""
        ahead = meeting & self._ahead(prepared.rule)
        return self._subsuming(prepared, {field: ahead & self._table.setting(field) for field in prepared.rule.sets})

    def _saying_the_same(self, prepared: PreparedRule, meeting: Rows) -> list[PreparedRule]:
        """Rules of which, wherever the rule is true, some at the same priority say the same, or earlier ones decide."""
        table, rule = self._table, prepared.rule
        alike = meeting & table.beside(rule)
        alike &= self._applying if rule.mode == "apply" else ~self._applying
        alike &= self._overwriting if rule.overwrite else ~self._overwriting
        ahead = meeting & self._ahead(rule)
        sets = rule.sets.items()
        return self._subsuming(prepared, {f: alike & table.saying(f, v) | ahead & table.setting(f) for f, v in sets})

    def _subsuming(self, prepared: PreparedRule, candidates: Mapping[str, Rows]) -> list[PreparedRule]:
        """Rules of which, for each field, a candidate is true wherever this rule is; none if there are none such."""
        if prepared.rule.review or not candidates or not all(candidates.values()):
            return []
        if single := self._table.subsuming(prepared, reduce(and_, candidates.values())):
            return [single]
        by_field = [self._table.subsuming(prepared, rows) for rows in candidates.values()]
        return in_order(filter(None, by_field)) if all(by_field) else []

    def _rivals(self, prepared: PreparedRule, meeting: Rows) -> Rows:
        """Of these rows, those of rules at the same priority that want something else for a field."""
        table, sets = self._table, prepared.rule.sets.items()
        differing = union(table.setting(field) & ~table.saying(field, value) for field, value in sets)
        return meeting & table.beside(prepared.rule) & differing

    def _always_against(self, prepared: PreparedRule, rivals: Rows) -> PreparedRule | None:
        """A rival that is true wherever the rule is, both applying."""
        return self._table.subsuming(prepared, rivals & self._applying) if prepared.rule.mode == "apply" else None

    def _overlapping(self, prepared: PreparedRule, rivals: Rows) -> Finding:
        both = prepared.rule.mode == "apply" and rivals & self._applying
        return self._finding("overlapping", prepared, self._table.rules_of(rivals), "" if both else ", once both apply")

    def _finding(
        self, kind: str, prepared: PreparedRule | None, others: Sequence[PreparedRule] = (), detail: str = ""
    ) -> Finding:
        names = [each.rule.rule_id for each in others]
        template = _MESSAGES.get(f"{kind} by several", _MESSAGES[kind]) if others[1:] else _MESSAGES[kind]
        rule, other = prepared and prepared.rule, others[0].rule if others else None
        message = template.format(rule=rule, other=other, names=_listed(names), detail=detail)
        return Finding(kind, rule.rule_id if rule else "", message, tuple(names[: self._most_others]), len(names))


def _listed(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED:,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
