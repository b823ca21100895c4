# ruff: noqa: N803 - boto3 calls its arguments so
"""SQS as its documentation describes it, in memory and on a clock of its own: every call takes its time.

What is refused here is what SQS refuses: more than ten entries, or more bytes than a batch may have, a FIFO message
without a group, receipt handles whose time is over, and more than twelve hours since the receipt (SQS API
reference; developer guide, "Visibility timeout" and "FIFO queue logic").
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
_MOST, _MOST_BYTES, _LONGEST = 10, 262_144, 43_200


@dataclass
class Message:
    """A message in a queue."""

    number: int
    body: str
    group: str
    attributes: dict[str, Any]
    sent_at: datetime
    hidden_until: datetime
    received_at: datetime = START
    receipt: str = ""
    receives: int = 0


@dataclass
class FakeSqs:
    """Queues by URL; one whose URL ends in `.fifo` is a FIFO queue. `latency` in seconds a call."""

    latency: float = 0.08
    now: datetime = START
    queues: dict[str, list[Message]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    on_send: Callable[[str, str], None] = lambda *_: None
    """Called with a queue and a body after each message that is sent there."""
    counts: bool = True
    """Whether the approximate numbers of messages are right; they are 0 if not."""
    refused: set[str] = field(default_factory=set)
    """Bodies that no queue takes."""
    _numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def put(self, url: str, body: str, group: str = "", attributes: dict[str, str] | None = None) -> None:
        """A message that somebody else has sent."""
        given = {name: {"StringValue": value, "DataType": "String"} for name, value in (attributes or {}).items()}
        number = next(iter(self._numbers))
        self.queues[url].append(Message(number, body, group, given, self.now, self.now))

    def hidden(self, url: str) -> int:
        """Messages that nobody else can receive now."""
        return sum(each.hidden_until > self.now for each in self.queues[url])

    def _call(self, name: str) -> None:
        self.calls[name] += 1
        self.now += timedelta(seconds=self.latency)

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        """The approximate numbers of messages."""
        self._call("get_queue_attributes")
        hidden = self.hidden(QueueUrl)
        numbers = (len(self.queues[QueueUrl]) - hidden, hidden) if self.counts else (0, 0)
        return {"Attributes": {name: str(number) for name, number in zip(AttributeNames, numbers, strict=True)}}

    def receive_message(
        self, *, QueueUrl: str, MaxNumberOfMessages: int, VisibilityTimeout: int, WaitTimeSeconds: int, **_: Any
    ) -> dict[str, Any]:
        """Up to ten; of a FIFO queue's group none while one of it is hidden."""
        assert 1 <= MaxNumberOfMessages <= _MOST
        assert 0 <= VisibilityTimeout <= _LONGEST
        self._call("receive_message")
        messages = self.queues[QueueUrl]
        is_fifo = QueueUrl.endswith(".fifo")
        blocked = {each.group for each in messages if is_fifo and each.hidden_until > self.now}
        free = (each for each in messages if each.hidden_until <= self.now and each.group not in blocked)
        found = list(itertools.islice(free, MaxNumberOfMessages))
        if not found:
            self.now += timedelta(seconds=WaitTimeSeconds)
            return {}
        for each in found:
            each.hidden_until = self.now + timedelta(seconds=VisibilityTimeout)
            each.received_at = self.now
            each.receives += 1
            each.receipt = f"{each.number}-{each.receives}"
        return {"Messages": [self._answered(each) for each in found]}

    @staticmethod
    def _answered(message: Message) -> dict[str, Any]:
        system = {
            "SentTimestamp": str(int(message.sent_at.timestamp() * 1000)),
            "ApproximateReceiveCount": str(message.receives),
        }
        if message.group:
            system["MessageGroupId"] = message.group
        answer = {"MessageId": f"m-{message.number}", "ReceiptHandle": message.receipt, "Body": message.body}
        return answer | {"Attributes": system, "MessageAttributes": message.attributes}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        """Ten at most, and no more bytes than a batch may have."""
        self._call("send_message_batch")
        self._check(Entries)
        assert sum(len(each["MessageBody"].encode()) for each in Entries) <= _MOST_BYTES
        failed = []
        for each in Entries:
            assert not QueueUrl.endswith(".fifo") or (each["MessageGroupId"] and each["MessageDeduplicationId"])
            if each["MessageBody"] in self.refused:
                failed.append({"Id": each["Id"], "Code": "InvalidMessageContents", "SenderFault": True})
                continue
            self.put(QueueUrl, each["MessageBody"], each["MessageGroupId"])
            self.on_send(QueueUrl, each["MessageBody"])
        return {"Failed": failed}

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        """By receipt handles that are still good."""
        self._call("delete_message_batch")

        def delete(message: Message, _: dict[str, Any]) -> str:
            self.queues[QueueUrl].remove(message)
            return ""

        return self._by_receipt(QueueUrl, Entries, delete)

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        """By receipt handles that are still good."""
        self._call("change_message_visibility_batch")

        def change(message: Message, entry: dict[str, Any]) -> str:
            until = self.now + timedelta(seconds=entry["VisibilityTimeout"])
            if not self.now <= until <= message.received_at + timedelta(seconds=_LONGEST):
                return "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"
            message.hidden_until = until
            return ""

        return self._by_receipt(QueueUrl, Entries, change)

    def _by_receipt(
        self, url: str, entries: list[dict[str, Any]], act: Callable[[Message, dict[str, Any]], str]
    ) -> dict[str, Any]:
        self._check(entries)
        wanted = {each["ReceiptHandle"] for each in entries}
        good = {each.receipt: each for each in self.queues[url] if each.receipt in wanted}
        good = {receipt: each for receipt, each in good.items() if each.hidden_until > self.now}
        failed = []
        for entry in entries:
            message = good.get(entry["ReceiptHandle"])
            if reason := act(message, entry) if message else "The receipt handle has expired":
                failed.append({"Id": entry["Id"], "Code": "InvalidParameterValue", "Message": reason})
        return {"Failed": failed}

    @staticmethod
    def _check(entries: list[dict[str, Any]]) -> None:
        assert 1 <= len(entries) <= _MOST
        assert len({each["Id"] for each in entries}) == len(entries)
