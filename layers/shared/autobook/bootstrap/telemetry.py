"""Where a function logs and counts."""

from dataclasses import dataclass
from typing import Self

from aws_lambda_powertools import Logger, Metrics

from autobook.adapters.embedded_metrics import SECRET, EmbeddedMetrics
from autobook.settings import Settings


@dataclass(frozen=True, slots=True)
class Telemetry:
    """A function's logger and metrics; `secret` counts what is wrong with the secret, whichever function finds it."""

    logger: Logger
    metrics: Metrics
    secret: EmbeddedMetrics

    @classmethod
    def of(cls, function: str, settings: Settings) -> Self:
        """The telemetry of the function with this name.

        RFC 3339 in the log: Lambda takes a line with another timestamp for one of the level INFO ("Configuring
        advanced logging controls for Lambda functions", Lambda developer guide).
        """
        logger = Logger(service=function, level=settings.log_level, use_rfc3339=True)
        metrics = Metrics(namespace=settings.metrics_namespace, service=function)
        return cls(logger, metrics, EmbeddedMetrics(settings.metrics_namespace, SECRET))

    def not_filled_in(self, reason: str) -> None:
        """The alarm `SecretNotFilledIn` (template.yaml) watches this count."""
        self.secret.count("NotFilledIn", reason)
