"""Runs a use case on a schedule in Lambda: logged, counted, and patient while Kanbert or AWS cannot be reached."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.adapters.aws import is_passing
from autobook.adapters.deadline import Deadline
from autobook.domain.errors import AccessRefused, NotFilledIn, RetryLater

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class ScheduledRun:
    """Runs it, with its counts as metrics. A fault that may pass ends the run quietly: the next one resumes.

    Anything else is raised: the alarm on the function's errors fires, and the call goes to the dead-letter queue. Until
    somebody has filled in the secret nothing can be run, and nothing has failed: `report_not_filled_in` is called.
    """

    def __init__(
        self, deadline: Deadline, logger: Logger, metrics: Metrics, report_not_filled_in: Callable[[str], None]
    ) -> None:
        self._deadline = deadline
        self._logger = logger
        self._metrics = metrics
        self._report_not_filled_in = report_not_filled_in
        self._reported: set[str] = set()

    def report(self, counts: dict[str, int]) -> None:
        """Count these now, and not again when the run ends: what they are about is about to be kept as dealt with."""
        self._add(counts)
        self._flush()
        self._reported |= counts.keys()

    def __call__(
        self,
        context: LambdaContext,
        use_case: "Callable[[], DataclassInstance]",
        counts: "Callable[[Any], dict[str, int]]",
    ) -> dict[str, int]:
        """Run once. Returns the counts; none after a fault that may pass."""
        self._deadline.start(context.get_remaining_time_in_millis)
        self._reported.clear()
        try:
            outcome = use_case()
            self._logger.info("done", extra=asdict(outcome))
            counted = counts(outcome)
            self._add({name: count for name, count in counted.items() if name not in self._reported})
            return counted
        except NotFilledIn as error:
            self._metrics.add_metric("NotFilledIn", MetricUnit.Count, 1)
            self._report_not_filled_in(str(error))
            self._logger.warning("nothing to begin with", extra={"reason": str(error)})
        except RetryLater as error:
            self._wait(error)
        except Exception as error:
            if not is_passing(error):
                self._logger.exception("failed")
                self._metrics.add_metric("Failed", MetricUnit.Count, 1)
                self._metrics.add_metric("Complete", MetricUnit.Count, 0)
                raise
            self._wait(RetryLater(f"AWS: {error}"))
        finally:
            self._flush()
        return {}

    def _add(self, counts: dict[str, int]) -> None:
        for name, count in counts.items():
            self._metrics.add_metric(name, MetricUnit.Count, count)

    def _flush(self) -> None:
        if self._metrics.metric_set:  # Powertools warns where there is nothing to write
            self._metrics.flush_metrics()

    def _wait(self, error: RetryLater) -> None:
        name = "AccessRefused" if isinstance(error, AccessRefused) else "Postponed"
        self._metrics.add_metric(name, MetricUnit.Count, 1)
        self._metrics.add_metric("Complete", MetricUnit.Count, 0)
        self._logger.warning("interrupted; resumes on the next run", extra={"reason": str(error)})
