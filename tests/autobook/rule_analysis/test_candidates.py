"""The index over many regions: it finds what comparing every pair would find."""

from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.conditions import Condition
from autobook.domain.rules import rule_fields
from autobook.rule_analysis.candidates import RegionIndex, positions_of, rows_of, union
from autobook.rule_analysis.constraints import Region, contains_region, intersect
from autobook.rule_analysis.satisfiability import alternatives
from tests.autobook.domain.conditions.strategies import CONDITIONS, SIMPLE

SOME = st.lists(SIMPLE | CONDITIONS, min_size=2, max_size=12).map(
    lambda conditions: [region for each in conditions for region in _regions(each)]
)


def _regions(condition: Condition) -> list[Region]:
    return alternatives(condition, rule_fields(as_documented=True))


@given(SOME, SOME)
def test_meeting(indexed: list[Region], asked: list[Region]) -> None:
    """Every region that has something in common with one that is asked about is found, be it of the index or not."""
    index = RegionIndex(indexed)
    for region in (*indexed, *asked):
        found = set(positions_of(index.meeting(region)))
        assert found >= {row for row, other in enumerate(indexed) if intersect(region, other) is not None}


@given(SOME, SOME)
def test_containing(indexed: list[Region], asked: list[Region]) -> None:
    """Just the regions that contain one that is asked about are found among those that are given."""
    index, everything = RegionIndex(indexed), (1 << len(indexed)) - 1
    for region in (*indexed, *asked):
        expected = {row for row, other in enumerate(indexed) if contains_region(other, region)}
        assert set(positions_of(index.containing(region, everything))) == expected
        assert index.containing(region, 0) == 0


@given(st.sets(st.integers(0, 300)))
def test_sets_of_rows(rows: set[int]) -> None:
    """A set of rows gives back its rows, the first first."""
    assert list(positions_of(rows_of(rows))) == sorted(rows)
    assert union([rows_of(rows), rows_of({1000})]) == rows_of(rows | {1000})
