"""`make bench`: ours and the peers on the same work, all agreeing, and the ratios against their bars.

Every engine answers in a process of its own, one after the other. `--quick` leaves out 1,000 rules, asks fewer
invoices and gives slow engines less time. Exit code 1 if engines disagree or a bar is missed.
"""

# ruff: noqa: S603, T201 - it starts this project's own Python, and prints for a person

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Result = dict[str, Any]
SIZES = (10, 100, 1_000, 10_000)
EXPRESSION_ENGINES = ("cel-rust", "cel-cpp", "zen-engine", "rule-engine", "json-logic")
INSTALLABLE = (*EXPRESSION_ENGINES, "clipspy")
PEERS = ("lambdas", *INSTALLABLE)
SHAPES = ("equality", "unkeyed", "crowded", "blunt")
ANALYSED_SHAPES = ("usual", "equality", "unkeyed", "crowded", "blunt")
ROOT = Path(__file__).parents[3]
_SMALL = 100
"""Rules up to which an engine answers within microseconds."""
_ROUNDS = 5
"""Quick engines are measured in turn so many times, and each one's best round counts: a round takes seconds, in which a
busy machine may slow one engine and spare the next."""


def measured(module: str, *arguments: object) -> Result:
    """What a module of this package prints, in a fresh process."""
    command = [sys.executable, "-m", f"tests.programs.bench.{module}", *map(str, arguments)]
    paths = os.pathsep.join((str(ROOT / "layers" / "shared"), str(ROOT / "local"), str(ROOT)))
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{module} {' '.join(map(str, arguments))} failed:\n{done.stderr[-2000:]}")
    result: Result = json.loads(done.stdout)
    return result


def run(engine: str, shape: str, rules: int, invoices: int, budget: float) -> Result:
    """One measurement of an engine."""
    result = measured("measure", engine, shape, rules, invoices, budget)
    print(
        f"  {shape:9}{rules:7,} rules  {engine:12}{result['load_s']:8.3f} s load{result['first_us']:10.1f} µs first"
        f"{result['median_us']:12.2f} µs median{result['p99_us']:12.2f} p99{result['mean_us']:12.2f} mean"
        f"{result['peak_kib']:9,} KiB{result['answered']:7,} invoices, {result['matching']:.0%} match",
        flush=True,
    )
    return result


def agreed(results: list[Result]) -> bool:
    """Whether all engines decided alike, invoice by invoice, as far as each got."""
    ours, *peers = results
    fine = True
    for peer in peers:
        common = min(len(ours["digests"]), len(peer["digests"]))
        if ours["digests"][:common] != peer["digests"][:common]:
            first = next(i for i in range(common) if ours["digests"][i] != peer["digests"][i])
            print(f"  DISAGREE: autobook and {peer['engine']} on invoice {first} of {ours['shape']}/{ours['rules']}")
            fine = False
    return fine


def best_of(
    rounds: int, names: tuple[str, ...], shape: str, size: int, invoices: int, budget: float
) -> tuple[dict[str, Result], bool]:
    """Each engine's best round by its mean, and whether all agreed in all rounds."""
    best: dict[str, Result] = {}
    fine = True
    for _ in range(rounds):
        results = [run(name, shape, size, invoices, budget) for name in names]
        fine &= agreed(results)
        for result in results:
            known = best.setdefault(result["engine"], result)
            best[result["engine"]] = min(known, result, key=lambda each: float(each["mean_us"]))
    return best, fine


Bar = tuple[str, float, float]
"""What is compared, the measured figure and the most it may be."""


