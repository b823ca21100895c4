"""A token bucket that learns a system's rate limit, documented or not, from the 429s that come.

One per connection, that is per warm function instance: with the queue's MaximumConcurrency a handful of them share the
limit. Each halves its rate when it is refused and raises it slowly while it is served (AIMD, as TCP does), so that
together they stay below the limit without coordination.
"""

import time
from collections.abc import Callable
from typing import Final

FASTEST: Final = 20.0
"""Calls per second. At this rate calls are not limited; it is the rate before the first refusal."""
SLOWEST: Final = 0.5
"""Calls per second. Slower, a run that makes two calls would sleep for longer than it may (connection.py), and never
come to its second."""
_DECREASE: Final = 0.5
"""Factor on the rate after a refusal."""
_INCREASE: Final = 0.02
"""Calls per second that are added for each call that was served."""
_PAUSE: Final = 1.0
"""Seconds to wait after a refusal that names none."""


class TokenBucket:
    """Says how long to wait before a call. `monotonic` is for tests."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._at = monotonic()
        self._tokens = 1.0
        self._closed_until = self._at
        self._refused_at = float("-inf")
        self.rate = FASTEST

    def take(self) -> float:
        """Take one token. Returns the seconds to wait before the call that it is for."""
        if self.rate >= FASTEST:
            return 0.0
        now = self._monotonic()
        # Once slowed down, a pause is no reason to rush.
        self._tokens = min(max(1.0, self.rate), self._tokens + max(0.0, now - self._at) * self.rate)
        self._at = now
        self._tokens -= 1
        return max(self._closed_until - now, -self._tokens / self.rate, 0.0)

    def give_back(self) -> None:
        """The call was not made after all."""
        self._tokens += 1

    def served(self) -> None:
        """The call was answered."""
        self.rate = min(FASTEST, self.rate + _INCREASE)

    def refused(self, after: float | None) -> None:
        """The call was answered 429; `after` as its `Retry-After` says. Refusals within a second count once."""
        now = self._monotonic()
        if now - self._refused_at >= _PAUSE:
            self.rate = max(SLOWEST, self.rate * _DECREASE)
            self._refused_at = now
        self._tokens, self._at = min(self._tokens, 0.0), now
        self._closed_until = max(self._closed_until, now + (_PAUSE if after is None else after))
