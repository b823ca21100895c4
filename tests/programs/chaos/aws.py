"""SQS FIFO, SNS FIFO and Lambda's pollers as AWS documents them, on simulated time.

Kept: order within a group, a group that is locked while one of its messages is in flight, visibility timeouts, receive
counts, dead letters after `maxReceiveCount`, five minutes of de-duplication, filters on the body. What is refused is in
the table of docs/local-stack.md.
"""

import heapq
import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, get_args

from botocore.exceptions import ClientError

from autobook.domain.event_types import EventType, published_name
from tests.programs.chaos.world import START, World

DEDUPLICATION = 300.0
"""Seconds."""
MOST_AT_ONCE = 10
"""Messages that one call receives (API reference, ReceiveMessage)."""
LONGEST_MESSAGE = 262_144
"""Bytes of a message with its attributes: SNS's limit, which is the smaller one."""
_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ID = re.compile(r"[!-~]{1,128}")
LONGEST_HIDDEN = 43_200.0
"""Seconds from its receipt for which a message may be hidden in all (SQS developer guide, "Visibility timeout")."""


@dataclass
class Message:
    """A message in a queue."""

    id: str
    body: str
    group: str
    sent_at: float
    visible_at: float
    receives: int = 0
    receipt: str | None = None
    received_at: float = 0.0
    attributes: Mapping[str, Any] = field(default_factory=dict)


class Queue:
    """An SQS FIFO queue."""

    def __init__(
        self,
        name: str,
        world: World,
        *,
        visibility: float = 360,
        most_receives: int = 1000,
        dead: "Queue | None" = None,
    ) -> None:
        self.name = name
        self.world = world
        self.visibility = visibility
        self.most_receives = most_receives
        self.dead = dead
        self.groups: dict[str, deque[Message]] = {}
        self.in_flight: dict[str, Message] = {}
        self._ready: list[tuple[float, int, str]] = []
        self._sent: dict[str, float] = {}
        self._deleted: set[str] = set()
        self._count = 0

    def __len__(self) -> int:
        return sum(map(len, self.groups.values()))

    def messages(self) -> list[Message]:
        """Every message, group by group."""
        return [message for group in self.groups.values() for message in group]

    def send(self, body: str, group: str, deduplication: str, attributes: Mapping[str, Any] | None = None) -> None:
        """Store it, unless it was sent within the last five minutes."""
        now = self.world.seconds
        if now - self._sent.get(deduplication, -DEDUPLICATION) < DEDUPLICATION:
            return
        self._sent[deduplication] = now
        self._count += 1
        message = Message(f"{self.name}-{self._count}", body, group, now, now, attributes=attributes or {})
        self.groups.setdefault(group, deque()).append(message)
        self._offer(group)

    def _offer(self, group: str) -> None:
        """Note when the group can be received from next."""
        if waiting := self.groups.get(group):
            self._count += 1
            ready = max(waiting[0].sent_at, *(m.visible_at for m in waiting if m.receipt), 0.0)
            heapq.heappush(self._ready, (ready, self._count, group))

    def next_ready(self) -> float | None:
        """When a message can be received next; None while there is none."""
        return self._ready[0][0] if self._ready else None

    def receive(self, most: int = 10, hidden: float | None = None) -> list[Message]:
        """Up to that many, consecutive ones of a group together; hidden until deleted, or for so many seconds."""
        now, taken = self.world.seconds, list[Message]()
        while len(taken) < most and self._ready and self._ready[0][0] <= now:
            _, _, group = heapq.heappop(self._ready)
            waiting = self.groups.get(group)
            if not waiting or any(m.receipt and m.visible_at > now for m in waiting):
                continue  # an older note; a newer one follows
            while waiting and len(taken) < most and waiting[0].receives >= self.most_receives:
                self._dead_letter(waiting.popleft())
            for message in list(waiting)[: most - len(taken)]:
                if message.sent_at > now or message.receives >= self.most_receives:
                    break
                message.receives += 1
                self._count += 1
                message.receipt = f"{message.id}/{self._count}"
                message.received_at = now
                message.visible_at = now + (self.visibility if hidden is None else hidden)
                self.in_flight[message.receipt] = message
                taken.append(message)
            self._offer(group)
        return taken

    def _dead_letter(self, message: Message) -> None:
        if self.dead is not None:
            self.dead.send(message.body, message.group, f"redriven {message.id}")

    def hide(self, receipt: str, seconds: float) -> None:
        """ChangeMessageVisibility. Refused for a receipt that is over, and beyond twelve hours since the receipt."""
        now, message = self.world.seconds, self.in_flight.get(receipt)
        if message is None or message.receipt != receipt or message.visible_at <= now:
            raise refused("ReceiptHandle", receipt, "The receipt handle has expired")
        if not 0 <= seconds <= LONGEST_HIDDEN - (now - message.received_at):
            reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"
            raise refused("VisibilityTimeout", seconds, reason)
        message.visible_at = now + seconds
        self._offer(message.group)

    def delete(self, receipt: str) -> None:
        """DeleteMessage. Refused for a receipt that is over: the message has been, or will be, received again.

        Deleting once more with a receipt that is good is no error.
        """
        message = self.in_flight.get(receipt)
        if message is None or message.receipt != receipt or message.visible_at <= self.world.seconds:
            if receipt not in self._deleted:
                raise refused("ReceiptHandle", receipt, "The receipt handle has expired", "DeleteMessage")
            return
        del self.in_flight[receipt]
        self._deleted.add(receipt)
        self.groups[message.group].remove(message)
        self._offer(message.group)


