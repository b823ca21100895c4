"""The dead letters of a stack, with reason, age and attempts; and their way back into the queue they came from."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

HIDDEN = 60
"""Seconds for which a letter stays hidden if this program ends before it releases it."""
SOURCES: Mapping[str, str | None] = {
    "DocumentsDeadLetters": "DocumentsQueue",
    "ArchiveDeadLetters": "ArchiveQueue",
    "DownstreamDeadLetters": "DownstreamQueue",
    "ExportHypatosDeadLetters": "ExportHypatosQueue",
    "ExportBillomatDeadLetters": "ExportBillomatQueue",
    "EventsDeadLetters": None,
    "SchedulesDeadLetters": None,
}
"""Each dead-letter queue and the queue its letters came from; None where they came from none of ours."""


@dataclass(frozen=True)
class DeadLetter:
    """One dead letter. `document` is `kind/id`, `queue` the logical id of its dead-letter queue."""

    queue: str
    document: str
    reason: str
    sent_at: datetime
    attempts: int
    body: str
    group: str
    receipt: str

    @property
    def identifier(self) -> str:
        """The document's id alone."""
        return self.document.rpartition("/")[2]

    def age(self, now: datetime) -> timedelta:
        """Time since it was sent to the dead-letter queue."""
        return now - self.sent_at


class DeadLetters:
    """All dead-letter queues of a stack; `resources` gives their URLs by logical id."""

    def __init__(self, sqs: Any, resources: Mapping[str, str]) -> None:
        self._sqs = sqs
        self._queues = {name: resources[name] for name in SOURCES if name in resources}
        self._sources = {name: resources[source] for name, source in SOURCES.items() if source in resources and source}

    def peek(self) -> list[DeadLetter]:
        """Every letter, oldest first; they stay in their queues.

        At most ten letters of one document are seen: SQS keeps no more of a message group in flight.
        """
        letters = [letter for name in self._queues for letter in self._received(name)]
        for letter in letters:
            self._release(letter)
        return sorted(letters, key=lambda letter: letter.sent_at)

    def redrive(self, wanted: Callable[[DeadLetter], bool]) -> Iterator[tuple[DeadLetter, bool]]:
        """Put letters back into the queue they came from. Yields each with True if there is such a queue.

        Each is sent before it is deleted: if this program ends in between, it is processed twice, which is harmless.
        """
        received = [letter for name in self._queues for letter in self._received(name)]
        for number, letter in enumerate(received):
            if not wanted(letter):
                self._release(letter)
                continue
            source = self._sources.get(letter.queue)
            try:
                if source is None:
                    self._release(letter)
                else:
                    self._sqs.send_message(
                        QueueUrl=source,
                        MessageBody=letter.body,
                        MessageGroupId=letter.group,
                        MessageDeduplicationId=str(uuid.uuid4()),
                    )
                    self._sqs.delete_message(QueueUrl=self._queues[letter.queue], ReceiptHandle=letter.receipt)
            except BaseException:
                for each in received[number:]:
                    self._release(each)
                raise
            yield letter, source is not None

    def _received(self, name: str) -> Iterator[DeadLetter]:
        while True:
            answer = self._sqs.receive_message(
                QueueUrl=self._queues[name],
                MaxNumberOfMessages=10,
                VisibilityTimeout=HIDDEN,
                WaitTimeSeconds=1,  # asks all of SQS's servers: without it an answer may be empty by chance
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            messages = answer.get("Messages", [])
            if not messages:
                return
            yield from (_letter(name, message) for message in messages)

    def _release(self, letter: DeadLetter) -> None:
        self._sqs.change_message_visibility(
            QueueUrl=self._queues[letter.queue], ReceiptHandle=letter.receipt, VisibilityTimeout=0
        )


def _letter(queue: str, message: Mapping[str, Any]) -> DeadLetter:
    attributes, own = message["Attributes"], message.get("MessageAttributes", {})
    reason = own["reason"]["StringValue"] if "reason" in own else "delivered as often as the queue allows"
    attempts = own["attempts"]["StringValue"] if "attempts" in own else attributes.get("ApproximateReceiveCount", "0")
    return DeadLetter(
        queue=queue,
        document=_document(message["Body"]),
        reason=reason,
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        attempts=int(attempts),
        body=message["Body"],
        group=attributes.get("MessageGroupId", ""),
        receipt=message["ReceiptHandle"],
    )


def _document(body: str) -> str:
    try:
        fields = json.loads(body)
        return str(fields["subject"] if "subject" in fields else f"{fields['kind']}/{fields['id']}")
    except (ValueError, TypeError, KeyError, RecursionError):
        return "-"
