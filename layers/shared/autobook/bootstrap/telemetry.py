"""Where a function logs and counts."""

from dataclasses import dataclass
from typing import Self

from aws_lambda_powertools import Logger, Metrics

from autobook.settings import Settings


@dataclass(frozen=True, slots=True)
class Telemetry:
    """A function's logger and metrics."""

    logger: Logger
    metrics: Metrics

    @classmethod
    def of(cls, function: str, settings: Settings) -> Self:
        """The telemetry of the function with this name."""
        logger = Logger(service=function, level=settings.log_level)
        return cls(logger, Metrics(namespace="Autobook", service=function))
