"""Dead letters that wait for something, in SQS: seen, put back, left."""

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from autobook.adapters.awaiting_letters import SqsAwaitingLetters
from autobook.adapters.sqs import SqsMessageDisposition
from autobook.domain.awaiting import AwaitingLetter

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


@pytest.fixture
def sqs(aws: None) -> "SQSClient":
    """SQS."""
    assert aws is None
    return boto3.client("sqs")


@pytest.fixture
def urls(sqs: "SQSClient") -> tuple[str, str]:
    """A queue and its dead letters."""
    made = [
        sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        for name in ("export", "dead")
    ]
    return made[0], made[1]


def found(letters: SqsAwaitingLetters) -> list[AwaitingLetter]:
    """All of them."""
    return [letter for batch in letters.batches() for letter in batch]


def bodies(sqs: "SQSClient", url: str) -> list[str]:
    """What is in a queue."""
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]


def test_letters(sqs: "SQSClient", urls: tuple[str, str]) -> None:
    """Each is seen once with what it waits for; one is put back into its group, the other is left, and seen again."""
    queue, dead = urls
    disposition = SqsMessageDisposition(sqs, queue, dead)
    awaits = ("supplier:süß", "account:IT-1")
    disposition.dead_letter("one", "invoice/a", "1", "add a mapping", 1, awaits)
    disposition.dead_letter("two", "invoice/b", "2", "refused", 1)
    letters = SqsAwaitingLetters(sqs, dead, queue)
    one, two = sorted(found(letters), key=lambda letter: letter.body)
    assert (one.awaits, one.group, two.awaits) == (awaits, "invoice/a", ())
    assert found(letters) == [], "they are ours until they are put back or released"
    letters.redrive(one)
    letters.release(two)
    assert [letter.body for letter in found(letters)] == ["two"]
    assert bodies(sqs, queue) == ["one"]


def test_most_that_is_awaited(sqs: "SQSClient", urls: tuple[str, str]) -> None:
    """An invoice on very many accounts that are not mapped fits: the first ones are waited for."""
    (queue, dead), awaits = urls, tuple(f"account:{number}" for number in range(900))
    SqsMessageDisposition(sqs, queue, dead).dead_letter("{}", "g", "1", "r", 1, awaits)
    (letter,) = found(SqsAwaitingLetters(sqs, dead, queue))
    assert letter.awaits == awaits[:50]


@pytest.mark.parametrize("text", ["", "x", "{}", "7", json.dumps([7, None])])
def test_an_attribute_of_somebody_else(sqs: "SQSClient", urls: tuple[str, str], text: str) -> None:
    """A letter whose attribute is not ours waits for nothing that we know."""
    queue, dead = urls
    attributes: Any = {"awaits": {"DataType": "String", "StringValue": text}} if text else {}
    sqs.send_message(
        QueueUrl=dead, MessageBody="{}", MessageGroupId="g", MessageDeduplicationId="1", MessageAttributes=attributes
    )
    (letter,) = found(SqsAwaitingLetters(sqs, dead, queue))
    assert letter.awaits == ()
