"""Regions that contain others, alone or together."""

import pytest

from autobook.rule_analysis.subsumption import MOST_TOGETHER, subsumed, subsumed_by_union
from tests.autobook.rule_analysis.analysed_rules import regions_of

BANDS = [f"sum_gross >= {low} and sum_gross < {low + 10}" for low in range(0, 2000, 10)]


@pytest.mark.parametrize(
    ("region", "others", "used"),
    [
        ("sum_gross > 5", ["sum_gross > 4"], [0]),
        ("sum_gross > 5", ["sum_gross > 6"], None),
        ("sum_gross > 5", ["sum_gross < 10", "sum_gross >= 10"], [0, 1]),
        ("sum_gross > 5", ["sum_gross < 10", "sum_gross > 10"], None),
        ("sum_gross > 5", ["sum_gross < 10", "sum_gross > 10", "sum_gross = 10"], [0, 1, 2]),
        ("sum_gross > 5", ["sum_gross < 10", "sum_gross < 50", "sum_gross > 20"], [1, 2]),
        ("sum_gross > 5", ["sum_net > 5", "sum_net <= 5"], [0, 1]),
        ('supplier.name in ["A", "B"]', ['supplier.name = "A"', 'supplier.name contains "b"'], [0, 1]),
        ("sum_gross > 5", ['notes = "x"', 'notes != "x"'], None),
        ("sum_gross > 5", ['notes = "x"', 'notes != "x"', "notes is null"], [0, 1, 2]),
        ("sum_gross = 5", ["sum_gross < 10 and sum_net < 10", "sum_gross > 1 and sum_net >= 10"], [0, 1]),
        ("due_date is not null", ["due_date <= today", "due_date > today"], [0, 1]),
        ("due_date is not null", ["due_date <= today", 'due_date > "2026-01-01"'], None),
        ("sum_gross > 5", [], None),
    ],
)
def test_by_union(region: str, others: list[str], used: list[int] | None) -> None:
    """The others that are needed are named, by their place; None where something is left."""
    (one,) = regions_of(region)
    found = subsumed_by_union(one, regions_of(*others))
    assert (None if found is None else sorted(found)) == used


def test_as_many_as_are_tried_together() -> None:
    """Up to so many others are found to contain a region together; more are not tried."""
    fitting, more = (
        regions_of(f"sum_gross >= 0 and sum_gross < {10 * count}") for count in (MOST_TOGETHER, MOST_TOGETHER + 1)
    )
    found = subsumed_by_union(fitting[0], regions_of(*BANDS))
    assert found is not None
    assert sorted(found) == list(range(MOST_TOGETHER))
    assert subsumed_by_union(more[0], regions_of(*BANDS)) is None


def test_all_of_several_boxes() -> None:
    """Each of the regions has to be contained, in whichever of the others."""
    either = regions_of("sum_gross > 5 or sum_net > 5")
    assert subsumed(either, regions_of("sum_net > 4", "sum_gross > 4"))
    assert not subsumed(either, regions_of("sum_net > 4", "sum_gross > 6"))
    assert subsumed((), regions_of("sum_net > 4"))
