"""Which of many regions have something in common with a region, and which contain it: without comparing all pairs.

Each region is a row. A set of rows is an `int`, bit n standing for row n: joining the sets of ten thousand rows costs a
fraction of a microsecond. Constraints are compared once, however many rows have them.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, reduce
from operator import and_, itemgetter, or_
from typing import Any

from autobook.rule_analysis.constraints import Aspect, Constraint, Key, Region, Window, accepts, contains, window
from autobook.rule_analysis.texts import compatible, text_of
from autobook.rule_analysis.values import Values

Rows = int


def union(sets: Iterable[Rows]) -> Rows:
    """The rows of all these sets."""
    return reduce(or_, sets, 0)


def rows_of(positions: Iterable[int]) -> Rows:
    """The set of these rows."""
    return union(1 << each for each in positions)


def positions_of(rows: Rows) -> Iterator[int]:
    """The rows of the set, the first first."""
    for start, byte in enumerate(rows.to_bytes((rows.bit_length() + 7) >> 3, "little")):
        if byte:
            yield from (start * 8 + bit for bit in range(8) if byte >> bit & 1)


class _KeyIndex:
    """The rows that constrain one key. What is asked about is compared once with each constraint that there is."""

    def __init__(self, key: Key, entries: Mapping[Constraint, Sequence[int]]) -> None:
        self._is_text = key.aspect == Aspect.TEXT
        self.rows = self.elsewhere = 0
        self._few: dict[Any, Rows] = defaultdict(int)
        """By value (or text): the rows that allow only a few, this one among them."""
        self._wide: list[tuple[Window, Constraint, Rows]] = []
        """The others."""
        for constraint, positions in entries.items():
            rows, values = rows_of(positions), self._values(constraint)
            self.rows |= rows
            if values is None:
                self._wide.append((window(constraint), constraint, rows))
            for value in values or ():
                self._few[value] |= rows
            if values is not None and self._is_text:
                self.elsewhere |= rows
        self._wide.sort(key=itemgetter(0))
        self._accept = [(accepts(each), rows) for _, each, rows in self._wide]
        self.meeting = cache(self._meeting)
        self.containing = cache(self._containing)
        self._accepting = cache(self._accepting_one)

    def _meeting(self, constraint: Any) -> Rows:
        """The rows that might be met together with the constraint."""
        values = self._values(constraint)
        if values is not None:
            return self.elsewhere | union(map(self._accepting, values))
        accept = accepts(constraint)
        few = union(rows for value, rows in self._few.items() if value is None or accept(value))
        low, high = window(constraint)
        near = ((each, rows) for (_, last), each, rows in self._beginning_until(high) if last >= low)
        return few | union(rows for each, rows in near if not self._is_text or compatible(each, constraint))

    def _containing(self, constraint: Constraint) -> Rows:
        """The rows that are surely met wherever the constraint is."""
        values = self._values(constraint)
        if values is None:
            low, high = window(constraint)
            around = ((each, rows) for (_, last), each, rows in self._beginning_until(low) if last >= high)
            return union(rows for each, rows in around if contains(each, constraint))
        return self.elsewhere | reduce(and_, (0 if each is None else self._accepting(each) for each in values))

    def _accepting_one(self, value: Any) -> Rows:
        """The rows that allow this value; of a text that is not certain, all that might."""
        few = 0 if self._is_text else self._few.get(value, 0)
        return few | union(rows for accept, rows in self._accept if value is None or accept(value))

    def _beginning_until(self, bound: tuple[Any, ...]) -> Sequence[tuple[Window, Any, Rows]]:
        return self._wide[: bisect_right(self._wide, bound, key=lambda each: each[0][0])]

    def _values(self, constraint: Constraint) -> Sequence[Any] | None:
        """The values, or their texts, where only these few are allowed."""
        if not isinstance(constraint, Values) or constraint.allowed is None:
            return None
        return [*map(text_of, constraint.allowed)] if self._is_text else [*constraint.allowed]


class RegionIndex:
    """Many regions, by what they constrain."""

    def __init__(self, regions: Sequence[Region]) -> None:
        self._all = (1 << len(regions)) - 1
        entries: dict[Key, dict[Constraint, list[int]]] = defaultdict(lambda: defaultdict(list))
        tested = {key.path for region in regions for key in region if key.aspect == Aspect.TEXT}
        self._tested = [(Key(path, Aspect.TEXT), Key(path, Aspect.VALUE)) for path in sorted(tested)]
        for row, region in enumerate(regions):
            for key, constraint in self._constraints(region).items():
                entries[key][constraint].append(row)
        # Texts first: they leave the fewest rows.
        keys = sorted(entries, key=lambda key: key.aspect != Aspect.TEXT)
        self._keys = {key: _KeyIndex(key, entries[key]) for key in keys}

    def _constraints(self, region: Region) -> Mapping[Key, Constraint]:
        """Those of the region; where a field has few values, these also stand for the tests on its text."""
        few = {
            text: values
            for text, value in self._tested
            if isinstance(values := region.get(value), Values) and values.allowed is not None
        }
        return {**region, **few} if few else region

    def meeting(self, region: Region) -> Rows:
        """The rows that have something in common with the region, as far as can be told."""
        rows = self._all
        for key, constraint in self._constraints(region).items():
            index = self._keys.get(key)
            if index is not None:
                rows &= ~index.rows | index.meeting(constraint)
        return rows

    def containing(self, region: Region, rows: Rows) -> Rows:
        """Those of the rows that contain the region."""
        constraints = self._constraints(region)
        for key, index in self._keys.items():
            narrower, wanted = rows & index.rows & ~index.elsewhere, constraints.get(key)
            if narrower:
                rows &= ~narrower if wanted is None else ~narrower | index.containing(wanted)
        return rows
