"""The dead-letter queues of a stack: letters are looked at, put back or dropped, thousands of them as well as one.

SQS shows a message by hiding it: a letter that was received is hidden from everybody until its time is over or it is
released. So a look hides every letter, ten a call, until it has seen the last one, and releases them all; SQS counts
that as receives, which nothing here depends on: these queues have no redrive policy of their own. Whatever removes
letters acts on the ten at hand and deletes them before it asks for the next: their receipt handles are fresh then, and
the next letters of their FIFO groups, which wait behind them, come to light.
"""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import batched
from typing import Any

from autobook_cli.dead_letters import SOURCES, DeadLetter, delivered_text, letter_of
from autobook_cli.way_back import Destination, WayBack

BATCH = 10
"""The most that SQS takes and gives in one call."""
_BATCH_BYTES = 262_144
"""Of all messages that are sent in one call (SQS developer guide, "Message quotas"; newer quotas are higher)."""
_ATTRIBUTES_BYTES = 2048
_HIDDEN_AT_LEAST, _HIDDEN_AT_MOST = 60, 43_200
"""Seconds for which letters are hidden; SQS allows twelve hours."""
WAIT_SECONDS = 1
"""For a letter, until a queue counts as empty. Asks all of SQS's servers: without it an answer is empty by chance."""
_LETTERS_A_SECOND = 2
"""Slower than any network: letters stay hidden for as long as all of them would take at this speed."""

_LATE = "it came after this command began"


@dataclass(frozen=True)
class HandledLetter:
    """What became of a letter: `done`, or not and `note` says why. `note` is where it went, otherwise."""

    letter: DeadLetter
    done: bool
    note: str = ""


@dataclass(frozen=True)
class Listing:
    """The letters, oldest first, and how many more there are that SQS did not show."""

    letters: list[DeadLetter]
    unseen: int = 0


