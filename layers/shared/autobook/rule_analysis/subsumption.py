"""Whether regions, one alone or several together, contain another region."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from autobook.rule_analysis.constraints import Region, contains_region, intersect, subtract

MOST_TOGETHER: Final = 64
"""Regions that are tried together."""
_MOST_PIECES: Final = 256
"""Pieces of a region that are looked at."""


def subsumed(regions: Iterable[Region], others: Iterable[Region]) -> bool:
    """Whether the others together surely contain all of the regions. False where that is too complex to tell."""
    others = tuple(others)
    return all(
        any(contains_region(other, region) for other in others)
        or (len(others) > 1 and _subsumed_by_union(region, others))
        for region in regions
    )


def _subsumed_by_union(region: Region, others: Iterable[Region]) -> bool:
    """Whether nothing is left when one after the other is taken away, piece by piece."""
    meeting = list(islice((each for each in others if intersect(region, each) is not None), MOST_TOGETHER))
    pieces = [region]
    for _ in range(_MOST_PIECES):
        if not pieces:
            return True
        piece = pieces.pop()
        other = next((each for each in meeting if intersect(piece, each) is not None), None)
        if other is None:
            return False
        pieces += subtract(piece, other)
    return False
