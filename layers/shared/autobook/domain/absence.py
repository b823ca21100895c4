"""When a 404 is believed: a document may be missing for a moment only (a replica lags, a webhook is early)."""

from datetime import timedelta
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
