"""Findings about rule sets: CPU time for a whole set, and for one changed rule against a table that is kept.

    python -m tests.programs.bench.analysis SHAPE RULES

Prints JSON: CPU seconds for the whole set, to prepare the table and to change a rule in it, and the most CPU
milliseconds that one of a hundred changed rules takes, each against the table as it was.
"""

import json
import sys
import time
from datetime import date
from typing import Any, Final

from autobook.domain.rules import Rule
from autobook.rule_analysis import RuleTable, findings_for, findings_in
from tests.programs.bench.workload import Workload, ours

TODAY: Final = date(2026, 1, 21)
_CHANGED: Final = 100


def measure(shape: str, count: int) -> dict[str, Any]:
    """The figures for so many rules of this shape."""
    rules = [Rule.from_item(ours(spec)) for spec in Workload(shape, count, 0).specs]
    start = time.process_time()
    found = findings_in(rules, today=TODAY)
    whole = time.process_time() - start
    start = time.process_time()
    table = RuleTable(rules)
    prepared = time.process_time() - start
    start = time.process_time()
    RuleTable((*table.rules[1:], rules[0]))
    changed = time.process_time() - start
    findings_for(rules[0], table, today=TODAY)
    times = []
    for rule in rules[:: max(1, count // _CHANGED)]:
        start = time.process_time()
        findings_for(rule, table, today=TODAY)
        times.append(time.process_time() - start)
    return {
        "shape": shape, "rules": count, "findings": len(found), "whole_s": whole, "prepared_s": prepared,
        "changed_s": changed, "most_for_one_ms": max(times) * 1e3,
    }  # fmt: skip


if __name__ == "__main__":
    shape, count = sys.argv[1:]
    print(json.dumps(measure(shape, int(count))))  # noqa: T201
