"""Dead letters as people look at them: what, why, since when, after how many attempts; and putting them back."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

HIDDEN = 60
"""Seconds for which a letter that was looked at is hidden, should this program be ended before it gives it back."""
SOURCES: Mapping[str, str | None] = {
    "DocumentsDeadLetters": "DocumentsQueue",
    "ArchiveDeadLetters": "ArchiveQueue",
    "DownstreamDeadLetters": "DownstreamQueue",
    "EventsDeadLetters": None,
    "SchedulesDeadLetters": None,
}
"""Each dead-letter queue and where its letters came from; None where they cannot be put back by hand."""


@dataclass(frozen=True)
class Letter:
    """One dead letter. `document` is `kind/id`, `queue` the logical id of the queue it lies in."""

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
        """How long it has been lying there."""
        return now - self.sent_at


class DeadLetters:
    """All dead-letter queues of a stack; `resources` gives their URLs by logical id."""

    def __init__(self, sqs: Any, resources: Mapping[str, str]) -> None:
        self._sqs = sqs
        self._queues = {name: resources[name] for name in SOURCES if name in resources}
        self._sources = {name: resources[source] for name, source in SOURCES.items() if source in resources and source}

    def look(self) -> list[Letter]:
        """Every letter, oldest first; they stay where they are.

        Of one document at most ten letters are seen at once: SQS gives no more of a group in flight.
        """
        letters = [letter for name in self._queues for letter in self._taken(name)]
        for letter in letters:
            self._give_back(letter)
        return sorted(letters, key=lambda letter: letter.sent_at)

    def redrive(self, wanted: Callable[[Letter], bool]) -> Iterator[tuple[Letter, bool]]:
        """Put letters back where they came from; tells of each whether that was possible.

        Sent before it is deleted: ended in between, it is processed twice, which does no harm.
        """
        taken = [letter for name in self._queues for letter in self._taken(name)]
        for number, letter in enumerate(taken):
            if not wanted(letter):
                self._give_back(letter)
                continue
            source = self._sources.get(letter.queue)
            try:
                if source is None:
                    self._give_back(letter)
                else:
                    self._sqs.send_message(
                        QueueUrl=source,
                        MessageBody=letter.body,
                        MessageGroupId=letter.group,
                        MessageDeduplicationId=str(uuid.uuid4()),
                    )
                    self._sqs.delete_message(QueueUrl=self._queues[letter.queue], ReceiptHandle=letter.receipt)
            except BaseException:
                for each in taken[number:]:
                    self._give_back(each)
                raise
            yield letter, source is not None

    def _taken(self, name: str) -> Iterator[Letter]:
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

    def _give_back(self, letter: Letter) -> None:
        self._sqs.change_message_visibility(
            QueueUrl=self._queues[letter.queue], ReceiptHandle=letter.receipt, VisibilityTimeout=0
        )


def _letter(queue: str, message: Mapping[str, Any]) -> Letter:
    attributes, own = message["Attributes"], message.get("MessageAttributes", {})
    reason = own["reason"]["StringValue"] if "reason" in own else "delivered as often as the queue allows"
    attempts = own["attempts"]["StringValue"] if "attempts" in own else attributes.get("ApproximateReceiveCount", "0")
    return Letter(
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
    except (ValueError, TypeError, KeyError):
        return "-"
