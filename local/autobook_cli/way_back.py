"""Where a dead letter goes when it is redriven: the queue that it came from, or that SNS was to deliver it into."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autobook_cli.dead_letters import EVENTS, SCHEDULES, SOURCES, DeadLetter, delivered_text

_TOPIC = "EventsTopic"


@dataclass(frozen=True)
class Destination:
    """A queue; `name` is its logical id, or its name where it is none of the stack's."""

    name: str
    url: str


@dataclass(frozen=True)
class _Subscription:
    """A queue that SNS delivers into, with letters of what it cannot deliver."""

    destination: Destination
    clues: tuple[str, ...]
    """What names it in a letter: its queue and itself."""
    filter_policy: Mapping[str, Any]


class WayBack:
    """Finds the queues of a stack that a letter belongs into."""

    def __init__(self, sqs: Any, sns: Any, resources: Mapping[str, str]) -> None:
        self._sqs, self._sns, self._resources = sqs, sns, resources

    def destinations(self, letter: DeadLetter) -> tuple[Destination, ...]:
        """The queues; none where there is no way back.

        SNS does not always say into which queue it could not deliver. Then it is each queue that would have been
        delivered to: every consumer takes an event that it has had before.
        """
        if letter.queue == EVENTS:
            wanted = [each for each in self._subscriptions if _accepts(each.filter_policy, letter)]
            named = [each for each in wanted if any(_names(clue, letter) for clue in each.clues)]
            return tuple(each.destination for each in named or wanted)
        source = SOURCES[letter.queue]
        return (Destination(source, self._resources[source]),) if source in self._resources and source else ()

    @staticmethod
    def why_none(letter: DeadLetter) -> str:
        """Why a letter without destinations stays, and what to do about it."""
        if letter.queue == SCHEDULES:
            return "nothing to put back: the next scheduled run resumes by itself; `autobook dlq drop` removes it"
        return "no queue of this stack takes it"

    @cached_property
    def _subscriptions(self) -> list[_Subscription]:
        topic = self._resources.get(_TOPIC)
        if topic is None or self._sns is None:
            return []
        found = []
        for page in self._sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
            for each in page["Subscriptions"]:
                if each["Protocol"] == "sqs" and each["SubscriptionArn"].startswith("arn:"):
                    found.append(self._subscription(each["SubscriptionArn"], each["Endpoint"]))
        return [each for each in found if each is not None]

    def _subscription(self, arn: str, queue_arn: str) -> _Subscription | None:
        """None for one whose letters are not in this queue."""
        attributes = self._sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        letters = _read(attributes.get("RedrivePolicy")).get("deadLetterTargetArn", "")
        if letters.rpartition(":")[2] != self._resources[EVENTS].rpartition("/")[2]:
            return None
        name = queue_arn.rpartition(":")[2]
        urls = {url.rpartition("/")[2]: (logical_id, url) for logical_id, url in self._resources.items()}
        known = urls.get(name)
        destination = Destination(*known) if known else Destination(name, self._url(queue_arn))
        return _Subscription(destination, (name, arn), _read(attributes.get("FilterPolicy")))

    def _url(self, queue_arn: str) -> str:
        account, name = queue_arn.split(":")[-2:]
        url: str = self._sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        return url


def _names(clue: str, letter: DeadLetter) -> bool:
    """Whether a text of the letter has the clue, and not as a part of a longer name."""
    name = re.compile(rf"(?<![\w-]){re.escape(clue)}(?![\w-])")
    return any(name.search(text) for text in letter.clues)


def _accepts(policy: Mapping[str, Any], letter: DeadLetter) -> bool:
    """Whether SNS would deliver it by this filter on the body. What we do not evaluate counts as met."""
    fields = _read(delivered_text(letter.body))
    for name, values in policy.items():
        plain = isinstance(values, list) and all(isinstance(each, str) for each in values)
        if plain and fields.get(name) not in values:
            return False
    return True


def _read(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
