"""Whether regions, one alone or several together, contain another region."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from autobook.rule_analysis.constraints import Region, contains_region, intersect, subtract

MOST_TOGETHER: Final = 64
"""Regions that are tried together."""
_MOST_PIECES: Final = 256
"""Pieces of a region that are looked at."""
_FEW: Final = 6
"""Of so many regions those are left out that are not needed."""


def subsumed(regions: Iterable[Region], others: Iterable[Region]) -> bool:
    """Whether the others together surely contain all of the regions. False where that is too complex to tell."""
    others = tuple(others)
    return all(
        any(contains_region(other, region) for other in others)
        or (others[1:] and subsumed_by_union(region, others) is not None)
        for region in regions
    )


def subsumed_by_union(region: Region, others: Iterable[Region]) -> list[int] | None:
    """The positions of others that contain the region together; None if something is left, or if there are too many."""
    meeting = ((position, each) for position, each in enumerate(others) if intersect(region, each) is not None)
    some = dict(islice(meeting, MOST_TOGETHER))
    used = _used(region, some)
    for position in reversed(used or ()) if used and len(used) <= _FEW else ():
        used = _used(region, {each: some[each] for each in used or () if each != position}) or used
    return used


def _used(region: Region, others: Mapping[int, Region]) -> list[int] | None:
    """Piece by piece: the others that take something away, until nothing is left or one piece meets none of them."""
    pieces, used = [region], dict[int, None]()
    for _ in range(_MOST_PIECES):
        if not pieces:
            return list(used)
        piece = pieces.pop(0)
        position = next((each for each, other in others.items() if intersect(piece, other) is not None), None)
        if position is None:
            return None
        used[position] = None
        pieces = subtract(piece, others[position]) + pieces
    return None
