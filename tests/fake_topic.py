"""SNS with one FIFO topic, as far as the command line uses it, delivering into SQS as moto plays it.

It refuses what SNS refuses, delivers only where the queue's policy lets it, and replays as SNS says that it does:
`Pending`, then `In progress`, then `Completed`; after a replay with an end the subscription is paused.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

from autobook_cli.events import Topic
from autobook_sim.topic_archive import Archive, PolicyRefused, read_replay, written

STACK = "autobook"
ARN = f"arn:aws:sns:eu-central-1:123456789012:{STACK}-events.fifo"
DAYS = timedelta(days=90)
_ATTRIBUTES = {"RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "ReplayPolicy"}


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "an operation of SNS")


@dataclass
class FakeSubscription:
    queue_arn: str
    attributes: dict[str, str]
    coming: list[str] = field(default_factory=list)
    """The states of a replay that are still to be seen."""

    @property
    def paused(self) -> bool:
        return "EndingPoint" in json.loads(self.attributes.get("ReplayPolicy", "{}"))


@dataclass
class FakeSns:
    """`after` is called with the name of each operation, before it answers: for what happens in between."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    keeps_archive: bool = True
    fails: bool = False
    after: Callable[[str], None] = lambda _: None
    subscriptions: dict[str, FakeSubscription] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sqs: Any = boto3.client("sqs")
        self.archive: Archive[dict[str, Any]] = Archive(self.now() - 2 * DAYS, DAYS)

    # ---------------------------------------------------------------- what tests do

    def topic(self) -> Topic:
        return Topic(self, self.sqs, ARN, STACK)

    def queue(self, name: str, *, open_: bool = True) -> str:
        """A FIFO queue that lets the topic in, or does not; its ARN."""
        arn = self.topic().queue_arn(name)
        policy = {"Version": "2012-10-17", "Statement": [self.topic().statement(arn, "its-own")]}
        attributes = {"FifoQueue": "true"} | ({"Policy": json.dumps(policy)} if open_ else {})
        self.sqs.create_queue(QueueName=name, Attributes=attributes)
        return arn

    def publish(self, event: dict[str, Any], at: datetime | None = None) -> None:
        """An event; one of the past was published then, and is in the archive alone."""
        self.archive.record(event, at or self.now())
        if at is None:
            for each in list(self.subscriptions.values()):
                if not each.paused:
                    self._deliver(each, event)

    def ids_in(self, name: str) -> list[str]:
        """The ids of the events that a queue has, taken from it."""
        url, found = self.sqs.get_queue_url(QueueName=name)["QueueUrl"], []
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for each in messages:
                found.append(json.loads(each["Body"])["id"])
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return found

    def _deliver(self, subscription: FakeSubscription, event: dict[str, Any]) -> None:
        policy = json.loads(subscription.attributes.get("FilterPolicy", "{}"))
        if any(event.get(name) not in values for name, values in policy.items()):
            return
        try:
            url = self.sqs.get_queue_url(QueueName=subscription.queue_arn.rpartition(":")[2])["QueueUrl"]
        except ClientError:
            return
        queue_policy = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
        if ARN not in queue_policy.get("Policy", ""):
            return
        self.sqs.send_message(
            QueueUrl=url,
            MessageBody=json.dumps(event),
            MessageGroupId=str(event.get("subject")),
            MessageDeduplicationId=str(uuid.uuid4()),
        )

    # ---------------------------------------------------------------- what the command line calls

    def get_topic_attributes(self, TopicArn: str) -> Any:  # noqa: N803 - boto3's name
        assert TopicArn == ARN
        archived = {
            "ArchivePolicy": json.dumps({"MessageRetentionPeriod": "90"}),
            "BeginningArchiveTime": written(self.archive.beginning(self.now())),
        }
        return {"Attributes": {"TopicArn": ARN, "FifoTopic": "true"} | (archived if self.keeps_archive else {})}

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_subscriptions_by_topic"
        return self

    def paginate(self, TopicArn: str) -> Iterator[Any]:  # noqa: N803
        """One subscription a page."""
        assert TopicArn == ARN
        self.after("list_subscriptions_by_topic")
        yield {"Subscriptions": []}
        for arn, each in list(self.subscriptions.items()):
            yield {"Subscriptions": [{"SubscriptionArn": arn, "Protocol": "sqs", "Endpoint": each.queue_arn}]}

    def subscribe(self, **given: Any) -> Any:
        assert (given["TopicArn"], given["Protocol"]) == (ARN, "sqs")
        attributes = dict(given.get("Attributes", {}))
        self._check(attributes)
        for arn, each in self.subscriptions.items():
            if each.queue_arn == given["Endpoint"]:
                if any(each.attributes.get(name) != value for name, value in attributes.items()):
                    raise refusal("InvalidParameter", "Subscription already exists with different attributes")
                return {"SubscriptionArn": arn}
        arn = f"{ARN}:{uuid.uuid4()}"
        self.subscriptions[arn] = FakeSubscription(given["Endpoint"], attributes)
        if "ReplayPolicy" in attributes:
            self._start(self.subscriptions[arn])
        self.after("subscribe")
        return {"SubscriptionArn": arn}

    def unsubscribe(self, SubscriptionArn: str) -> None:  # noqa: N803
        self.subscriptions.pop(SubscriptionArn, None)
        self.after("unsubscribe")

    def set_subscription_attributes(self, SubscriptionArn: str, AttributeName: str, AttributeValue: str) -> None:  # noqa: N803
        if SubscriptionArn not in self.subscriptions:
            raise refusal("NotFound", "Subscription does not exist")
        self._check({AttributeName: AttributeValue})
        subscription = self.subscriptions[SubscriptionArn]
        subscription.attributes[AttributeName] = AttributeValue
        if AttributeName == "ReplayPolicy":
            self._start(subscription)
        self.after("set_subscription_attributes")

    def get_subscription_attributes(self, SubscriptionArn: str) -> Any:  # noqa: N803
        if SubscriptionArn not in self.subscriptions:
            raise refusal("NotFound", "Subscription does not exist")
        subscription = self.subscriptions[SubscriptionArn]
        if subscription.coming:
            subscription.attributes["ReplayStatus"] = subscription.coming.pop(0)
        found = {**subscription.attributes, "Endpoint": subscription.queue_arn}
        self.after("get_subscription_attributes")
        return {"Attributes": found}

    def _check(self, attributes: dict[str, str]) -> None:
        if unknown := set(attributes) - _ATTRIBUTES:
            raise refusal("InvalidParameter", f"AttributeName {unknown}")
        policy = json.loads(attributes.get("FilterPolicy", "{}"))
        if not all(isinstance(values, list) and values for values in policy.values()):
            raise refusal("InvalidParameter", "FilterPolicy")
        if "ReplayPolicy" in attributes:
            now = self.now()
            beginning = self.archive.beginning(now) if self.keeps_archive else None
            try:
                read_replay(attributes["ReplayPolicy"], beginning, now)
            except PolicyRefused as error:
                raise refusal("InvalidParameter", str(error)) from error

    def _start(self, subscription: FakeSubscription) -> None:
        """Everything is delivered at once, and said step by step."""
        subscription.attributes.pop("ReplayStatus", None)
        subscription.coming = ["Pending", "In progress", "Failed" if self.fails else "Completed"]
        replay = read_replay(subscription.attributes["ReplayPolicy"], self.archive.beginning(self.now()), self.now())
        for event in [] if self.fails else self.archive.between(replay):
            self._deliver(subscription, event)
