"""Which of many boxes meet a box, and which could contain it: by sets of rows, without comparing them in pairs.

A set of rows is an `int`, bit n standing for row n: joining the sets of ten thousand rows costs a fraction of a
microsecond. A box that is asked about is one of the rows itself.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from autobook.rule_analysis.constraints import TEXT, Bound, Box, Key, Line, Part
from autobook.rule_analysis.text_candidates import CrossingTexts

Rows = int
_STEP = 16
"""Rows between two sums that a ladder keeps."""
_COMMON = 64
"""Keys, the most frequent ones, that are looked at one by one."""


def rows_of(positions: Sequence[int]) -> Rows:
    """The set of these rows."""
    if len(positions) < 4:
        rows = 0
        for each in positions:
            rows |= 1 << each
        return rows
    packed = bytearray((max(positions) >> 3) + 1)
    for each in positions:
        packed[each >> 3] |= 1 << (each & 7)
    return int.from_bytes(packed, "little")


def positions_of(rows: Rows) -> Iterator[int]:
    """The rows of the set, the first first."""
    start = 0
    for byte in rows.to_bytes((rows.bit_length() + 7) >> 3, "little"):
        if byte:
            yield from (start + each for each in range(8) if byte >> each & 1)
        start += 8


class Ladder:
    """Rows in the order of a bound."""

    __slots__ = ("_bounds", "_positions", "_sums", "total")

    def __init__(self, entries: Iterable[tuple[Bound, int]]) -> None:
        ordered = sorted(entries)
        self._bounds = [bound for bound, _ in ordered]
        self._positions = [position for _, position in ordered]
        self._sums: list[Rows] = [0]
        for start in range(0, len(ordered), _STEP):
            self._sums.append(self._sums[-1] | rows_of(self._positions[start : start + _STEP]))
        self.total: Rows = self._sums[-1]

    def below(self, bound: Bound) -> Rows:
        """Rows whose bound is smaller."""
        return self._first(bisect_left(self._bounds, bound))

    def above(self, bound: Bound) -> Rows:
        """Rows whose bound is greater."""
        return self.total & ~self._first(bisect_right(self._bounds, bound))

    def _first(self, count: int) -> Rows:
        whole = count // _STEP
        rows = self._sums[whole]
        for position in self._positions[whole * _STEP : count]:
            rows |= 1 << position
        return rows


class Crossing(Protocol):
    """The rows that have something to say about one key."""

    def meeting(self, part: Any) -> Rows:
        """Rows that have something in common with this part."""

    def containing(self, part: Any) -> Rows:
        """Rows that may hold wherever this part does: those that surely do are among them."""

    def fills(self, part: Any, rows: Rows) -> bool:
        """Whether these rows together may hold wherever this part (None: anything) does."""


class _Masks:
    def __init__(self, entries: list[tuple[int, int]]) -> None:
        by_mask: dict[int, list[int]] = defaultdict(list)
        for position, mask in entries:
            by_mask[mask].append(position)
        self._by_mask = {mask: rows_of(positions) for mask, positions in by_mask.items()}

    def meeting(self, part: int) -> Rows:
        return _joined(rows for mask, rows in self._by_mask.items() if mask & part)

    def containing(self, part: int) -> Rows:
        return _joined(rows for mask, rows in self._by_mask.items() if not part & ~mask)

    def fills(self, part: int | None, rows: Rows) -> bool:
        union = 0
        for mask, having in self._by_mask.items():
            if having & rows:
                union |= mask
        # Filled or empty, true or false: that it may be unknown besides is looked at later.
        return not (3 if part is None else part) & ~union


class _Lines:
    def __init__(self, entries: list[tuple[int, Line]]) -> None:
        few = [(position, line.allowed) for position, line in entries if line.allowed is not None]
        wide = [(position, line) for position, line in entries if line.allowed is None]
        by_value, excluding = defaultdict(list), defaultdict(list)
        for position, allowed in few:
            for value in allowed:
                by_value[value].append(position)
        for position, line in wide:
            for value in line.excluded:
                excluding[value].append(position)
        self._by_value: dict[Any, Rows] = {value: rows_of(found) for value, found in by_value.items()}
        self._excluding: dict[Any, Rows] = {value: rows_of(found) for value, found in excluding.items()}
        self._except_some = _joined(self._excluding.values())
        self._few = rows_of([position for position, _ in few])
        self._wide = rows_of([position for position, _ in wide])
        self._lows = Ladder((line.low, position) for position, line in wide if line.low is not None)
        self._highs = Ladder((line.high, position) for position, line in wide if line.high is not None)
        self._only: Ladder | None = None
        self._one = [((value, 0), position) for position, allowed in few if len(allowed) == 1 for value in allowed]
        several = rows_of([position for position, allowed in few if len(allowed) > 1])
        self._several = {value: found for value, rows in self._by_value.items() if (found := rows & several)}

    def meeting(self, part: Line) -> Rows:
        if part.allowed is not None:
            return _joined(self._by_value.get(value, 0) | self._around(value) for value in part.allowed)
        rows = self._wide
        if part.low is None and part.high is None:
            rows |= self._few
        else:
            # Only here are the values known to have an order.
            self._only = self._only or Ladder(self._one)
            rows |= self._only.total
            if part.low is not None:
                rows &= ~(self._highs.below(part.low) | self._only.below(part.low))
            if part.high is not None:
                rows &= ~(self._lows.above(part.high) | self._only.above(part.high))
            for value, several in self._several.items():
                if value not in part.excluded and _inside(value, part):
                    rows |= several
        for value in part.excluded:
            rows &= ~(self._by_value.get(value, 0) & ~self._several.get(value, 0))
        return rows

    def _around(self, value: Any) -> Rows:
        """Wide rows in which the value is."""
        rows = self._wide & ~self._excluding.get(value, 0)
        if self._lows.total:
            rows &= ~self._lows.above((value, 0))
        if self._highs.total:
            rows &= ~self._highs.below((value, 0))
        return rows

    def containing(self, part: Line) -> Rows:
        if part.allowed is not None:
            rows = -1
            for value in part.allowed:
                rows &= self._by_value.get(value, 0) | self._around(value)
            return rows
        rows = self._wide
        rows &= ~(self._lows.total if part.low is None else self._lows.above(part.low))
        rows &= ~(self._highs.total if part.high is None else self._highs.below(part.high))
        if rows & self._except_some and part.low is None and part.high is None:
            known = _joined(self._excluding.get(value, 0) for value in part.excluded)
            rows &= ~self._except_some | known
        return rows

    def fills(self, part: Line | None, rows: Rows) -> bool:
        line = part or Line()
        if line.allowed is not None:
            return all(rows & (self._by_value.get(value, 0) | self._around(value)) for value in line.allowed)
        wide = rows & self._wide
        low = wide & ~(self._lows.total if line.low is None else self._lows.above(line.low))
        high = wide & ~(self._highs.total if line.high is None else self._highs.below(line.high))
        if line.low is not None:
            low |= rows & self._by_value.get(line.low[0], 0)
        if line.high is not None:
            high |= rows & self._by_value.get(line.high[0], 0)
        return bool(low and high)


def _inside(value: Any, line: Line) -> bool:
    return (line.low is None or line.low <= (value, 0)) and (line.high is None or (value, 0) <= line.high)


def _joined(sets: Iterable[Rows]) -> Rows:
    rows = 0
    for each in sets:
        rows |= each
    return rows


class Crossings:
    """All rows, key by key."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self.all: Rows = (1 << len(boxes)) - 1
        entries: dict[Key, list[tuple[int, Any]]] = defaultdict(list)
        for position, box in enumerate(boxes):
            for key, part in box.items():
                entries[key].append((position, part))
        self._with_texts = {path for path, aspect in entries if aspect == TEXT}
        for path in self._with_texts:
            # Rows with few values are in there with the texts of these.
            few = [each for each in entries.get((path, ""), ()) if each[1].allowed is not None]
            taken = {position for position, _ in few}
            entries[path, TEXT] = [*(each for each in entries[path, TEXT] if each[0] not in taken), *few]
        self.crossings: dict[Key, Crossing] = {key: _crossing(key, found) for key, found in entries.items()}
        self.saying: dict[Key, Rows] = {key: rows_of([each for each, _ in found]) for key, found in entries.items()}
        """Rows that say something about the key."""
        counts = Counter({key: len(found) for key, found in entries.items()})
        self.common = [key for key, _ in counts.most_common(_COMMON)]
        rarest: dict[Key | None, list[int]] = defaultdict(list)
        for position, box in enumerate(boxes):
            rarest[min(box, key=lambda key: (counts[key], key), default=None)].append(position)
        self._rarest = {key: rows_of(positions) for key, positions in rarest.items()}
        self._silent: dict[frozenset[Key], Rows] = {}

    def parts(self, box: Box) -> dict[Key, Part]:
        """The box with what its values say about their texts."""
        few = {
            (path, TEXT): line
            for path in self._with_texts
            if type(line := box.get((path, ""))) is Line and line.allowed is not None
        }
        return box | few if few else box

    def meeting(self, box: Box) -> Rows:
        """The rows that have something in common with the box, as far as can be told."""
        rows = self.all
        for key, part in self.parts(box).items():
            rows &= ~self.saying[key] | self.crossings[key].meeting(part)
        return rows

    def containing(self, box: Box) -> Rows:
        """The rows that may be true wherever the box is: hardly any others than those that are."""
        parts = self.parts(box)
        rows = self._saying_nothing_else(frozenset(parts))
        for key, part in parts.items():
            if rows:
                rows &= ~self.saying[key] | self.crossings[key].containing(part)
        return rows

    def _saying_nothing_else(self, keys: frozenset[Key]) -> Rows:
        found = self._silent.get(keys)
        if found is None:
            found = _joined(self._rarest.get(key, 0) for key in (None, *keys))
            for key in self.common:
                if key not in keys:
                    found &= ~self.saying[key]
            self._silent[keys] = found
        return found


def _crossing(key: Key, entries: list[tuple[int, Any]]) -> Crossing:
    if isinstance(entries[0][1], int):
        return _Masks(entries)
    return CrossingTexts(entries) if key[1] == TEXT else _Lines(entries)
