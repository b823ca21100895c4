"""The functions' own code, run on outcomes that a test gives, and the lines of log that Lambda keeps of it."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from itertools import count
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger, Metrics

from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.rule_stream import RuleStream
from autobook.adapters.embedded_metrics import SECRET, EmbeddedMetrics
from autobook.adapters.scheduled import ScheduledRun
from autobook.adapters.secretsmanager import WebhookSecrets
from autobook.adapters.sqs import SqsMessageDisposition
from autobook.bootstrap import process as process_wiring
from autobook.bootstrap import receive as receive_wiring
from autobook.bootstrap.telemetry import Telemetry
from autobook.domain.documents import Document, DocumentKind, DocumentMessage
from autobook.service.process import ProcessOutcome, ProcessResult
from tests.fakes import FakeAttempts
from tests.functions.loading import load_app, sample
from tests.settings import ENVIRONMENT
from tests.template.cloudwatch import kept

NAMESPACE = ENVIRONMENT["METRICS_NAMESPACE"]
CONTEXT = cast("Any", SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000))

_numbers = count()
"""A logger of a name keeps its first stream."""

type Line = dict[str, Any]
type UseCase = Callable[..., Any]


class Functions:
    """The functions, at an application log level. Each call answers the lines that it has left in CloudWatch."""

    def __init__(self, capsys: pytest.CaptureFixture[str], application_level: str = "INFO") -> None:
        self._capsys, self._level, self._log = capsys, application_level, StringIO()

    def _telemetry(self, name: str) -> Telemetry:
        return Telemetry(
            Logger(service=f"{name}-{next(_numbers)}", level="INFO", use_rfc3339=True, stream=self._log),
            Metrics(namespace=NAMESPACE, service=name),
            EmbeddedMetrics(NAMESPACE, SECRET),
        )

    def _printed(self) -> list[Line]:
        lines = self._capsys.readouterr().out.splitlines() + self._log.getvalue().splitlines()
        self._log = StringIO()
        return kept(lines, self._level)

    def scheduled(self, name: str, use_case: UseCase) -> list[Line]:
        """A run of `sweep` or `reconcile`."""
        module, telemetry = load_app(name), self._telemetry(name)
        run = ScheduledRun(Deadline(), telemetry.logger, telemetry.metrics, telemetry.not_filled_in)
        module.from_environment = lambda: (run, use_case)  # type: ignore[attr-defined]
        with suppress(ZeroDivisionError):  # Lambda's to count
            module.handler({}, CONTEXT)
        return self._printed()

    def rules_checked(self, use_case: UseCase) -> list[Line]:
        """A scheduled run of `check_rules`."""
        return self._rules({"rules": "all"}, use_case)

    def rules_saved(self, use_case: UseCase) -> list[Line]:
        """A batch of the stream of the rules table."""
        return self._rules(sample("check-rules-batch"), use_case)

    def _rules(self, event: dict[str, Any], use_case: UseCase) -> list[Line]:
        module, telemetry = load_app("check_rules"), self._telemetry("check_rules")
        stream = RuleStream(Deadline(), telemetry.logger, telemetry.metrics)
        run = ScheduledRun(Deadline(), telemetry.logger, telemetry.metrics, telemetry.not_filled_in)
        module.from_environment = lambda: (stream, run, use_case)  # type: ignore[attr-defined]
        with suppress(ZeroDivisionError):  # Lambda's to count
            module.handler(event, CONTEXT)
        return self._printed()

    def consumed(self, name: str, use_case: UseCase, waited: float = 0.0) -> list[Line]:
        """A batch of a function that consumes a queue; its message was queued so many seconds ago."""
        return self._consumed(self._telemetry(name), use_case, waited)

    def _consumed(self, telemetry: Telemetry, use_case: UseCase, waited: float = 0.0) -> list[Line]:
        disposition = SimpleNamespace(postpone=lambda _, seconds: int(seconds), dead_letter=lambda *_: None)
        consumer = FifoConsumer(
            cast("SqsMessageDisposition", disposition),
            FakeAttempts(),
            Deadline(),
            telemetry.logger,
            telemetry.metrics,
        )
        batch = sample("process-batch")
        del batch["Records"][1:]
        batch["Records"][0]["attributes"]["SentTimestamp"] = str(int((time.time() - waited) * 1000))
        consumer(batch, CONTEXT, DocumentMessage.from_json, use_case)
        return self._printed()

    def restless(self) -> list[Line]:
        """`process` meets a document that changes all the time."""
        telemetry = self._telemetry("process")
        report = process_wiring.restless(telemetry)

        def use_case(message: DocumentMessage) -> ProcessResult:
            report(Document(DocumentKind.INCOMING_INVOICE, message.id))
            return ProcessResult(ProcessOutcome.PROCESSED)

        return self._consumed(telemetry, use_case)

    def received(self, use_case: UseCase) -> list[Line]:
        """A webhook at `receive`."""
        module = load_app("receive")
        module.from_environment = lambda: (use_case, "Signature")  # type: ignore[attr-defined]
        module.handler(sample("receive-webhook"), None)
        return self._printed()

    def secret_read(self, webhook_secret: str) -> list[Line]:
        """The secret, read by `receive`."""
        contents = json.dumps({"webhook_secrets": [webhook_secret]})
        client = SimpleNamespace(get_secret_value=lambda **_: {"SecretString": contents})
        settings = cast("Any", SimpleNamespace(webhook_secret_id="kanbert", documents_queue_url="documents.fifo"))
        built = receive_wiring.build(settings, cast("Any", SimpleNamespace(aws=lambda _: client, clock=time.time)))
        cast("WebhookSecrets", built.secrets).webhook_secrets()
        return self._printed()


def raises(error: Exception) -> UseCase:
    """A use case that fails so."""

    def use_case(*_: object, **__: object) -> object:
        raise error

    return use_case


def returns(result: object) -> UseCase:
    """A use case that comes to this."""
    return lambda *_, **__: result
