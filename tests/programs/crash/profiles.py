"""`make crash PROFILE=id,id` or `PROFILE=all`: archive, sweep and reconcile, ended at every call under each profile."""

import logging
import sys
from collections.abc import Sequence

from tests.profiles.ended_runs import USE_CASES, Ending, UseCase, differences, end, ended, undisturbed


def main(profiles: Sequence[str]) -> int:
    """1 when any end differs. A line for each profile."""
    logging.disable(logging.CRITICAL)
    total = bad = 0
    for number, profile in enumerate(profiles, 1):
        crashes = found = 0
        for use_case in USE_CASES:
            tried, differing = every_call(use_case, profile)
            crashes, found = crashes + tried, found + differing
        sys.stdout.write(f"[{number}/{len(profiles)}] {profile}: {crashes} crashes, {found} differences\n")
        sys.stdout.flush()
        total, bad = total + crashes, bad + found
    sys.stdout.write(
        f"crash: {len(profiles)} profiles, {len(USE_CASES)} use cases, {total} crashes "
        f"(before and after every call, by exception and by hard exit), {bad} differences\n"
    )
    return 1 if bad else 0


def every_call(use_case: UseCase, profile: str) -> tuple[int, int]:
    """How many crashes that were, and how many came to another end; each of these is written out."""
    system, calls = undisturbed(use_case, profile)
    expected, bad = end(system), 0
    ways = [(at, after, how) for at in range(1, len(calls) + 1) for after in (False, True) for how in Ending]
    for at, after, how in ways:
        if others := differences(expected, end(ended(use_case, profile, at=at, after=after, how=how))):
            bad += 1
            when = "after" if after else "before"
            sys.stdout.write(f"  {use_case.name}: {how} {when} call {at} ({calls[at - 1]})\n")
            sys.stdout.writelines(f"    {each}\n" for each in others)
    return len(ways), bad
