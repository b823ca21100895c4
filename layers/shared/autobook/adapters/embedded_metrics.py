"""Metrics of a function that loads no Powertools: a line of log that CloudWatch counts. Standard library only.

Source: "Specification: Embedded metric format" (CloudWatch user guide). `level` and `timestamp` (RFC 3339) are there
for Lambda, which drops lines below the function's log level and takes one without them for INFO ("Configuring advanced
logging controls for Lambda functions", Lambda developer guide).
"""

import json
import sys
from datetime import UTC, datetime


def count(service: str, metric: str, reason: str) -> None:
    """One more of it, in the namespace `Autobook` under the service's name, at the level ERROR."""
    now = datetime.now(UTC)
    line = {
        "level": "ERROR",
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "service": service,
        "message": metric,
        "reason": reason,
        metric: 1,
        "_aws": {
            "Timestamp": int(now.timestamp() * 1000),
            "CloudWatchMetrics": [
                {"Namespace": "Autobook", "Dimensions": [["service"]], "Metrics": [{"Name": metric, "Unit": "Count"}]}
            ],
        },
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
