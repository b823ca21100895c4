"""Consumes an SQS FIFO queue in Lambda: partial failures, waits that grow, dead letters with a reason.

A message that fails holds up its own group (its document) and no other. What the error says decides:
RetryLater waits, for days if need be, and so does an AWS fault that passes; AccessRefused makes the rest of the batch
wait too, since all would fail alike (Forbidden only once a second document is refused); NoTimeLeft goes back at once;
GiveUp goes to the dead-letter queue with the reason; anything else is a bug, logged, retried, and goes to the
dead-letter queue after its attempts.

Receiving is not failing: attempts are counted by kind of fault, where they happen.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from enum import StrEnum
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
from autobook.domain.errors import AccessRefused, AwaitsMapping, Forbidden, GiveUp, NoTimeLeft, RetryLater

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
_MIN_TIME = 12.0
"""Seconds: with less left no further message is started."""


class FaultKind(StrEnum):
    """What attempts are counted by: the faults of one kind say nothing about another."""

    WAITING = "waiting"
    """Kanbert is busy or away, or the document is in another run's hands."""
    ACCESS = "access"
    """Kanbert refuses us."""
    AWS = "aws"
    """AWS is busy, away, or refuses us."""
    BUG = "bug"
    """Nobody foresaw it."""
    GIVEN_UP = "given_up"
    """It cannot succeed."""


