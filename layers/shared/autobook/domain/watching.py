"""What has not happened for too long: a reconciliation that ended, an invoice that came."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Watched:
    """Since when somebody watches, when the newest incoming invoice came, and when a reconciliation last ended."""

    since: datetime
    invoice_at: datetime | None = None
    reconciled_at: datetime | None = None

    def with_invoice(self, came_at: datetime | None, now: datetime) -> Self:
        """After a look at the lists. A date of the future is none: it would hide a silence."""
        if came_at is None or came_at > now or (self.invoice_at is not None and came_at <= self.invoice_at):
            return self
        return replace(self, invoice_at=came_at)

    def days_without_invoice(self, now: datetime) -> int:
        """Whole days since an invoice came; since the watch began, where none has."""
        return _hours(now, self.since, self.invoice_at) // 24

    def hours_without_reconciliation(self, now: datetime) -> int:
        """Whole hours since a reconciliation ended; since the watch began, where none has."""
        return _hours(now, self.since, self.reconciled_at)


def _hours(now: datetime, since: datetime, happened_at: datetime | None) -> int:
    return max(0, (now - (since if happened_at is None else max(since, happened_at))) // _HOUR)