def refused(parameter: str, value: object, reason: str, operation: str = "ChangeMessageVisibility") -> ClientError:
    """As SQS words it."""
    message = f"Value {value} for parameter {parameter} is invalid. Reason: {reason}."
    error = {"Error": {"Code": "InvalidParameterValue", "Message": message}}
    return ClientError(error | {"ResponseMetadata": {"HTTPStatusCode": 400}}, operation)  # type: ignore[arg-type]


def check_message(operation: str, body: str, given: Mapping[str, Any], values: list[str], refusals: list[str]) -> None:
    """Refuse what SQS and SNS refuse: length, characters, ids (API references, SendMessage and Publish)."""
    texts = [body, *values]
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    reason = ""
    if not body or any(not text for text in values):
        reason = "empty"
    elif size > LONGEST_MESSAGE:
        reason = f"{size} bytes"
    elif any(_REFUSED.search(text) for text in texts):
        reason = "characters that are not allowed"
    elif not all(_ID.fullmatch(given[name]) for name in ("MessageGroupId", "MessageDeduplicationId")):
        reason = f"{given['MessageGroupId']} or {given['MessageDeduplicationId']} is no id"
    if reason:
        refusals.append(f"{operation}: {reason}: {body[:200]}")
        error = {"Error": {"Code": "InvalidParameterValue", "Message": reason}}
        raise ClientError(error | {"ResponseMetadata": {"HTTPStatusCode": 400}}, operation)  # type: ignore[arg-type]


class SqsClient:
    """As much of boto3's client as the adapters use; a queue's URL is its name."""

    def __init__(self, *queues: Queue) -> None:
        self._queues = {queue.name: queue for queue in queues}
        self.refusals: list[str] = []
        """Messages that were refused for a reason that no waiting cures."""

    def send_message(self, **given: Any) -> None:
        """Into a queue."""
        attributes = given.get("MessageAttributes") or {}
        values = [each["StringValue"] for each in attributes.values()]
        check_message("SendMessage", given["MessageBody"], given, values, self.refusals)
        self._queues[given["QueueUrl"]].send(
            given["MessageBody"],
            given["MessageGroupId"],
            given["MessageDeduplicationId"],
            given.get("MessageAttributes"),
        )

    def add(self, *queues: Queue) -> None:
        """Know these as well."""
        self._queues |= {queue.name: queue for queue in queues}

    def receive_message(self, **given: Any) -> dict[str, Any]:
        """Some messages, hidden for as long as is asked for."""
        queue = self._queues[given["QueueUrl"]]
        most = given["MaxNumberOfMessages"]
        if not 1 <= most <= MOST_AT_ONCE:
            raise refused("MaxNumberOfMessages", most, "Must be between 1 and 10", "ReceiveMessage")
        messages = queue.receive(most, given["VisibilityTimeout"])
        return {
            "Messages": [
                {
                    "Body": each.body,
                    "ReceiptHandle": each.receipt,
                    "Attributes": {
                        "MessageGroupId": each.group,
                        "SentTimestamp": str(int((START + timedelta(seconds=each.sent_at)).timestamp() * 1000)),
                    },
                    "MessageAttributes": dict(each.attributes),
                }
                for each in messages
            ]
        }

    def delete_message(self, **given: Any) -> None:
        """It was dealt with."""
        self._queues[given["QueueUrl"]].delete(given["ReceiptHandle"])

    def change_message_visibility(self, **given: Any) -> None:
        """Hide a message in flight for so long."""
        self._queues[given["QueueUrl"]].hide(given["ReceiptHandle"], given["VisibilityTimeout"])


