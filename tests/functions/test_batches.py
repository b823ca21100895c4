"""The functions `process` and `archive`: a batch of SQS messages in, the ids of those that come back out."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger, Metrics

from autobook import bootstrap
from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.sqs import SqsMessageDisposition
from autobook.settings import BadSettings
from tests.fake_kanbert import incoming, outgoing
from tests.fakes import FakeRuleRepository, System
from tests.functions.loading import load_app, sample

ENVIRONMENT = {
    "LOG_LEVEL": "INFO",
    "SECRET_ID": "kanbert",
    "KANBERT_BASE_URL": "https://api.kanbert.com/api/v1",
    "TIME_ZONE": "Europe/Vienna",
    "DOCUMENTS_QUEUE_URL": "https://sqs/documents.fifo",
    "DEAD_LETTERS_QUEUE_URL": "https://sqs/dead-letters.fifo",
    "RULES_TABLE": "rules",
    "PROVENANCE_TABLE": "provenance",
    "EVENTS_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:events.fifo",
    "ARCHIVE_QUEUE_URL": "https://sqs/archive.fifo",
    "ARCHIVE_BUCKET": "archive",
    "INCOMING_PDF": "true",
    "JURISDICTION": "AT",
    "OBJECT_LOCK_MODE": "GOVERNANCE",
}


@dataclass
class Buried:
    """What went to the dead letters, by reason."""

    reasons: list[str] = field(default_factory=list)

    def postpone(self, receipt_handle: str, seconds: float) -> None:
        """Not looked at here."""

    def dead_letter(self, body: str, group: str, message_id: str, reason: str, attempts: int) -> None:
        """Keep the reason."""
        assert body
        assert group
        assert message_id
        assert attempts
        self.reasons.append(reason)


class Context:
    """As much of Lambda's context as is asked for."""

    def get_remaining_time_in_millis(self) -> int:
        """A minute."""
        return 60_000


@pytest.fixture
def system() -> System:
    """What the samples are about."""
    made = System(rule_repository=FakeRuleRepository({"rule_id": "r", "when": "sum_gross > 0", "account": "7380"}))
    made.kanbert.add(incoming("inv1"))
    made.kanbert.add(outgoing("out1"))
    return made


@pytest.fixture
def dead_lettered() -> Buried:
    """The dead letters."""
    return Buried()


def consumer(dead_lettered: Buried, name: str) -> FifoConsumer:
    logger = Logger(service=f"handlers-{name}", level="INFO")
    return FifoConsumer(
        cast("SqsMessageDisposition", dead_lettered), Deadline(), logger, Metrics(namespace="Autobook", service=name)
    )


@pytest.fixture
def process(system: System, dead_lettered: Buried) -> Any:
    """The handler of `process`, on fakes."""
    module = load_app("process")
    module.processor = lambda: (consumer(dead_lettered, "process"), system.processor())  # type: ignore[attr-defined]
    return module.handler


@pytest.fixture
def archive(system: System, dead_lettered: Buried) -> Any:
    """The handler of `archive`, on fakes."""
    module = load_app("archive")
    module.archiver = lambda: (consumer(dead_lettered, "archive"), system.archiver())  # type: ignore[attr-defined]
    return module.handler


def test_process_sample(process: Any, system: System, dead_lettered: Buried) -> None:
    """The sample batch is processed: two messages about one invoice book it once, an outgoing one is announced."""
    assert process(sample("process-batch"), Context()) == {"batchItemFailures": []}
    assert system.publisher.types == ["invoice.received", "invoice.booked", "outgoing_invoice.changed"]
    assert system.publisher.published[0].trace_id == "ZxY1_hQ2FiAEJxw="
    assert dead_lettered.reasons == []


def test_archive_sample(archive: Any, system: System, dead_lettered: Buried) -> None:
    """The sample batch is archived: both documents, with their PDF."""
    assert archive(sample("archive-batch"), Context()) == {"batchItemFailures": []}
    assert system.publisher.types == ["invoice.archived", "outgoing_invoice.archived"]
    assert sum(key.endswith(".pdf") for key in system.objects.objects) == 2
    assert dead_lettered.reasons == []


def test_published_events_are_what_archive_takes(process: Any, archive: Any, system: System) -> None:
    """What `process` publishes is, delivered raw, what `archive` reads."""
    process(sample("process-batch"), Context())
    batch = sample("archive-batch")
    for record, event in zip(batch["Records"], system.publisher.of("invoice.received"), strict=False):
        record["body"] = event.to_json()
    assert archive(batch, Context()) == {"batchItemFailures": []}
    assert "invoice.archived" in system.publisher.types


def test_unreadable(process: Any, dead_lettered: Buried) -> None:
    """What is no message of ours goes to the dead letters, and the rest of the batch is processed."""
    batch = sample("process-batch")
    batch["Records"][0]["body"] = json.dumps({"kind": "task"})
    assert process(batch, Context()) == {"batchItemFailures": []}
    assert dead_lettered.reasons == ["not a document message"]


def test_unreadable_event(archive: Any, dead_lettered: Buried) -> None:
    """The same holds for what is no event of ours."""
    batch = sample("archive-batch")
    batch["Records"][0]["body"] = "{}"
    assert archive(batch, Context()) == {"batchItemFailures": []}
    assert len(dead_lettered.reasons) == 1
    assert "not an event of ours" in dead_lettered.reasons[0]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A function's environment."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    built = (bootstrap.processor, bootstrap.archiver, bootstrap.receiver)
    for one in built:
        one.cache_clear()
    yield monkeypatch
    for one in built:
        one.cache_clear()


@pytest.mark.usefixtures("environment")
def test_built_once() -> None:
    """Use cases are built from the environment at the first call, and kept."""
    assert bootstrap.processor() is bootstrap.processor()
    assert bootstrap.archiver() is bootstrap.archiver()


@pytest.mark.parametrize("variable", sorted(ENVIRONMENT.keys() - {"DOCUMENTS_QUEUE_URL", "RULES_TABLE"}))
@pytest.mark.parametrize("value", [None, "", "  "])
def test_settings_missing(environment: pytest.MonkeyPatch, variable: str, value: str | None) -> None:
    """A missing variable is named before anything is read from the queue."""
    if value is None:
        environment.delenv(variable)
    else:
        environment.setenv(variable, value)
    with pytest.raises(BadSettings, match=variable):
        bootstrap.archiver()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TIME_ZONE", "Vienna"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("JURISDICTION", "FR"),
        ("OBJECT_LOCK_MODE", "governance"),
        ("INCOMING_PDF", "yes"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_settings_wrong(environment: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """A variable that makes no sense is named, with what it should be."""
    environment.setenv(variable, value)
    with pytest.raises(BadSettings, match=variable):
        bootstrap.archiver()
