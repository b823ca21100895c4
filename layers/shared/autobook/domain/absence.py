"""When a 404 is believed: a document may be missing for a moment only (a replica lags, a webhook is early)."""

from datetime import datetime, timedelta
from typing import Final

UNSEEN: Final = timedelta(minutes=10)
"""A document that we have never seen is waited for that long, counted from the message about it."""
BETWEEN_LOOKS: Final = timedelta(seconds=30)
"""A document that we know counts as deleted when two looks at least that far apart have found nothing."""
SECOND_LOOK: Final = 60.0
"""Seconds from the first look that found nothing to the second."""
_FIRST_WAIT: Final = 15.0


def wait_for_unseen(age: timedelta) -> float | None:
    """Seconds to wait for a document that a message of this age is about: 15, 30, 60 … None when it is not there."""
    return max(_FIRST_WAIT, age.total_seconds()) if age < UNSEEN else None


def wait_for_second_look(told_at: datetime, missing_since: datetime | None, now: datetime) -> float | None:
    """Seconds to wait after a 404 for a document that was announced at `told_at`; None once it is believed.

    That is when the announcement is no longer young, and two looks far enough apart have found nothing, the first of
    them at `missing_since` (None: this is the first).
    """
    wait = wait_for_unseen(now - told_at)
    if wait is None and (missing_since is None or now - missing_since < BETWEEN_LOOKS):
        return SECOND_LOOK
    return wait
