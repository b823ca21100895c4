"""Crash safety, exhaustively: every call point of every use case, by exception and by hard exit."""

import copy
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fake_kanbert import incoming
from tests.fakes import Crash, FakeRuleRepository, Fuse, System, message
from tests.programs.crash.cases import CASES, COVERED, points, use_cases

ROOT = Path(__file__).resolve().parents[3]


def test_every_use_case_is_covered() -> None:
    """A use case that somebody adds fails here until it has a case."""
    assert use_cases() == COVERED


def test_every_case_has_calls() -> None:
    """The calls are found by counting, so none of the cases is empty."""
    assert not [case.name for case in CASES if len(points(case)) < 3]


def test_no_difference() -> None:
    """Ended before or after any call and delivered again, every use case comes to the end of an undisturbed run."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.programs.crash"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"call points, \d{3,} crashes .*, 0 differences", run.stdout)


def test_other_rules_after_a_crash() -> None:
    """Rules that are edited between an interrupted run and its repetition make another fact, with another id."""
    system = System(rule_repository=FakeRuleRepository(suggesting("7380")))
    system.kanbert.add(incoming())
    calls = Fuse()
    copy.deepcopy(system).processor(calls)(message())
    with pytest.raises(Crash):
        system.processor(Fuse(at=len(calls.calls)))(message())
    system.rule_repository.items = [suggesting("7390")]
    system.processor()(message())
    first, second = {each.id: each for each in system.publisher.of("invoice.suggested")}.values()
    assert first.data != second.data


def suggesting(account: str) -> dict[str, Any]:
    """A rule that writes nothing."""
    return {"rule_id": "r", "when": "sum_gross > 1", "mode": "suggest", "account": account}
