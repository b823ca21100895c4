"""Large accounts, bounded: `make odd-documents` and `make large-account` play them in full."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs.large.unreadable import play, ways

ROOT = Path(__file__).resolve().parents[3]


def test_a_hundred_ways() -> None:
    """There are a hundred ways in which a document cannot be read, no two alike."""
    found = [repr(each) for each in ways(100)]
    assert len(set(found)) == 100


@pytest.mark.parametrize("by", ["sweep", "webhooks"])
def test_unreadable_documents(by: str) -> None:
    """Each unreadable document is one dead letter that names it and the field; the others are booked and archived."""
    played = play(400, 100, by)
    assert len(played.odd) == 100
    assert list(played.faults()) == []


def test_reconcile_of_a_large_account() -> None:
    """A run that does not fit into one call takes several, in little memory, and finds the one that is missing."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.programs.large.memory", "5000", "30"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    found = re.search(r"(\d+) calls, 5000 compared, 1 found, peak memory (\d+) MB", run.stdout)
    assert found
    assert int(found[1]) > 1
