"""The stream of the rules table in Lambda: a batch of changes in, the first one that has to come again out.

With `ReportBatchItemFailures` Lambda delivers the stream again from the record that is named ("Configuring partial
batch response with DynamoDB and Lambda", Lambda developer guide).
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Protocol

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.adapters.aws import is_passing
from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.items import fields_of
from autobook.domain.errors import AccessRefused, RetryLater
from autobook.domain.rule_history import RuleSave


class StreamResult(Protocol):
    """What a run returns."""

    def counts(self) -> dict[str, int]:
        """As metrics."""


type OnDone = Callable[[RuleSave], None]


class RuleStream:
    """Runs a use case over batches of the stream. What was done of a batch does not come again."""

    def __init__(self, deadline: Deadline, logger: Logger, metrics: Metrics) -> None:
        self._deadline = deadline
        self._logger = logger
        self._metrics = metrics

    def __call__(
        self, event: Mapping[str, Any], context: LambdaContext, use_case: Callable[..., StreamResult]
    ) -> dict[str, Any]:
        """Work through one batch. Returns Lambda's answer."""
        self._deadline.start(context.get_remaining_time_in_millis)
        saves, done = [rule_save(record) for record in event["Records"]], set[str]()
        try:
            result = use_case(saves, on_done=lambda save: done.add(save.event_id))
            for name, count in result.counts().items():
                self._metrics.add_metric(name, MetricUnit.Count, count)
            self._logger.info("done", extra={"saves": len(saves), **asdict(result)})  # type: ignore[call-overload]
        except Exception as error:
            self._report(error)
        finally:
            if self._metrics.metric_set:  # Powertools warns where there is nothing to write
                self._metrics.flush_metrics()
        return {"batchItemFailures": _again(saves, done)}

    def _report(self, error: Exception) -> None:
        if isinstance(error, RetryLater) or is_passing(error):
            name = "AccessRefused" if isinstance(error, AccessRefused) else "Postponed"
            self._logger.warning("postponed", extra={"reason": str(error)})
        else:
            name = "Failed"
            self._logger.error("failed", exc_info=error)
        self._metrics.add_metric(name, MetricUnit.Count, 1)


def _again(saves: Sequence[RuleSave], done: set[str]) -> list[dict[str, str]]:
    first = next((save for save in saves if save.event_id not in done), None)
    return [] if first is None else [{"itemIdentifier": first.sequence}]


def rule_save(record: Mapping[str, Any]) -> RuleSave:
    """The change that a record of the stream reports."""
    change = record["dynamodb"]
    return RuleSave(
        rule_id=_fields(change["Keys"])["rule_id"],
        at=datetime.fromtimestamp(int(float(change["ApproximateCreationDateTime"])), UTC),
        sequence=change["SequenceNumber"],
        event_id=record["eventID"],
        before=_fields(change["OldImage"]) if "OldImage" in change else None,
        after=_fields(change["NewImage"]) if "NewImage" in change else None,
    )


def _fields(image: Mapping[str, Any]) -> dict[str, Any]:
    return fields_of({name: _decoded(value) for name, value in image.items()})


def _decoded(value: Mapping[str, Any]) -> dict[str, Any]:
    """In Lambda's JSON binary values are texts in Base64."""
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {"B": base64.b64decode(content)}
        case "BS":
            return {"BS": [base64.b64decode(each) for each in content]}
        case "L":
            return {"L": [_decoded(each) for each in content]}
        case "M":
            return {"M": {name: _decoded(each) for name, each in content.items()}}
    return dict(value)
