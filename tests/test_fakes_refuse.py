"""The fakes refuse what AWS documents (the table in docs/local-stack.md), and every row of the table has its test."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import ArchiveConflict, RetryLater
from autobook.domain.provenance import ProvenanceRecord
from tests.fake_archived_topics import TOPIC, ArchivedTopics
from tests.fake_queues import FakeSqs
from tests.fakes import FakeArchive, FakeProvenanceStore
from tests.programs.chaos.aws import DEDUPLICATION, LONGEST_HIDDEN, LONGEST_MESSAGE, Queue, SqsClient, Topic
from tests.programs.chaos.world import World
from tests.repository import ROOT, files

TWELVE_HOURS = 43_200
UNTIL = datetime(2034, 1, 1, tzinfo=UTC)
URL = "https://sqs/dead-letters.fifo"


@pytest.fixture
def world() -> World:
    return World()


def received(world: World) -> tuple[Queue, SqsClient, str]:
    """A queue with a message in flight."""
    queue = Queue("documents", world)
    queue.send("{}", "group", "1")
    (one,) = queue.receive()
    assert one.receipt
    return queue, SqsClient(queue), one.receipt


def dead_letter() -> tuple[FakeSqs, list[dict[str, Any]]]:
    """A queue of the command line's fake with a message in flight, hidden for 30 seconds."""
    sqs = FakeSqs(latency=0, queues={URL: []})
    sqs.put(URL, "{}", "group")
    (one,) = sqs.receive_message(QueueUrl=URL, MaxNumberOfMessages=10, VisibilityTimeout=30, WaitTimeSeconds=0)[
        "Messages"
    ]
    return sqs, [{"Id": "1", "ReceiptHandle": one["ReceiptHandle"]}]


# ---------------------------------------------------------------------- receipt handles


def test_an_expired_receipt_deletes_nothing(world: World) -> None:
    """The message was visible again: whoever has it now goes on. A receipt that is good may be used twice."""
    queue, client, receipt = received(world)
    world.spend(361)
    with pytest.raises(ClientError, match="receipt handle has expired"):
        client.delete_message(QueueUrl="documents", ReceiptHandle=receipt)
    (again,) = queue.receive()
    assert again.receipt
    for _ in range(2):
        client.delete_message(QueueUrl="documents", ReceiptHandle=again.receipt)
    assert len(queue) == 0


def test_an_expired_receipt_hides_nothing(world: World) -> None:
    """Nor can its visibility be changed."""
    _, client, receipt = received(world)
    world.spend(361)
    with pytest.raises(ClientError, match="receipt handle has expired"):
        client.change_message_visibility(QueueUrl="documents", ReceiptHandle=receipt, VisibilityTimeout=60)


def test_an_expired_receipt_in_a_batch() -> None:
    """A batch is answered entry by entry."""
    sqs, entries = dead_letter()
    sqs.receive_message(QueueUrl=URL, MaxNumberOfMessages=1, VisibilityTimeout=30, WaitTimeSeconds=31)
    for call in (sqs.delete_message_batch, sqs.change_message_visibility_batch):
        (failed,) = call(QueueUrl=URL, Entries=[{**entries[0], "VisibilityTimeout": 0}])["Failed"]
        assert (failed["Code"], failed["Message"]) == ("InvalidParameterValue", "The receipt handle has expired")
    assert len(sqs.queues[URL]) == 1


# ---------------------------------------------------------------------- twelve hours


def test_twelve_hours_since_the_receipt(world: World) -> None:
    """Counted from the receipt: what has passed, and what was asked for before, is no longer there."""
    assert LONGEST_HIDDEN == TWELVE_HOURS
    queue, client, receipt = received(world)
    queue.hide(receipt, 20_000)
    world.spend(10_000)
    with pytest.raises(ClientError, match="beyond the limit"):
        client.change_message_visibility(QueueUrl="documents", ReceiptHandle=receipt, VisibilityTimeout=33_201)
    client.change_message_visibility(QueueUrl="documents", ReceiptHandle=receipt, VisibilityTimeout=33_200)


