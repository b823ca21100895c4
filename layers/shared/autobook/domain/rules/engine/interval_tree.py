"""Which of many intervals contain a value: a segment tree over the intervals' bounds.

An interval stands in O(log n) nodes and a look-up visits one path of O(log n) nodes, whatever the overlaps.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any

from autobook.domain.rules.engine.placement import Interval


class IntervalTree[T]:
    """Built once over intervals with their payloads; bounds are of one orderable type."""

    __slots__ = ("_bounds", "_nodes", "_size")

    def __init__(self, intervals: Iterable[tuple[Interval, T]]) -> None:
        entries = list(intervals)
        bounds = sorted({b for interval, _ in entries for b in (interval.low, interval.high) if b is not None})
        self._bounds: list[Any] = bounds
        # Slots alternate: below bound 0, bound 0 itself, between 0 and 1, bound 1, …
        self._size = 2 * len(bounds) + 1
        place = {bound: 2 * i + 1 for i, bound in enumerate(bounds)}
        self._nodes: dict[int, list[T]] = {}
        for interval, payload in entries:
            low, low_in, high, high_in = interval
            left = 0 if low is None else place[low] + (not low_in)
            right = 2 * len(bounds) if high is None else place[high] - (not high_in)
            # An empty interval (left beyond right) is inserted nowhere.
            self._insert(left + self._size, right + self._size + 1, payload)

    def _insert(self, left: int, right: int, payload: T) -> None:
        nodes = self._nodes
        while left < right:
            if left & 1:
                nodes.setdefault(left, []).append(payload)
            if right & 1:
                nodes.setdefault(right - 1, []).append(payload)
            left, right = (left + 1) >> 1, right >> 1

    def around(self, value: Any) -> Iterator[list[T]]:
        """The payloads of the intervals that contain the value, in lists."""
        bounds = self._bounds
        i = bisect_left(bounds, value)
        at = self._size + 2 * i + (i < len(bounds) and bounds[i] == value)
        nodes = self._nodes
        while at:
            if at in nodes:
                yield nodes[at]
            at >>= 1
