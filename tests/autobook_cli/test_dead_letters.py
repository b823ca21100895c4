"""Dead letters of a stack, on queues and topics as moto plays them."""

import json
from typing import Any

import boto3
import pytest

from autobook.adapters.sqs import SqsMessageDisposition
from autobook.domain.documents import Change, DocumentKind, DocumentMessage
from autobook_cli import dead_letter_queues
from autobook_cli.dead_letter_queues import DeadLetters, HandledLetter

FIFO = (
    *("DocumentsQueue", "DocumentsDeadLetters", "ArchiveQueue", "ArchiveDeadLetters", "EventsDeadLetters"),
    *("DownstreamQueue", "DownstreamDeadLetters"),
)
EVENT = json.dumps({"type": "invoice.received", "subject": "incoming_invoice/inv7", "id": "e1"})


@pytest.fixture
def queues(aws: None, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, dict[str, str]]:
    """A client, and the queues' URLs by logical id."""
    assert aws is None
    monkeypatch.setattr(dead_letter_queues, "WAIT_SECONDS", 0)  # moto waits in real time
    sqs = boto3.client("sqs")
    urls = {
        name: sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"] for name in FIFO
    }
    urls["SchedulesDeadLetters"] = sqs.create_queue(QueueName="schedules-dead-letters")["QueueUrl"]
    return sqs, urls


def dead_letter(sqs: Any, urls: dict[str, str], identifier: str, queue: str = "Documents") -> None:
    """As the consumer does."""
    body = DocumentMessage(DocumentKind.INCOMING_INVOICE, identifier, Change.UPDATE, "", "t").to_json()
    disposition = SqsMessageDisposition(sqs, urls["DocumentsQueue"], urls[f"{queue}DeadLetters"])
    disposition.dead_letter(body, f"incoming_invoice:{identifier}", f"m-{identifier}", f"no good: {identifier}", 4)


def from_sns(sqs: Any, urls: dict[str, str], body: str, given: dict[str, str]) -> None:
    """As SNS does with what it cannot deliver."""
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in given.items()}
    sqs.send_message(
        QueueUrl=urls["EventsDeadLetters"], MessageBody=body, MessageGroupId="incoming_invoice/inv7",
        MessageDeduplicationId=body[:40] + str(given), MessageAttributes=attributes,
    )  # fmt: skip


def bodies(sqs: Any, url: str) -> list[str]:
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]


