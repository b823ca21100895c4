"""SQS FIFO queues: sends documents, postpones and dead-letters messages. Standard library and botocore only."""

import json
import logging
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from autobook.adapters.aws import is_passing
from autobook.adapters.tracing import current_traceparent
from autobook.domain.documents import DocumentMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

    from autobook.domain.events import Event  # needs pydantic, which `receive` must not load

_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that SQS refuses in a message (API reference, SendMessage)."""

LONGEST_WAIT = 42_600
"""Seconds: SQS hides a message for at most twelve hours (43,200) in all, counted from its receipt, not from the request
that asks for it (SQS developer guide, "Visibility timeout"). Ten minutes are left for what went before: when they are
over the message is visible again anyway (VisibilityTimeout in template.yaml)."""
AWAITS = "awaits"
"""The attribute of a dead letter that says what has to be there first: a JSON list of texts."""
_MOST_AWAITED = 50
_SMALLER = 4
"""What a wait that SQS refuses is divided by, for the second attempt."""

logger = logging.getLogger("autobook.sqs")


class SqsDocumentQueue:
    """`documents.fifo`: one group per document, so that one document is never processed twice at once."""

    def __init__(
        self, client: "SQSClient", queue_url: str, trace: Callable[[], str | None] = current_traceparent
    ) -> None:
        self._client = client
        self._queue_url = queue_url
        self._trace = trace

    def send(self, message: DocumentMessage) -> None:
        """Queue it, in the trace of this invocation.

        Never de-duplicated by SQS: a webhook that looks like the one before may still announce a change, where the
        payload leaves the changed part out. Processing is idempotent.
        """
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=replace(message, traceparent=message.traceparent or self._trace()).to_json(),
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

    def postpone(self, receipt_handle: str, seconds: float) -> int | None:
        """Back to the queue, visible again after so many seconds, as far as SQS allows; its group waits with it.

        Returns the seconds. None where SQS refuses, also a smaller wait, or is out of reach: the message is visible
        again after the queue's own visibility timeout.
        """
        wait = min(max(int(seconds), 0), LONGEST_WAIT)
        for each in dict.fromkeys((wait, wait // _SMALLER)):
            try:
                self._client.change_message_visibility(
                    QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=each
                )
            except (BotoCoreError, ClientError) as error:
                logger.warning("a wait was refused", extra={"seconds": each, "reason": str(error)})
                if is_passing(error):
                    return None
            else:
                return each
        return None

    def dead_letter(
        self, body: str, group: str, message_id: str, reason: str, attempts: int, awaits: tuple[str, ...] = ()
    ) -> None:
        """To the dead-letter queue, with the reason and the number of attempts as attributes.

        `awaits`: what has to be there before it can succeed, for whoever puts it back (SqsAwaitingLetters).
        """
        self._client.send_message(
            QueueUrl=self._dead_letters_url,
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=message_id,
            MessageAttributes={
                "reason": {"DataType": "String", "StringValue": _INVALID.sub("�", reason[:1024]) or "unknown"},
                "attempts": {"DataType": "Number", "StringValue": str(attempts)},
                **_awaits_attribute(awaits),
            },
        )


def _awaits_attribute(awaits: tuple[str, ...]) -> dict[str, "MessageAttributeValueTypeDef"]:
    if not awaits:
        return {}
    return {AWAITS: {"DataType": "String", "StringValue": json.dumps(awaits[:_MOST_AWAITED])}}
