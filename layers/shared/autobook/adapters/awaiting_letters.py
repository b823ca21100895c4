"""Dead letters that say what they wait for, and their way back into the queue that they came from."""

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from autobook.adapters.sqs import AWAITS
from autobook.domain.awaiting import AwaitingLetter

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

HIDDEN: Final = 360
"""Seconds for which a letter stays hidden where the run ends before it releases it; no run is as long."""


class SqsAwaitingLetters:
    """A FIFO dead-letter queue. A letter is hidden from the moment it is looked at until it is released."""

    def __init__(self, client: "SQSClient", dead_letters_url: str, queue_url: str) -> None:
        self._client = client
        self._dead_letters_url = dead_letters_url
        self._queue_url = queue_url

    def batches(self) -> Iterator[list[AwaitingLetter]]:
        """All of them, up to ten at a time; those of one document in their order, at most ten of it."""
        while True:
            answer = self._client.receive_message(
                QueueUrl=self._dead_letters_url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=HIDDEN,
                WaitTimeSeconds=1,  # asks all of SQS's servers: without it an answer may be empty by chance
                AttributeNames=["SentTimestamp", "MessageGroupId"],
                MessageAttributeNames=[AWAITS],
            )
            messages = answer.get("Messages", [])
            if not messages:
                return
            yield [_letter(message) for message in messages]

    def redrive(self, letter: AwaitingLetter) -> None:
        """Put it back. It is sent before it is deleted: where the run ends in between, it is delivered twice."""
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=letter.body,
            MessageGroupId=letter.group,
            MessageDeduplicationId=str(uuid.uuid4()),
        )
        self._client.delete_message(QueueUrl=self._dead_letters_url, ReceiptHandle=letter.receipt)

    def release(self, letter: AwaitingLetter) -> None:
        """Leave it where it is."""
        self._client.change_message_visibility(
            QueueUrl=self._dead_letters_url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
        )


def _letter(message: Mapping[str, Any]) -> AwaitingLetter:
    attributes = message["Attributes"]
    return AwaitingLetter(
        body=message["Body"],
        group=attributes["MessageGroupId"],
        receipt=message["ReceiptHandle"],
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        awaits=awaited(message.get("MessageAttributes", {})),
    )


def awaited(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    """What a letter with these message attributes waits for; nothing where they do not say so."""
    try:
        found = json.loads(attributes.get(AWAITS, {}).get("StringValue", ""))
    except ValueError:
        return ()
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()
