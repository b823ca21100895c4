"""The function `export_hypatos`: a batch of events in, invoices in Hypatos."""

from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger, Metrics

from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.sqs import SqsMessageDisposition
from autobook.bootstrap import export_hypatos as wiring
from autobook.settings import BadSettings
from tests.exporting import ExportingSystem
from tests.fake_kanbert import booking, incoming
from tests.fakes import FakeAttempts
from tests.functions.loading import load_app, sample
from tests.functions.test_batches import Context, DeadLetters
from tests.settings import ENVIRONMENT


@pytest.fixture
def system() -> ExportingSystem:
    """What the sample is about."""
    made = ExportingSystem()
    made.kanbert.add(incoming("inv1", bookings=[booking(chart_of_account_id="acc-7380")]))
    return made


@pytest.fixture
def dead_lettered() -> DeadLetters:
    """The dead letters."""
    return DeadLetters()


@pytest.fixture
def export(system: ExportingSystem, dead_lettered: DeadLetters) -> Any:
    """The handler, on fakes."""
    module = load_app("export_hypatos")
    logger = Logger(service="handlers-export_hypatos", level="INFO")
    metrics = Metrics(namespace="Autobook", service="export_hypatos")
    disposition = cast("SqsMessageDisposition", dead_lettered)
    consumer = FifoConsumer(disposition, FakeAttempts(), Deadline(), logger, metrics)
    module.from_environment = lambda: (consumer, system.exporter())  # type: ignore[attr-defined]
    return module.handler


def test_sample(export: Any, system: ExportingSystem, dead_lettered: DeadLetters) -> None:
    """The sample batch is exported, once, however often it comes."""
    for _ in range(2):
        assert export(sample("export-hypatos-batch"), Context()) == {"batchItemFailures": []}
    assert list(system.hypatos.bodies) == ["kanbert-inv1"]
    assert dead_lettered.reasons == []


def test_unreadable_event(export: Any, dead_lettered: DeadLetters) -> None:
    """What is no event of ours goes to the dead letters."""
    batch = sample("export-hypatos-batch")
    batch["Records"][0]["body"] = "{}"
    assert export(batch, Context()) == {"batchItemFailures": []}
    assert "not an event of ours" in dead_lettered.reasons[0]


@pytest.mark.parametrize(("parameters", "wrong"), [("{", "HYPATOS_PARAMETERS"), ('{"colour": 1}', "colour")])
def test_parameters_are_checked_at_the_start(monkeypatch: pytest.MonkeyPatch, parameters: str, wrong: str) -> None:
    """A function with parameters that make no sense does not start."""
    for name, value in (ENVIRONMENT | {"HYPATOS_PARAMETERS": parameters, "AWS_DEFAULT_REGION": "eu-central-1"}).items():
        monkeypatch.setenv(name, value)
    wiring.from_environment.cache_clear()
    with pytest.raises(BadSettings, match=wrong):
        wiring.from_environment()
