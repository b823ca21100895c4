"""How long to wait before another try, and how long there is at all."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_ASKED = 86_400.0


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, as a number or as a date (RFC 9110, 10.2.3); at most a day.

    None where it is missing or makes no sense.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_ASKED)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), _LONGEST_ASKED)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds before the next try: random between half and all of a span that doubles (jitter spreads the herd)."""

    first: float = 0.25
    longest: float = 5.0
    attempts: int = 4
    """In all, the first one included."""
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    jitter: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic

    def delay(self, tried: int) -> float:
        """After `tried` attempts."""
        span: float = min(self.longest, self.first * 2.0 ** (tried - 1))
        return span * (0.5 + self.jitter() / 2)
