"""The topic of the events, with its subscriptions and its archive."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from autobook_cli.target import NoTarget, Target

_TOPIC = "EventsTopic"
COMPLETED, FAILED = "Completed", "Failed"
"""Values of `ReplayStatus`; the others, `Pending` and `In progress`, mean that a replay is under way."""


class Refused(NoTarget):
    """What was asked for cannot be done; `str(error)` is one line for people."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end`; without an end up to now, and then what is published."""

    start: datetime
    end: datetime | None = None

    def policy(self) -> str:
        """As the `ReplayPolicy` of a subscription."""
        points = {"StartingPoint": _written(self.start)} | ({"EndingPoint": _written(self.end)} if self.end else {})
        return json.dumps({"PointType": "Timestamp", **points})


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Subscription:
    """How a queue is subscribed to the topic."""

    arn: str
    attributes: Mapping[str, str]

    @property
    def replay_status(self) -> str | None:
        """What became of the last replay into it; None without one."""
        return self.attributes.get("ReplayStatus")

    @property
    def under_way(self) -> bool:
        """Whether a replay is."""
        return self.replay_status not in {None, "", COMPLETED, FAILED}

    @property
    def paused_at(self) -> datetime | None:
        """The end of a replay after which it was not resumed: what was published since has not been delivered."""
        try:
            return datetime.fromisoformat(json.loads(self.attributes["ReplayPolicy"])["EndingPoint"])
        except (KeyError, ValueError, TypeError):
            return None


@dataclass(frozen=True)
class Topic:
    """The topic of a deployed stack."""

    sns: Any
    sqs: Any
    arn: str
    stack_name: str

    @classmethod
    def of(cls, deployed: Target) -> "Topic":
        """The one that the stack has. Raises NoTarget."""
        if _TOPIC not in deployed.resources:
            raise NoTarget(f"the stack {deployed.stack_name} has no {_TOPIC}")
        return cls(deployed.client("sns"), deployed.client("sqs"), deployed.resources[_TOPIC], deployed.stack_name)

    @cached_property
    def begins(self) -> datetime | None:
        """The earliest moment from which events can be replayed; None if the topic keeps no archive."""
        attributes = self.sns.get_topic_attributes(TopicArn=self.arn)["Attributes"]
        beginning = attributes.get("BeginningArchiveTime")
        if not beginning or attributes.get("ArchivePolicy", "{}") == "{}":
            return None
        # It moves on while we work: nothing is kept for longer than it has to be.
        return datetime.fromisoformat(beginning) + timedelta(seconds=1)

    def reach(self, moment: datetime) -> datetime:
        """The moment, or the beginning of the archive if that is later. It is never in the future."""
        return min(max(moment, self.begins or moment), datetime.now(UTC))

    def queue_arn(self, name: str) -> str:
        """The ARN of a queue beside the topic."""
        partition, _, region, account = self.arn.split(":")[1:5]
        return f"arn:{partition}:sqs:{region}:{account}:{name}"

    def endpoints(self) -> Iterator[tuple[str, str]]:
        """Subscription and queue, by ARN, of every queue that is subscribed."""
        for page in self.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self.arn):
            for each in page["Subscriptions"]:
                if each["Protocol"] == "sqs":
                    yield each["SubscriptionArn"], each["Endpoint"]

    def subscription(self, queue_arn: str) -> Subscription | None:
        """That of a queue, if it is subscribed."""
        arn = next((arn for arn, endpoint in self.endpoints() if endpoint == queue_arn), None)
        return None if arn is None else self.subscription_by(arn)

    def subscription_by(self, arn: str) -> Subscription | None:
        """The subscription as it is now; None if it is gone."""
        try:
            return Subscription(arn, self.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFound":
                raise
            return None

    def statement(self, queue_arn: str, sid: str) -> dict[str, Any]:
        """The statement of a queue's policy that lets this topic, and no other, put events into it."""
        return {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": self.arn}},
        }
