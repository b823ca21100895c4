"""How sure an agreement is that was counted: its exact lower bound.

Of Clopper and Pearson ("The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika
26, 1934): the lower end of the two-sided 95 % interval. Unlike Wilson's interval, it never promises more than it says,
whatever the true share is (Brown, Cai and DasGupta, "Interval estimation for a binomial proportion", Statistical
Science 16, 2001): near 100 %, where rules are, Wilson's does. The standard library computes it to the last digit that
anybody needs; a statistics library would weigh more than all of this command line.
"""

from functools import lru_cache
from math import exp, lgamma, log, log1p
from typing import Final

CONFIDENCE: Final = 0.95
_STEPS: Final = 60
"""Halvings: to the precision of a float."""


@lru_cache(65_536)
def lower_bound(agreed: int, of: int, confidence: float = CONFIDENCE) -> float:
    """The share (0 to 1) that the true agreement is at least, where so many of so many agreed. 0 of nothing."""
    if agreed <= 0:
        return 0.0
    tail = (1 - confidence) / 2
    if agreed == of:
        return float(tail ** (1 / of))
    low, high = 0.0, agreed / of
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if at_least(agreed, of, middle) < tail:
            low = middle
        else:
            high = middle
    return low


def at_least(count: int, of: int, share: float) -> float:
    """The probability of at least so many of so many, each with the probability `share`."""
    if count <= 0 or share >= 1:
        return 1.0
    if share <= 0:
        return 0.0
    inside, outside = log(share), log1p(-share)
    every = lgamma(of + 1)

    def exactly(number: int) -> float:
        ways = every - lgamma(number + 1) - lgamma(of - number + 1)
        return exp(ways + number * inside + (of - number) * outside)

    if of - count <= count:
        return min(1.0, sum(map(exactly, range(count, of + 1))))
    return max(0.0, 1 - sum(map(exactly, range(count))))
