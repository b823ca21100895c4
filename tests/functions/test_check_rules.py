"""The function `check_rules`: a batch of the stream, or a scheduled run."""

from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics
from botocore.exceptions import ClientError

from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.rule_stream import RuleStream, rule_save
from autobook.adapters.scheduled import ScheduledRun
from autobook.bootstrap import check_rules as wiring
from autobook.domain.errors import RetryLater
from autobook.settings import BadSettings
from tests.checking import CheckingSystem
from tests.functions.loading import load_app, sample
from tests.functions.test_batches import Context
from tests.settings import ENVIRONMENT


@pytest.fixture
def system() -> CheckingSystem:
    """The table as the sample's stream has left it."""
    made = CheckingSystem()
    for record in sample("check-rules-batch")["Records"]:
        if (after := rule_save(record).after) is not None:
            made.table.items[after["rule_id"]] = dict(after)
    return made


@pytest.fixture
def handler(system: CheckingSystem) -> Any:
    """The handler, on fakes."""
    module = load_app("check_rules")
    telemetry = (Logger(service="handlers-check_rules"), Metrics(namespace="Autobook", service="check_rules"))
    stream, schedule = RuleStream(Deadline(), *telemetry), ScheduledRun(Deadline(), *telemetry, lambda _: None)
    module.from_environment = lambda: (stream, schedule, system.checker())  # type: ignore[attr-defined]
    return module.handler


def test_sample(handler: Any, system: CheckingSystem) -> None:
    """A save gets its verdict, our own write nothing, a deletion its entry; nothing comes again."""
    assert handler(sample("check-rules-batch"), Context()) == {"batchItemFailures": []}
    assert 'unknown field "suplier.name"' in system.check("hosting")["message"]
    assert system.check("ours") == {"state": "ok"}
    assert [each.change for name in ("hosting", "gone") for each in system.history(name)] == ["saved", "deleted"]
    assert system.history("ours") == []


@pytest.mark.parametrize(
    "error",
    [
        RetryLater("later"),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "PutObject"),
        ClientError({"Error": {"Code": "ValidationException"}}, "PutObject"),
        KeyError("a bug"),
    ],
)
def test_comes_again(handler: Any, system: CheckingSystem, error: Exception) -> None:
    """What fails comes again from there on, and what was done before does not."""

    class Failing(type(system.objects)):  # type: ignore[misc]
        def store(self, key: str, *rest: Any) -> Any:
            if "/gone/" in key:
                raise error
            return super().store(key, *rest)

    system.objects.__class__ = Failing
    answer = handler(sample("check-rules-batch"), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "100000000003498069980"}]}
    assert "check" in system.table.items["hosting"]


@pytest.mark.parametrize("event", [{}, {"rules": "all"}, {"rules": "due"}])
def test_scheduled(handler: Any, event: dict[str, str]) -> None:
    """A run of its own looks at all rules, or at what is due; and archives what it finds at night only."""
    counts = handler(event, Context())
    assert (counts["RulesInError"], counts["Written"]) == (1, 2)
    assert counts["Archived"] == (0 if event == {"rules": "due"} else 2)


def test_plain_fields() -> None:
    """The images of a record as the table's items are read, binary values and sets included."""
    hosting, _, deleted = map(rule_save, sample("check-rules-batch")["Records"])
    assert hosting.after is not None
    assert (hosting.after["account"], hosting.after["tags"], hosting.before) == (7380, {"a", "b"}, None)
    assert deleted.before == {"rule_id": "gone", "when": b"\x00\x01", "tags": {b"\x00\x01"}}
    assert (deleted.after, deleted.rule_id, f"{deleted.at:%H:%M:%S}") == (None, "gone", "09:30:02")


@pytest.mark.parametrize(
    ("variable", "value"), [("MODE", "off"), ("TIME_ZONE", "Wien"), ("JURISDICTION", "FR"), ("OBJECT_LOCK_MODE", "x")]
)
def test_settings_wrong(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """An invalid variable is named before anything is read."""
    for name, each in (ENVIRONMENT | {variable: value}).items():
        monkeypatch.setenv(name, each)
    wiring.from_environment.cache_clear()
    with pytest.raises(BadSettings, match=variable):
        wiring.from_environment()
