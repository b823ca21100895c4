"""`make backtest`: a backtest beside a plain re-evaluation, and rules suggested from many seeds.

`python -m tests.programs.backtest INVOICES SEEDS`. Exit code 1 where a promise is not kept.
"""

import sys
from collections.abc import Iterator

from autobook_cli.console import progress, say
from tests.programs.backtest.reevaluation import compared
from tests.programs.backtest.seeds import Played, play

_HABITS, _WITHIN = 0.95, 0.95


def reevaluated(invoices: int) -> Iterator[str]:
    """What differs between a backtest and a plain re-evaluation."""
    both = compared(invoices)
    say(
        f"{both.invoices:,} invoices with {both.lines:,} lines, {len(both.plain):,} times a rule fired: "
        f"{'the same' if both.backtest == both.plain else 'NOT the same'} as a plain re-evaluation"
    )
    if both.backtest != both.plain:
        yield "the backtest differs from a plain re-evaluation"
    total = both.figures.total
    if (total.covered_after, total.covered_before) != (both.covered, both.covered_before):
        yield "the coverage differs from a plain re-evaluation"


def suggested(seeds: int) -> Iterator[str]:
    """Which promises about suggested rules are not kept in these many seeds."""
    played: list[Played] = []
    with progress("playing seeds", show=True) as on_progress:
        for seed in range(1, seeds + 1):
            played.append(play(seed))
            on_progress(seed, seeds)
    kept = [each for one in played for each in one.kept]
    habits, single = sum(each.is_habit for each in kept), sum(each.is_within for each in kept)
    within, covered = sum(one.is_within for one in played), sum(len(one.covered) for one in played)
    found, of = sum(one.found for one in played), sum(one.by_habit for one in played)
    say(f"{seeds} seeds: {len(kept):,} rules suggested, {habits:,} of them habits ({100 * habits / len(kept):.1f} %)")
    say(f"  rules that decide nothing new: {covered}")
    say(f"  of the lines to come that have a habit and no rule, they decide {100 * found / of:.1f} % by it")
    say(f"  the error stays within the bound stated for all rules together in {within} of {seeds} seeds,")
    say(f"  and within its own bound for {single:,} of {len(kept):,} rules ({100 * single / len(kept):.1f} %)")
    if habits < _HABITS * len(kept):
        yield "too many suggested rules are no habits"
    if covered:
        yield "rules were suggested that decide nothing new"
    if within < _WITHIN * seeds or single < _WITHIN * len(kept):
        yield "more was booked otherwise than was stated"


def main() -> int:
    """Play both."""
    invoices, seeds = map(int, sys.argv[1:3])
    faults = [*reevaluated(invoices), *suggested(seeds)]
    for fault in faults:
        say(f"FAULT: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
