"""The lower bound of an agreement: exact, and it keeps what it promises."""

from math import comb

import pytest

from autobook_cli.agreement import at_least, lower_bound


@pytest.mark.parametrize(
    ("agreed", "of", "expected"),
    [
        (0, 0, 0.0),
        (0, 10, 0.0),
        (1, 1, 0.025),
        (10, 10, 0.6915),
        (9, 10, 0.5550),
        (95, 100, 0.8872),
        (50, 100, 0.3983),
        (1, 10, 0.0025),
        (498, 500, 0.9856),
    ],
)
def test_known_bounds(agreed: int, of: int, expected: float) -> None:
    """The lower ends of the two-sided 95 % intervals, as tables of Clopper and Pearson have them."""
    assert lower_bound(agreed, of) == pytest.approx(expected, abs=5e-5)


def test_more_agreement_is_a_greater_bound() -> None:
    """The bound is below the share, grows with it, and comes nearer to it the more was counted."""
    bounds = [lower_bound(agreed, 40) for agreed in range(41)]
    assert bounds == sorted(bounds)
    assert all(bound < agreed / 40 for agreed, bound in enumerate(bounds) if agreed)
    assert lower_bound(9, 10) < lower_bound(90, 100) < lower_bound(900, 1000) < 0.9


@pytest.mark.parametrize(("of", "share"), [(12, 0.9), (30, 0.97), (30, 0.5), (200, 0.98)])
def test_promise_is_kept(of: int, share: float) -> None:
    """Whatever the true share, a bound above it comes in at most 2.5 % of all samples: each is counted."""
    wrong = sum(
        comb(of, agreed) * share**agreed * (1 - share) ** (of - agreed)
        for agreed in range(of + 1)
        if lower_bound(agreed, of) > share
    )
    assert wrong <= 0.025 + 1e-9


@pytest.mark.parametrize(
    ("count", "of", "share"), [(3, 5, 0.3), (19, 20, 0.9), (1, 400, 0.01), (0, 4, 0.2), (4, 4, 1.0)]
)
def test_binomial_tail(count: int, of: int, share: float) -> None:
    """The tail is the sum of its parts."""
    expected = sum(comb(of, each) * share**each * (1 - share) ** (of - each) for each in range(count, of + 1))
    assert at_least(count, of, share) == pytest.approx(expected)
