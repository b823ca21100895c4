"""The function `export_billomat`: a batch of events in, invoices in Billomat."""

from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger, Metrics

from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.sqs import SqsMessageDisposition
from autobook.bootstrap import export_billomat as wiring
from autobook.settings import BadSettings
from tests.exporting_billomat import BillomatExportingSystem
from tests.fake_kanbert import booking, incoming
from tests.fakes import FakeAttempts
from tests.functions.loading import load_app, sample
from tests.functions.test_batches import Context, DeadLetters
from tests.settings import ENVIRONMENT


@pytest.fixture
def system() -> BillomatExportingSystem:
    """What the sample is about."""
    made = BillomatExportingSystem()
    made.kanbert.add(incoming("inv1", bookings=[booking(chart_of_account_id="7380")]))
    return made


@pytest.fixture
def dead_lettered() -> DeadLetters:
    """The dead letters."""
    return DeadLetters()


@pytest.fixture
def export(system: BillomatExportingSystem, dead_lettered: DeadLetters) -> Any:
    """The handler, on fakes."""
    module = load_app("export_billomat")
    logger = Logger(service="handlers-export_billomat", level="INFO")
    metrics = Metrics(namespace="Autobook", service="export_billomat")
    disposition = cast("SqsMessageDisposition", dead_lettered)
    consumer = FifoConsumer(disposition, FakeAttempts(), Deadline(), logger, metrics)
    module.from_environment = lambda: (consumer, system.exporter())  # type: ignore[attr-defined]
    return module.handler


def test_sample(export: Any, system: BillomatExportingSystem, dead_lettered: DeadLetters) -> None:
    """The sample batch is exported, once, however often it comes."""
    for _ in range(2):
        assert export(sample("export-billomat-batch"), Context()) == {"batchItemFailures": []}
    assert [each["number"] for each in system.billomat.incomings.values()] == ["R-2026-17"]
    assert dead_lettered.reasons == []


def test_unreadable_event(export: Any, dead_lettered: DeadLetters) -> None:
    """What is no event of ours goes to the dead letters."""
    batch = sample("export-billomat-batch")
    batch["Records"][0]["body"] = "{}"
    assert export(batch, Context()) == {"batchItemFailures": []}
    assert "not an event of ours" in dead_lettered.reasons[0]


@pytest.mark.parametrize(("parameters", "wrong"), [("{", "BILLOMAT_PARAMETERS"), ('{"colour": 1}', "colour")])
def test_parameters_are_checked_at_the_start(monkeypatch: pytest.MonkeyPatch, parameters: str, wrong: str) -> None:
    """A function with parameters that make no sense does not start."""
    for name, value in (
        ENVIRONMENT | {"BILLOMAT_PARAMETERS": parameters, "AWS_DEFAULT_REGION": "eu-central-1"}
    ).items():
        monkeypatch.setenv(name, value)
    wiring.from_environment.cache_clear()
    with pytest.raises(BadSettings, match=wrong):
        wiring.from_environment()
