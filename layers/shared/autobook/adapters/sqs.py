"""SQS FIFO queues: sends documents, postpones and dead-letters messages. Standard library and botocore only."""

import re
import uuid
from typing import TYPE_CHECKING

from autobook.domain.documents import DocumentMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

    from autobook.domain.events import Event  # needs pydantic, which `receive` must not load

_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that SQS refuses in a message (API reference, SendMessage)."""

MAX_VISIBILITY = 43_200
"""Seconds: the longest visibility timeout (SQS developer guide, "Visibility timeout")."""


class SqsDocumentQueue:
    """`documents.fifo`: one group per document, so that one document is never processed twice at once."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, message: DocumentMessage) -> None:
        """Queue it.

        Never de-duplicated by SQS: a webhook that looks like the one before may still announce a change, where the
        payload leaves the changed part out. Processing is idempotent.
        """
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=message.to_json(),
            MessageGroupId=message.document.key,
            MessageDeduplicationId=str(uuid.uuid4()),
        )


class SqsArchiveRequests:
    """`archive.fifo`, which the topic feeds otherwise."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, event: "Event") -> None:
        """Queue it."""
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=event.to_json(),
            MessageGroupId=event.subject,
            MessageDeduplicationId=str(uuid.uuid4()),
        )


class SqsMessageDisposition:
    """Where a consumed message goes that was not processed: back to its queue, or to the dead-letter queue."""

    def __init__(self, client: "SQSClient", queue_url: str, dead_letters_url: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._dead_letters_url = dead_letters_url

    def postpone(self, receipt_handle: str, seconds: float) -> None:
        """Back to the queue, visible again after so many seconds; its group waits with it."""
        self._client.change_message_visibility(
            QueueUrl=self._queue_url,
            ReceiptHandle=receipt_handle,
            VisibilityTimeout=min(max(int(seconds), 0), MAX_VISIBILITY),
        )

    def dead_letter(self, body: str, group: str, message_id: str, reason: str, attempts: int) -> None:
        """To the dead-letter queue, with the reason and the number of attempts as attributes."""
        self._client.send_message(
            QueueUrl=self._dead_letters_url,
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=message_id,
            MessageAttributes={
                "reason": {"DataType": "String", "StringValue": _INVALID.sub("�", reason[:1024]) or "unknown"},
                "attempts": {"DataType": "Number", "StringValue": str(attempts)},
            },
        )