class DeadLetters:
    """All dead-letter queues of a stack; `resources` gives their URLs by logical id.

    `moved` is called with the number of letters dealt with so far and how many there are, roughly.
    """

    def __init__(
        self,
        sqs: Any,
        resources: Mapping[str, str],
        sns: Any = None,
        *,
        moved: Callable[[int, int], None] = lambda *_: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sqs = sqs
        self._queues = {name: resources[name] for name in SOURCES if name in resources}
        self._way_back = WayBack(sqs, sns, resources)
        self._logical_ids = {physical: logical for logical, physical in resources.items()}
        self._moved, self._clock = moved, clock
        self._seen = self._there = 0

    @property
    def queues(self) -> Collection[str]:
        """The logical ids of the dead-letter queues that the stack has."""
        return self._queues.keys()

    def peek(self) -> list[DeadLetter]:
        """Every letter that SQS shows, oldest first; they stay in their queues."""
        return self.look().letters

    def look(self) -> Listing:
        """Every letter that SQS shows; they stay in their queues.

        Of one document that is ten at most: SQS keeps no more of a message group in flight.
        """
        letters: list[DeadLetter] = []
        counts = self._count()[0]
        for name in self._queues:
            held: dict[str, DeadLetter] = {}
            try:
                for _ in self._batches(name, counts[name], held):
                    pass
            finally:
                self._release(name, held)
            letters += held.values()
        unseen = max(0, self._there - len(letters))
        return Listing(sorted(letters, key=lambda letter: letter.sent_at), unseen)

    def redrive(self, wanted: Callable[[DeadLetter], bool]) -> Iterator[HandledLetter]:
        """Put letters back into the queue that they came from, or that SNS was to deliver them into.

        Each is sent before it is deleted: if this program ends in between, it is processed twice, which is harmless.
        """
        return self._handle(wanted, self._send_back)

    def drop(
        self, wanted: Callable[[DeadLetter], bool], record: Callable[[Sequence[DeadLetter]], None]
    ) -> Iterator[HandledLetter]:
        """Delete letters for good. `record` is called with them before they are deleted."""

        def drop_batch(letters: list[DeadLetter]) -> Iterator[HandledLetter]:
            record(letters)
            undeleted = self._delete(letters)
            for each in letters:
                yield HandledLetter(each, each.message_id not in undeleted, undeleted.get(each.message_id, ""))

        return self._handle(wanted, drop_batch)

    def _handle(
        self, wanted: Callable[[DeadLetter], bool], handle: Callable[[list[DeadLetter]], Iterator[HandledLetter]]
    ) -> Iterator[HandledLetter]:
        """Deal with the wanted letters, ten at a time; all others are released at the end.

        What came after the beginning is left alone: a letter that comes back at once would be put back for ever.
        """
        counts, began = self._count()
        for name in self._queues:
            held: dict[str, DeadLetter] = {}
            try:
                for batch in self._batches(name, counts[name], held):
                    chosen = [each for each in batch if wanted(each)]
                    late = [each for each in chosen if each.sent_at > began]
                    yield from (HandledLetter(each, done=False, note=_LATE) for each in late)
                    if timely := [each for each in chosen if each.sent_at <= began]:
                        for handled in handle(timely):
                            if handled.done:
                                del held[handled.letter.message_id]
                            yield handled
            finally:
                self._release(name, held)

    def _batches(self, name: str, count: int, held: dict[str, DeadLetter]) -> Iterator[list[DeadLetter]]:
        """The letters of a queue, as SQS gives them; they are hidden, and added to `held`."""
        hidden = _HIDDEN_AT_LEAST + count // _LETTERS_A_SECOND
        while letters := self._receive(name, min(hidden, _HIDDEN_AT_MOST)):
            new = [each for each in letters if each.message_id not in held]
            held |= {each.message_id: each for each in letters}  # the newest receipt handle counts
            if new:
                self._seen += len(new)
                self._moved(self._seen, max(self._seen, self._there))
                yield new
            elif hidden < _HIDDEN_AT_MOST:
                hidden *= 2  # they have come round again: hidden for too short a time
            else:
                return

    def _receive(self, name: str, hidden: int) -> list[DeadLetter]:
        answer = self._sqs.receive_message(
            QueueUrl=self._queues[name],
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=hidden,
            WaitTimeSeconds=WAIT_SECONDS,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [letter_of(name, message, self._logical_ids) for message in answer.get("Messages", [])]

    def _count(self) -> tuple[dict[str, int], datetime]:
        """How many letters each queue has, roughly; and the time now, by SQS's clock where it tells."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts, now = {}, self._clock()
        for queue, url in self._queues.items():
            answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
            counts[queue] = sum(int(answer["Attributes"].get(name, 0)) for name in names)
            if date := answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date"):
                now = parsedate_to_datetime(date) + timedelta(seconds=1)  # it is cut to the second
        self._seen, self._there = 0, sum(counts.values())
        return counts, now

    def _send_back(self, letters: list[DeadLetter]) -> Iterator[HandledLetter]:
        ways = {each.message_id: self._way_back.destinations(each) for each in letters}
        unsent: dict[str, str] = {}
        for destination in dict.fromkeys(way for each in letters for way in ways[each.message_id]):
            going = [each for each in letters if destination in ways[each.message_id]]
            unsent |= self._send(destination, [each for each in going if each.message_id not in unsent])
        sent = [each for each in letters if ways[each.message_id] and each.message_id not in unsent]
        undeleted = self._delete(sent)
        for each in letters:
            way, failed = ways[each.message_id], unsent.get(each.message_id)
            if not way or failed:
                yield HandledLetter(each, done=False, note=failed or self._way_back.why_none(each))
            elif reason := undeleted.get(each.message_id):
                yield HandledLetter(each, done=False, note=f"put back, but it also stays here: {reason}")
            else:
                yield HandledLetter(each, done=True, note=" and ".join(queue.name for queue in way))

    def _send(self, destination: Destination, letters: list[DeadLetter]) -> dict[str, str]:
        """Send them to a queue. Returns why not, by message id, of those that it did not take."""
        failed: dict[str, str] = {}
        for batch in _fitting(letters):
            entries = [
                {
                    "Id": str(number),
                    "MessageBody": delivered_text(each.body),
                    "MessageGroupId": each.group or each.identifier or each.message_id,
                    "MessageDeduplicationId": str(uuid.uuid4()),
                }
                for number, each in enumerate(batch)
            ]
            answer = self._sqs.send_message_batch(QueueUrl=destination.url, Entries=entries)
            failed |= _failures(batch, answer)
        return failed

    def _delete(self, letters: list[DeadLetter]) -> dict[str, str]:
        """Delete them (of one queue). Returns why not, by message id, of those that could not be deleted."""
        failed: dict[str, str] = {}
        for batch in batched(letters, BATCH, strict=False):
            entries = [{"Id": str(number), "ReceiptHandle": each.receipt} for number, each in enumerate(batch)]
            answer = self._sqs.delete_message_batch(QueueUrl=self._queues[batch[0].queue], Entries=entries)
            failed |= _failures(batch, answer)
        return failed

    def _release(self, name: str, held: Mapping[str, DeadLetter]) -> None:
        """Let everybody see them again. One that SQS does not release is no longer hidden, or not for long."""
        for batch in batched(held.values(), BATCH, strict=False):
            entries = [
                {"Id": str(number), "ReceiptHandle": each.receipt, "VisibilityTimeout": 0}
                for number, each in enumerate(batch)
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=self._queues[name], Entries=entries)


def _fitting(letters: Sequence[DeadLetter]) -> Iterator[list[DeadLetter]]:
    """Batches that SQS takes in one call."""
    batch: list[DeadLetter] = []
    size = 0
    for letter in letters:
        length = len(letter.body.encode()) + _ATTRIBUTES_BYTES
        if batch and (len(batch) == BATCH or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += length
    if batch:
        yield batch


def _failures(letters: Sequence[DeadLetter], answer: Mapping[str, Any]) -> dict[str, str]:
    failed = answer.get("Failed", [])
    return {letters[int(each["Id"])].message_id: str(each.get("Message") or each.get("Code")) for each in failed}
