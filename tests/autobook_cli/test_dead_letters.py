"""Dead letters of a stack, on queues as moto plays them."""

from typing import Any

import boto3
import pytest

from autobook.adapters.sqs import SqsMessageDisposition
from autobook.domain.documents import Change, DocumentKind, DocumentMessage
from autobook_cli.dead_letters import DeadLetters


@pytest.fixture
def queues(aws: None) -> tuple[Any, dict[str, str]]:
    """A client, and the queues' URLs by logical id."""
    assert aws is None
    sqs = boto3.client("sqs")
    names = ("DocumentsQueue", "DocumentsDeadLetters", "ArchiveQueue", "ArchiveDeadLetters", "EventsDeadLetters")
    urls = {
        name: sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"] for name in names
    }
    return sqs, urls


def dead_letter(sqs: Any, urls: dict[str, str], identifier: str, queue: str = "Documents") -> None:
    """As the consumer does."""
    body = DocumentMessage(DocumentKind.INCOMING_INVOICE, identifier, Change.UPDATE, "", "t").to_json()
    disposition = SqsMessageDisposition(sqs, urls["DocumentsQueue"], urls[f"{queue}DeadLetters"])
    disposition.dead_letter(body, f"incoming_invoice:{identifier}", f"m-{identifier}", f"no good: {identifier}", 4)


def bodies(sqs: Any, url: str) -> list[str]:
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]


def test_peek_leaves_letters_in_their_queues(queues: tuple[Any, dict[str, str]]) -> None:
    """Document, reason and attempts are reported, the second time as the first: nothing is taken away."""
    sqs, urls = queues
    dead_letter(sqs, urls, "inv1")
    dead_letter(sqs, urls, "inv2", "Archive")
    for _ in range(2):
        letters = DeadLetters(sqs, urls).peek()
        assert sorted((each.queue, each.document, each.reason, each.attempts) for each in letters) == [
            ("ArchiveDeadLetters", "incoming_invoice/inv2", "no good: inv2", 4),
            ("DocumentsDeadLetters", "incoming_invoice/inv1", "no good: inv1", 4),
        ]


def test_redrive_of_one_document(queues: tuple[Any, dict[str, str]]) -> None:
    """Only the letters about one document go back, the others stay."""
    sqs, urls = queues
    dead_letter(sqs, urls, "inv1")
    dead_letter(sqs, urls, "inv2")
    letters = DeadLetters(sqs, urls)
    moved = [(each.identifier, done) for each, done in letters.redrive(lambda each: each.identifier == "inv2")]
    assert moved == [("inv2", True)]
    assert [each.identifier for each in letters.peek()] == ["inv1"]
    assert '"inv2"' in bodies(sqs, urls["DocumentsQueue"])[0]


def test_redrive_of_everything(queues: tuple[Any, dict[str, str]]) -> None:
    """Every letter goes back to its queue; one that came from no queue stays and is reported."""
    sqs, urls = queues
    dead_letter(sqs, urls, "inv1")
    dead_letter(sqs, urls, "inv2", "Archive")
    dead_letter(sqs, urls, "inv3", "Events")
    letters = DeadLetters(sqs, urls)
    moved = sorted((each.identifier, done) for each, done in letters.redrive(lambda _: True))
    assert moved == [("inv1", True), ("inv2", True), ("inv3", False)]
    assert [each.identifier for each in letters.peek()] == ["inv3"]
    assert len(bodies(sqs, urls["ArchiveQueue"])) == 1
