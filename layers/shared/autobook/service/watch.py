"""Watches, with each sweep, that what has to happen from time to time does happen.

A count that is missing cannot say since when: CloudWatch looks back a few periods only, and takes a stack that was
just deployed for one that is silent. So the sweep, which comes every few minutes, counts the time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from autobook.domain.watching import Watched
from autobook.service.ports import Clock, WatchState
from autobook.service.sweep import SweepResult


@dataclass(frozen=True, slots=True)
class WatchedSweepResult:
    """What a sweep did; for how many days no invoice has come, for how many hours no reconciliation has ended."""

    sweep: SweepResult
    days_without_invoice: int
    hours_without_reconciliation: int


@dataclass(frozen=True, slots=True)
class WatchedSweep:
    """The use case: a sweep, then a look at the time. It may raise what the sweep raises."""

    sweep: Callable[[], SweepResult]
    state: WatchState
    clock: Clock

    def __call__(self) -> WatchedSweepResult:
        """Sweep; remember the newest invoice that it met."""
        result, now = self.sweep(), self.clock()
        before = self.state.watched()
        watched = (before or Watched(now)).with_invoice(result.newest, now)
        if watched != before:
            self.state.save(watched)
        return WatchedSweepResult(result, watched.days_without_invoice(now), watched.hours_without_reconciliation(now))
