"""Change the rule engine in one small way at a time, and see whether a test notices.

Survivors are printed with their line. Those that are known to change nothing that can be seen stand, each with the
reason, in equivalents.py. Exit code 1 if another survives, or if one of the known ones no longer does.
"""
# ruff: noqa: T201 - it prints for a person

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from tests.programs.mutants.changes import Key, Mutant, mutants
from tests.programs.mutants.equivalents import EQUIVALENT
from tests.programs.mutants.trials import trials, unchanged, warm_up

MODULES = (
    "conditions/parser.py",
    "conditions/scanner.py",
    "conditions/json_parser.py",
    "conditions/limits.py",
    "conditions/normal_form.py",
    "conditions/operators.py",
    "conditions/text_size.py",
    "rules/engine/operators.py",
    "rules/engine/compiler.py",
    "rules/engine/codegen.py",
    "rules/engine/source.py",
    "rules/engine/access_path.py",
    "rules/engine/index.py",
    "rules/engine/lookups.py",
    "rules/engine/interval_tree.py",
    "rules/ruleset.py",
    "rules/match.py",
    "conditions/evaluator.py",
)


def main() -> int:
    """Try them all; 0 if only known equivalents survive."""
    options = _options()
    modules = options.only or MODULES
    found = [mutant for module in modules for mutant in mutants(module)]
    keys = {mutant.key for mutant in found}
    stale = [key for key in EQUIVALENT if key.module in modules and key not in keys]
    if options.line:
        found = [mutant for mutant in found if f"{mutant.key.module}:{mutant.line}" in options.line]
    print(f"{len(found)} mutants", flush=True)
    if options.list:
        for mutant in found:
            print(_line_of(mutant))
        return 0
    warm_up()
    failures, seconds = unchanged()
    if failures:
        print(f"the tests fail without any change, so they can say nothing about mutants:\n{failures[-3000:]}")
        return 1
    alive = _survivors(found, options.jobs, seconds=4 + int(2 * seconds))
    return _verdict({mutant.key for mutant in found}, alive, stale)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.programs.mutants", description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants tried at the same time")
    parser.add_argument("--only", choices=MODULES, action="append", metavar="MODULE", help=", ".join(MODULES))
    parser.add_argument("--line", action="append", metavar="MODULE:LINE", help="only the mutants of this line")
    parser.add_argument("--list", action="store_true", help="only show the mutants")
    return parser.parse_args()


def _survivors(found: Sequence[Mutant], jobs: int, seconds: int) -> set[Key]:
    """Those that no test noticed; printed as they are found."""
    alive: set[Key] = set()
    began = reported = time.monotonic()
    for i, (mutant, noticed) in enumerate(trials(found, jobs, seconds), start=1):
        if not noticed:
            alive.add(mutant.key)
            print(f"{_line_of(mutant)}  [{EQUIVALENT.get(mutant.key, 'SURVIVED')}]", flush=True)
        now = time.monotonic()
        if now - reported > 20:
            left = (now - began) / i * (len(found) - i) / 60
            print(f"  {i} of {len(found)}, {len(alive)} alive, {left:.0f} minutes left", file=sys.stderr, flush=True)
            reported = now
    print(f"{(time.monotonic() - began) / max(1, len(found)):.2f} s per mutant")
    return alive


def _verdict(tried: AbstractSet[Key], alive: AbstractSet[Key], stale: Sequence[Key]) -> int:
    """The counts of each module, and what is wrong with the table of equivalents."""
    for module, total in Counter(key.module for key in tried).items():
        here = {key for key in alive if key.module == module}
        known = len(here & EQUIVALENT.keys())
        print(
            f"{module}: {total - len(here)} noticed, {known} known to be equivalent, {len(here) - known} others alive"
        )
    noticed = [key for key in EQUIVALENT if key in tried and key not in alive]
    for what, keys in (("noticed by a test after all", noticed), ("no longer in the source", stale)):
        for key in keys:
            print(f"called equivalent, but {what}: {key}")
    return 1 if noticed or stale or alive - EQUIVALENT.keys() else 0


def _line_of(mutant: Mutant) -> str:
    key = mutant.key
    return f"{key.module}:{mutant.line} {key.function}: {key.change}: {key.was}"


if __name__ == "__main__":
    sys.exit(main())
