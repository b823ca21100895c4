"""What an invoice of Kanbert's may look like, and what it may not."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from tests.autobook.domain.rules.invoices import an_invoice


@pytest.mark.parametrize("amount", ["1e30", "-1e30", "1e999999999", "1e-30", "0e-999999999", "NaN", "Infinity", "sNaN"])
def test_amount_that_cannot_be_written_out(amount: str) -> None:
    """An amount that would fill the memory when it is shown, or that is none, is refused when the invoice is read."""
    with pytest.raises(ValidationError, match="expected a number of at most 30 digits"):
        an_invoice(sum_gross=Decimal(amount))


@pytest.mark.parametrize("amount", ["0", "-0.00", "119.5", "1e3", "99999999999999999999999999999.99", "1e-2"])
def test_amount_stays_as_it_came(amount: str) -> None:
    """Every other amount of no more than two decimals is kept digit by digit."""
    found = an_invoice(sum_gross=Decimal(amount)).sum_gross
    assert found is not None
    assert found.as_tuple() == Decimal(amount).as_tuple()
