"""CloudWatch and Lambda's log as AWS documents them: which lines are kept, what becomes a metric, when an alarm fires.

Sources: "Configuring JSON and plain text log formats" and "Log-level filtering" (Lambda developer guide),
"Specification: Embedded metric format", "Filter pattern syntax for metric filters" (CloudWatch Logs user guide) and
"Configuring how CloudWatch alarms treat missing data" (CloudWatch user guide).
"""

import fnmatch
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
STATISTICS: dict[str, Callable[[list[float]], float]] = {"Sum": sum, "Maximum": max, "Minimum": min, "Average": fmean}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}

type Key = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, metric, dimensions."""


def kept(lines: Iterable[str], application_level: str) -> list[dict[str, Any]]:
    """The lines of a function with the log format JSON that reach CloudWatch.

    A line without a level that Lambda knows, or without a timestamp by RFC 3339, has the level INFO.
    """
    least = LEVELS.index(application_level)
    found = []
    for line in lines:
        fields = json.loads(line)
        level = str(fields.get("level", "")).upper().replace("WARNING", "WARN").replace("CRITICAL", "FATAL")
        if level not in LEVELS or not RFC_3339.fullmatch(str(fields.get("timestamp", ""))):
            level = "INFO"
        if LEVELS.index(level) >= least:
            found.append(fields)
    return found


def passes(pattern: str, line: Mapping[str, Any]) -> bool:
    """A metric filter's JSON pattern: comparisons of texts, with wildcards, joined by `&&`."""
    terms = re.findall(r'\(\$\.(\w+) (=|!=) "([^"]*)"\)', pattern)
    assert pattern == "{ " + " && ".join(f'($.{name} {sign} "{text}")' for name, sign, text in terms) + " }"
    return all(fnmatch.fnmatchcase(str(line[name]), text) is (sign == "=") for name, sign, text in terms)


@dataclass
class CloudWatch:
    """The data points of metrics, and what an alarm makes of them."""

    points: dict[Key, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    def put(self, key: Key, at: float, value: float) -> None:
        """One data point."""
        self.points[key].append((at, value))

    def ingest(self, lines: Iterable[Mapping[str, Any]], at: float) -> None:
        """Lines of log: those in the embedded metric format become data points."""
        for line in lines:
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
                for dimensions in directive["Dimensions"]:
                    names = frozenset((name, str(line[name])) for name in dimensions)
                    for metric in directive["Metrics"]:
                        values = line[metric["Name"]]
                        for value in values if isinstance(values, list) else [values]:
                            self.put((directive["Namespace"], metric["Name"], names), at, float(value))

    def state(self, alarm: Mapping[str, Any], now: float, before: str = "INSUFFICIENT_DATA") -> str:
        """The alarm's state at this second. `before` is the one that it was in."""
        key = (alarm["Namespace"], alarm["MetricName"], dimensions(alarm))
        period, periods = int(alarm["Period"]), int(alarm["EvaluationPeriods"])
        wanted = int(alarm.get("DatapointsToAlarm", periods))
        breaches = COMPARISONS[alarm["ComparisonOperator"]]
        real = []
        for number in range(periods):
            end = now - number * period
            values = [value for at, value in self.points[key] if end - period < at <= end]
            if values:
                real.append(breaches(STATISTICS[alarm["Statistic"]](values), float(alarm["Threshold"])))
        return _state(real, periods - len(real), wanted, alarm.get("TreatMissingData", "missing"), before)


def _state(real: list[bool], missing: int, wanted: int, treat: str, before: str) -> str:
    """By the two tables of the user guide: one for every data point missing, one for some."""
    breaching = sum(real)
    if breaching >= wanted:
        return "ALARM"
    if not real:
        return {"missing": "INSUFFICIENT_DATA", "ignore": before, "breaching": "ALARM", "notBreaching": "OK"}[treat]
    if treat == "notBreaching" or missing == 0:
        return "OK"
    if treat == "breaching":
        return "ALARM" if breaching + missing >= wanted else "OK"
    if breaching == len(real) and breaching + missing >= wanted:
        return "ALARM" if treat == "missing" else before
    return "OK"


def dimensions(alarm: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """An alarm's dimensions; a value that only a deployment knows is the text of its expression."""
    pairs = [(each["Name"], each["Value"]) for each in alarm.get("Dimensions", ())]
    return frozenset((name, value if isinstance(value, str) else json.dumps(value)) for name, value in pairs)
