"""Dead letters that go on by themselves once what they wait for is there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LOOK_AGAIN: Final = timedelta(hours=6)
"""After so long a letter is tried again whatever it waits for: the document may name something else by now, be gone,
or the other system may know the name. One that still has to wait becomes a fresh letter, so that none reaches the age
(14 days) at which SQS forgets it."""


@dataclass(frozen=True, slots=True)
class AwaitingLetter:
    """A dead letter in our hands. `awaits` is empty for one that a person has to deal with."""

    body: str
    group: str
    receipt: str
    sent_at: datetime
    awaits: tuple[str, ...] = ()

    def is_due(self, now: datetime) -> bool:
        """Whether it has waited long enough to be tried again, whatever it waits for."""
        return bool(self.awaits) and now - self.sent_at >= LOOK_AGAIN
