"""Crash safety, exhaustively: every call point of every use case, by exception and by hard exit."""

import re
import subprocess
import sys
from pathlib import Path

from tests.crash.cases import CASES, COVERED, points, use_cases

ROOT = Path(__file__).resolve().parents[2]


def test_every_use_case_is_covered() -> None:
    """A use case that somebody adds fails here until it has a case."""
    assert use_cases() == COVERED


def test_every_case_has_calls() -> None:
    """The calls are found by counting, so none of the cases is empty."""
    assert not [case.name for case in CASES if len(points(case)) < 3]


def test_no_difference() -> None:
    """Ended before or after any call and delivered again, every use case comes to the end of an undisturbed run."""
    run = subprocess.run([sys.executable, "-m", "tests.crash"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"call points, \d{3,} crashes .*, 0 differences", run.stdout)
