"""Consumes an SQS FIFO queue in Lambda: partial failures, waits that grow, dead letters with a reason.

A message that fails holds up its own group (its document) and no other. What the error says decides:
RetryLater waits, for days if need be, and so does an AWS fault that passes; AccessRefused makes the rest of the batch
wait too, since all would fail alike; GiveUp goes to the dead-letter queue with the reason; anything else is a bug,
logged, retried, and goes to the dead-letter queue after its attempts.
"""

import random
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from autobook.adapters.aws import is_passing
from autobook.adapters.deadline import Deadline
from autobook.adapters.sqs import SqsMessageDisposition
from autobook.domain.documents import Document
from autobook.domain.errors import AccessRefused, GiveUp, RetryLater

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_ATTEMPTS = 10
"""Limit for a message that fails with an unexpected error."""

_FIRST_BACKOFF = 5.0
_MAX_BACKOFF = 7200.0
"""Seconds."""
_ATTEMPTS_AS_ASKED = 10
"""After so many attempts a message waits for longer than asked: `Retry-After: 30` for a day would otherwise use
up the receives that the queue allows (maxReceiveCount in template.yaml)."""
_MIN_TIME = 15.0
"""Seconds of Lambda time: with less left no further message is started."""


class Message(Protocol):
    """What the consumer needs of a message."""

    @property
    def document(self) -> Document:
        """The document it is about."""

    @property
    def trace_id(self) -> str:
        """Follows the document through the logs."""


def backoff(attempts: int, jitter: Callable[[], float] = random.random) -> float:
    """Seconds to wait after that many attempts: 5, 10, 20 … up to two hours, less up to a half at random."""
    return min(_MAX_BACKOFF, _FIRST_BACKOFF * 2.0 ** min(attempts - 1, 20)) * (1 - jitter() / 2)


def wait_for(asked: float | None, attempts: int, jitter: Callable[[], float] = random.random) -> float:
    """Seconds to wait: what the other side asked for and up to a fifth more at random; else the backoff."""
    if asked is None:
        return backoff(attempts, jitter)
    wait = asked * (1 + jitter() / 5)
    return wait if attempts <= _ATTEMPTS_AS_ASKED else max(wait, backoff(attempts, jitter))


class FifoConsumer:
    """Works through batches: `parse` reads a message's body, `use_case` deals with it."""

    def __init__(
        self, disposition: SqsMessageDisposition, deadline: Deadline, logger: Logger, metrics: Metrics
    ) -> None:
        self._disposition = disposition
        self._deadline = deadline
        self._logger = logger
        self._metrics = metrics
        self._refused: AccessRefused | None = None
        self._handled: set[str] = set()

    def __call__[M: Message](
        self,
        event: dict[str, Any],
        context: LambdaContext,
        parse: Callable[[str], M],
        use_case: "Callable[[M], DataclassInstance]",
    ) -> dict[str, Any]:
        """Work through one batch. Returns Lambda's answer: which messages are to be delivered again."""
        self._deadline.start(context.get_remaining_time_in_millis)
        self._refused = None

        def handle(record: SQSRecord) -> None:
            self._handle(record, parse, use_case)

        processor = SqsFifoPartialProcessor(skip_group_on_error=True)
        processor.raise_on_entire_batch_failure = False
        self._handled.clear()
        try:
            answer = process_partial_response(event, handle, processor, context)
            self._release(event, {str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]})
            return dict(answer)
        finally:
            self._logger.remove_keys(["document", "trace_id"])
            self._metrics.flush_metrics()

    def _release(self, event: dict[str, Any], failed: set[str]) -> None:
        """Messages that were skipped behind a failed one of their group wait for that one only.

        Hidden for the queue's full visibility timeout, they would hold up their group, and with it the one before.
        """
        for record in event["Records"]:
            if record["messageId"] in failed - self._handled:
                try:
                    self._disposition.postpone(record["receiptHandle"], 0)
                except (BotoCoreError, ClientError) as error:
                    self._logger.warning("not released, waits for its visibility timeout", extra={"reason": str(error)})

    def _handle[M: Message](
        self, record: SQSRecord, parse: Callable[[str], M], use_case: "Callable[[M], DataclassInstance]"
    ) -> None:
        """One message. Raises when it is to be delivered again."""
        attempts = int(record.attributes.approximate_receive_count)
        self._handled.add(record.message_id)
        self._logger.remove_keys(["document", "trace_id"])
        try:
            self._check_may_start()
            message = parse(record.body)
            self._logger.append_keys(document=message.document.key, trace_id=message.trace_id)
            outcome = asdict(use_case(message))
            self._logger.info("done", extra=outcome)
            self._metrics.add_metric("Done", MetricUnit.Count, 1)
        except GiveUp as error:
            self._dead_letter(record, str(error), attempts)
        except RetryLater as error:
            self._postpone(record, error, attempts)
            raise
        except Exception as error:
            if is_passing(error):
                self._postpone(record, RetryLater(f"AWS: {error}"), attempts)
                raise
            self._logger.exception("failed", extra={"attempts": attempts})
            self._metrics.add_metric("Failed", MetricUnit.Count, 1)
            if attempts < MAX_ATTEMPTS:
                self._disposition.postpone(record.receipt_handle, backoff(attempts))
                raise
            self._dead_letter(record, f"failed {attempts} times, last with {type(error).__name__}: {error}", attempts)

    def _check_may_start(self) -> None:
        if self._refused is not None:
            raise self._refused
        if self._deadline() < _MIN_TIME:
            raise RetryLater("no time left for another document in this run", after=0)

    def _postpone(self, record: SQSRecord, error: RetryLater, attempts: int) -> None:
        wait = wait_for(error.after, attempts)
        if isinstance(error, AccessRefused):
            self._refused = error
        self._metrics.add_metric(
            "AccessRefused" if isinstance(error, AccessRefused) else "Postponed", MetricUnit.Count, 1
        )
        self._logger.warning("postponed", extra={"reason": str(error), "seconds": round(wait), "attempts": attempts})
        self._disposition.postpone(record.receipt_handle, wait)

    def _dead_letter(self, record: SQSRecord, reason: str, attempts: int) -> None:
        self._logger.error("moved to the dead-letter queue", extra={"reason": reason, "attempts": attempts})
        self._metrics.add_metric("GivenUp", MetricUnit.Count, 1)
        group = record.attributes.message_group_id or record.message_id
        self._disposition.dead_letter(record.body, group, record.message_id, reason, attempts)
