"""Constraints on one scale: the values that a field may have there, how many elements a list may have, and the like."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

Bound = tuple[Any, int]
"""A value and 0 for the value itself, -1 for just below it, 1 for just above."""
_STEPS: Final[dict[type, Any]] = {date: timedelta(1), int: 1}
"""From one value to the next, by type: days, as dates or counted from today. Others have no next value."""


class Values(NamedTuple):
    """The few values that are `allowed`, or all between the bounds but the `excluded` ones."""

    allowed: frozenset[Any] | None = None
    low: Bound | None = None
    high: Bound | None = None
    excluded: frozenset[Any] = frozenset()

    def has(self, value: Any) -> bool:
        """Whether the value is among them."""
        if self.allowed is not None:
            return value in self.allowed
        return value not in self.excluded and _between(value, self.low, self.high)

    def contains(self, other: "Values") -> bool:
        """Whether all of the other's values are among them."""
        if other.allowed is not None:
            return all(map(self.has, other.allowed))
        is_open = other.low is None and other.high is None
        return (
            self.allowed is None
            and (self.low is None or (other.low is not None and self.low <= other.low))
            and (self.high is None or (other.high is not None and other.high <= self.high))
            and (self.excluded <= other.excluded or not (is_open or any(map(other.has, self.excluded))))
        )


FILLED, EMPTY = Values(frozenset((1,))), Values(frozenset((2,)))
"""A field has a value, or is null."""
TRUE, FALSE = Values(frozenset((1,))), Values(frozenset((2,)))
"""A condition is true, or false; 3 would be unknown."""


def common_values(one: Values, other: Values) -> Values | None:
    """What both have, in its one form; None if nothing."""
    excluded = one.excluded | other.excluded
    low = _tight(max((low for low in (one.low, other.low) if low is not None), default=None), 1, excluded)
    high = _tight(min((high for high in (one.high, other.high) if high is not None), default=None), -1, excluded)
    allowed = one.allowed if other.allowed is None else other.allowed & (one.allowed or other.allowed)
    if allowed is None and low is not None and low == high:
        allowed = frozenset(low[:1])
    if allowed is not None:
        left = frozenset(value for value in allowed if value not in excluded and _between(value, low, high))
        return Values(left) if left else None
    if low is not None and high is not None and low > high:
        return None
    return Values(None, low, high, frozenset(value for value in excluded if _between(value, low, high)))


def other_values(values: Values) -> Iterator[Values]:
    """Constraints that together allow exactly what this one does not."""
    if values.allowed is not None:
        yield Values(excluded=values.allowed)
    if values.low is not None:
        yield Values(high=(values.low[0], values.low[1] - 1))
    if values.high is not None:
        yield Values(low=(values.high[0], values.high[1] + 1))
    if values.excluded:
        yield Values(values.excluded)


def _tight(bound: Bound | None, inwards: int, excluded: frozenset[Any]) -> Bound | None:
    """The bound without the values at it that are excluded; where there is a next value, always a value itself."""
    if bound is None:
        return None
    value, side = bound
    step = _STEPS.get(type(value))
    if step is None:
        return (value, inwards) if side == 0 and value in excluded else bound
    value += step * side
    while value in excluded:
        value += step * inwards
    return value, 0


def _between(value: Any, low: Bound | None, high: Bound | None) -> bool:
    return (low is None or low <= (value, 0)) and (high is None or (value, 0) <= high)
