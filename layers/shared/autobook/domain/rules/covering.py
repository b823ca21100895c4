"""Whether rules, one alone or several together, are surely true wherever another rule is.

Candidates are found by sets of rows, coarsely; what is said in the end was confirmed by taking away from the rule,
box by box, what each of the others covers, until nothing is left.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from operator import itemgetter

from autobook.domain.rules.boxes import Bound, Box, Key, Line, met
from autobook.domain.rules.crossing import Rows
from autobook.domain.rules.possible import TooMany
from autobook.domain.rules.ranks import Known, Ranks, Rules, in_order

MOST_TOGETHER = 64
"""Rules that are tried together against one alternative of a rule."""
MOST_STEPS = 1_000_000
"""Comparisons of boxes for one set of rules; after that, several rules together are no longer tried."""
_MOST_PIECES = 64
_MOST_ALONE = 8
_FEW = 6


class Cover:
    """Finds what covers a rule."""

    def __init__(self, ranks: Ranks) -> None:
        self._ranks = ranks
        self._crossings = ranks.crossings
        self._left = MOST_STEPS

    @property
    def exhausted(self) -> bool:
        """Whether there was more to be tried than is tried."""
        return self._left < 0

    def alone(self, known: Known, candidates: Rules) -> Known | None:
        """One of the candidates that is true wherever this rule is."""
        for other in self._ranks.first(candidates & self._ranks.containing(known), _MOST_ALONE):
            if self._taken_away(known.boxes, (other,)) is not None:
                return other
        return None

    def several(self, known: Known, candidates: Rules) -> list[Known] | None:
        """Candidates one of which is true wherever this rule is; None if there are none such, or too many to tell."""
        single = self.alone(known, candidates)
        if single is not None:
            return [single]
        found: list[Known] = []
        for box in known.boxes:
            if self.exhausted:
                return None
            rows, open_keys = self._useful(box, self._ranks.apart(candidates) & self._crossings.meeting(box))
            if not rows:
                return None
            chain = self._chain(box, rows, *open_keys) if len(open_keys) == 1 else None
            others = self._ranks.first(self._ranks.together(rows), MOST_TOGETHER) if chain is None else chain
            used = self._taken_away((box,), others)
            if used is None:
                return None
            found += self._needed(box, used)
        return in_order(found)

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

    def _chain(self, box: Box, rows: Rows, key: Key) -> list[Known] | None:
        """As few rules as can be whose ranges, one after the other, reach from end to end; None if they do not."""
        known = self._ranks.known
        target = box.get(key, Line())
        if not isinstance(target, Line) or target.allowed is not None:
            return None
        spans: list[tuple[Bound | None, Bound | None, Known]] = []
        for rule in self._ranks.first(self._ranks.together(rows), len(known)):
            for other in rule.boxes:
                line = other.get(key)
                if isinstance(line, Line) and line.allowed is None and not line.excluded:
                    spans.append((line.low, line.high, rule))
        chain: list[Known] = []
        reached = target.low
        while True:
            beginning = [
                (high, rule) for low, high, rule in spans if low is None or (reached is not None and low <= reached)
            ]
            endless = next((rule for high, rule in beginning if high is None), None)
            if endless is not None:
                return [*chain, endless]
            high, rule = max(beginning, key=itemgetter(0), default=(None, None))  # type: ignore[arg-type]
            if high is None or rule is None or (reached is not None and high < reached):
                return None
            chain.append(rule)
            if target.high is not None and high >= target.high:
                return chain
            reached = _after(high)

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


def _after(bound: Bound) -> Bound:
    """Where a range must begin at the latest, for nothing to be left between it and one that ends here."""
    value, side = bound
    if side == 0 and type(value) is date:
        return value + timedelta(1), 0
    return value, side + 1
