"""How much time is left in this invocation: whoever waits or retries asks first."""

from collections.abc import Callable
from typing import Final

RESERVE: Final = 3.0
"""Seconds before Lambda ends the function in which messages are handed back and answers given. Nothing else is begun
or waited for in them."""


class Deadline:
    """Seconds that remain for work; none before the first invocation."""

    def __init__(self) -> None:
        self._remaining_millis: Callable[[], int] = lambda: 0

    def start(self, remaining_millis: Callable[[], int]) -> None:
        """A new invocation: Lambda's `context.get_remaining_time_in_millis`."""
        self._remaining_millis = remaining_millis

    def __call__(self) -> float:
        """Seconds."""
        return self._remaining_millis() / 1000 - RESERVE
