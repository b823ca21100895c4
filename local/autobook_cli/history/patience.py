"""Waiting for a system that cannot answer now: a walk through years takes many calls, and rates are limited."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from autobook.domain.errors import AccessRefused, RetryLater

MOST_WAITS: Final = 20
"""In a row, before it is given up."""
_WAIT, _LONGEST_WAIT = 5.0, 120.0
"""Seconds: where the other side does not say how long, and the most that it may say."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Repeats what only reads. `sleep` is for tests."""

    sleep: Callable[[float], None] = time.sleep

    def wait(self, error: RetryLater, waits: int) -> None:
        """Before the next attempt, where `waits` came before it. Raises the error where waiting does not help."""
        if isinstance(error, AccessRefused) or waits >= MOST_WAITS:
            raise error
        self.sleep(min(_WAIT if error.after is None else error.after, _LONGEST_WAIT))

    def __call__[T](self, call: Callable[[], T]) -> T:
        """What the call returns, in the end."""
        waits = 0
        while True:
            try:
                return call()
            except RetryLater as error:
                self.wait(error, waits)
                waits += 1
