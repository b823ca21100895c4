"""Runs on a schedule: a fault that may pass ends the run quietly, a bug does not."""

import json
from dataclasses import dataclass
from io import StringIO
from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from autobook.adapters.deadline import RESERVE, Deadline
from autobook.adapters.scheduled import ScheduledRun
from autobook.domain.errors import AccessRefused, GiveUp, NotFilledIn, RetryLater

NOT_FILLED_IN: list[str] = []
"""What was reported of the secret."""


@dataclass(frozen=True)
class Outcome:
    """What the use case below answers."""

    queued: int = 3


class Context:
    """Lambda's."""

    def get_remaining_time_in_millis(self) -> int:
        """A minute."""
        return 60_000


def run(error: Exception | None, name: str) -> tuple[dict[str, int], float]:
    """Run once; the counts, and the seconds that the use case saw left."""
    deadline = Deadline()
    logger = Logger(service=name, level="INFO", stream=StringIO())
    left = 0.0

    def use_case() -> Outcome:
        nonlocal left
        left = deadline()
        if error is not None:
            raise error
        return Outcome()

    scheduled = ScheduledRun(deadline, logger, Metrics(namespace="Autobook", service=name), NOT_FILLED_IN.append)
    counts = scheduled(cast("LambdaContext", Context()), use_case, lambda outcome: {"Queued": outcome.queued})
    return counts, left


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What was counted."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    return {name: value for line in lines for name, value in line.items() if name not in {"_aws", "service"}}


def test_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """The counts are answered and become metrics; the use case knows how much time is left."""
    assert run(None, "counts") == ({"Queued": 3}, 60.0 - RESERVE)
    assert metrics(capsys) == {"Queued": [3.0]}


def test_reported_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """What a use case reports is counted before it goes on, whatever becomes of the run, and not a second time."""
    logger = Logger(service="at once", level="INFO", stream=StringIO())
    scheduled = ScheduledRun(Deadline(), logger, Metrics(namespace="Autobook", service="at once"), NOT_FILLED_IN.append)
    counted: list[dict[str, Any]] = []

    def use_case(error: Exception | None = None) -> Outcome:
        scheduled.report({"Queued": 3})
        counted.append(metrics(capsys))
        if error is not None:
            raise error
        return Outcome()

    context = cast("LambdaContext", Context())
    assert scheduled(context, use_case, lambda outcome: {"Queued": outcome.queued}) == {"Queued": 3}
    assert metrics(capsys) == {}
    assert scheduled(context, use_case, lambda _: {"Queued": 3, "Seen": 5}) == {"Queued": 3, "Seen": 5}
    assert metrics(capsys) == {"Seen": [5.0]}
    assert scheduled(context, lambda: use_case(RetryLater("503")), lambda _: {}) == {}
    assert metrics(capsys) == {"Postponed": [1.0], "Complete": [0.0]}
    assert counted == [{"Queued": [3.0]}] * 3


@pytest.mark.parametrize(
    ("error", "metric"),
    [
        (RetryLater("503"), "Postponed"),
        (AccessRefused("401"), "AccessRefused"),
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "Scan"), "Postponed"),
    ],
)
def test_passing(error: Exception, metric: str, capsys: pytest.CaptureFixture[str]) -> None:
    """While Kanbert or AWS cannot be reached the run ends without an error, and is counted."""
    assert run(error, f"passing {error}")[0] == {}
    assert metrics(capsys) == {metric: [1.0], "Complete": [0.0]}


def test_not_filled_in(capsys: pytest.CaptureFixture[str]) -> None:
    """Before somebody has filled in the secret nothing has failed, and nothing is incomplete."""
    assert run(NotFilledIn("fill it in"), "not filled in")[0] == {}
    assert NOT_FILLED_IN == ["fill it in"]
    assert metrics(capsys) == {"NotFilledIn": [1.0]}


@pytest.mark.parametrize("error", [GiveUp("400: bad filter"), ValueError("bug")])
def test_bug(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    """What waiting does not fix is raised, for the alarm."""
    with pytest.raises(type(error)):
        run(error, f"bug {error}")
    assert metrics(capsys) == {"Failed": [1.0], "Complete": [0.0]}
