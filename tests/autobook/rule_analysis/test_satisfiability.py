"""Where conditions are true: nowhere, everywhere, and the regions of the rest."""

import pytest

from autobook.domain.rules import rule_fields
from autobook.rule_analysis.constraints import TooComplex
from autobook.rule_analysis.satisfiability import MOST_ALTERNATIVES, alternatives, is_tautology
from tests.autobook.rule_analysis.analysed_rules import condition_of, regions_of


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("sum_gross > 5", 1),
        ("sum_gross > 5 and sum_gross < 1", 0),
        ('(title = "a" or notes = "b") and (sum_gross = 1 or sum_net = 1)', 4),
        ('(title = "a" or notes = "b") and (title = "c" or sum_net = 1)', 3),
        ('not (title = "a" and notes = "b")', 2),
        ('status in ["open", "booked"]', 1),
        ('not (vats.any(vat = 20) or title contains "x")', 1),
    ],
)
def test_alternatives(condition: str, count: int) -> None:
    """One region for each alternative that is not empty."""
    assert len(regions_of(condition)) == count


@pytest.mark.parametrize(
    ("same", "other"),
    [
        ("sum_gross > 5 and sum_gross > 3", "sum_gross > 5"),
        ('status = "open"', 'status in ["open"]'),
        ("sum_gross >= 5 and sum_gross <= 5", "sum_gross = 5"),
        ('date_of_invoice > "2026-01-01"', 'date_of_invoice >= "2026-01-02"'),
        ("due_date > today", "due_date >= today+1d"),
        ("vats.none(vat = 20)", "not vats.any(vat = 20)"),
        ("booking.outgoing_invoice.is_credit != true", "booking.outgoing_invoice.is_credit = false"),
        ('supplier.name like "Hetz%"', 'supplier.name startswith "hetz"'),
        ('created_at != "2026-01-01"', 'not (created_at = "2026-01-01")'),
        ("vats.count() >= 0 and sum_gross > 5", "sum_gross > 5"),
        ("title is not null and sum_gross > 5", "sum_gross > 5"),
        ("created_at < 2026-01-01", "not (created_at >= 2026-01-01)"),
    ],
)
def test_what_says_the_same_has_the_same_boxes(same: str, other: str) -> None:
    """However it is put."""
    assert regions_of(same) == regions_of(other)


@pytest.mark.parametrize(
    ("condition", "always"),
    [
        ("sum_gross < 10 or sum_gross >= 10", True),
        ("sum_gross < 10 or sum_gross > 10", False),
        ('notes = "x" or notes != "x"', False),
        ('notes = "x" or notes != "x" or notes is null', True),
        ("due_date < today or due_date >= today or due_date is null", True),
        ("vats.any(vat = 20) or vats.none(vat = 20)", True),
        ("bookings.any(value > 5) or bookings.none(value > 5)", False),
        ('title contains "a" or not (title contains "a")', True),
        ('title contains "a" or title contains "b"', False),
        ("vats.count() < 2 or vats.count() >= 2", True),
        ("booking.outgoing_invoice.is_credit = true or booking.outgoing_invoice.is_credit = false", False),
    ],
)
def test_tautology(condition: str, always: bool) -> None:
    """A condition is always true only if it is so of empty fields too."""
    assert is_tautology(condition_of(condition), rule_fields(as_documented=True)) is always


def test_too_many_alternatives() -> None:
    """More than can be looked at are refused, however few are left in the end."""
    pairs = [f'(title contains "{i}" or notes contains "{i}")' for i in range(9)]
    assert len(regions_of(" and ".join(pairs[:8]))) == MOST_ALTERNATIVES
    with pytest.raises(TooComplex):
        alternatives(condition_of(" and ".join(pairs)), rule_fields(as_documented=True))
    assert is_tautology(condition_of(" and ".join(pairs)), rule_fields(as_documented=True)) is False
    many = " or ".join(f"sum_gross = {i}" for i in range(100))
    with pytest.raises(TooComplex):
        alternatives(condition_of(f"({many}) and ({many})"), rule_fields(as_documented=True))
