"""SNS FIFO topics that keep an archive of their messages, or none; as boto3's client of them.

Refused as SNS refuses it: a policy that makes no sense, an archive of a topic that is not FIFO, a topic that is gone,
and the deletion of a topic while it keeps an archive.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from autobook_sim.topic_archive import NOT_DELETED, PolicyRefused, refuse_standard, retention

TOPIC = "arn:aws:sns:eu-central-1:123456789012:autobook-events.fifo"


def sns_error(code: str, message: str = "no", status: int = 400) -> ClientError:
    """As botocore raises it."""
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "SetTopicAttributes",
    )


@dataclass
class ArchivedTopics:
    """`policies`: the archive policy of each topic; `errors` are raised one by one before anything is done."""

    policies: dict[str, str] = field(default_factory=lambda: {TOPIC: "{}"})
    errors: list[Exception] = field(default_factory=list)
    calls: int = 0

    def fail_with(self, errors: Iterable[Exception]) -> None:
        """Raise these next."""
        self.errors = list(errors)

    def days(self, topic: str = TOPIC) -> int | None:
        """For how long a topic keeps its messages."""
        kept = retention(self.policies[topic])
        return kept.days if kept else None

    def set_topic_attributes(self, TopicArn: str, AttributeName: str, AttributeValue: str) -> dict[str, Any]:  # noqa: N803
        """Only the one that is about the archive."""
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        assert AttributeName == "ArchivePolicy"
        if TopicArn not in self.policies:
            raise sns_error("NotFound", "Topic does not exist", 404)
        try:
            refuse_standard(TopicArn)
            retention(AttributeValue)
        except PolicyRefused as error:
            raise sns_error("InvalidParameter", str(error)) from error
        self.policies[TopicArn] = AttributeValue
        return {}

    def delete_topic(self, TopicArn: str) -> dict[str, Any]:  # noqa: N803
        """Refused while it keeps an archive; a topic that is gone already is no error."""
        if TopicArn in self.policies and self.days(TopicArn) is not None:
            raise sns_error("InvalidState", NOT_DELETED)
        self.policies.pop(TopicArn, None)
        return {}
