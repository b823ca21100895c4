"""The token bucket that learns Kanbert's rate limit from its refusals."""

import pytest

from autobook.adapters.http_client.rate_limit import FASTEST, SLOWEST, TokenBucket


class Seconds:
    """A clock."""

    now = 0.0

    def __call__(self) -> float:
        """Now."""
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    """At zero."""
    return Seconds()


def test_nothing_refused(seconds: Seconds) -> None:
    """Before the first refusal nothing is held back."""
    bucket = TokenBucket(seconds)
    assert [bucket.take() for _ in range(1000)] == [0.0] * 1000


def test_spread(seconds: Seconds) -> None:
    """After a refusal calls are spread over time."""
    bucket = TokenBucket(seconds)
    bucket.refused(0)
    assert [bucket.take() for _ in range(3)] == pytest.approx([0.1, 0.2, 0.3])


def test_refused(seconds: Seconds) -> None:
    """A 429 halves the rate and closes the bucket for as long as it asks; several at once count as one."""
    bucket = TokenBucket(seconds)
    for _ in range(5):
        bucket.refused(30)
    assert bucket.rate == FASTEST / 2
    assert bucket.take() == 30
    seconds.now = 40
    assert bucket.take() == 0


def test_never_stops_for_good(seconds: Seconds) -> None:
    """However often it is refused, calls go on being made, slowly."""
    bucket = TokenBucket(seconds)
    for number in range(100):
        seconds.now = number * 10.0
        bucket.refused(None)
    assert bucket.rate == SLOWEST


def test_recovers(seconds: Seconds) -> None:
    """While calls are served the rate rises, up to the fastest."""
    bucket = TokenBucket(seconds)
    bucket.refused(None)
    for _ in range(2000):
        bucket.served()
    assert bucket.rate == FASTEST


def test_stays_below_a_limit(seconds: Seconds) -> None:
    """Against a server that serves three calls a second it comes to about three a second, few of them refused."""
    bucket = TokenBucket(seconds)
    window: list[float] = []
    served = refused = 0
    while seconds.now < 1200:
        seconds.now += bucket.take() + 0.001
        window = [at for at in window if at > seconds.now - 1]
        if len(window) >= 3:
            refused += 1
            bucket.refused(None)
        else:
            window.append(seconds.now)
            served += 1
            bucket.served()
    assert served / 1200 > 1.5
    assert refused / served < 0.05