class Topic:
    """An SNS FIFO topic, as boto3's client of it. `published` is every message that was accepted, in order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._subscribed: list[tuple[Queue, frozenset[str] | None]] = []
        self._seen: dict[str, float] = {}
        self.published: list[str] = []
        self.refusals: list[str] = []

    def subscribe(self, queue: Queue, types: frozenset[str] | None = None) -> None:
        """Deliver to a queue, only these types where they are given: types that are published."""
        assert types is None or types <= set(map(published_name, get_args(EventType.__value__)))
        self._subscribed.append((queue, types))

    def publish(self, **given: Any) -> None:
        """Accept a message, unless it was published within the last five minutes."""
        check_message("Publish", given["Message"], given, [], self.refusals)
        now, key = self._world.seconds, given["MessageDeduplicationId"]
        if now - self._seen.get(key, -DEDUPLICATION) < DEDUPLICATION:
            return
        self._seen[key] = now
        self.published.append(given["Message"])
        for queue, types in self._subscribed:
            if types is None or json.loads(given["Message"])["type"] in types:
                queue.send(given["Message"], given["MessageGroupId"], key)


def records(messages: list[Message]) -> dict[str, Any]:
    """A batch as Lambda hands it to a function."""
    return {
        "Records": [
            {
                "messageId": message.id,
                "receiptHandle": message.receipt,
                "body": message.body,
                "attributes": {
                    "ApproximateReceiveCount": str(message.receives),
                    "MessageGroupId": message.group,
                    "SentTimestamp": str(int(message.sent_at * 1000)),
                },
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queue.fifo",
                "awsRegion": "eu-central-1",
            }
            for message in messages
        ]
    }


@dataclass(frozen=True)
class Context:
    """Lambda's context: the time that is left."""

    world: World
    until: float

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds."""
        return int((self.until - self.world.seconds) * 1000)


class EventSource:
    """Lambda's pollers of one queue: at most `concurrency` batches at once."""

    def __init__(
        self,
        queue: Queue,
        function: Callable[[dict[str, Any], Context], dict[str, Any]],
        *,
        concurrency: int,
        timeout: float,
        died: type[BaseException],
    ) -> None:
        self._queue = queue
        self._function = function
        self._timeout = timeout
        self._died = died
        self._world = queue.world
        self._free = [0.0] * concurrency

    def next_at(self) -> float:
        """When a message can be received and a poller is free."""
        ready = self._queue.next_ready()
        return float("inf") if ready is None else max(ready, min(self._free))

    def poll(self) -> bool:
        """Take one batch now and work on it, if a poller is free. False when there is nothing to do."""
        began = self._world.seconds
        free = next((i for i, at in enumerate(self._free) if at <= began), None)
        messages = self._queue.receive() if free is not None else []
        if not messages or free is None:
            return False
        try:
            answer = self._function(records(messages), Context(self._world, began + self._timeout))
        except self._died:
            pass  # nothing is deleted; all of it is seen again after the visibility timeout
        else:
            failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            for message in messages:
                if message.id not in failed and message.receipt:
                    with suppress(ClientError):  # it took too long: the message comes again
                        self._queue.delete(message.receipt)
        self._free[free] = self._world.seconds
        self._world.seconds = began
        return True
