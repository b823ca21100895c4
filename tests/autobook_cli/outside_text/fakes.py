"""A command's run, and what it meets there: AWS and Kanbert, whose every text is such a one."""

import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import typer
from botocore.exceptions import ClientError
from typer.testing import CliRunner

import autobook_cli
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.kanbert import IncomingInvoice
from autobook_local.demo.story import Story
from tests.autobook.domain.rules.invoices import an_invoice
from tests.autobook_cli.outside_text import EVIL

DOCUMENT = Document(DocumentKind.INCOMING_INVOICE, "i1")
AT = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)


def run(*arguments: str, app: typer.Typer = autobook_cli.app) -> str:
    """What is printed, as on a terminal: without colours being taken out on the way."""
    result = CliRunner().invoke(app, list(arguments), color=True)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.output


def aws_error(*_: Any, **__: Any) -> Any:
    """AWS refuses."""
    raise ClientError({"Error": {"Code": EVIL, "Message": EVIL}}, "AnyOperation")


def stack_of(client: Any = None, **resources: str) -> Any:
    """A stack with these resources, every client of which is this one."""
    return SimpleNamespace(client=lambda _: client, resources=resources, stack_name=EVIL)


EVENTS_LETTERS = "https://queues.example/events-letters"
ELSEWHERE = EVIL.replace(":", ";").replace("/", "")
"""The name of somebody's queue, as it can stand in an ARN."""


class Letters:
    """SQS with one dead letter in each queue; SNS that delivers into a queue of such a name; logs, and who we are.

    `refuses`: the operations that fail, those in batches with a reason for each letter.
    """

    def __init__(self, body: str, *refuses: str) -> None:
        self._refuses = refuses
        message = {
            "Body": body, "ReceiptHandle": "r", "MessageId": EVIL,
            "Attributes": {"SentTimestamp": "0", "MessageGroupId": EVIL},
            "MessageAttributes": {"reason": {"StringValue": EVIL}, "attempts": {"StringValue": "4"}},
        }  # fmt: skip
        self._messages = {url: [message] for url in ("from", EVENTS_LETTERS)}

    def _answer(self, operation: str, answer: Any) -> Any:
        return aws_error() if operation in self._refuses else answer

    def _batch(self, operation: str, entries: list[dict[str, str]]) -> Any:
        failed = [{"Id": each["Id"], "Code": EVIL, "Message": EVIL} for each in entries]
        return {"Failed": failed if operation in self._refuses else []}

    def get_queue_attributes(self, **_: Any) -> Any:
        return self._answer("get_queue_attributes", {"Attributes": {"ApproximateNumberOfMessages": "7"}})

    def receive_message(self, **given: Any) -> Any:
        waiting = self._messages[given["QueueUrl"]]
        return {"Messages": [waiting.pop()]} if waiting else {}

    def change_message_visibility_batch(self, **given: Any) -> Any:
        return self._batch("change_message_visibility_batch", given["Entries"])

    def send_message_batch(self, **given: Any) -> Any:
        return self._batch("send_message_batch", given["Entries"])

    def delete_message_batch(self, **given: Any) -> Any:
        return self._batch("delete_message_batch", given["Entries"])

    def get_queue_url(self, **_: Any) -> Any:
        return self._answer("get_queue_url", {"QueueUrl": "elsewhere"})

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_subscriptions_by_topic"
        found = {"Protocol": "sqs", "SubscriptionArn": "arn:s", "Endpoint": f"arn:aws:sqs:r:1:{ELSEWHERE}"}
        return SimpleNamespace(paginate=lambda **_: [{"Subscriptions": [found]}])

    def get_subscription_attributes(self, **_: Any) -> Any:
        return {"Attributes": {"RedrivePolicy": json.dumps({"deadLetterTargetArn": "arn:aws:sqs:r:1:events-letters"})}}

    def create_log_stream(self, **_: Any) -> Any:
        return self._answer("create_log_stream", {})

    def put_log_events(self, **_: Any) -> Any:
        return self._answer("put_log_events", {})

    def get_caller_identity(self) -> Any:
        return self._answer("get_caller_identity", {"Arn": EVIL})


def story() -> Story:
    """A document of which every text is such a one."""
    value = {"field": EVIL, "value": {"text": EVIL}, "rule_id": EVIL, "booking_id": EVIL, "before": None}
    data = {"values": [value], "reasons": [{"message": EVIL}], "would_book": [value]}
    stored = {"objects": [{"key": f"a/{EVIL}/{EVIL}.{EVIL}"}]}
    events: list[Any] = [
        SimpleNamespace(document=DOCUMENT, type=type_, data=data | stored)
        for type_ in ("invoice.booked", "invoice.suggested", "invoice.archived", EVIL)
    ]
    return Story(DOCUMENT, EVIL, b"", events, seen_invoice())


def seen_invoice() -> IncomingInvoice:
    """What Kanbert says of it."""
    invoice = an_invoice().model_copy(update={"status": EVIL, "title": EVIL, "invoice_number": EVIL})
    assert invoice.supplier is not None
    return invoice.model_copy(update={"supplier": invoice.supplier.model_copy(update={"name": EVIL})})


@contextlib.contextmanager
def system(*_: Any, progress: Callable[[str], None] | None = None, **__: Any) -> Iterator[Any]:
    """A local system whose progress and outputs are such texts."""
    (progress or _[0])(EVIL)
    running: Any = SimpleNamespace(
        deployment=SimpleNamespace(
            outputs={"RulesTableName": "rules", "ArchiveBucketName": "archive", "EventsTopicArn": "topic"}
        ),
        account=SimpleNamespace(environment=lambda: {"A": "b"}, endpoint="http://127.0.0.1:1"),
        urls={"kanbert": "http://127.0.0.1:2", "webhook": "http://127.0.0.1:3"},
        simulator_token="",
    )
    received = [story().events]
    yield SimpleNamespace(
        simulator=SimpleNamespace(client=None), consumers=(), leave=lambda: running,
        take_events=lambda: received.pop(0) if received else [], deployment=SimpleNamespace(resources={}),
        kanbert_url="https://kanbert.example/api/v1", token="token",
    )  # fmt: skip
