"""All rules of a set side by side, as sets of rules: which meet, which come first, which set what.

A set of rules is an `int` like the sets of rows in `crossing`: bit n stands for rule n of `Ranks.known`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice

from autobook.domain.conditions.printing import to_text
from autobook.domain.rules import BOOKING_FIELDS, INVOICE_FIELDS, Rule, effective, rule_fields
from autobook.rule_analysis.candidates import Crossings, Rows, positions_of, rows_of
from autobook.rule_analysis.constraints import FALSE, UNKNOWN, Box
from autobook.rule_analysis.satisfiability import TooMany, alternatives

Rules = int
_ANYTHING: tuple[Box, ...] = ({},)
_MOST_COMPARED = 16
"""Rules with more alternatives than this are the same only if they are written the same."""


class Known:
    """A rule with what the comparisons ask of it again and again."""

    __slots__ = ("_outside", "actions", "boxes", "condition", "key", "number", "rule", "vague")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.condition = effective(rule)
        self.actions = rule.actions((*BOOKING_FIELDS, *INVOICE_FIELDS))
        self.number = 0
        self.boxes: tuple[Box, ...] = ()
        """Where the rule fires; empty if it never does."""
        self.vague = False
        """Whether that is too much to tell: it may fire anywhere."""
        said: object = None
        try:
            self.boxes = tuple(alternatives(self.condition, rule_fields()))
        except TooMany:
            self.blur()
        if not self.vague and len(self.boxes) <= _MOST_COMPARED:
            said = frozenset(frozenset(box.items()) for box in self.boxes)
        self.key = (said or to_text(self.condition), frozenset(self.actions.items()))
        """The same for rules that say the same."""
        self._outside: tuple[Box, ...] | None = None

    def blur(self) -> None:
        """Take the rule as one that may fire anywhere."""
        self.boxes, self.vague = _ANYTHING, True

    def outside(self) -> tuple[Box, ...]:
        """Where the rule does not fire. TooMany if that is too much to tell."""
        if self._outside is None:
            self._outside = tuple(alternatives(self.condition, rule_fields(), FALSE | UNKNOWN))
        return self._outside


class Ranks:
    """The rules of a set, given in the order of decision."""

    def __init__(self, rules: Sequence[Known]) -> None:
        # Every rule has a row in the first layer, those with two alternatives have one in the second, and so on.
        self.known = sorted(rules, key=lambda known: -len(known.boxes))
        for number, known in enumerate(self.known):
            known.number = number
        self._layers: list[tuple[int, Rules]] = []
        self._owners: list[Known] = []
        boxes: list[Box] = []
        for depth in range(len(self.known[0].boxes) if self.known else 0):
            layer = [known.boxes[depth] for known in self.known if len(known.boxes) > depth]
            self._layers.append((len(boxes), (1 << len(layer)) - 1))
            boxes += layer
            self._owners += self.known[: len(layer)]
        self._boxes = boxes
        self.crossings = Crossings(boxes)
        self._sort_out(rules)

    def _sort_out(self, rules: Sequence[Known]) -> None:
        setting: dict[str, list[int]] = defaultdict(list)
        saying: dict[tuple[str, object], list[int]] = defaultdict(list)
        ranked: dict[int | Decimal, list[int]] = defaultdict(list)
        for known in rules:
            for field, value in known.actions.items():
                setting[field].append(known.number)
                saying[field, value].append(known.number)
            ranked[known.rule.priority].append(known.number)
        self.setting: dict[str, Rules] = {field: rows_of(found) for field, found in setting.items()}
        """By field: the rules that set it."""
        self.saying: dict[tuple[str, object], Rules] = {each: rows_of(found) for each, found in saying.items()}
        """By field and value."""
        self.ranked: dict[int | Decimal, Rules] = {priority: rows_of(found) for priority, found in ranked.items()}
        """By priority."""
        self.ahead: dict[int | Decimal, Rules] = {}
        """By priority: the rules that come before."""
        before: Rules = 0
        for priority in sorted(self.ranked):
            self.ahead[priority] = before
            before |= self.ranked[priority]
        self.applying: Rules = rows_of([known.number for known in rules if known.rule.mode == "apply"])
        self.overwriting: Rules = rows_of([known.number for known in rules if known.rule.overwrite])
        self.vague: Rules = rows_of([known.number for known in rules if known.vague])

    def together(self, rows: Rows) -> Rules:
        """The rules that have one of these rows."""
        rules = 0
        for offset, mask in self._layers:
            rules |= rows >> offset & mask
        return rules

    def apart(self, rules: Rules) -> Rows:
        """All rows of these rules."""
        rows = 0
        for offset, mask in self._layers:
            rows |= (rules & mask) << offset
        return rows

    def meeting(self, known: Known) -> Rules:
        """The rules that can fire where this one does, itself among them."""
        rows = 0
        for box in known.boxes:
            rows |= self.crossings.meeting(box)
        return self.together(rows)

    def containing(self, known: Known) -> Rules:
        """The rules that may fire wherever this one does, each alone. To be confirmed, see `covering`."""
        rules = ~self.vague
        for box in known.boxes:
            rules &= self.together(self.crossings.containing(box))
            if not rules:
                break
        return rules

    def with_written(self, rows: Rows) -> Iterator[tuple[Box, Known]]:
        """These rows and whose they are."""
        for position in positions_of(rows):
            yield self._boxes[position], self._owners[position]

    def first(self, rules: Rules, most: int) -> list[Known]:
        """Some of these rules, at most so many, in the order of decision."""
        return in_order(self.known[number] for number in islice(positions_of(rules), most)) if rules else []


def in_order(rules: Iterable[Known]) -> list[Known]:
    """Each rule once, in the order of decision."""
    unique = {known.number: known for known in rules}
    return sorted(unique.values(), key=lambda known: (known.rule.priority, known.rule.rule_id))
