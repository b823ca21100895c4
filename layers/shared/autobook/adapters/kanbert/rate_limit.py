"""A token bucket that learns Kanbert's rate limit, which is not documented, from the 429s that come.

One per connection, that is per warm function instance: with the queue's MaximumConcurrency a handful of them share the
limit. Each halves its rate when it is refused and raises it slowly while it is served (AIMD, as TCP does), so that
together they settle below the limit without knowing of each other.
"""

import time
from collections.abc import Callable
from typing import Final

FASTEST: Final = 20.0
"""Calls per second from which on there is no limit any more; none either before the first refusal."""
SLOWEST: Final = 0.1
_SLOWER: Final = 0.5
_FASTER: Final = 0.02
"""Calls per second that are added for each call that was served."""
_TO_PAUSE: Final = 1.0
"""Seconds of silence after a refusal that names none."""


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
        self.rate = min(FASTEST, self.rate + _FASTER)

    def refused(self, after: float | None) -> None:
        """The call was answered 429; `after` as its `Retry-After` says. One rush counts once."""
        now = self._monotonic()
        if now - self._refused_at >= _TO_PAUSE:
            self.rate = max(SLOWEST, self.rate * _SLOWER)
            self._refused_at = now
        self._tokens, self._at = min(self._tokens, 0.0), now
        self._closed_until = max(self._closed_until, now + (_TO_PAUSE if after is None else after))
