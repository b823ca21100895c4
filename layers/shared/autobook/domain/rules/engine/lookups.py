"""Finding the places of the index that a text or an amount leads to."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from autobook.domain.rules.engine.interval_tree import IntervalTree
from autobook.domain.rules.engine.placement import SHORTEST_NEEDLE

_SHORT, _LONG = SHORTEST_NEEDLE, 6
"""Lengths of the substrings by which `contains` is looked up: long ones are rare, short texts have only short ones."""


class IndexPlace(Protocol):
    """A place of the index; appends to `hits` those of its entries that are true."""

    def collect(self, subject: Any, companion: Any, now: datetime, hits: list[Any]) -> None:
        """Append the true entries to `hits`."""


Ends = tuple[tuple[int, ...], Mapping[str, IndexPlace]]
"""Places by their prefix (or suffix), and the lengths that occur."""
Grams = tuple[tuple[int, Mapping[str, list[tuple[str, IndexPlace]]]], ...]
"""For each length, needles and their places by a substring of that length."""


def by_ends(places: Mapping[str, IndexPlace]) -> Ends:
    """The table for `started` and `ended`."""
    return tuple(sorted({len(text) for text in places})), places


def started(text: str | None, table: Ends, i: Any, b: Any, now: datetime, hits: list[Any]) -> None:
    """The places whose prefix the text has."""
    if text is None:
        return
    lengths, places = table
    for length in lengths:
        prefix = text[:length]
        if prefix in places:
            places[prefix].collect(i, b, now, hits)


def ended(text: str | None, table: Ends, i: Any, b: Any, now: datetime, hits: list[Any]) -> None:
    """The places whose suffix the text has."""
    if text is None:
        return
    lengths, places = table
    for length in lengths:
        suffix = text[-length:]
        if suffix in places:
            places[suffix].collect(i, b, now, hits)


def by_grams(places: Mapping[str, IndexPlace]) -> Grams:
    """The table for `contained`: every needle under its rarest substring of one of two lengths."""
    found: list[tuple[int, Mapping[str, list[tuple[str, IndexPlace]]]]] = []
    for length, wanted in ((_SHORT, False), (_LONG, True)):
        needles = [needle for needle in places if (len(needle) >= _LONG) is wanted]
        if not needles:
            continue
        grams = {needle: [needle[i : i + length] for i in range(len(needle) - length + 1)] for needle in needles}
        frequency = Counter(gram for each in grams.values() for gram in each)
        by_gram: dict[str, list[tuple[str, IndexPlace]]] = defaultdict(list)
        for needle in needles:
            by_gram[min(grams[needle], key=frequency.__getitem__)].append((needle, places[needle]))
        found.append((length, dict(by_gram)))
    return tuple(found)


def contained(text: str | None, table: Grams, i: Any, b: Any, now: datetime, hits: list[Any]) -> None:
    """The places whose needle the text contains."""
    if text is None:
        return
    for length, places in table:
        for at in range(len(text) - length + 1):
            gram = text[at : at + length]
            if gram in places:
                for needle, place in places[gram]:
                    if needle in text:
                        place.collect(i, b, now, hits)


def ranged(value: Any, tree: IntervalTree[IndexPlace], i: Any, b: Any, now: datetime, hits: list[Any]) -> None:
    """The places whose interval the value is in."""
    if value is None:
        return
    for places in tree.around(value):
        for place in places:
            place.collect(i, b, now, hits)
