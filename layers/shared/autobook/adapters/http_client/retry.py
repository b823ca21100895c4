"""How often a call is retried, and how long to wait before the next attempt."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MAX_RETRY_AFTER = 86_400.0
"""Seconds."""


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, as a number or as a date (RFC 9110, 10.2.3); at most a day.

    None where it is missing or makes no sense.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _MAX_RETRY_AFTER)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), _MAX_RETRY_AFTER)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Attempts, and the seconds between them: random between half and all of a span that doubles (jitter)."""

    first: float = 0.25
    longest: float = 5.0
    attempts: int = 4
    """In all, the first one included."""
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    jitter: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic

    def delay(self, attempts: int) -> float:
        """Seconds to wait after so many attempts."""
        span: float = min(self.longest, self.first * 2.0 ** (attempts - 1))
        return span * (0.5 + self.jitter() / 2)
