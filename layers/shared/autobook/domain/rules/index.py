"""The index: an invoice meets only the rules that its own values lead to.

A node holds the rules that can be filed in hash tables (equality, prefixes, suffixes, rare substrings) and
interval trees, and the rest to be tested one by one. Where many rules share a place (one supplier), the place
is a node of its own, filed by what is left of their conditions.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import tzinfo
from typing import Any, NamedTuple

from autobook.domain.rules.access import SHORTEST_NEEDLE, Filed, Interval, best_access
from autobook.domain.rules.compiler import Test, compiled, every
from autobook.domain.rules.facts import Facts
from autobook.domain.rules.fields import FieldTable
from autobook.domain.rules.intervals import IntervalTree
from autobook.domain.rules.outcome import Effect
from autobook.domain.rules.syntax import Condition

_CROWD = 8
"""Rules at one place from which it pays to file them by the rest of their conditions."""
_SHORT, _LONG = SHORTEST_NEEDLE, 6
"""Lengths of the substrings by which `contains` is looked up: long ones are rare, short texts have only short ones."""
_DEEPEST = 4
"""Levels of places within places. Below the first, a rule has one place only: the index grows with the rules."""
_FEWEST = {"=": 2, "^": 6, "$": 6, "*": 8, "-": 12}
"""Fewer rules than this are tested faster than looked up, by kind of access (measured)."""


class Entry(NamedTuple):
    """A rule on its way into the index, with those of its conjuncts that are not yet known to hold."""

    effect: Effect
    rest: tuple[Condition, ...]
    """Conjuncts by which it may still be filed."""
    also: tuple[Condition, ...] = ()
    """Conjuncts that have served for filing, but must be tested still."""


class Node:
    """A place in the index; `collect` appends the effects of the rules that fire."""

    __slots__ = ("always", "contained", "ended", "equal", "plain", "ranged", "started", "tested")

    def __init__(self, entries: Iterable[Entry], table: FieldTable, zone: tzinfo, depth: int = 0) -> None:
        self.always: tuple[Effect, ...] = ()
        self.tested: tuple[tuple[Test, Effect], ...] = ()
        self.equal: tuple[tuple[str, dict[Any, Node]], ...] = ()
        self.started: tuple[tuple[str, tuple[int, ...], dict[str, Node]], ...] = ()
        self.ended: tuple[tuple[str, tuple[int, ...], dict[str, Node]], ...] = ()
        self.contained: tuple[tuple[str, tuple[tuple[int, dict[str, list[tuple[str, Node]]]], ...]], ...] = ()
        self.ranged: tuple[tuple[str, IntervalTree[tuple[Test | None, Effect]]], ...] = ()
        _Builder(table, zone, depth).build(self, list(entries))
        self.plain = not (self.tested or self.equal or self.started or self.ended or self.contained or self.ranged)
        """Nothing is left to be asked here."""

    def collect(self, facts: Facts, hits: list[Effect]) -> None:
        """Append the effect of every rule here whose condition is true; the same effect more than once, perhaps."""
        if self.always:
            hits.extend(self.always)
        for test, effect in self.tested:
            if test(facts):
                hits.append(effect)
        for key, places in self.equal:
            value = facts[key]
            if value in places:
                node = places[value]
                if node.plain:
                    hits.extend(node.always)
                else:
                    node.collect(facts, hits)
        if self.started:
            self._collect_started(facts, hits)
        if self.contained:
            self._collect_contained(facts, hits)
        for key, tree in self.ranged:
            value = facts[key]
            if value is not None:
                for payloads in tree.around(value):
                    for each, effect in payloads:
                        if each is None or each(facts):
                            hits.append(effect)
        if self.ended:
            self._collect_ended(facts, hits)

    def _collect_started(self, facts: Facts, hits: list[Effect]) -> None:
        for key, lengths, places in self.started:
            text = facts[key]
            if text is not None:
                for length in lengths:
                    prefix = text[:length]
                    if prefix in places:
                        places[prefix].collect(facts, hits)

    def _collect_ended(self, facts: Facts, hits: list[Effect]) -> None:
        for key, lengths, places in self.ended:
            text = facts[key]
            if text is not None:
                for length in lengths:
                    suffix = text[-length:]
                    if suffix in places:
                        places[suffix].collect(facts, hits)

    def _collect_contained(self, facts: Facts, hits: list[Effect]) -> None:
        for key, by_length in self.contained:
            text = facts[key]
            if text is not None:
                for length, places in by_length:
                    for i in range(len(text) - length + 1):
                        gram = text[i : i + length]
                        if gram in places:
                            for needle, node in places[gram]:
                                if needle in text:
                                    node.collect(facts, hits)


class _Builder:
    """Files entries into a node."""

    def __init__(self, table: FieldTable, zone: tzinfo, depth: int) -> None:
        self._table = table
        self._zone = zone
        self._depth = depth

    def build(self, node: Node, entries: list[Entry]) -> None:
        always: list[Effect] = []
        tested: list[tuple[Test, Effect]] = []
        groups: dict[tuple[str, str], list[tuple[Entry, Any, Entry]]] = defaultdict(list)
        alone = len(entries) < _CROWD or self._depth == _DEEPEST  # every one is tested by itself
        for entry in entries:
            if not entry.rest and not entry.also:
                always.append(entry.effect)
                continue
            filed = None if alone else best_access(entry.rest, self._table, self._zone)
            if filed is None or (self._depth and _spread(filed) > 1):
                tested.append((self._test(entry), entry.effect))
                continue
            rest = tuple([part for i, part in enumerate(entry.rest) if i not in filed.used])
            also = entry.also if filed.proves else (*entry.also, *[entry.rest[i] for i in filed.used])
            left = Entry(entry.effect, rest, also)
            for place in filed.places:
                for value in place.values:
                    groups[place.how, place.key].append((left, value, entry))
        self._settle_small_groups(groups, tested)
        node.always = tuple(always)
        node.tested = tuple(tested)
        for (how, key), members in groups.items():
            self._attach(node, how, key, members)

    def _test(self, entry: Entry) -> Test:
        return every([compiled(part, self._table, self._zone) for part in (*entry.also, *entry.rest)])

    def _settle_small_groups(
        self, groups: dict[tuple[str, str], list[tuple[Entry, Any, Entry]]], tested: list[tuple[Test, Effect]]
    ) -> None:
        """Groups too small to look up are tested instead; a rule that stands in several groups stays if one stays."""
        small = [place for place, members in groups.items() if len(members) < _FEWEST[place[0]]]
        if not small:
            return
        moved: dict[int, Entry] = {id(member[2]): member[2] for place in small for member in groups.pop(place)}
        for place in list(groups):
            groups[place] = [member for member in groups[place] if id(member[2]) not in moved]
            if not groups[place]:
                del groups[place]
        tested.extend((self._test(entry), entry.effect) for entry in moved.values())

    def _attach(self, node: Node, how: str, key: str, members: list[tuple[Entry, Any, Entry]]) -> None:
        if how == "-":
            node.ranged = (*node.ranged, (key, self._tree(members)))
            return
        by_value: dict[Any, list[Entry]] = defaultdict(list)
        for left, value, _ in members:
            by_value[value].append(left)
        places = {value: Node(entries, self._table, self._zone, self._depth + 1) for value, entries in by_value.items()}
        if how == "=":
            node.equal = (*node.equal, (key, places))
        elif how == "*":
            node.contained = (*node.contained, (key, _by_grams(places)))
        else:
            lengths = tuple(sorted({len(text) for text in places}))
            if how == "^":
                node.started = (*node.started, (key, lengths, places))
            else:
                node.ended = (*node.ended, (key, lengths, places))

    def _tree(self, members: list[tuple[Entry, Interval, Entry]]) -> IntervalTree[tuple[Test | None, Effect]]:
        return IntervalTree(
            (interval, (self._test(left) if left.rest or left.also else None, left.effect))
            for left, interval, _ in members
        )


def _spread(filed: Filed) -> int:
    return sum(len(place.values) for place in filed.places)


def _by_grams(places: dict[str, Node]) -> tuple[tuple[int, dict[str, list[tuple[str, Node]]]], ...]:
    """Every needle under its rarest substring of one of two lengths."""
    found: list[tuple[int, dict[str, list[tuple[str, Node]]]]] = []
    for length, wanted in ((_SHORT, False), (_LONG, True)):
        needles = [needle for needle in places if (len(needle) >= _LONG) is wanted]
        if not needles:
            continue
        grams = {needle: [needle[i : i + length] for i in range(len(needle) - length + 1)] for needle in needles}
        frequency = Counter(gram for each in grams.values() for gram in each)
        by_gram: dict[str, list[tuple[str, Node]]] = defaultdict(list)
        for needle in needles:
            by_gram[min(grams[needle], key=frequency.__getitem__)].append((needle, places[needle]))
        found.append((length, dict(by_gram)))
    return tuple(found)
