"""Every alarm of the template fires when what it watches breaks, and is over when that is fixed.

What we count ourselves is counted by the functions' own code: its lines of log go through Lambda's filter, as the
template sets it, and through the embedded metric format. What AWS counts has the names that AWS documents.
"""

import json
import re
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from autobook.bootstrap import receive as receive_wiring
from autobook.domain.errors import AccessRefused, NotFilledIn, RetryLater
from autobook.domain.webhook import NoMatch, NoSecret
from autobook.service.check_rules import CheckResult
from autobook.service.process import ProcessOutcome, ProcessResult
from autobook.service.reconcile_result import ReconcileResult
from autobook.service.sweep import SweepResult
from autobook.service.watch import WatchedSweepResult
from autobook_local.stack.template import Template, load_template, resources
from tests.settings import ENVIRONMENT
from tests.template.cloudwatch import CloudWatch, dimensions, passes
from tests.template.conftest import TEMPLATE
from tests.template.resolving import resolved
from tests.template.running import NAMESPACE, Functions, Line, UseCase, raises, returns

HOUR, DAY = 3600, 86_400
START = 1_800_000_000.0

DOCUMENTED: dict[str, dict[str, set[str]]] = {
    # "Types of metrics for Lambda functions" (Lambda developer guide)
    "AWS/Lambda": {"Errors": {"FunctionName"}, "Throttles": {"FunctionName"}, "Duration": {"FunctionName"}},
    # "Available CloudWatch metrics for Amazon SQS" (SQS developer guide)
    "AWS/SQS": {
        "ApproximateNumberOfMessagesVisible": {"QueueName"},
        "ApproximateAgeOfOldestMessage": {"QueueName"},
        "NumberOfMessagesSent": {"QueueName"},
    },
    # "Monitoring Amazon SNS topics using CloudWatch" (SNS developer guide)
    "AWS/SNS": {"NumberOfNotificationsFailed": {"TopicName"}},
    # "Working with metrics for HTTP APIs" (API Gateway developer guide)
    "AWS/ApiGateway": {"5xx": {"ApiId"}},
}
"""Metrics of AWS that alarms watch, with the dimensions under which AWS publishes them."""

type Happening = Callable[[Functions], list[Line]]

DONE = returns(ProcessResult(ProcessOutcome.PROCESSED))


def swept(days: int = 0, hours: int = 0, **counts: Any) -> UseCase:
    """A sweep with this outcome."""
    return returns(WatchedSweepResult(SweepResult(**counts), days, hours))


def checked(**counts: Any) -> UseCase:
    """A run over the rules with this outcome."""
    return returns(CheckResult(**counts))


WELL: dict[str, list[Happening]] = {
    "check_rules": [lambda f: f.rules_checked(checked()), lambda f: f.rules_saved(checked())],
    "receive": [lambda f: f.received(returns(SimpleNamespace(value="queued"))), lambda f: f.secret_read("w" * 32)],
    "sweep": [lambda f: f.scheduled("sweep", swept())],
    "reconcile": [lambda f: f.scheduled("reconcile", returns(ReconcileResult(complete=True)))],
    "secret": [lambda f: f.scheduled("sweep", swept())],
}
"""Nothing is wrong; of a function that consumes a queue, a message is dealt with."""
BROKEN: dict[tuple[str, str], list[Happening]] = {
    ("sweep", "Complete"): [
        lambda f: f.scheduled("sweep", raises(RetryLater("503"))),
        lambda f: f.scheduled("sweep", raises(ZeroDivisionError())),
        lambda f: f.scheduled("sweep", swept(complete=False)),
    ],
    ("sweep", "DaysWithoutInvoice"): [lambda f: f.scheduled("sweep", swept(days=14))],
    ("sweep", "HoursWithoutReconciliation"): [lambda f: f.scheduled("sweep", swept(hours=49))],
    ("sweep", "Unidentified"): [lambda f: f.scheduled("sweep", swept(unidentified=("no id",)))],
    ("sweep", "BasisUnread"): [lambda f: f.scheduled("sweep", swept(basis_unread="no table"))],
    ("sweep", "AccessRefused"): [lambda f: f.scheduled("sweep", raises(AccessRefused("401")))],
    ("reconcile", "AccessRefused"): [lambda f: f.scheduled("reconcile", raises(AccessRefused("401")))],
    ("reconcile", "Uncured"): [lambda f: f.scheduled("reconcile", returns(ReconcileResult(complete=True, uncured=1)))],
    ("check_rules", "RulesInError"): [
        lambda f: f.rules_checked(checked(in_error=2)),
        lambda f: f.rules_saved(checked(in_error=1)),
    ],
    ("check_rules", "TooLarge"): [lambda f: f.rules_saved(checked(too_large=("r",)))],
    ("check_rules", "Failed"): [
        lambda f: f.rules_checked(raises(ZeroDivisionError())),
        lambda f: f.rules_saved(raises(ZeroDivisionError())),
    ],
    ("check_rules", "AccessRefused"): [
        lambda f: f.rules_checked(checked(access_refused=True)),
        lambda f: f.rules_saved(checked(access_refused=True)),
    ],
    ("process", "Restless"): [lambda f: f.restless()],
    ("receive", "BadSecret"): [lambda f: f.secret_read("short")],
    ("receive", "Unavailable"): [lambda f: f.received(raises(RetryLater("SQS is away")))],
    ("receive", "SignatureRefused"): [lambda f: f.received(raises(NoMatch("it matches none")))],
    ("secret", "NotFilledIn"): [
        lambda f: f.received(raises(NoSecret("there is none"))),
        lambda f: f.scheduled("sweep", raises(NotFilledIn("fill it in"))),
        lambda f: f.scheduled("reconcile", raises(NotFilledIn("fill it in"))),
    ],
}
"""What breaks, by the service and the metric that an alarm watches."""


