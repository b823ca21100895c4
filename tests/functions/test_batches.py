"""The functions `process` and `archive`: a batch of SQS messages in, the ids of those that come back out."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger, Metrics

from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.sqs import SqsMessageDisposition
from autobook.bootstrap import archive as archive_wiring
from autobook.bootstrap import process as process_wiring
from autobook.settings import ArchiveSettings, BadSettings
from tests.fake_kanbert import incoming, outgoing
from tests.fakes import FakeAttempts, FakeRuleRepository, System
from tests.functions.loading import load_app, sample
from tests.settings import ENVIRONMENT


@dataclass
class DeadLetters:
    """What went to the dead letters, by reason."""

    reasons: list[str] = field(default_factory=list)

    def postpone(self, receipt_handle: str, seconds: float) -> int:
        """As SQS takes it."""
        assert receipt_handle
        return int(seconds)

    awaited: list[tuple[str, ...]] = field(default_factory=list)

    def dead_letter(
        self, body: str, group: str, message_id: str, reason: str, attempts: int, awaits: tuple[str, ...] = ()
    ) -> None:
        """Keep the reason, and what it waits for."""
        assert body
        assert group
        assert message_id
        assert attempts
        self.reasons.append(reason)
        self.awaited.append(awaits)


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
def dead_lettered() -> DeadLetters:
    """The dead letters."""
    return DeadLetters()


def consumer(dead_lettered: DeadLetters, name: str) -> FifoConsumer:
    logger = Logger(service=f"handlers-{name}", level="INFO")
    metrics = Metrics(namespace="Autobook", service=name)
    return FifoConsumer(cast("SqsMessageDisposition", dead_lettered), FakeAttempts(), Deadline(), logger, metrics)


@pytest.fixture
def process(system: System, dead_lettered: DeadLetters) -> Any:
    """The handler of `process`, on fakes."""
    module = load_app("process")
    module.from_environment = lambda: (consumer(dead_lettered, "process"), system.processor())  # type: ignore[attr-defined]
    return module.handler


@pytest.fixture
def archive(system: System, dead_lettered: DeadLetters) -> Any:
    """The handler of `archive`, on fakes."""
    module = load_app("archive")
    module.from_environment = lambda: (consumer(dead_lettered, "archive"), system.archiver())  # type: ignore[attr-defined]
    return module.handler


def test_process_sample(process: Any, system: System, dead_lettered: DeadLetters) -> None:
    """The sample batch is processed: two messages about one invoice book it once, an outgoing one is announced."""
    assert process(sample("process-batch"), Context()) == {"batchItemFailures": []}
    assert system.publisher.types == ["invoice.received", "invoice.booked", "outgoing_invoice.changed"]
    assert system.publisher.published[0].trace_id == "ZxY1_hQ2FiAEJxw="
    assert dead_lettered.reasons == []


def test_archive_sample(archive: Any, system: System, dead_lettered: DeadLetters) -> None:
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


def test_unreadable(process: Any, dead_lettered: DeadLetters) -> None:
    """What is no message of ours goes to the dead letters, and the rest of the batch is processed."""
    batch = sample("process-batch")
    batch["Records"][0]["body"] = json.dumps({"kind": "task"})
    assert process(batch, Context()) == {"batchItemFailures": []}
    assert dead_lettered.reasons == ["not a document message"]


def test_unreadable_event(archive: Any, dead_lettered: DeadLetters) -> None:
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
    built = (process_wiring.from_environment, archive_wiring.from_environment)
    for kept in built:
        kept.cache_clear()
    yield monkeypatch
    for kept in built:
        kept.cache_clear()


@pytest.mark.usefixtures("environment")
def test_built_once() -> None:
    """Use cases are built from the environment at the first call, and kept."""
    assert process_wiring.from_environment() is process_wiring.from_environment()
    assert archive_wiring.from_environment() is archive_wiring.from_environment()


@pytest.mark.parametrize("variable", [each.name.upper() for each in fields(ArchiveSettings)])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_settings_missing(environment: pytest.MonkeyPatch, variable: str, value: str | None) -> None:
    """A missing variable is named before anything is read from the queue."""
    if value is None:
        environment.delenv(variable)
    else:
        environment.setenv(variable, value)
    with pytest.raises(BadSettings, match=variable):
        archive_wiring.from_environment()


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
    """An invalid variable is named, with what it should be."""
    environment.setenv(variable, value)
    with pytest.raises(BadSettings, match=variable):
        archive_wiring.from_environment()
