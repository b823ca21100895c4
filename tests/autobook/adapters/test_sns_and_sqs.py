"""The events topic and the queues: FIFO attributes, and what AWS would refuse and moto does not."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from autobook.adapters.sns import SnsEventPublisher
from autobook.adapters.sqs import LONGEST_WAIT, SqsDocumentQueue, SqsMessageDisposition
from autobook.domain.documents import VALID_ID, Change, Document, DocumentKind, DocumentMessage
from autobook.domain.events import Event
from tests.fake_kanbert import incoming
from tests.fakes import System, message
from tests.programs.chaos.aws import Queue, SqsClient
from tests.programs.chaos.world import World

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

FIFO_ID = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")
"""Group and de-duplication ids (SQS API reference, SendMessage)."""


@pytest.fixture
def sqs(aws: None) -> "SQSClient":
    """SQS."""
    assert aws is None
    return boto3.client("sqs")


def fifo(sqs: "SQSClient", name: str) -> str:
    return sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]


def received(sqs: "SQSClient", url: str) -> list[Any]:
    found: list[Any] = []
    while batch := sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
    ).get("Messages"):
        found += batch
    return found


def events() -> list[Event]:
    """What one invoice leads to."""
    system = System()
    system.kanbert.add(incoming())
    system.processor()(message())
    return system.publisher.published


def test_documents_queue(sqs: "SQSClient") -> None:
    """Documents are queued in a group of their own, and never taken for a repetition."""
    queue = SqsDocumentQueue(sqs, fifo(sqs, "documents"))
    for _ in range(2):
        queue.send(message())
    queue.send(message("inv2"))
    arrived = received(sqs, fifo(sqs, "documents"))
    assert [m["Attributes"]["MessageGroupId"] for m in arrived].count("incoming_invoice:inv1") == 2
    assert len({m["Attributes"]["MessageDeduplicationId"] for m in arrived}) == 3
    assert {DocumentMessage.from_json(m["Body"]) for m in arrived} == {message(), message("inv2")}


def test_trace_of_the_invocation(sqs: "SQSClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """A document is queued in the trace of the invocation that queues it, unless it has one already."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
    url, other = fifo(sqs, "documents"), "00-11111111111111111111111111111111-2222222222222222-00"
    for each in (message(), replace(message("inv2"), traceparent=other)):
        SqsDocumentQueue(sqs, url).send(each)
    queued = [DocumentMessage.from_json(each["Body"]) for each in received(sqs, url)]
    assert {each.id: each.traceparent for each in queued} == {
        "inv1": "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01", "inv2": other,
    }  # fmt: skip


