"""Metrics of a function that loads no Powertools: a line of log that CloudWatch counts. Standard library only.

Source: "Specification: Embedded metric format" (CloudWatch user guide). `level` and `timestamp` (RFC 3339) are there
for Lambda, which drops lines below the function's log level and takes one without them for INFO ("Configuring advanced
logging controls for Lambda functions", Lambda developer guide).
"""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

SECRET: Final = "secret"  # noqa: S105 - the name of a service
"""What counts under this name is about the secret, whichever function has found it."""


@dataclass(frozen=True, slots=True)
class EmbeddedMetrics:
    """The counts of a service, in the stack's namespace."""

    namespace: str
    service: str

    def count(self, metric: str, reason: str) -> None:
        """One more of it, at the level ERROR."""
        now = datetime.now(UTC)
        counted = {
            "Namespace": self.namespace,
            "Dimensions": [["service"]],
            "Metrics": [{"Name": metric, "Unit": "Count"}],
        }
        line = {
            "level": "ERROR",
            "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "service": self.service,
            "message": metric,
            "reason": reason,
            metric: 1,
            "_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [counted]},
        }
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
