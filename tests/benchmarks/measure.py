"""One engine on one workload, in a process of its own: `python -m tests.benchmarks.measure ENGINE SHAPE RULES INVOICES`.

Prints JSON: CPU seconds to load, CPU microseconds per invoice, peak memory in KiB, and a digest of all decisions.
"""

import gc
import hashlib
import json
import resource
import sys
import time
from statistics import median
from typing import Any

from tests.benchmarks.engines import ENGINES, Autobook
from tests.benchmarks.workload import Workload, ours

BUDGET = 60.0
"""CPU seconds that one engine may spend on invoices; a slow one answers fewer of them, and all must agree on those."""
_clock = time.process_time_ns


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(name: str, shape: str, rules: int, invoices: int) -> dict[str, Any]:
    """Load, answer every invoice once cold and keep the best of three (within the budget), digest the answers."""
    work = Workload(shape, rules, invoices)
    engine = ENGINES[name](work)
    gc.collect()
    before = _peak()
    start = _clock()
    engine.load()
    load = (_clock() - start) / 1e9
    peak = _peak() - before
    gc.collect()
    start = _clock()
    first_answer = engine.decision(engine.inputs[0])
    first = (_clock() - start) / 1e3
    times: list[float] = []
    answers: list[Any] = [first_answer]
    spent = 0.0
    for given in engine.inputs:
        best = float("inf")
        for _ in range(3 if spent < BUDGET / 3 else 1):
            start = time.perf_counter_ns()
            answer = engine.decision(given)
            best = min(best, (time.perf_counter_ns() - start) / 1e3)
            spent += best / 1e6
        times.append(best)
        answers.append(answer)
        if spent > BUDGET:
            break
    answers = answers[1:]
    if isinstance(engine, Autobook):
        answers = [Autobook.plain(answer) for answer in answers]
    ordered = sorted(times)
    result = {
        "engine": name, "shape": shape, "rules": rules, "answered": len(times), "load_s": load, "first_us": first,
        "median_us": median(times), "p99_us": ordered[int(len(ordered) * 0.99)], "mean_us": sum(times) / len(times),
        "peak_kib": peak, "matching": sum(bool(answer) for answer in answers) / len(answers),
        "digests": [hashlib.sha256(repr(sorted(answer.items())).encode()).hexdigest()[:12] for answer in answers],
    }  # fmt: skip
    if isinstance(engine, Autobook):
        changed = ours(work.specs[len(work.specs) // 2]) | {"account": "9999"}
        start = _clock()
        engine.rules.with_rule(changed)
        result["change_s"] = (_clock() - start) / 1e9
    return result


if __name__ == "__main__":
    name, shape, rules, invoices = sys.argv[1:]
    print(json.dumps(measure(name, shape, int(rules), int(invoices))))  # noqa: T201
