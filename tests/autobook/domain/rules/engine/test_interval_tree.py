"""The interval tree finds what comparing every interval finds."""

from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.rules.engine.interval_tree import IntervalTree
from autobook.domain.rules.engine.placement import Interval

BOUNDS = st.none() | st.integers(0, 12)
INTERVALS = st.lists(st.builds(Interval, BOUNDS, st.booleans(), BOUNDS, st.booleans()), max_size=12)


def _contains(interval: Interval, value: float) -> bool:
    above = interval.low is None or value > interval.low or (interval.low_in and value == interval.low)
    below = interval.high is None or value < interval.high or (interval.high_in and value == interval.high)
    return above and below


@given(INTERVALS)
def test_around(intervals: list[Interval]) -> None:
    """For every value, on a bound or between, each interval around it is found once, and no other."""
    tree = IntervalTree(with_positions(intervals))
    for value in [each / 2 for each in range(-1, 26)]:
        found = sorted(i for payloads in tree.around(value) for i in payloads)
        assert found == [i for i, interval in enumerate(intervals) if _contains(interval, value)]


def with_positions(intervals: list[Interval]) -> list[tuple[Interval, int]]:
    """The intervals with their positions as payload."""
    return [(interval, i) for i, interval in enumerate(intervals)]