def test_twelve_hours_in_a_batch() -> None:
    """The command line's fake as well."""
    sqs, entries = dead_letter()
    (failed,) = sqs.change_message_visibility_batch(
        QueueUrl=URL, Entries=[{**entries[0], "VisibilityTimeout": TWELVE_HOURS + 1}]
    )["Failed"]
    assert "beyond the limit" in failed["Message"]
    answer = sqs.change_message_visibility_batch(
        QueueUrl=URL, Entries=[{**entries[0], "VisibilityTimeout": TWELVE_HOURS}]
    )
    assert answer == {"Failed": []}


# ---------------------------------------------------------------------- messages


IDS = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"MessageBody": "x" * LONGEST_MESSAGE}, ""),
        ({"MessageBody": "x" * (LONGEST_MESSAGE + 1)}, "262145 bytes"),
        ({"MessageBody": "ä" * (LONGEST_MESSAGE // 2 + 1)}, "262146 bytes"),
        ({"MessageAttributes": {"reason": {"StringValue": "x" * LONGEST_MESSAGE}}}, "262146 bytes"),
        ({"MessageAttributes": {"reason": {"StringValue": ""}}}, "empty"),
        ({"MessageBody": ""}, "empty"),
        ({"MessageBody": "\x00"}, "characters"),
        ({"MessageGroupId": "g" * 129}, "is no id"),
        ({"MessageGroupId": "a b"}, "is no id"),
        ({"MessageDeduplicationId": "ü"}, "is no id"),
    ],
)
def test_what_is_no_message(world: World, change: dict[str, Any], reason: str) -> None:
    """256 KB with its attributes, the characters of XML 1.0, ids of 128 printable ASCII characters."""
    queue = Queue("documents", world)
    client = SqsClient(queue)
    given = {"QueueUrl": "documents", "MessageBody": "{}", **IDS, **change}
    if not reason:
        client.send_message(**given)
        assert len(queue) == 1
        return
    with pytest.raises(ClientError, match=reason):
        client.send_message(**given)
    assert len(queue) == 0
    assert len(client.refusals) == 1


@pytest.mark.parametrize("length", [LONGEST_MESSAGE, LONGEST_MESSAGE + 1])
def test_what_is_no_event(world: World, length: int) -> None:
    """The topic has the same limit, and it is the smaller one of the two."""
    topic = Topic(world)
    if length == LONGEST_MESSAGE:
        topic.publish(Message="x" * length, **IDS)
        return
    with pytest.raises(ClientError, match="262145 bytes"):
        topic.publish(Message="x" * length, **IDS)
    assert topic.published == []


@pytest.mark.parametrize("most", [0, 11])
def test_ten_at_once(world: World, most: int) -> None:
    """No call receives more."""
    _, client, _ = received(world)
    with pytest.raises(ClientError, match="between 1 and 10"):
        client.receive_message(QueueUrl="documents", MaxNumberOfMessages=most, VisibilityTimeout=30)


# ---------------------------------------------------------------------- FIFO


@pytest.mark.parametrize(("seconds", "delivered"), [(0, 1), (DEDUPLICATION - 1, 1), (DEDUPLICATION, 2)])
def test_five_minutes_of_deduplication(world: World, seconds: float, delivered: int) -> None:
    """An id that came within five minutes is accepted and left out, by queue and by topic."""
    assert DEDUPLICATION == 300
    queue, fed, topic = Queue("documents", world), Queue("archive", world), Topic(world)
    topic.subscribe(fed)
    for wait in (0.0, seconds):
        world.spend(wait)
        queue.send("{}", "group", "id")
        topic.publish(Message='{"type": "x"}', **IDS)
    assert (len(queue), len(fed), len(topic.published)) == (delivered, delivered, delivered)


def test_a_group_waits_for_its_message(world: World) -> None:
    """While one of a group is in flight none of that group is received; other groups are."""
    queue, _, _ = received(world)
    queue.send("{}", "group", "2")
    queue.send("{}", "other", "3")
    assert [each.group for each in queue.receive()] == ["other"]


# ---------------------------------------------------------------------- stores


def test_a_stale_save() -> None:
    """A save on top of another's is refused."""
    store, record = FakeProvenanceStore(), ProvenanceRecord(Document(DocumentKind.INCOMING_INVOICE, "a"))
    store.put(record)
    with pytest.raises(RetryLater):
        store.put(record)
    store.put(replace(store.get(record.document)))


def test_another_object_under_a_name() -> None:
    """The archive keeps the first; `If-None-Match: *` is what S3 answers 412 to."""
    archive = FakeArchive()
    archive.store("incoming_invoice/2026/a.json", b"1", "application/json", UNTIL)
    archive.store("incoming_invoice/2026/a.json", b"1", "application/json", UNTIL)
    with pytest.raises(ArchiveConflict):
        archive.store("incoming_invoice/2026/a.json", b"2", "application/json", UNTIL)


# ---------------------------------------------------------------------- topics


def test_a_topic_with_an_archive_is_not_deleted() -> None:
    """Neither is one archived that is not FIFO, nor for more than a year."""
    topics = ArchivedTopics({TOPIC: '{"MessageRetentionPeriod": "90"}', "arn:alarms": "{}"})
    with pytest.raises(ClientError, match="InvalidState"):
        topics.delete_topic(TOPIC)
    for topic, policy in (
        ("arn:alarms", '{"MessageRetentionPeriod": "1"}'),
        (TOPIC, '{"MessageRetentionPeriod": "366"}'),
    ):
        with pytest.raises(ClientError, match="InvalidParameter"):
            topics.set_topic_attributes(topic, "ArchivePolicy", policy)
    topics.set_topic_attributes(TOPIC, "ArchivePolicy", "{}")
    topics.delete_topic(TOPIC)


# ---------------------------------------------------------------------- the table

PAGE = ROOT / "docs" / "local-stack.md"
HEADING = "## What AWS documents, the fakes refuse"
MENTIONED = (
    "receipt handle", "twelve hours", "256 KB", "name", "condition", "throttl", "transaction", "log",
    "item", "five minutes", "archive",
)  # fmt: skip


PATHS = [f"/{path.relative_to(ROOT).as_posix()}" for path in files(".py", ".yaml")]


def rows() -> list[list[str]]:
    """The cells of the table: limit, source, who refuses, tests."""
    section = PAGE.read_text("utf-8").partition(f"{HEADING}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines]


@cache
def names_of_tests(path: str) -> frozenset[str]:
    """The names of the tests of a file, those of classes as `Class::test`."""

    def found(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
        for node in body:
            match node:
                case ast.FunctionDef(name=name) if name.startswith("test_"):
                    yield f"{prefix}{name}"
                case ast.ClassDef(name=name, body=inner):
                    yield from found(inner, f"{name}::")

    return frozenset(found(ast.parse((ROOT / path).read_text("utf-8")).body))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:40])
def test_every_row_is_tested(row: list[str]) -> None:
    """It names a page of AWS, what refuses, and tests; all of which exist."""
    limit, source, refuses, tests = row
    assert limit
    assert re.search(r'"[^"]+"|API [Rr]eference', source)
    named = re.findall(r"`([\w./]+\.(?:py|yaml))`", refuses)
    assert named or "moto" in refuses, "who refuses it?"
    assert not [each for each in named if not any(path.endswith(f"/{each}") for path in PATHS)]
    evidence = re.findall(r"`([\w/]+\.py)::([\w:]+)`", tests)
    assert evidence, "no test"
    assert len(evidence) == tests.count("`") // 2, "each test as `path::name`"
    for path, name in evidence:
        assert (ROOT / path).is_file(), path
        assert name in names_of_tests(path), f"{path} has no {name}"


def test_the_table_is_complete() -> None:
    """Every kind of limit that has mattered so far has its row."""
    limits = " ".join(row[0] for row in rows()).lower()
    assert not [each for each in MENTIONED if each.lower() not in limits]
