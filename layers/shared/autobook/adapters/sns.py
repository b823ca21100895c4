"""The events topic (SNS FIFO): one group per document, de-duplicated by the event's own id."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from autobook.domain.events import Event

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient


class SnsEventPublisher:
    """Publishes one by one: the order within a document is kept, and a failure leaves no later event ahead."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, events: Iterable[Event]) -> None:
        """Publish in this order; safe to repeat."""
        for event in events:
            self._client.publish(
                TopicArn=self._topic_arn,
                Message=event.to_json(),
                MessageGroupId=event.subject,
                MessageDeduplicationId=event.id,
            )
