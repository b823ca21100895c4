"""The queue that a replay goes into: named as people name queues, and open to the topic."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from autobook_cli.events.leases import is_gone
from autobook_cli.events.topic import Refused, Topic

_SID = "AutobookReplay"
_ARN = re.compile(r"arn:[\w-]+:sqs:([\w-]+):(\d{12}):([\w.-]+)", re.ASCII)
_URL = re.compile(r"https?://[^/]+/(?:[^/]+/)*(\d{12})/([\w.-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class TargetQueue:
    """A queue of the topic's account and region."""

    url: str
    arn: str
    name: str


def find_queue(topic: Topic, given: str) -> TargetQueue:
    """A queue by name (with or without the stack's before it), URL or ARN. Raises Refused."""
    _, _, _, region, account = topic.arn.split(":")[:5]
    arn, url = _ARN.fullmatch(given), _URL.fullmatch(given)
    if (arn and (arn[1], arn[2]) != (region, account)) or (url and url[1] != account):
        raise Refused(f"{given} is in another account or region than the topic ({account}, {region})")
    name = arn[3] if arn else url[2] if url else given
    for each in dict.fromkeys(_names(topic, name) if name == given else [name]):
        try:
            found = topic.sqs.get_queue_url(QueueName=each)["QueueUrl"]
        except ClientError as error:
            if not is_gone(error) and error.response["Error"]["Code"] != "InvalidParameterValue":
                raise
            continue
        return TargetQueue(found, topic.queue_arn(each), each)
    raise Refused(f"there is no queue {given}: give its name, URL or ARN")


def _names(topic: Topic, name: str) -> Iterator[str]:
    for each in (name, f"{topic.stack_name}-{name}"):
        yield each
        if not each.endswith(".fifo"):
            yield f"{each}.fifo"


def messages_in(topic: Topic, queue: TargetQueue) -> int:
    """About how many wait in it or are being worked on."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = topic.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)["Attributes"]
    return sum(int(attributes.get(name, 0)) for name in names)


def lets_in(topic: Topic, queue: TargetQueue) -> bool:
    """Whether the queue's policy lets SNS put the topic's events into it, by a statement of the usual form."""
    return any(_allows(statement, topic) for statement in _policy(topic, queue)["Statement"])


@contextmanager
def opened(topic: Topic, queue: TargetQueue) -> Iterator[None]:
    """The queue's policy lets the topic in for the length of the block, as it does before or not."""
    before = _policy(topic, queue)
    ours = [each for each in before["Statement"] if each.get("Sid") == _SID]
    if not ours and lets_in(topic, queue):
        yield
        return
    if not ours:
        statement = topic.statement(queue.arn, _SID)
        _put(topic, queue, {**before, "Statement": [*before["Statement"], statement]})
    try:
        yield
    finally:
        close(topic, queue)


def close(topic: Topic, queue: TargetQueue) -> None:
    """Take from the queue's policy what `opened` put into it."""
    policy = _policy(topic, queue)
    left = [each for each in policy["Statement"] if each.get("Sid") != _SID]
    if len(left) < len(policy["Statement"]):
        _put(topic, queue, {**policy, "Statement": left})


def _policy(topic: Topic, queue: TargetQueue) -> dict[str, Any]:
    found = topic.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["Policy"]).get("Attributes", {})
    policy: dict[str, Any] = json.loads(found.get("Policy") or "{}")
    statements = policy.get("Statement", [])
    return {
        "Version": "2012-10-17",
        **policy,
        "Statement": statements if isinstance(statements, list) else [statements],
    }


def _put(topic: Topic, queue: TargetQueue, policy: Mapping[str, Any]) -> None:
    text = json.dumps(policy) if policy["Statement"] else ""  # an empty text removes the policy
    topic.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": text})


def _allows(statement: Mapping[str, Any], topic: Topic) -> bool:
    principal, actions = statement.get("Principal"), statement.get("Action", [])
    services = principal.get("Service", []) if isinstance(principal, dict) else principal
    names = {each.lower() for each in ([actions] if isinstance(actions, str) else actions)}
    sources = [
        value
        for operator, pairs in statement.get("Condition", {}).items()
        for key, value in pairs.items()
        if key.lower() == "aws:sourcearn" and operator in {"ArnEquals", "ArnLike", "StringEquals", "StringLike"}
    ]
    return (
        statement.get("Effect") == "Allow"
        and (services == "*" or "sns.amazonaws.com" in ([services] if isinstance(services, str) else services or []))
        and bool(names & {"sqs:sendmessage", "sqs:*", "*"})
        and (not statement.get("Condition") or any(topic.arn in ([s] if isinstance(s, str) else s) for s in sources))
    )
