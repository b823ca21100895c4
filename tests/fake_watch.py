"""What the sweep watches, in memory."""

from dataclasses import dataclass, replace
from datetime import datetime

from autobook.domain.watching import Watched


@dataclass
class FakeWatchState:
    """In memory; `reconciled_at` is the reconciliation's own, as the real one reads it."""

    saved: Watched | None = None
    reconciled_at: datetime | None = None
    saves: int = 0

    def watched(self) -> Watched | None:
        """What was saved."""
        return None if self.saved is None else replace(self.saved, reconciled_at=self.reconciled_at)

    def save(self, watched: Watched) -> None:
        """Keep it."""
        self.saved, self.saves = replace(watched, reconciled_at=None), self.saves + 1