def test_topic(sqs: "SQSClient") -> None:
    """Events go out in order, in their document's group, and the topic drops repetitions by the event's id."""
    sns = boto3.client("sns")
    topic = sns.create_topic(Name="events.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    url = fifo(sqs, "downstream")
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    published = events()
    SnsEventPublisher(sns, topic).publish(published)
    SnsEventPublisher(sns, topic).publish(published)
    arrived = received(sqs, url)
    assert [Event.from_json(m["Body"]) for m in arrived] == published
    assert [m["Attributes"]["MessageDeduplicationId"] for m in arrived] == [e.id for e in published]
    assert {m["Attributes"]["MessageGroupId"] for m in arrived} == {"incoming_invoice/inv1"}


class Recording:
    """A client that keeps its requests."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda **request: self.requests.append(request)


@given(identifier=st.from_regex(VALID_ID, fullmatch=True), kind=st.sampled_from(DocumentKind))
def test_ids_that_aws_takes(identifier: str, kind: DocumentKind) -> None:
    """Group and de-duplication ids are of AWS's alphabet and length for every document id that we accept."""
    queue, topic, dead = Recording(), Recording(), Recording()
    SqsDocumentQueue(queue, "url").send(DocumentMessage(kind, identifier, Change.UPDATE, "now", "t"))  # type: ignore[arg-type]
    event = Event(
        id="0" * 64,
        source="urn:autobook:stack:eu-central-1:123456789012:autobook",
        dataschema="urn:autobook:data:x:1",
        type="invoice.received",
        subject=f"{kind}/{identifier}",
        time=datetime(2026, 1, 1, tzinfo=UTC),
        traceid="t",
        data={},
    )
    SnsEventPublisher(topic, "arn").publish([event])  # type: ignore[arg-type]
    SqsMessageDisposition(dead, "url", "dead").dead_letter("{}", event.subject, "0" * 36, "reason", 1)  # type: ignore[arg-type]
    for client in (queue, topic, dead):
        (request,) = client.requests
        assert FIFO_ID.fullmatch(request["MessageGroupId"])
        assert FIFO_ID.fullmatch(request["MessageDeduplicationId"])
    assert "Subject" not in topic.requests[0], "a subject has a length and an alphabet of its own"


def test_message_fits() -> None:
    """A message about a document is far below the 256 KiB that SQS takes, whatever the trace."""
    long = DocumentMessage(
        DocumentKind.OUTGOING_INVOICE, "a" * 64, Change.RESTORE, "2026-03-02T09:30:00+00:00", "t" * 500
    )
    assert len(long.to_json()) < 1024


def test_postpone(sqs: "SQSClient") -> None:
    """A message that is given back is not seen before its time; with none to wait it is seen at once."""
    url = fifo(sqs, "documents")
    SqsDocumentQueue(sqs, url).send(message())
    (one,) = received(sqs, url)
    returns = SqsMessageDisposition(sqs, url, "")
    returns.postpone(one["ReceiptHandle"], 600)
    assert received(sqs, url) == []
    returns.postpone(one["ReceiptHandle"], 0)
    assert len(received(sqs, url)) == 1


@pytest.mark.parametrize(
    ("asked", "given"), [(-5, 0), (0.9, 0), (7.5, 7), (43_200, LONGEST_WAIT), (10**9, LONGEST_WAIT)]
)
def test_waits_that_aws_takes(asked: float, given: int) -> None:
    """A wait is whole seconds, from none to a little less than twelve hours."""
    client = Recording()
    assert SqsMessageDisposition(client, "url", "dead").postpone("handle", asked) == given  # type: ignore[arg-type]
    assert [request["VisibilityTimeout"] for request in client.requests] == [given]


def received_once(world: World) -> tuple[Queue, SqsMessageDisposition, str]:
    """A message in flight, in a queue that refuses what SQS refuses (moto does not)."""
    queue = Queue("documents", world)
    queue.send("{}", "group", "1")
    (one,) = queue.receive()
    assert one.receipt
    return queue, SqsMessageDisposition(SqsClient(queue), "documents", "dead"), one.receipt  # type: ignore[arg-type]


def test_twelve_hours_in_a_run_that_took_time() -> None:
    """`Retry-After: 43200` after twenty seconds of work is taken: SQS counts twelve hours from the receipt."""
    world = World()
    queue, returns, receipt = received_once(world)
    world.spend(20)
    with pytest.raises(ClientError, match="Total VisibilityTimeout"):
        queue.hide(receipt, 43_200)
    assert returns.postpone(receipt, 43_200) == LONGEST_WAIT
    assert queue.messages()[0].visible_at == 20 + LONGEST_WAIT


def test_wait_that_is_refused() -> None:
    """Where SQS refuses a wait a smaller one is tried; nothing is raised."""
    world = World()
    queue, returns, receipt = received_once(world)
    queue.hide(receipt, 20_000)
    world.spend(15_000)  # longer than any run of ours
    assert returns.postpone(receipt, 43_200) == LONGEST_WAIT // 4


def test_wait_for_a_receipt_that_is_over(caplog: pytest.LogCaptureFixture) -> None:
    """Where SQS takes no wait at all the message keeps its visibility timeout; both refusals are in the log."""
    world = World()
    _, returns, receipt = received_once(world)
    world.spend(361)
    assert returns.postpone(receipt, 60) is None
    refusals = [record for record in caplog.records if record.name == "autobook.sqs"]
    assert [record.__dict__["seconds"] for record in refusals] == [60, 15]
    assert all("receipt handle has expired" in record.__dict__["reason"] for record in refusals)


def test_wait_while_sqs_is_out_of_reach(caplog: pytest.LogCaptureFixture) -> None:
    """An SQS that does not answer is not asked for a smaller wait."""

    class Away:
        def change_message_visibility(self, **_request: Any) -> None:
            raise EndpointConnectionError(endpoint_url="https://sqs")

    assert SqsMessageDisposition(Away(), "url", "dead").postpone("handle", 60) is None  # type: ignore[arg-type]
    assert len([record for record in caplog.records if record.name == "autobook.sqs"]) == 1


def test_dead_letter(sqs: "SQSClient") -> None:
    """A dead letter keeps its body and group, and says why it is there and after how many attempts."""
    url = fifo(sqs, "dead-letters")
    SqsMessageDisposition(sqs, "", url).dead_letter(
        '{"a":1}', "incoming_invoice:inv1", "id-1", "Kanbert says 422: nö", 3
    )
    SqsMessageDisposition(sqs, "", url).dead_letter('{"a":1}', "incoming_invoice:inv1", "id-1", "again", 4)
    (letter,) = received(sqs, url)
    assert json.loads(letter["Body"]) == {"a": 1}
    assert letter["Attributes"]["MessageGroupId"] == "incoming_invoice:inv1"
    attributes = {name: a["StringValue"] for name, a in letter["MessageAttributes"].items()}
    assert attributes == {"reason": "Kanbert says 422: nö", "attempts": "3"}


@pytest.mark.parametrize("reason", ["", "x" * 5000, "NUL \x00 and \x1b[31m", "lone \ud800 surrogate"])
def test_reasons_that_aws_takes(reason: str) -> None:
    """A reason is never empty, not too long, and of the characters that SQS takes, so that no burial fails."""
    client = Recording()
    SqsMessageDisposition(client, "url", "dead").dead_letter("{}", "g", "id", reason, 1)  # type: ignore[arg-type]
    value = client.requests[0]["MessageAttributes"]["reason"]["StringValue"]
    assert 1 <= len(value) <= 1024
    assert re.fullmatch(r"[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+", value)


def test_documents_are_apart() -> None:
    """Documents of different kinds never share a group."""
    assert len({Document(kind, "x").key for kind in DocumentKind}) == len(DocumentKind)