class Attempts(Protocol):
    """Counts the faults of messages, and still knows them when a message is delivered again."""

    def add(self, message_id: str, kind: str) -> Mapping[str, int]:
        """One more fault of this kind. Returns the number of each kind so far."""


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
        self,
        disposition: SqsMessageDisposition,
        attempts: Attempts,
        deadline: Deadline,
        logger: Logger,
        metrics: Metrics,
    ) -> None:
        self._disposition = disposition
        self._attempts = attempts
        self._deadline = deadline
        self._logger = logger
        self._metrics = metrics
        self._start_batch()

    def _start_batch(self) -> None:
        self._refused: tuple[AccessRefused, int] | None = None
        """Why everything else waits, and after how many attempts of the message that was refused."""
        self._forbidden: set[str] = set()
        """Groups (documents) that were refused by themselves."""
        self._handled: set[str] = set()
        self._started = 0

    def __call__[M: Message](
        self,
        event: dict[str, Any],
        context: LambdaContext,
        parse: Callable[[str], M],
        use_case: "Callable[[M], DataclassInstance]",
    ) -> dict[str, Any]:
        """Work through one batch. Returns Lambda's answer: which messages are to be delivered again."""
        self._deadline.start(context.get_remaining_time_in_millis)
        self._start_batch()

        def handle(record: SQSRecord) -> None:
            self._handle(record, parse, use_case)

        processor = SqsFifoPartialProcessor(skip_group_on_error=True)
        processor.raise_on_entire_batch_failure = False
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
                self._disposition.postpone(record["receiptHandle"], 0)

    def _handle[M: Message](
        self, record: SQSRecord, parse: Callable[[str], M], use_case: "Callable[[M], DataclassInstance]"
    ) -> None:
        """One message. Raises when it is to be delivered again."""
        self._handled.add(record.message_id)
        self._logger.remove_keys(["document", "trace_id"])
        self._check_may_start(record)
        self._started += 1
        try:
            message = parse(record.body)
            self._logger.append_keys(document=message.document.key, trace_id=message.trace_id)
            outcome = asdict(use_case(message))
            self._logger.info("done", extra=outcome)
            self._metrics.add_metric("Done", MetricUnit.Count, 1)
        except GiveUp as error:
            counts = self._count(record, FaultKind.GIVEN_UP)
            awaits = error.mappings if isinstance(error, AwaitsMapping) else ()
            self._dead_letter(record, str(error), sum(counts.values()) if counts else 1, awaits)
        except NoTimeLeft as error:
            if self._started == 1:  # it had the whole run
                self._postpone(record, error, FaultKind.WAITING)
            else:
                self._hand_back(record, error)
            raise
        except RetryLater as error:
            self._postpone(record, error, FaultKind.ACCESS if isinstance(error, AccessRefused) else FaultKind.WAITING)
            raise
        except Exception as error:
            if is_passing(error):
                self._postpone(record, RetryLater(f"AWS: {error}"), FaultKind.AWS)
                raise
            self._bug(record, error)

    def _check_may_start(self, record: SQSRecord) -> None:
        """Raise where this message has to wait for reasons that are not its own: no attempt is counted."""
        if self._refused is not None:
            refused, attempts = self._refused
            self._hide(record, refused, attempts)
            raise refused
        if self._deadline() < _MIN_TIME:
            error = NoTimeLeft("no time left for another document in this run")
            self._hand_back(record, error)
            raise error

    def _bug(self, record: SQSRecord, error: Exception) -> None:
        """Retried, and after its attempts dead-lettered: raises the error until then."""
        counts = self._count(record, FaultKind.BUG)
        attempts = counts.get(FaultKind.BUG)
        self._logger.error("failed", exc_info=error, extra={"attempts": attempts})
        self._metrics.add_metric("Failed", MetricUnit.Count, 1)
        if attempts is None or attempts < MAX_ATTEMPTS:
            self._disposition.postpone(record.receipt_handle, backoff(attempts or _receives(record)))
            raise error
        reason = f"failed {attempts} times, last with {type(error).__name__}: {error}"
        self._dead_letter(record, reason, sum(counts.values()))

    def _postpone(self, record: SQSRecord, error: RetryLater, kind: FaultKind) -> None:
        """Its own fault, which is counted; the wait grows with the number of its kind."""
        attempts = self._count(record, kind).get(kind) or _receives(record)
        if isinstance(error, AccessRefused) and self._concerns_all(record, error):
            self._refused = error, attempts
        self._hide(record, error, attempts)

    def _concerns_all(self, record: SQSRecord, error: AccessRefused) -> bool:
        """401 is about our token. 403 may be about one document, unless another one is refused too."""
        self._forbidden.add(_group(record))
        return not isinstance(error, Forbidden) or len(self._forbidden) > 1

    def _hide(self, record: SQSRecord, error: RetryLater, attempts: int) -> None:
        access = isinstance(error, AccessRefused)
        self._metrics.add_metric("AccessRefused" if access else "Postponed", MetricUnit.Count, 1)
        self._metrics.add_metric("WaitingSeconds", MetricUnit.Seconds, _waiting_seconds(record))
        seconds = self._disposition.postpone(record.receipt_handle, wait_for(error.after, attempts))
        waits = "visibility timeout" if seconds is None else seconds
        self._logger.warning("postponed", extra={"reason": str(error), "seconds": waits, "attempts": attempts})

    def _hand_back(self, record: SQSRecord, error: NoTimeLeft) -> None:
        """At once, and whatever is behind it in its group: nothing failed."""
        self._metrics.add_metric("HandedBack", MetricUnit.Count, 1)
        self._disposition.postpone(record.receipt_handle, 0)
        self._logger.info("handed back", extra={"reason": str(error)})

    def _count(self, record: SQSRecord, kind: FaultKind) -> Mapping[str, int]:
        """One more fault. Empty where it cannot be counted: the message waits as after so many receives."""
        try:
            return self._attempts.add(record.message_id, kind)
        except (BotoCoreError, ClientError) as error:
            self._logger.warning("an attempt could not be counted", extra={"kind": kind, "reason": str(error)})
            return {}

    def _dead_letter(self, record: SQSRecord, reason: str, attempts: int, awaits: tuple[str, ...] = ()) -> None:
        self._logger.error("moved to the dead-letter queue", extra={"reason": reason, "attempts": attempts})
        self._metrics.add_metric("GivenUp", MetricUnit.Count, 1)
        self._disposition.dead_letter(record.body, _group(record), record.message_id, reason, attempts, awaits)


def _group(record: SQSRecord) -> str:
    return record.attributes.message_group_id or record.message_id


def _waiting_seconds(record: SQSRecord) -> float:
    """How long ago it was queued. SQS's own age leaves out what was received more than three times ("Available
    CloudWatch metrics for Amazon SQS", SQS developer guide, ApproximateAgeOfOldestMessage)."""
    return max(0.0, time.time() - int(record.attributes.sent_timestamp) / 1000)


def _receives(record: SQSRecord) -> int:
    return int(record.attributes.approximate_receive_count)
