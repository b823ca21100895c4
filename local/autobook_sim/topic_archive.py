"""The message archive of an SNS FIFO topic, and its replay: what MiniStack lacks, and what tests play.

As "Amazon SNS message replay for FIFO topic subscribers" (Amazon SNS Developer Guide) and the API reference of SNS
say: a subscription's `ReplayPolicy` has the messages of a span delivered again. Without an ending point the
subscription then goes on with new messages; with one it is paused, until it gets a policy without. A topic with an
archive is not deleted ("Amazon SNS message archiving for FIFO topic owners"). What SNS refuses is refused here.
Standard library only: MiniStack's own Python loads this.
"""

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

_FIELDS = {"PointType", "StartingPoint", "EndingPoint"}
_DAYS = (1, 365)
NOT_DELETED = "Invalid state: the topic has an active ArchivePolicy and cannot be deleted"
"""Of the error InvalidState (DeleteTopic, Amazon SNS API Reference)."""


class PolicyRefused(Exception):
    """SNS would answer InvalidParameter; `str(error)` says why."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The span of a replay; `end` None: up to now, and then what is published."""

    start: datetime
    end: datetime | None


def retention(archive_policy: str) -> timedelta | None:
    """For how long a topic keeps its messages; None where it keeps none. Raises PolicyRefused."""
    policy = _object(archive_policy or "{}", "ArchivePolicy")
    if not policy:
        return None
    days = policy.get("MessageRetentionPeriod")
    if set(policy) != {"MessageRetentionPeriod"} or not re.fullmatch("[0-9]{1,3}", str(days)):
        raise PolicyRefused("Invalid parameter: ArchivePolicy Reason: MessageRetentionPeriod is missing or no number")
    if not _DAYS[0] <= int(str(days)) <= _DAYS[1]:
        raise PolicyRefused("Invalid parameter: ArchivePolicy Reason: MessageRetentionPeriod is 1 to 365 days")
    return timedelta(days=int(str(days)))


def refuse_standard(topic_arn: str) -> None:
    """Only FIFO topics keep an archive. Raises PolicyRefused."""
    if not topic_arn.endswith(".fifo"):
        raise PolicyRefused("Invalid parameter: ArchivePolicy Reason: only FIFO topics keep an archive")


def read_replay(replay_policy: str, beginning: datetime | None, now: datetime) -> Replay:
    """What a `ReplayPolicy` asks for. `beginning` is the archive's, None without one. Raises PolicyRefused."""
    policy = _object(replay_policy, "ReplayPolicy")
    if beginning is None:
        raise PolicyRefused("Invalid parameter: ReplayPolicy Reason: the topic has no ArchivePolicy")
    if set(policy) - _FIELDS or policy.get("PointType") != "Timestamp":
        raise PolicyRefused("Invalid parameter: ReplayPolicy Reason: PointType has to be Timestamp")
    start = _moment(policy.get("StartingPoint"), "StartingPoint")
    end = _moment(policy["EndingPoint"], "EndingPoint") if "EndingPoint" in policy else None
    if start < beginning:
        raise PolicyRefused("Invalid parameter: ReplayPolicy Reason: StartingPoint is before BeginningArchiveTime")
    if start > now:
        raise PolicyRefused("Invalid parameter: ReplayPolicy Reason: StartingPoint is in the future")
    if end is not None and end < start:
        raise PolicyRefused("Invalid parameter: ReplayPolicy Reason: EndingPoint is before StartingPoint")
    return Replay(start, end)


