"""Events out of the topic's archive, into a queue once more.

A subscription's `ReplayPolicy` does it ("Amazon SNS message replay for FIFO topic subscribers" in the Amazon SNS
Developer Guide). Three cases:

- The queue is not subscribed: it is for the time of the replay, and its policy lets the topic in for as long.
- It is subscribed, and the span has no end: its own subscription replays up to now and goes on with new events.
- It is subscribed, and the span has an end: SNS pauses the subscription at the end. It is resumed from where it was, so
  that nothing is left out; a minute of events may come twice.

What a killed command left (a subscription for the time of the replay, or a paused one) is known by a tag of the queue,
and put in order by the next command.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from autobook_cli.events.filters import EventFilter
from autobook_cli.events.leases import Lease, Taken, is_gone, taken, undisturbed
from autobook_cli.events.target_queue import TargetQueue, close, messages_in, opened
from autobook_cli.events.topic import COMPLETED, FAILED, Refused, Span, Subscription, Topic

LEASE = "autobook:replay"
OVERLAP = timedelta(minutes=1)
"""A resumed subscription begins so much earlier: clocks differ."""
_SUBSCRIBED, _PAUSED = "subscribed", "paused"
_EVERY = 2.0
_MOST_UNKNOWN = 30
"""Looks at a subscription that says nothing of a replay; after them there is none."""

type Progress = Callable[[str, int], None]
"""Called with SNS's word for the state, and how many messages the queue has."""


@dataclass(frozen=True)
class Replay:
    """Into `queue`, what `filter` takes (a queue that is subscribed already has its own filter)."""

    topic: Topic
    queue: TargetQueue
    span: Span
    filter: EventFilter
    warn: Callable[[str], None]
    seconds: float = _EVERY

    def __call__(self, progress: Progress) -> None:
        """Start it and wait until it is through. Raises Refused."""
        mine = self.topic.subscription(self.queue.arn)
        refuse_two_at_once(self.topic, self.queue, mine)
        if mine is None:
            with self._for_the_time() as (subscription, lease):
                self._wait(subscription, progress, lease)
        elif self.span.end is None:
            self._set(mine.arn, self.span)
            self._wait(mine.arn, progress, None)
        else:
            with self._resumed(mine) as lease:
                self._set(mine.arn, self.span)
                self._wait(mine.arn, progress, lease)

    @contextmanager
    def _for_the_time(self) -> Iterator[tuple[str, Lease]]:
        lease, made = Lease(self.topic.sqs, self.queue.url, LEASE, _SUBSCRIBED), ""
        try:
            lease.renew()
            with opened(self.topic, self.queue):
                made = self.topic.sns.subscribe(
                    TopicArn=self.topic.arn,
                    Protocol="sqs",
                    Endpoint=self.queue.arn,
                    Attributes={
                        "RawMessageDelivery": "true",
                        "ReplayPolicy": Span(self.span.start, self.span.end or datetime.now(UTC)).policy(),
                        **self.filter.attributes(),
                    },
                    ReturnSubscriptionArn=True,
                )["SubscriptionArn"]
                yield made, lease
        finally:
            self._in_order(_SUBSCRIBED, made)

    @contextmanager
    def _resumed(self, mine: Subscription) -> Iterator[Lease]:
        since = mine.paused_at or datetime.now(UTC) - OVERLAP
        about = f"{_PAUSED} {since:%Y-%m-%dT%H:%M:%SZ}"
        lease = Lease(self.topic.sqs, self.queue.url, LEASE, about)
        try:
            lease.renew()
            yield lease
        finally:
            self._in_order(about)

    def _in_order(self, about: str, made: str = "") -> None:
        with undisturbed():
            try:
                if made:  # the list of subscriptions may not have it yet
                    self.topic.sns.unsubscribe(SubscriptionArn=made)
                put_in_order(self.topic, self.queue, about)
            except (BotoCoreError, ClientError) as error:
                self.warn(f"{self.queue.name} could not be left as it was ({error}); the next replay does it")

    def _set(self, subscription: str, span: Span) -> None:
        self.topic.sns.set_subscription_attributes(
            SubscriptionArn=subscription, AttributeName="ReplayPolicy", AttributeValue=span.policy()
        )

    def _wait(self, subscription: str, progress: Progress, lease: Lease | None) -> None:
        unknown = complete = 0
        while complete < 2:  # the first may still be said of the replay before
            found = self.topic.subscription_by(subscription)
            if found is None or found.replay_status == FAILED or unknown > _MOST_UNKNOWN:
                raise Refused("SNS could not complete the replay: what came so far is in the queue; try again")
            unknown += found.replay_status is None
            complete = complete + 1 if found.replay_status == COMPLETED else 0
            progress(found.replay_status or "Pending", messages_in(self.topic, self.queue))
            if lease is not None:
                lease.renew()
            if complete < 2:
                time.sleep(self.seconds)


def refuse_two_at_once(topic: Topic, queue: TargetQueue, mine: Subscription | None) -> None:
    """Raises Refused while another replay goes into the queue: a second one would take its place."""
    lease = taken(topic.sqs, queue.url, LEASE)
    if (lease is not None and lease.in_use) or (mine is not None and mine.under_way):
        raise Refused(
            f"another replay into {queue.name} is under way: wait until it is through (ten minutes, if it was killed)"
        )


def put_in_order(topic: Topic, queue: TargetQueue, about: str) -> None:
    """End a replay as its lease says: unsubscribe a queue that was not subscribed, resume one that was."""
    word, _, since = about.partition(" ")
    mine = topic.subscription(queue.arn)
    if word == _SUBSCRIBED:
        if mine is not None:
            topic.sns.unsubscribe(SubscriptionArn=mine.arn)
        close(topic, queue)
    elif word == _PAUSED and mine is not None:
        start = topic.reach(datetime.fromisoformat(since))
        topic.sns.set_subscription_attributes(
            SubscriptionArn=mine.arn, AttributeName="ReplayPolicy", AttributeValue=Span(start).policy()
        )
    Lease(topic.sqs, queue.url, LEASE, about).end()


def put_leftovers_in_order(topic: Topic) -> list[str]:
    """Do so for every queue of the topic whose replay was killed; the queues' names."""
    names = []
    for _, arn in list(topic.endpoints()):
        queue = _beside(topic, arn)
        found: Taken | None = taken(topic.sqs, queue.url, LEASE) if queue else None
        if queue is not None and found is not None and not found.in_use:
            put_in_order(topic, queue, found.about)
            names.append(queue.name)
    return names


def _beside(topic: Topic, arn: str) -> TargetQueue | None:
    """A subscribed queue of the topic's account and region, if it is there."""
    name = arn.rpartition(":")[2]
    if arn != topic.queue_arn(name):
        return None
    try:
        return TargetQueue(topic.sqs.get_queue_url(QueueName=name)["QueueUrl"], arn, name)
    except ClientError as error:
        if not is_gone(error):
            raise
        return None
