"""Calls that are waited for no longer than so many seconds, and the seconds that a run has."""

import threading
import time

import pytest

from autobook.adapters.deadline import RESERVE, Deadline
from autobook.adapters.time_limit import TimeIsUp, within


def test_in_time() -> None:
    """What the call returns, None included."""
    assert within(5, lambda: 7) == 7
    assert within(5, lambda: None) is None


def test_raises() -> None:
    """What the call raises."""
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)


def test_too_late() -> None:
    """A call that hangs is not waited for beyond its time; it does not keep the process alive either."""
    over = threading.Event()
    began = time.monotonic()
    with pytest.raises(TimeIsUp):
        within(0.2, lambda: over.wait(30))
    assert 0.2 <= time.monotonic() - began < 2
    assert all(thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread())
    over.set()


@pytest.mark.parametrize("seconds", [0, -1])
def test_no_time(seconds: float) -> None:
    """Without time nothing is waited for."""
    over = threading.Event()
    with pytest.raises(TimeIsUp):
        within(seconds, lambda: over.wait(30))
    over.set()


def test_reserve() -> None:
    """A run's work ends a few seconds before Lambda ends the function, so that messages can be handed back."""
    deadline = Deadline()
    assert deadline() <= 0
    deadline.start(lambda: 60_000)
    assert deadline() == 60 - RESERVE
