"""The archive of a topic's messages: there while the stack is, cleared before the topic is deleted.

SNS refuses to delete a FIFO topic that keeps an archive ("Amazon SNS message archiving for FIFO topic owners", Amazon
SNS Developer Guide). As a property of the topic the policy would keep a failed first deployment from rolling back.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from autobook.domain.errors import NotFound, Reject, RetryLater
from autobook.service.ports import TopicArchives

_MOST_DAYS: Final = 365
"""What SNS takes for MessageRetentionPeriod."""
_PAUSE: Final = 5.0
"""Seconds between two attempts. A role that was just made may be refused for a moment: IAM is eventually consistent."""
_LEAST_TIME: Final = 90.0
"""Seconds: with less left there is no further attempt, so that there is time for this one and for the answer."""


@dataclass(frozen=True, slots=True)
class ArrangeTopicArchive:
    """The use case. `remaining`: seconds until the run ends; `sleep` waits for so many."""

    archives: TopicArchives
    remaining: Callable[[], float]
    sleep: Callable[[float], None]

    def keep(self, topic: str, days: str) -> None:
        """Have the topic keep its messages for so many days, 1 to 365. Raises Reject for anything else."""
        if not topic:
            raise Reject("the property TopicArn is missing")
        if not (days.isascii() and days.isdigit() and 1 <= int(days[:4]) <= _MOST_DAYS):
            raise Reject(f"the property RetentionDays is {days[:20]!r}, not a number of days from 1 to {_MOST_DAYS}")
        self._patiently(lambda: self.archives.keep(topic, int(days)))

    def clear(self, topic: str) -> None:
        """Have the topic keep nothing any more. Nothing to do where there is no topic, or none was ever named."""
        if not topic.startswith("arn:"):
            return
        with contextlib.suppress(NotFound):  # its archive went with it
            self._patiently(lambda: self.archives.clear(topic))

    def _patiently(self, call: Callable[[], None]) -> None:
        while True:
            try:
                call()
            except RetryLater:
                if self.remaining() < _LEAST_TIME:
                    raise
                self.sleep(_PAUSE)
            else:
                return
