"""A queue of one's own that the topic's events go into, for as long as it is needed.

It is made and subscribed on entering the `with` block, and removed on leaving it, however that comes about. What a
killed command left is found by its lease (leases.py) and removed by the next one.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from autobook_cli.events.filters import EventFilter
from autobook_cli.events.leases import Lease, is_gone, taken, undisturbed
from autobook_cli.events.topic import COMPLETED, FAILED, Refused, Span, Topic

_LEASE = "autobook:temporary-queue"
_RETENTION = 3600
"""Seconds: a queue that nobody reads any more holds little."""
_MOST = 10


def _ignore(_: str) -> None:
    pass


@dataclass
class TemporaryQueue:
    """Events of the topic that the filter takes.

    `replay`: first those of the archive in that span; if it has no end, then the new ones.

    `warn` is called with a line for people where the queue could not be removed. `subscribed_with`: attributes of the
    subscription in place of the filter's.
    """

    topic: Topic
    filter: EventFilter = field(default_factory=EventFilter)
    replay: Span | None = None
    warn: Callable[[str], None] = _ignore
    subscribed_with: Mapping[str, str] | None = None
    _url: str = ""
    _lease: Lease | None = None
    _subscription: str = ""
    _calm: int = 0

    def __enter__(self) -> Self:
        """Make and subscribe it."""
        self.name = f"{_prefix(self.topic)}{secrets.token_hex(6)}.fifo"
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove it."""
        self._remove()

    def _make(self) -> None:
        arn = self.topic.queue_arn(self.name)
        policy = {"Version": "2012-10-17", "Statement": [self.topic.statement(arn, "events")]}
        made = self.topic.sqs.create_queue(
            QueueName=self.name,
            Attributes={
                "FifoQueue": "true",
                "DeduplicationScope": "messageGroup",
                "FifoThroughputLimit": "perMessageGroupId",
                "MessageRetentionPeriod": str(_RETENTION),
                "SqsManagedSseEnabled": "true",
                "Policy": json.dumps(policy),
            },
            tags={_LEASE: Lease.value(self.topic.arn)},
        )
        self._url = made["QueueUrl"]
        self._lease = Lease(self.topic.sqs, self._url, _LEASE, self.topic.arn)
        attributes = self.filter.attributes() if self.subscribed_with is None else self.subscribed_with
        replay = {"ReplayPolicy": self.replay.policy()} if self.replay else {}
        # No RedrivePolicy: an event that does not reach this queue is nobody's loss, and no alarm's matter.
        self._subscription = self.topic.sns.subscribe(
            TopicArn=self.topic.arn,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true", **attributes, **replay},
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]

    def receive(self, seconds: int) -> list[dict[str, Any]]:
        """At most ten events, each once; none if none comes within `seconds` (at most 20)."""
        try:
            if self._lease is not None:
                self._lease.renew()
            answer = self.topic.sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=_MOST, WaitTimeSeconds=seconds
            )
            messages = answer.get("Messages", [])
            if messages:
                handles = [{"Id": str(at), "ReceiptHandle": m["ReceiptHandle"]} for at, m in enumerate(messages)]
                self.topic.sqs.delete_message_batch(QueueUrl=self._url, Entries=handles)
        except ClientError as error:
            if not is_gone(error):
                raise
            raise Refused(f"the queue {self.name} was removed by somebody else: start again") from error
        events = [_event(message["Body"]) for message in messages]
        return [event for event in events if self.filter.takes(event)]

    def drain(self) -> Iterator[dict[str, Any]]:
        """Every event of a replay that has an end. Raises Refused if SNS cannot complete it."""
        while True:
            complete = self._is_complete()
            events = self.receive(1)
            yield from events
            self._calm = self._calm + 1 if complete and not events else 0
            if self._calm > 1:
                return

    def _is_complete(self) -> bool:
        found = self.topic.subscription_by(self._subscription)
        if found is None or found.replay_status == FAILED:
            raise Refused("SNS could not complete the replay: try again")
        return found.replay_status == COMPLETED

    def _remove(self) -> None:
        with undisturbed():
            try:
                if self._subscription:  # the list of subscriptions may not have it yet
                    self.topic.sns.unsubscribe(SubscriptionArn=self._subscription)
                _remove(self.topic, self.name)
            except (BotoCoreError, ClientError) as error:
                self.warn(f"the queue {self.name} could not be removed ({error}); the next command like this does it")


def _event(body: str) -> dict[str, Any]:
    """The event in a message; something else that was published is shown as it is."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"unreadable": body}


def _prefix(topic: Topic) -> str:
    return f"{topic.stack_name}-temporary-"


def _remove(topic: Topic, name: str) -> None:
    """The queue with its subscription, as far as they are there: whoever ends early may not know what it has made."""
    for arn, endpoint in topic.endpoints():
        if endpoint == topic.queue_arn(name):
            topic.sns.unsubscribe(SubscriptionArn=arn)
    try:
        topic.sqs.delete_queue(QueueUrl=topic.sqs.get_queue_url(QueueName=name)["QueueUrl"])
    except ClientError as error:
        if not is_gone(error):
            raise


def _exists(topic: Topic, name: str) -> bool:
    try:
        topic.sqs.get_queue_url(QueueName=name)
    except ClientError as error:
        if not is_gone(error):
            raise
        return False
    return True


def remove_leftover_queues(topic: Topic) -> list[str]:
    """Remove temporary queues whose command was killed, and subscriptions whose queue is gone; the queues' names."""
    names = []
    for arn, endpoint in list(topic.endpoints()):
        name = endpoint.rpartition(":")[2]
        if name.startswith(_prefix(topic)) and endpoint == topic.queue_arn(name) and not _exists(topic, name):
            topic.sns.unsubscribe(SubscriptionArn=arn)
    for page in topic.sqs.get_paginator("list_queues").paginate(QueueNamePrefix=_prefix(topic)):
        for url in page.get("QueueUrls", []):
            found = taken(topic.sqs, url, _LEASE)
            if found is not None and found.about == topic.arn and not found.in_use:
                names.append(url.rpartition("/")[2])
                _remove(topic, names[-1])
    return names