def subscriptions(sqs: Any, urls: dict[str, str], filters: dict[str, dict[str, Any] | None]) -> Any:
    """A topic with these queues, by logical id, and their filters; `urls` gets the topic."""
    sns = boto3.client("sns")
    urls["EventsTopic"] = sns.create_topic(Name="events.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    letters = arn(sqs, urls["EventsDeadLetters"])
    for name, policy in filters.items():
        attributes = {"RawMessageDelivery": "true", "RedrivePolicy": json.dumps({"deadLetterTargetArn": letters})}
        if policy is not None:
            attributes |= {"FilterPolicyScope": "MessageBody", "FilterPolicy": json.dumps(policy)}
        sns.subscribe(
            TopicArn=urls["EventsTopic"], Protocol="sqs", Endpoint=arn(sqs, urls[name]), Attributes=attributes
        )
    return sns


def arn(sqs: Any, url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def outcome(handled: list[HandledLetter]) -> list[tuple[str, bool, str]]:
    return sorted((each.letter.identifier, each.done, each.note) for each in handled)


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


def test_looking_is_no_attempt(queues: tuple[Any, dict[str, str]]) -> None:
    """Where no consumer counted attempts, none are shown: SQS counts every look."""
    sqs, urls = queues
    sqs.send_message(
        QueueUrl=urls["DownstreamDeadLetters"], MessageBody=EVENT, MessageGroupId="g", MessageDeduplicationId="d"
    )
    for _ in range(3):
        (letter,) = DeadLetters(sqs, urls).peek()
        assert (letter.attempts, letter.reason) == (None, "delivered as often as the queue allows")


def test_redrive_of_one_document(queues: tuple[Any, dict[str, str]]) -> None:
    """Only the letters about one document go back, the others stay."""
    sqs, urls = queues
    dead_letter(sqs, urls, "inv1")
    dead_letter(sqs, urls, "inv2")
    letters = DeadLetters(sqs, urls)
    moved = outcome(list(letters.redrive(lambda each: each.is_called("inv2"))))
    assert moved == [("inv2", True, "DocumentsQueue")]
    assert [each.identifier for each in letters.peek()] == ["inv1"]
    assert '"inv2"' in bodies(sqs, urls["DocumentsQueue"])[0]


def test_redrive_of_everything(queues: tuple[Any, dict[str, str]]) -> None:
    """Every letter goes back to its queue; one that no queue takes stays and is reported."""
    sqs, urls = queues
    dead_letter(sqs, urls, "inv1")
    dead_letter(sqs, urls, "inv2", "Archive")
    dead_letter(sqs, urls, "inv3", "Events")
    letters = DeadLetters(sqs, urls)
    assert outcome(list(letters.redrive(lambda _: True))) == [
        ("inv1", True, "DocumentsQueue"),
        ("inv2", True, "ArchiveQueue"),
        ("inv3", False, "no queue of this stack takes it"),
    ]
    assert [each.identifier for each in letters.peek()] == ["inv3"]
    assert len(bodies(sqs, urls["ArchiveQueue"])) == 1


ARCHIVE, DOWNSTREAM = "ArchiveQueue", "DownstreamQueue"


@pytest.mark.parametrize(
    ("type_", "error", "into"),
    [
        ("invoice.received", "Access to the resource https://sqs/0/ArchiveQueue.fifo is denied.", [ARCHIVE]),
        ("invoice.received", "AWS.SimpleQueueService.NonExistentQueue: DownstreamQueue.fifo", [DOWNSTREAM]),
        ("invoice.received", "Access denied", [ARCHIVE, DOWNSTREAM]),
        ("invoice.booked", "Access denied", [DOWNSTREAM]),
        ("invoice.received", "not about Other-ArchiveQueue.fifo", [ARCHIVE, DOWNSTREAM]),
    ],
)
def test_letter_of_sns(queues: tuple[Any, dict[str, str]], type_: str, error: str, into: list[str]) -> None:
    """What SNS could not deliver goes into the queue that it names, else into each whose filter takes it."""
    sqs, urls = queues
    sns = subscriptions(sqs, urls, {ARCHIVE: {"type": ["invoice.received"]}, DOWNSTREAM: None})
    body = json.dumps(json.loads(EVENT) | {"type": type_})
    from_sns(sqs, urls, body, {"ErrorCode": "InvalidSecurity", "ErrorMessage": error, "RequestID": "r"})
    letters = DeadLetters(sqs, urls, sns)
    (letter,) = letters.peek()
    assert (letter.document, letter.reason) == ("incoming_invoice/inv7", f"InvalidSecurity: {error}")
    assert outcome(list(letters.redrive(lambda _: True))) == [("inv7", True, " and ".join(into))]
    assert letters.peek() == []
    assert {name: bodies(sqs, urls[name]) for name in (ARCHIVE, DOWNSTREAM)} == {
        name: [body] if name in into else [] for name in (ARCHIVE, DOWNSTREAM)
    }


def test_letter_of_sns_in_its_envelope(queues: tuple[Any, dict[str, str]]) -> None:
    """Where SNS kept its envelope, it names the subscription, and the queue gets what is inside."""
    sqs, urls = queues
    sns = subscriptions(sqs, urls, {ARCHIVE: None, DOWNSTREAM: None})
    (archive,) = [
        each["SubscriptionArn"]
        for each in sns.list_subscriptions_by_topic(TopicArn=urls["EventsTopic"])["Subscriptions"]
        if "Archive" in each["Endpoint"]
    ]
    address = f"https://sns/?Action=Unsubscribe&SubscriptionArn={archive}"
    envelope = {"Type": "Notification", "TopicArn": urls["EventsTopic"], "Message": EVENT, "UnsubscribeURL": address}
    from_sns(sqs, urls, json.dumps(envelope), {"ErrorCode": "x"})
    letters = DeadLetters(sqs, urls, sns)
    assert [each.document for each in letters.peek()] == ["incoming_invoice/inv7"]
    assert outcome(list(letters.redrive(lambda _: True))) == [("inv7", True, ARCHIVE)]
    assert bodies(sqs, urls[ARCHIVE]) == [EVENT]
    assert bodies(sqs, urls[DOWNSTREAM]) == []


FUNCTION = "arn:aws:lambda:eu-central-1:0:function:autobook-SweepFunction-AbC"
BY_LAMBDA = json.dumps(
    {
        "version": "1.0",
        "requestContext": {"functionArn": f"{FUNCTION}:$LATEST", "condition": "RetriesExhausted"},
        "responsePayload": {"errorType": "Runtime.ExitError", "errorMessage": "ended"},
    }
)


@pytest.mark.parametrize(
    ("body", "given", "document", "reason"),
    [
        (BY_LAMBDA, {}, "schedule/sweep", "Runtime.ExitError: ended"),
        (
            "{}",
            {"RULE_ARN": "arn:aws:events:eu-central-1:0:rule/autobook-ReconcileSchedule-X", "ERROR_CODE": "THROTTLED"},
            "schedule/reconcile",
            "THROTTLED",
        ),
        (json.dumps({"requestContext": {"functionArn": FUNCTION, "condition": "EventAgeExceeded"}}), {},
         "schedule/sweep", "EventAgeExceeded"),
        ("nonsense", {}, "-", "delivered as often as the queue allows"),
        ("[]", {}, "-", "delivered as often as the queue allows"),
    ],
)  # fmt: skip
def test_letter_of_a_schedule(
    queues: tuple[Any, dict[str, str]], body: str, given: dict[str, str], document: str, reason: str
) -> None:
    """It says which run failed and why; it is not put back, for the next run resumes; it can be dropped."""
    sqs, urls = queues
    urls["SweepFunction"], urls["ReconcileSchedule"] = "autobook-SweepFunction-AbC", "autobook-ReconcileSchedule-X"
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in given.items()}
    sqs.send_message(QueueUrl=urls["SchedulesDeadLetters"], MessageBody=body, MessageAttributes=attributes)
    letters = DeadLetters(sqs, urls)
    (letter,) = letters.peek()
    assert (letter.document, letter.reason, letter.attempts) == (document, reason, None)
    (stayed,) = letters.redrive(lambda _: True)
    assert not stayed.done
    assert "the next scheduled run resumes by itself" in stayed.note
    assert [each.message_id for each in letters.peek()] == [letter.message_id]
    (dropped,) = letters.drop(lambda each: each.is_called(letter.message_id), lambda _: None)
    assert dropped.done
    assert letters.peek() == []
