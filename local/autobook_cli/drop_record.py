"""What is dropped is recorded where the stack's own log is: who dropped which letter, and why."""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from autobook_cli.caller import caller
from autobook_cli.dead_letters import DeadLetter
from autobook_cli.target import Target

_LOG_GROUP = "ProcessLogGroup"


class DropRecord:
    """Writes a line for each dropped letter into the log of `process`, in a log stream of its own.

    A log that takes nothing does not keep a person from dropping letters: the command prints each of them as well.
    """

    def __init__(self, where: Target, reason: str) -> None:
        self._logs = where.client("logs")
        self._group = where.resources.get(_LOG_GROUP)
        self._stream = f"autobook-dlq-drop-{uuid.uuid4()}"
        self._made = False
        self._reason, self._by = reason, caller(where)
        self._refusal = "" if self._group else "the stack has no log for it"

    def __call__(self, letters: Sequence[DeadLetter]) -> None:
        """Record these letters, before they are deleted."""
        if self._refusal:
            return
        now = datetime.now(UTC)
        events = [{"timestamp": int(now.timestamp() * 1000), "message": self._line(each, now)} for each in letters]
        try:
            if not self._made:
                self._logs.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
                self._made = True
            self._logs.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=events)
        except (BotoCoreError, ClientError) as error:
            self._refusal = str(error)

    @property
    def place(self) -> str:
        """Where it is recorded, or why it is not, for people."""
        if self._refusal:
            return f"recorded in the output above only: {self._refusal}"
        return f"recorded in {self._group}, stream {self._stream}"

    def _line(self, letter: DeadLetter, now: datetime) -> str:
        line: dict[str, Any] = {
            "level": "WARNING",
            "timestamp": now.isoformat(timespec="milliseconds"),
            "message": "a dead letter was dropped",
            "document": letter.document,
            "queue": letter.queue,
            "message_id": letter.message_id,
            "sent_at": letter.sent_at.isoformat(),
            "attempts": letter.attempts,
            "reason": letter.reason,
            "dropped_because": self._reason,
            "dropped_by": self._by,
        }
        return json.dumps(line)