def written(moment: datetime) -> str:
    """A moment as SNS writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise PolicyRefused(f"Invalid parameter: {name} Reason: failed to parse JSON")
    return found


def _moment(value: object, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        found = None
    if not isinstance(value, str) or found is None or found.tzinfo is None:
        raise PolicyRefused(f"Invalid parameter: ReplayPolicy Reason: {name} is no timestamp")
    return found


@dataclass
class Archive[Message]:
    """What one topic has published since it keeps an archive."""

    began: datetime
    kept: timedelta
    _messages: list[tuple[datetime, Message]] = field(default_factory=list)

    def beginning(self, now: datetime) -> datetime:
        """The earliest moment from which a replay may start."""
        return max(self.began, now - self.kept)

    def record(self, message: Message, now: datetime) -> None:
        """Keep a message, and forget those that have been kept for long enough."""
        earliest = self.beginning(now)
        self._messages = [each for each in self._messages if each[0] >= earliest]
        self._messages.append((now, message))

    def between(self, replay: Replay) -> list[Message]:
        """The messages of a span, in the order in which they were published."""
        return [
            message for at, message in self._messages if at >= replay.start and (replay.end is None or at <= replay.end)
        ]


class MinistackReplay:
    """Adds archive and replay to MiniStack's SNS (the module, as of 1.5.33), around the functions that it has.

    `provisioners`: the module of MiniStack's CloudFormation that deletes topics without asking SNS.

    A replay is through when the call that asks for it returns.
    """

    def __init__(self, sns: Any, provisioners: Any, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._sns, self._now = sns, now
        self._lock = threading.RLock()
        self._only: ContextVar[str | None] = ContextVar("only", default=None)
        self._archives: dict[str, Archive[tuple[tuple[Any, ...], dict[str, Any]]]] = {}
        # All of them have to be there, under these names: a MiniStack that works differently must not start.
        self._fanout, self._matches = sns._fanout, sns._matches_filter_policy
        self._subscribe, self._set_subscription = sns._subscribe, sns._set_subscription_attributes
        self._set_topic, self._topic_attributes = sns._set_topic_attributes, sns._get_topic_attributes
        self._delete_topic = sns._delete_topic
        self._topics_of_stacks = provisioners._RESOURCE_HANDLERS["AWS::SNS::Topic"]
        self._delete_of_stack = self._topics_of_stacks["delete"]

    def install(self) -> None:
        """Put it in."""
        self._sns._fanout = self._recorded_fanout
        self._sns._matches_filter_policy = self._matches_unless_paused
        self._sns._subscribe = self._subscribe_and_replay
        self._sns._set_subscription_attributes = self._set_and_replay
        self._sns._set_topic_attributes = self._set_archive
        self._sns._get_topic_attributes = self._with_beginning
        self._sns._delete_topic = self._delete_without_archive
        self._topics_of_stacks["delete"] = self._delete_of_stack_without_archive

    def _recorded_fanout(self, topic_arn: str, *given: Any, **named: Any) -> None:
        with self._lock:
            if archive := self._archives.get(topic_arn):
                archive.record((given, named), self._now())
            self._fanout(topic_arn, *given, **named)

    def _matches_unless_paused(self, subscription: dict[str, Any], *given: Any, **named: Any) -> bool:
        only = self._only.get()
        if only is None:
            wanted = "EndingPoint" not in json.loads(subscription["attributes"].get("ReplayPolicy") or "{}")
        else:
            wanted = subscription["arn"] == only
        return wanted and bool(self._matches(subscription, *given, **named))

    def _subscribe_and_replay(self, params: dict[str, Any]) -> Any:
        topic_arn, policy = self._sns._p(params, "TopicArn"), self._attributes(params).get("ReplayPolicy")
        with self._refusing() as refused, self._lock:
            if policy is not None:
                self._read(topic_arn, policy)
            self._refuse_other_attributes(topic_arn, params)
        if refused:
            return refused[0]
        answer = self._subscribe(params)
        found = re.search(rb"<SubscriptionArn>(arn:[^<]+)</SubscriptionArn>", answer[2])
        if policy is not None and found:
            self._replay(topic_arn, found[1].decode(), policy)
        return answer

    def _set_and_replay(self, params: dict[str, Any]) -> Any:
        if self._sns._p(params, "AttributeName") != "ReplayPolicy":
            return self._set_subscription(params)
        arn, policy = self._sns._p(params, "SubscriptionArn"), self._sns._p(params, "AttributeValue")
        topic_arn = self._sns._sub_arn_to_topic.get(arn)
        if not topic_arn or self._sns._find_subscription(topic_arn, arn) is None:
            return self._sns._error("NotFound", "Subscription does not exist", 404)
        with self._refusing() as refused:
            self._read(topic_arn, policy)
        if refused:
            return refused[0]
        self._replay(topic_arn, arn, policy)
        return self._sns._xml(200, "SetSubscriptionAttributesResponse", "")

    def _set_archive(self, params: dict[str, Any]) -> Any:
        if self._sns._p(params, "AttributeName") != "ArchivePolicy":
            return self._set_topic(params)
        arn, kept = self._sns._p(params, "TopicArn"), None
        with self._refusing() as refused:
            refuse_standard(arn)
            kept = retention(self._sns._p(params, "AttributeValue"))
        if refused:
            return refused[0]
        answer = self._set_topic(params)
        with self._lock:
            if kept is None:
                self._archives.pop(arn, None)
            elif arn in self._archives:
                self._archives[arn].kept = kept
            else:
                self._archives[arn] = Archive(self._now(), kept)
        return answer

    def _delete_without_archive(self, params: dict[str, Any]) -> Any:
        if self._sns._p(params, "TopicArn") in self._archives:
            return self._sns._error("InvalidState", NOT_DELETED, 400)
        return self._delete_topic(params)

    def _delete_of_stack_without_archive(self, physical_id: str, properties: dict[str, Any]) -> None:
        if physical_id in self._archives:
            raise ValueError(f"{NOT_DELETED} (Service: Sns, Status Code: 400)")
        self._delete_of_stack(physical_id, properties)

    def _with_beginning(self, params: dict[str, Any]) -> Any:
        arn = self._sns._p(params, "TopicArn")
        topic = self._sns._topic_by_arn_any_scope(arn)
        if topic is not None and arn in self._archives:
            topic["attributes"]["BeginningArchiveTime"] = written(self._archives[arn].beginning(self._now()))
        return self._topic_attributes(params)

    def _read(self, topic_arn: str, policy: str) -> Replay:
        archive, now = self._archives.get(topic_arn), self._now()
        # As precise as SNS says it.
        beginning = datetime.fromisoformat(written(archive.beginning(now))) if archive else None
        return read_replay(policy, beginning, now)

    def _replay(self, topic_arn: str, subscription_arn: str, policy: str) -> None:
        with self._lock:
            replay = self._read(topic_arn, policy)
            attributes = self._sns._find_subscription(topic_arn, subscription_arn)["attributes"]
            attributes |= {"ReplayPolicy": policy, "ReplayStatus": "Completed"}
            token = self._only.set(subscription_arn)
            try:
                for given, named in self._archives[topic_arn].between(replay):
                    self._fanout(topic_arn, *given, **named)
            finally:
                self._only.reset(token)

    def _attributes(self, params: Mapping[str, Any]) -> dict[str, str]:
        found, number = {}, 1
        while key := self._sns._p(params, f"Attributes.entry.{number}.key"):
            found[key] = self._sns._p(params, f"Attributes.entry.{number}.value")
            number += 1
        return found

    def _refuse_other_attributes(self, topic_arn: str, params: Mapping[str, Any]) -> None:
        """A queue that is subscribed already cannot be subscribed in another way."""
        topic = self._sns._topic_by_arn_any_scope(topic_arn) or {"subscriptions": []}
        protocol, endpoint = self._sns._p(params, "Protocol"), self._sns._p(params, "Endpoint")
        for each in topic["subscriptions"]:
            if (each["protocol"], each["endpoint"]) == (protocol, endpoint) and any(
                each["attributes"].get(name) != value for name, value in self._attributes(params).items()
            ):
                raise PolicyRefused(
                    "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
                )

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[list[Any]]:
        """Collects SNS's answer to what it refuses."""
        refused: list[Any] = []
        try:
            yield refused
        except PolicyRefused as error:
            refused.append(self._sns._error("InvalidParameter", str(error), 400))
