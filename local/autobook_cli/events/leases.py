"""Who is at work: a moment in a queue's tag, moved on while a command runs, so that what a killed one left is known."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

LEASE = timedelta(minutes=10)
"""For so long nobody touches what a command made, after it last said that it is at work."""
_RENEWED_AFTER = timedelta(minutes=2)
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Lease:
    """A tag `key` of a queue: until when it is taken, then what about it. The clock is this machine's."""

    sqs: Any
    url: str
    key: str
    about: str
    _until: datetime = field(default=datetime.min.replace(tzinfo=UTC))

    @classmethod
    def value(cls, about: str) -> str:
        """The tag's value."""
        return f"{_now() + LEASE:%Y-%m-%dT%H:%M:%SZ} {about}"

    def renew(self) -> None:
        """Say that the command is at work; called as often as you like."""
        if self._until - _now() < LEASE - _RENEWED_AFTER:
            self._until = _now() + LEASE
            self.sqs.tag_queue(QueueUrl=self.url, Tags={self.key: self.value(self.about)})

    def end(self) -> None:
        """Take the tag away."""
        self.sqs.untag_queue(QueueUrl=self.url, TagKeys=[self.key])


@dataclass(frozen=True, slots=True)
class Taken:
    """What a tag says: `about` what, and whether the command that wrote it may still be at work."""

    about: str
    in_use: bool


def taken(sqs: Any, url: str, key: str) -> Taken | None:
    """The lease of a queue, if it has one; None for a queue that is gone, too."""
    try:
        value = sqs.list_queue_tags(QueueUrl=url).get("Tags", {}).get(key)
    except ClientError as error:
        if not is_gone(error):
            raise
        return None
    if value is None:
        return None
    until, _, about = value.partition(" ")
    try:
        return Taken(about, datetime.fromisoformat(until) > _now())
    except ValueError:
        return Taken(about, in_use=False)


def is_gone(error: ClientError) -> bool:
    """Whether SQS says that there is no such queue."""
    return error.response["Error"]["Code"] in {
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "NonExistentQueue",
    }


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no Ctrl-C, kill or closing terminal interrupt the cleaning up; it takes seconds."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, signal.SIG_IGN) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
