"""Whether rules, one alone or several together, are surely true wherever another rule is.

Candidates are found by sets of rows, coarsely; what is said in the end was confirmed by taking away from the rule,
box by box, what each of the others covers, until nothing is left.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TypeIs

from autobook.rule_analysis.candidates import Rows
from autobook.rule_analysis.constraints import Bound, Box, Key, Line, met
from autobook.rule_analysis.rule_table import Known, Ranks, Rules, in_order
from autobook.rule_analysis.satisfiability import TooMany

MOST_TOGETHER = 64
"""Rules that are tried together against one alternative of a rule."""
MOST_STEPS = 1_000_000
"""Comparisons of boxes for one set of rules; after that, several rules together are no longer tried."""
_Span = tuple[Bound | None, Bound | None, Known]
_MOST_PIECES = 64
_MOST_ALONE = 8
_FEW = 6
_SPANS_A_STEP = 8


class Cover:
    """Finds what covers a rule."""

    def __init__(self, ranks: Ranks) -> None:
        self._ranks = ranks
        self._crossings = ranks.crossings
        self._left = MOST_STEPS
        self._containing: dict[int, Rules] = {}
        """By number of the rule."""

    @property
    def exhausted(self) -> bool:
        """Whether there was more to be tried than is tried."""
        return self._left < 0

    def alone(self, known: Known, candidates: Rules) -> Known | None:
        """One of the candidates that is true wherever this rule is."""
        if not candidates:
            return None
        containing = self._containing.get(known.number)
        if containing is None:
            containing = self._containing[known.number] = self._ranks.containing(known)
        for other in self._ranks.first(candidates & containing, _MOST_ALONE):
            if self._taken_away(known.boxes, (other,)) is not None:
                return other
        return None

    def several(self, known: Known, candidates: Rules) -> list[Known] | None:
        """Candidates one of which is true wherever this rule is; None if there are none such, or too many to tell."""
        single = self.alone(known, candidates)
        if single is not None:
            return [single]
        candidates &= ~self._ranks.vague
        found: list[Known] = []
        for box in known.boxes if candidates else ():
            if self.exhausted:
                return None
            rows, open_keys = self._useful(box, self._ranks.apart(candidates) & self._crossings.meeting(box))
            if not rows:
                return None
            others = self._ordered(box, rows, open_keys)
            used = self._taken_away((box,), others)
            if used is None:
                return None
            found += self._needed(box, used)
        return in_order(found) or None

    def _useful(self, box: Box, rows: Rows) -> tuple[Rows, list[Key]]:
        """The rows without those that cannot help, and the keys in which some of them cover only a part.

        If of all rows that say something about a field not even together they may hold for all its values, then
        there are values for which none of them does, and they must be done without.
        """
        parts = self._crossings.parts(box)
        keys = dict.fromkeys((*self._crossings.common, *parts))
        open_keys: list[Key] = []
        before = 0
        while rows and rows != before:
            before = rows
            open_keys = []
            for key in keys:
                crossing = self._crossings.crossings[key]
                some = rows & self._crossings.saying[key]
                if some and key in parts:
                    some &= ~crossing.containing(parts[key])
                if not some:
                    continue
                if crossing.fills(parts.get(key), some):
                    open_keys.append(key)
                else:
                    rows &= ~some
        return rows, open_keys

    def _ordered(self, box: Box, rows: Rows, open_keys: list[Key]) -> list[Known]:
        """The rules of these rows in an order in which they are worth being tried; empty if they are in vain."""
        if len(open_keys) == 1:
            (key,) = open_keys
            target = box.get(key, Line())
            if _is_range(target):
                spans: list[_Span] = []
                for alternative, rule in self._ranks.with_written(rows):
                    line = alternative.get(key)
                    if not _is_range(line):
                        break
                    spans.append((line.low, line.high, rule))
                else:
                    self._left -= len(spans) // _SPANS_A_STEP
                    return _chain(target.low, target.high, spans)
        return self._ranks.first(self._ranks.together(rows), MOST_TOGETHER)

    def _taken_away(self, boxes: Sequence[Box], others: Iterable[Known]) -> list[Known] | None:
        """Those of the others that leave nothing of the boxes; None if something is left."""
        pieces = list(boxes)
        used: list[Known] = []
        for other in others:
            try:
                left = self._without(pieces, other)
            except TooMany:
                continue
            if len(left) != len(pieces) or any(one is not piece for one, piece in zip(left, pieces, strict=True)):
                used.append(other)
            pieces = left
            if not pieces:
                return used
        return None

    def _without(self, pieces: list[Box], other: Known) -> list[Box]:
        """What the other leaves of the pieces. TooMany if they become too many."""
        outside = other.outside()
        self._left -= len(pieces) * len(outside)
        left: list[Box] = []
        for piece in pieces:
            rest: list[Box] = []
            for box in outside:
                both = met(piece, box)
                if both == piece:
                    rest = [piece]
                    break
                if both is not None:
                    rest.append(both)
            left += rest
            if len(left) > _MOST_PIECES:
                raise TooMany
        return left

    def _needed(self, box: Box, used: list[Known]) -> list[Known]:
        """Without those, if they are few, that the rest can do without."""
        if len(used) <= _FEW:
            for each in reversed(used):
                rest = [other for other in used if other is not each]
                if rest and self._taken_away((box,), rest) is not None:
                    used = rest
        return used


def _is_range(part: object) -> TypeIs[Line]:
    return isinstance(part, Line) and part.allowed is None and not part.excluded


def _chain(low: Bound | None, high: Bound | None, spans: list[_Span]) -> list[Known]:
    """As few rules as can be whose ranges, one after the other, reach from end to end; empty if they do not."""
    chain: list[Known] = []
    spans = sorted(spans, key=lambda span: (span[0] is not None, span[0]))
    reached, at = low, 0
    while True:
        best: _Span | None = None
        while at < len(spans):
            span = spans[at]
            if span[0] is not None and (reached is None or span[0] > reached):
                break
            if best is None or (best[1] is not None and (span[1] is None or span[1] > best[1])):
                best = span
            at += 1
        if best is None:
            return []
        chain.append(best[2])
        if best[1] is None or (high is not None and best[1] >= high):
            return chain
        if reached is not None and best[1] < reached:
            return []
        reached = _after(best[1])


def _after(bound: Bound) -> Bound:
    """Where a range must begin at the latest, for nothing to be left between it and one that ends here."""
    value, side = bound
    if side == 0 and type(value) is date:
        return value + timedelta(1), 0
    return value, side + 1
