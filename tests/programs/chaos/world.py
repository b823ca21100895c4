"""Simulated time: what happens next, in which order. Concurrent runs each have their own time; one is run at a time."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


class Source(Protocol):
    """Something that has work from time to time."""

    def next_at(self) -> float:
        """When, in seconds; infinity while it has none."""

    def poll(self) -> bool:
        """Do one piece of it now."""


class World:
    """Seconds since the start, and what is to happen when."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._sources: list[Source] = []
        self._count = 0

    def __call__(self) -> datetime:
        """Now, as a clock."""
        return START + timedelta(seconds=self.seconds)

    def spend(self, seconds: float) -> None:
        """What runs now takes that long."""
        self.seconds += seconds

    def at(self, seconds: float, act: Callable[[], None]) -> None:
        """Have something happen then."""
        self._count += 1
        heapq.heappush(self._agenda, (seconds, self._count, act))

    def every(self, seconds: float, act: Callable[[], None], until: float) -> None:
        """Have something happen again and again."""

        def again() -> None:
            began = self.seconds
            act()
            if began + seconds <= until:
                self.at(began + seconds, again)

        self.at(seconds, again)

    def poll(self, source: Source) -> None:
        """Drain this source whenever it has something."""
        self._sources.append(source)

    def run(self, until: float) -> None:
        """Let everything happen that is to happen until then."""
        while True:
            sources = [(source.next_at(), number) for number, source in enumerate(self._sources)]
            at, number = min(sources, default=(float("inf"), 0))
            planned = self._agenda[0][0] if self._agenda else float("inf")
            if min(at, planned) > until:
                break
            self.seconds = max(self.seconds, min(at, planned))
            if planned <= at:
                began = self.seconds
                heapq.heappop(self._agenda)[2]()
                self.seconds = began
            else:
                self._sources[number].poll()
        self.seconds = until
