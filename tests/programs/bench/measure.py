"""One engine on one workload, in a process of its own.

    python -m tests.programs.bench.measure ENGINE SHAPE RULES INVOICES [SECONDS]

Prints JSON: CPU seconds to load, CPU microseconds per invoice, peak memory in KiB, and a digest of all decisions.
"""

import gc
import hashlib
import json
import sys
import time
from statistics import median
from typing import Any

from tests.peak_memory import peak_bytes
from tests.programs.bench.engines import ENGINES, Autobook
from tests.programs.bench.workload import Workload, ours

_clock = time.thread_time_ns
"""CPU time of this thread, for what takes long. A call costs half a microsecond, too much for one invoice."""
_wall = time.perf_counter_ns
_PASSES = 3
"""Passes over all invoices; each one's best counts, so that being interrupted by something else does not."""


def measure(name: str, shape: str, rules: int, invoices: int, budget: float = 60.0) -> dict[str, Any]:
    """Load, answer every invoice, digest the answers. An engine answers no more once its CPU budget is spent."""
    work = Workload(shape, rules, invoices)
    engine = ENGINES[name](work)
    gc.collect()
    before = peak_bytes() // 1024
    start = _clock()
    engine.load()
    load = (_clock() - start) / 1e9
    peak = peak_bytes() // 1024 - before
    gc.collect()
    start = _clock()
    engine.decision(engine.inputs[0])
    first = (_clock() - start) / 1e3
    times: list[float] = []
    answers: list[Any] = []
    began = time.thread_time()
    for given in engine.inputs:
        start = _wall()
        answer = engine.decision(given)
        times.append((_wall() - start) / 1e3)
        answers.append(answer)
        if time.thread_time() - began > budget:
            break
    for _ in range(_PASSES - 1):
        for i, given in enumerate(engine.inputs[: len(times)]):
            if time.thread_time() - began > budget:
                break
            start = _wall()
            engine.decision(given)
            times[i] = min(times[i], (_wall() - start) / 1e3)
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
    name, shape, rules, invoices, *budget = sys.argv[1:]
    print(json.dumps(measure(name, shape, int(rules), int(invoices), *map(float, budget))))  # noqa: T201