def happenings(service: str, metric: str) -> tuple[list[Happening], list[Happening]]:
    """What breaks, and what is well."""
    if (service, metric) in BROKEN:
        return BROKEN[service, metric], WELL.get(service, [lambda f: f.consumed(service, DONE)])
    error, waited = (AccessRefused("401"), 0) if metric == "AccessRefused" else (RetryLater("503"), 3601)
    assert metric in {"AccessRefused", "WaitingSeconds"}, f"nothing here breaks what {service} counts as {metric}"
    return [lambda f: f.consumed(service, raises(error), waited)], [lambda f: f.consumed(service, DONE)]


@pytest.fixture
def functions(template: Template, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Functions:
    """The functions at the most silent application log level that the template can set."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    receive_wiring._metrics.cache_clear()
    levels = template["Globals"]["Function"]["LoggingConfig"]["ApplicationLogLevel"]["Fn::If"][1:]
    assert set(levels) == {"DEBUG", "INFO"}
    return Functions(capsys, levels[-1])


@pytest.fixture(scope="module")
def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """Every alarm's properties in a stack named `test`; parameters have their defaults."""
    stack_name = NAMESPACE.removeprefix("Autobook/")
    found = resources(template, "AWS::CloudWatch::Alarm")
    return {name: resolved(template, alarm, stack_name) for name, alarm in found.items()}


def ours(alarm: dict[str, Any]) -> bool:
    """True if the functions themselves count what it watches."""
    return alarm["Namespace"] == NAMESPACE and "Dimensions" in alarm


def service_of(alarm: dict[str, Any]) -> str:
    """The function that counts."""
    (dimension,) = alarm["Dimensions"]
    assert dimension["Name"] == "service"
    return str(dimension["Value"])


@pytest.mark.parametrize("name", sorted(resources(load_template(TEMPLATE), "AWS::CloudWatch::Alarm")))
def test_fires_and_clears(alarms: dict[str, dict[str, Any]], name: str, functions: Functions) -> None:
    """It fires at every way of breaking, and is over once its periods have passed and all is well."""
    alarm = alarms[name]
    if ours(alarm):
        service = service_of(alarm)
        broken, well = happenings(service, alarm["MetricName"])
        ways = [(happens(functions), [line for each in well for line in each(functions)]) for happens in broken]
        for bad, good in ways:
            _play(alarm, partial(_ingest, bad), partial(_ingest, good))
        return
    key = alarm["Namespace"], alarm["MetricName"], dimensions(alarm)
    value = float(alarm["Threshold"]) + 1
    _play(alarm, lambda watch, at: watch.put(key, at, value), lambda watch, at: watch.put(key, at, 0))


def _ingest(lines: list[Line], watch: CloudWatch, at: float) -> None:
    watch.ingest(lines, at)


def _play(
    alarm: dict[str, Any], breaks: Callable[[CloudWatch, float], None], recovers: Callable[[CloudWatch, float], None]
) -> None:
    watch, period, periods = CloudWatch(), int(alarm["Period"]), int(alarm["EvaluationPeriods"])
    at = START
    for _ in range(periods):
        recovers(watch, at)
        at += period
    assert watch.state(alarm, at) == "OK"
    for _ in range(int(alarm.get("DatapointsToAlarm", periods))):
        breaks(watch, at)
        at += period
    assert watch.state(alarm, at - period) == "ALARM"
    for _ in range(periods):
        recovers(watch, at)
        at += period
    assert watch.state(alarm, at, "ALARM") == "OK"


def test_native_metrics_are_documented(alarms: dict[str, dict[str, Any]]) -> None:
    """AWS publishes what these alarms watch, under just these dimensions: with another one an alarm sees nothing."""
    native = {name: alarm for name, alarm in alarms.items() if alarm["Namespace"] != NAMESPACE}
    assert native
    for name, alarm in native.items():
        found = {each for each, _ in dimensions(alarm)}
        assert DOCUMENTED[alarm["Namespace"]][alarm["MetricName"]] == found, name


def test_client_errors_of_the_api_are_counted(template: Template, alarms: dict[str, dict[str, Any]]) -> None:
    """The filter on the API's log counts 4xx; a signature that was refused has an alarm of its own."""
    metric_filter = template["Resources"]["ApiClientErrorsFilter"]["Properties"]
    assert metric_filter["LogGroupName"] == {"Ref": "ApiLogGroup"}
    (counted,) = metric_filter["MetricTransformations"]
    alarm = alarms["ApiClientErrorsAlarm"]
    assert counted["MetricName"] == alarm["MetricName"]
    assert counted["MetricNamespace"] == {"Fn::Sub": "Autobook/${AWS::StackName}"}
    log = template["Resources"]["ApiStage"]["Properties"]["AccessLogSettings"]["Format"]
    expected = {"200": False, "202": False, "400": True, "401": False, "404": True, "429": True, "503": False}
    lines = {status: json.loads(re.sub(r"\$context\.status", status, log)) for status in expected}
    assert {status: passes(metric_filter["FilterPattern"], line) for status, line in lines.items()} == expected


def test_only_the_secret_is_asked_for_after_a_deployment(
    alarms: dict[str, dict[str, Any]], functions: Functions
) -> None:
    """A day on which nobody fills in the secret: sweeps, a reconciliation, webhooks that cannot be verified."""
    watch = CloudWatch()
    assert {name: watch.state(alarm, START) for name, alarm in alarms.items()} == {
        name: "INSUFFICIENT_DATA" if alarm["TreatMissingData"] == "missing" else "OK" for name, alarm in alarms.items()
    }
    sweep = functions.scheduled("sweep", raises(NotFilledIn("fill it in")))
    reconcile = functions.scheduled("reconcile", raises(NotFilledIn("fill it in")))
    webhook = functions.received(raises(NoSecret("there is none")))
    for seconds in range(0, DAY, 300):
        for lines in (sweep, reconcile, webhook):
            watch.ingest(lines, START + seconds)
        firing = {name for name, alarm in alarms.items() if watch.state(alarm, START + seconds) == "ALARM"}
        assert firing == {"SecretNotFilledInAlarm"}


def test_a_sweep_that_is_no_longer_started(alarms: dict[str, dict[str, Any]], functions: Functions) -> None:
    """There is nothing to count then: the alarm has no data, which reaches a person as well."""
    alarm, watch = alarms["SweepSilentAlarm"], CloudWatch()
    watch.ingest(functions.scheduled("sweep", swept()), START)
    assert watch.state(alarm, START + HOUR - 1) == "OK"
    assert watch.state(alarm, START + HOUR + 1, "OK") == "INSUFFICIENT_DATA"
    assert alarm["InsufficientDataActions"] == alarm["AlarmActions"]


@pytest.mark.parametrize("level", ["WARN", "ERROR"])
def test_a_filter_above_info_would_silence_the_alarms(capsys: pytest.CaptureFixture[str], level: str) -> None:
    """Why the template never sets one: Lambda drops what Powertools counts, which has no level."""
    assert not any("_aws" in line for line in Functions(capsys, level).scheduled("sweep", swept()))


def test_every_line_has_a_level_and_a_time(functions: Functions) -> None:
    """But for those of the embedded metric format, which have none and are kept at INFO."""
    lines = [
        *functions.scheduled("sweep", raises(RetryLater("503"))),
        *functions.consumed("process", raises(RetryLater("503"))),
        *functions.received(raises(NoMatch("it matches none"))),
    ]
    plain = [line for line in lines if "_aws" not in line]
    assert plain
    for line in plain:
        assert line["level"] in {"INFO", "WARNING", "ERROR"}, line
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)", line["timestamp"]), line
