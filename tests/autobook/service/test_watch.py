"""What has not happened for too long, counted by the sweep: an invoice that came, a reconciliation that ended."""

from datetime import datetime, timedelta

from autobook.service.sweep import SweepResult
from autobook.service.watch import WatchedSweep
from tests.autobook.service.test_sweep import account
from tests.fake_kanbert import NOW, incoming
from tests.fake_watch import FakeWatchState
from tests.fakes import FakeClock


def silence(came: datetime | None, state: FakeWatchState, clock: FakeClock) -> tuple[int, int]:
    """Days without an invoice, hours without a reconciliation, after a sweep that met one created then."""
    result = WatchedSweep(lambda: SweepResult(newest=came), state, clock)()
    return result.days_without_invoice, result.hours_without_reconciliation


def test_counted_from_the_first_sweep() -> None:
    """Nothing has come and nothing has ended before: the watch itself is young."""
    state, clock = FakeWatchState(), FakeClock(NOW)
    assert silence(None, state, clock) == (0, 0)
    assert silence(NOW - timedelta(days=400), state, clock) == (0, 0)
    clock.now = NOW + timedelta(days=3, hours=1)
    assert silence(None, state, clock) == (3, 73)


def test_the_newest_counts() -> None:
    """An older invoice that a later sweep meets changes nothing, and a date of the future hides no silence."""
    state, clock = FakeWatchState(), FakeClock(NOW)
    silence(NOW, state, clock)
    clock.now = NOW + timedelta(days=10)
    assert silence(NOW + timedelta(days=8), state, clock)[0] == 2
    assert silence(NOW + timedelta(days=1), state, clock)[0] == 2
    assert silence(NOW + timedelta(days=5000), state, clock)[0] == 2


def test_a_reconciliation_that_ended() -> None:
    """Counted from the last one."""
    state, clock = FakeWatchState(), FakeClock(NOW)
    silence(None, state, clock)
    clock.now = NOW + timedelta(hours=50)
    state.reconciled_at = NOW + timedelta(hours=48)
    assert silence(None, state, clock)[1] == 2


def test_saved_only_when_it_says_more() -> None:
    """A sweep that meets nothing new writes nothing."""
    state, clock = FakeWatchState(), FakeClock(NOW)
    for _ in range(3):
        silence(NOW, state, clock)
    assert state.saves == 1


def test_the_sweep_says_when_the_newest_came() -> None:
    """Of the incoming invoices that its lists show, whether they are known or not."""
    system = account(3)
    newest = NOW - timedelta(hours=1)
    assert system.sweeper()().newest == newest
    system.work()
    assert system.sweeper()().newest == newest


def test_kanbert_does_not_say_when() -> None:
    """Where `created_at` is left out, one that is queued has come now; one that is known says nothing."""
    system = account(0)
    system.kanbert.add(incoming("inv1", created_at=None))
    assert system.sweeper()().newest == NOW
    system.work()
    assert system.sweeper()().newest is None