def bars(usual: dict[int, dict[str, Result]], shapes: dict[str, dict[int, dict[str, Result]]]) -> Iterator[Bar]:
    """Every bar that the figures answer; ratios are ours over theirs."""
    largest = usual[10_000]
    ours = largest["autobook"]
    for name in EXPRESSION_ENGINES:
        yield f"10,000 rules: median / {name}", ours["median_us"] / largest[name]["median_us"], 1 / 250
    yield "10,000 rules: median / Rete engine (clipspy)", ours["median_us"] / largest["clipspy"]["median_us"], 1 / 12
    yield "10,000 rules: median / lambdas in order", ours["median_us"] / largest["lambdas"]["median_us"], 1 / 10
    yield "10,000 rules: p99 / median", ours["p99_us"] / ours["median_us"], 5
    yield "10,000 rules: first invoice after a load, ms", ours["first_us"] / 1e3, 5
    for size in (10, 100):
        some = usual[size]
        for name in INSTALLABLE:
            yield f"{size} rules: median / {name}", some["autobook"]["median_us"] / some[name]["median_us"], 1 / 5
        yield f"{size} rules: median / lambdas", some["autobook"]["median_us"] / some["lambdas"]["median_us"], 3
    yield "growth 100 → 10,000 rules, usual: mean", ours["mean_us"] / usual[100]["autobook"]["mean_us"], 6
    for shape, most in (("equality", 2), ("unkeyed", 30), ("crowded", 30)):
        few, many = (shapes[shape][size]["autobook"]["mean_us"] for size in (100, 10_000))
        yield f"growth 100 → 10,000 rules, {shape}: mean", many / few, most
    for size in (100, 10_000):
        blunt = shapes["blunt"][size]
        yield (
            f"{size:,} rules nothing can index: mean / lambdas",
            (blunt["autobook"]["mean_us"] / blunt["lambdas"]["mean_us"]),
            3,
        )
    compiling = min(largest[name]["load_s"] for name in ("cel-rust", "cel-cpp"))
    yield "load of 10,000 rules / fastest CEL binding's compile", ours["load_s"] / compiling, 2
    yield "one changed rule / full load", ours["change_s"] / ours["load_s"], 0.05
    yield "memory, KiB a rule", ours["peak_kib"] / 10_000, 5


def analysis_bars(quick: bool) -> Iterator[Bar]:
    """Those of `autobook rules check` and of one changed rule, in CPU time."""
    for shape in ANALYSED_SHAPES:
        found = measured("analysis", shape, 1_000)
        yield f"check of 1,000 rules, {shape}: s", found["whole_s"], 1
        yield f"one changed rule among 1,000, {shape}: the slowest, ms", found["most_for_one_ms"], 20
    if not quick:
        yield "check of 10,000 rules, usual: s", measured("analysis", "usual", 10_000)["whole_s"], 60


def main() -> int:
    """Measure, compare, print; 0 if everything holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer sizes and invoices, a few minutes")
    quick = parser.parse_args().quick
    invoices, budget = (400, 5.0) if quick else (2_000, 60.0)
    sizes = tuple(size for size in SIZES if not (quick and size == 1_000))
    fine = True
    usual: dict[int, dict[str, Result]] = {}
    for size in sizes:
        rounds = _ROUNDS if size <= _SMALL else 1
        usual[size], alike = best_of(rounds, ("autobook", *PEERS), "usual", size, invoices, budget)
        fine &= alike
    shapes: dict[str, dict[int, dict[str, Result]]] = {}
    for shape in SHAPES:
        shapes[shape] = {}
        for size in (100, 10_000):
            shapes[shape][size], alike = best_of(_ROUNDS, ("autobook", "lambdas"), shape, size, invoices, budget)
            fine &= alike
    print("\nall engines agree on every decision" if fine else "\nengines DISAGREE")
    for what, figure, most in (*bars(usual, shapes), *analysis_bars(quick)):
        holds = figure <= most
        fine &= holds
        bar = f"1/{1 / most:.0f}" if most < 0.05 or most in (1 / 12, 1 / 10, 1 / 5) else f"{most:g}"
        printed = f"1/{1 / figure:,.0f}" if bar.startswith("1/") else f"{figure:.3g}"
        print(f"  {'holds ' if holds else 'MISSED'}  {what:58} {printed:>9}  (at most {bar})")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
