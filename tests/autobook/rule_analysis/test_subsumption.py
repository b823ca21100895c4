"""Regions that contain others, alone or together."""

import pytest

from autobook.rule_analysis.subsumption import MOST_TOGETHER, subsumed
from tests.autobook.rule_analysis.analysed_rules import regions_of

BANDS = [f"sum_gross >= {low} and sum_gross < {low + 10}" for low in range(0, 2000, 10)]


@pytest.mark.parametrize(
    ("region", "others", "contained"),
    [
        ("sum_gross > 5", ["sum_gross > 4"], True),
        ("sum_gross > 5", ["sum_gross > 6"], False),
        ("sum_gross > 5", ["sum_gross < 10", "sum_gross >= 10"], True),
        ("sum_gross > 5", ["sum_gross < 10", "sum_gross > 10"], False),
        ("sum_gross > 5", ["sum_gross < 10", "sum_gross > 10", "sum_gross = 10"], True),
        ("sum_gross > 5", ["sum_gross < 10", "sum_gross < 50", "sum_gross > 20"], True),
        ("sum_gross > 5", ["sum_net > 5", "sum_net <= 5"], True),
        ('supplier.name in ["A", "B"]', ['supplier.name = "A"', 'supplier.name contains "b"'], True),
        ("sum_gross > 5", ['notes = "x"', 'notes != "x"'], False),
        ("sum_gross > 5", ['notes = "x"', 'notes != "x"', "notes is null"], True),
        ("sum_gross = 5", ["sum_gross < 10 and sum_net < 10", "sum_gross > 1 and sum_net >= 10"], True),
        ("due_date is not null", ["due_date <= today", "due_date > today"], True),
        ("due_date is not null", ["due_date <= today", 'due_date > "2026-01-01"'], False),
        ("sum_gross > 5", [], False),
        ("sum_net > 5", ["sum_gross < 20", "sum_gross >= 10 and sum_gross < 50", "sum_gross > 40"], True),
        ("sum_net > 5", ["vats.any(vat = 20)", "vats.none(vat = 20)"], True),
        ("sum_net > 5", ["bookings.any(value > 5)", "bookings.none(value > 5)"], False),
        ("sum_net > 5", ['title contains "a"', 'not (title contains "a")'], True),
        (
            "date_of_invoice is not null",
            ['date_of_invoice <= "2026-01-31"', 'date_of_invoice >= "2026-02-01"'],
            True,
        ),
    ],
)
def test_by_union(region: str, others: list[str], contained: bool) -> None:
    """Nothing of the region is left by the others together, or something is."""
    assert subsumed(regions_of(region), regions_of(*others)) is contained


def test_as_many_as_are_tried_together() -> None:
    """Up to so many others are found to contain a region together; more are not tried."""
    fitting, more = (
        regions_of(f"sum_gross >= 0 and sum_gross < {10 * count}") for count in (MOST_TOGETHER, MOST_TOGETHER + 1)
    )
    assert subsumed(fitting, regions_of(*BANDS))
    assert not subsumed(more, regions_of(*BANDS))


def test_all_of_several_boxes() -> None:
    """Each of the regions has to be contained, in whichever of the others."""
    either = regions_of("sum_gross > 5 or sum_net > 5")
    assert subsumed(either, regions_of("sum_net > 4", "sum_gross > 4"))
    assert not subsumed(either, regions_of("sum_net > 4", "sum_gross > 6"))
    assert subsumed((), regions_of("sum_net > 4"))
