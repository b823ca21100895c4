"""The archive policy of an SNS FIFO topic.

Source: SetTopicAttributes (Amazon SNS API Reference), attribute `ArchivePolicy`; `{}` switches the archive off and
deletes what it has.
"""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from autobook.adapters.aws import is_passing
from autobook.domain.errors import NotFound, Refused, RetryLater

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient


class SnsTopicArchives:
    """Implements the port. Safe to repeat."""

    def __init__(self, client: "SNSClient") -> None:
        self._client = client

    def keep(self, topic: str, days: int) -> None:
        """Messages that are published from now on are kept for so long; those in the archive too."""
        self._set(topic, {"MessageRetentionPeriod": str(days)})

    def clear(self, topic: str) -> None:
        """No archive any more."""
        self._set(topic, {})

    def _set(self, topic: str, policy: dict[str, str]) -> None:
        try:
            self._client.set_topic_attributes(
                TopicArn=topic, AttributeName="ArchivePolicy", AttributeValue=json.dumps(policy)
            )
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"].startswith("NotFound"):
                raise NotFound(f"there is no topic {topic}") from error
            if is_passing(error):
                raise RetryLater(f"SNS: {error}") from error
            raise Refused(f"SNS: {error}") from error
