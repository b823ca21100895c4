"""What counting the elements of a list is true of."""

import pytest

from tests.autobook.domain.rules.invoices import an_invoice, truth_of


@pytest.mark.parametrize(
    ("condition", "count"),
    [("", 3), ("vat >= 10", 2), ("vat < 10", 1), ("vat > 20", 0), ("not (vat < 10)", 2), ("vat is null", 0)],
)
def test_count(condition: str, count: int) -> None:
    """Only the elements of which the condition is true are counted."""
    invoice = an_invoice(vats=[{"vat": vat, "value": 1} for vat in (20, 10, 0)])
    assert truth_of(f"vats.count({condition}) = {count}", invoice) is True
    assert truth_of(f"vats.count({condition}) != {count}", invoice) is False
