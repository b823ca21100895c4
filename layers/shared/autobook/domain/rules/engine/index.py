"""The index: an invoice meets only the rules that its own values lead to.

A node holds the rules that can be filed in hash tables (equality, prefixes, suffixes, rare substrings) and
interval trees, and the rest to be tested one by one. Where many rules share a place (one supplier), the place
is a node of its own, filed by what is left of their conditions.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from autobook.domain.conditions import Condition, FieldTable
from autobook.domain.rules.engine.access_path import best_access
from autobook.domain.rules.engine.codegen import Collect, Lookup, collector
from autobook.domain.rules.engine.compiler import compiled
from autobook.domain.rules.engine.interval_tree import IntervalTree
from autobook.domain.rules.engine.lookups import by_ends, by_grams
from autobook.domain.rules.engine.placement import Placement
from autobook.domain.rules.engine.source import Shape, values_of

_CROWD = 8
"""Rules at one place from which it pays to file them by the rest of their conditions."""
_DEEPEST = 4
"""Levels of places within places. Below the first, a rule has one place only: the index grows with the rules."""
_FEWEST = {"=": 2, "^": 8, "$": 8, "*": 32, "-": 24}
"""Fewer rules than this are tested faster than looked up, by kind of access (measured)."""
_TOGETHER = 32
"""Shapes and look-ups in one function. Only the topmost node has more than one in a function: there are as many
functions as shapes, and one for the whole."""


class Entry[Hit](NamedTuple):
    """A condition on its way into the index: those of its conjuncts that are not yet known to hold."""

    hit: Hit
    """What is collected where the condition is true."""
    rest: tuple[Condition, ...]
    """Conjuncts by which it may still be filed."""
    also: tuple[Condition, ...] = ()
    """Conjuncts that have served for filing, but must be tested still."""


type _Members[Hit] = list[tuple[Entry[Hit], Any, Entry[Hit]]]
"""Entries at one kind of place: what is left of each, its value there, and the entry as it came."""


class IndexNode[Hit]:
    """A place in the index."""

    __slots__ = ("always", "steps")

    def __init__(self, entries: Iterable[Entry[Hit]], table: FieldTable, zone: tzinfo, depth: int = 0) -> None:
        self.always, self.steps = _NodeBuilder[Hit](table, zone, depth).build(list(entries))

    def collect(self, subject: Any, companion: Any, now: datetime, hits: list[Hit]) -> None:
        """Append the hit of every condition here that is true; the same hit more than once, perhaps."""
        if self.always:
            hits.extend(self.always)
        for function, arguments in self.steps:
            function(subject, companion, now, hits, arguments)


_Steps = tuple[tuple[Collect, tuple[Any, ...]], ...]


class _NodeBuilder[Hit]:
    """Files entries into a node."""

    def __init__(self, table: FieldTable, zone: tzinfo, depth: int) -> None:
        self._table = table
        self._zone = zone
        self._depth = depth

    def build(self, entries: list[Entry[Hit]]) -> tuple[tuple[Hit, ...], _Steps]:
        always: list[Hit] = []
        tested: list[Entry[Hit]] = []
        groups: dict[tuple[str, str], _Members[Hit]] = defaultdict(list)
        alone = len(entries) < _CROWD or self._depth == _DEEPEST  # every one is tested by itself
        for entry in entries:
            if not entry.rest and not entry.also:
                always.append(entry.hit)
                continue
            placement = None if alone else best_access(entry.rest, self._table, self._zone)
            if placement is None or (self._depth and _spread(placement) > 1):
                tested.append(entry)
                continue
            rest = tuple([part for i, part in enumerate(entry.rest) if i not in placement.used])
            also = entry.also if placement.proves else (*entry.also, *[entry.rest[i] for i in placement.used])
            left = Entry(entry.hit, rest, also)
            for place in placement.places:
                for value in place.values:
                    groups[place.how, place.key].append((left, value, entry))
        tested += _small_groups(groups)
        return tuple(always), self._steps(tested, groups)

    def _steps(self, tested: Iterable[Entry[Hit]], groups: dict[tuple[str, str], _Members[Hit]]) -> _Steps:
        rows: dict[Shape, list[tuple[Any, ...]]] = defaultdict(list)
        for entry in tested:
            test = compiled((*entry.also, *entry.rest), self._table, self._zone)
            rows[test.shape].append((entry.hit, *test.parameters))
        looked_up: list[tuple[Lookup, Any]] = [
            ((how, values_of(self._table, key)), self._looked_up(how, members))
            for (how, key), members in groups.items()
        ]
        shapes = [(shape, tuple(each)) for shape, each in rows.items()]
        if self._depth:
            return (*[self._step([each], ()) for each in shapes], *[self._step((), [each]) for each in looked_up])
        parts = range(0, max(len(shapes), len(looked_up)), _TOGETHER)
        return tuple([self._step(shapes[n : n + _TOGETHER], looked_up[n : n + _TOGETHER]) for n in parts])

    def _step(
        self, shapes: Sequence[tuple[Shape, Any]], looked_up: Sequence[tuple[Lookup, Any]]
    ) -> tuple[Collect, tuple[Any, ...]]:
        function = collector(tuple([each for each, _ in shapes]), tuple([each for each, _ in looked_up]), self._zone)
        return function, (*[rows for _, rows in shapes], *[table for _, table in looked_up])

    def _looked_up(self, how: str, members: _Members[Hit]) -> Any:
        """The table in which these are found."""
        if how == "-":
            return IntervalTree((interval, self._below([left])) for left, interval, _ in members)
        by_value: dict[Any, list[Entry[Hit]]] = defaultdict(list)
        for left, value, _ in members:
            by_value[value].append(left)
        places = {value: self._below(entries) for value, entries in by_value.items()}
        return places if how == "=" else by_grams(places) if how == "*" else by_ends(places)

    def _below(self, entries: list[Entry[Hit]]) -> IndexNode[Hit]:
        return IndexNode(entries, self._table, self._zone, self._depth + 1)


def _small_groups[Hit](groups: dict[tuple[str, str], _Members[Hit]]) -> Iterable[Entry[Hit]]:
    """Takes out the groups that are too small to look up. A rule may stay in another: then it is met twice."""
    small = [place for place, members in groups.items() if len(members) < _FEWEST[place[0]]]
    return {id(entry): entry for place in small for _, _, entry in groups.pop(place)}.values()


def _spread(placement: Placement) -> int:
    return sum(len(place.values) for place in placement.places)
