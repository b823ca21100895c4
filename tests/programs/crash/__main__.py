"""`make crash`: an exception and a hard exit at every call point; prints how many there are and what differs.

With `PROFILE=id,id` or `PROFILE=all`: archive, sweep and reconcile on the simulator, under each of these profiles.
"""

import argparse
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autobook_sim.kanbert.profiles import PROFILES, profiles_of
from tests.fakes import Crash, Fuse, System
from tests.programs.crash import profiles
from tests.programs.crash.cases import CASES, Case, deliver_again, points, seen

KILLED = 9


class Bomb(Fuse):
    """Ends the process itself, with no handler, no `finally` and no buffer left a chance; the outside world remains."""

    def __init__(self, at: int, system: System, remains: Path, *, after: bool) -> None:
        super().__init__()
        self._number, self._too_late = at, after
        self._system, self._remains = system, remains

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One call."""
        self.calls.append(name)
        hit = len(self.calls) == self._number
        if hit and not self._too_late:
            self._end()
        try:
            return method(*args, **kwargs)
        finally:
            if hit:
                self._end()

    def _end(self) -> None:
        self._remains.write_bytes(pickle.dumps(self._system))
        os._exit(KILLED)


def hard_exit(case: Case, number: int, *, after: bool, folder: Path) -> System:
    """The outside world as a process leaves it that is gone in the middle of a call."""
    remains = folder / "remains"
    remains.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        try:
            system = case.build()
            case.act(system, Bomb(number, system, remains, after=after))
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != KILLED:
        raise RuntimeError(f"{case.name}: the process was not ended at call {number}")
    left: System = pickle.loads(remains.read_bytes())  # noqa: S301 - our own child wrote it
    return left


def exception(case: Case, number: int, *, after: bool) -> System:
    """The same by an exception."""
    system = case.build()
    try:
        case.act(system, Fuse(at=number, after=after))
    except Crash:
        return system
    raise RuntimeError(f"{case.name}: no crash at call {number}")


def main() -> int:
    """1 when any end state differs."""
    total = differences = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            calls = points(case)
            expected_system = case.build()
            case.act(expected_system, None)
            expected = seen(expected_system)
            bad = 0
            for number, name in enumerate(calls, 1):
                for after in (False, True):
                    for how, broken in (
                        ("an exception", exception(case, number, after=after)),
                        ("a hard exit", hard_exit(case, number, after=after, folder=Path(folder))),
                    ):
                        deliver_again(case, broken)
                        if (found := seen(broken)) != expected:
                            bad += 1
                            parts = ", ".join(key for key in expected if found.get(key) != expected[key])
                            when = "after" if after else "before"
                            sys.stdout.write(f"  {how} {when} call {number} ({name}): other {parts}\n")
            sys.stdout.write(f"{case.name}: {len(calls)} calls, {4 * len(calls)} crashes, {bad} differences\n")
            total, differences = total + len(calls), differences + bad
    sys.stdout.write(
        f"crash: {len(CASES)} cases, {total} call points, {4 * total} crashes "
        f"(before and after, by exception and by hard exit), {differences} differences\n"
    )
    return 1 if differences else 0


def chosen() -> list[str]:
    """The profiles that were asked for; none: the use cases on fakes."""
    parser = argparse.ArgumentParser(prog="crash", description=__doc__)
    parser.add_argument("--profile", default="", help="ids of profiles, with commas, or `all`")
    text: str = parser.parse_args().profile
    try:
        return list(PROFILES) if text == "all" else [each.id for each in profiles_of(filter(None, text.split(",")))]
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    wanted = chosen()
    sys.exit(profiles.main(wanted) if wanted else main())
