"""What becomes of an invoice in Billomat, and which incoming takes which place."""

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.billomat import (
    REMOVED,
    BillomatParameters,
    Incoming,
    SupplierMapping,
    WantedIncoming,
    account_codes,
    assigned,
    is_booked,
    wanted_incomings,
)
from autobook.domain.kanbert import IncomingInvoice
from tests.fake_kanbert import booking, incoming

PARAMETERS = BillomatParameters(zone=ZoneInfo("Europe/Vienna"))
SUPPLIER = SupplierMapping(supplier_id=7)


def invoice(*values: str, **fields: Any) -> IncomingInvoice:
    """An invoice with a line for each value, each on an account of its own."""
    lines = [
        booking(f"b{number}", value=Decimal(value), chart_of_account_id=f"a{number}",
                chart_of_account={"id": f"a{number}", "code": str(7000 + number)})
        for number, value in enumerate(values)
    ]  # fmt: skip
    return IncomingInvoice.model_validate(incoming(**{"bookings": lines} | fields))


def wanted(found: IncomingInvoice, **parameters: Any) -> list[WantedIncoming]:
    """Each account as its own expense account."""
    accounts = {code: int(code) for code in account_codes(found)}
    chosen = BillomatParameters(**{"zone": PARAMETERS.zone} | parameters)
    return list(wanted_incomings(found, SUPPLIER, accounts, chosen))


@given(st.lists(st.integers(1, 10**7), min_size=2, max_size=6), st.integers(0, 10**6))
def test_sums_add_up_to_the_cent(cents: list[int], tax: int) -> None:
    """Whatever the tax is, and whether or not its lines are known: the incomings add up to the invoice."""
    values = [str(Decimal(each).scaleb(-2)) for each in cents]
    net, vat = sum(map(Decimal, values), Decimal()), Decimal(tax).scaleb(-2)
    found = invoice(*values, sum_net=net, sum_tax=vat, sum_gross=net + vat, vats=[])
    parts = wanted(found)
    assert sum(each.fields["total_net"] for each in parts) == net
    assert sum(each.fields["total_gross"] for each in parts) == net + vat
    assert [str(each.fields["total_net"]) for each in parts] == values


def test_tax_of_lines_that_is_not_known() -> None:
    """It is shared out in proportion, what rounding leaves on the largest part."""
    found = invoice("10.00", "10.00", "10.01", sum_net="30.01", sum_tax="1.00", sum_gross="31.01", vats=[])
    assert [str(each.fields["total_gross"]) for each in wanted(found)] == ["10.33", "10.33", "10.35"]


def test_days_are_those_of_the_zone() -> None:
    """Midnight in Vienna is the evening before in UTC."""
    found = invoice("100.00", date_of_invoice="2026-02-27T23:30:00Z", due_date="2026-03-01T00:00:00+01:00")
    (one,) = wanted(found)
    assert (one.fields["date"], one.fields["due_date"]) == (date(2026, 2, 28), date(2026, 3, 1))


def test_accounts_that_become_one() -> None:
    """Two accounts of Kanbert that are one expense account in Billomat are one incoming."""
    found = invoice("60.00", "40.00")
    (one,) = wanted_incomings(found, SUPPLIER, {"7000": 5, "7001": 5}, PARAMETERS)
    assert (one.fields["expense_account_number"], one.fields["total_net"]) == (5, Decimal(100))


@pytest.mark.parametrize(
    ("lines", "booked"),
    [
        ([], False),
        (None, False),
        ([booking()], False),
        ([booking(chart_of_account_id="a")], True),
        ([booking(chart_of_account_id="a"), booking("b2")], False),
        ([booking(chart_of_account_id="a"), booking("b2", type="reference")], True),
        ([booking(type="reference", chart_of_account_id="a")], False),
    ],
)
def test_what_is_booked(lines: Any, booked: bool) -> None:
    """Every line of its own has an account, and there is one."""
    assert is_booked(IncomingInvoice.model_validate(incoming(bookings=lines))) is booked


def slot(account: int) -> WantedIncoming:
    """A wanted incoming on an account."""
    return WantedIncoming(str(account), {"expense_account_number": account})


def there(identifier: int, account: int | None = None) -> Incoming:
    """One that was found."""
    return Incoming(id=str(identifier), expense_account_number=account and str(account))


@pytest.mark.parametrize(
    ("accounts", "known", "found", "expected", "surplus"),
    [
        ([1, 2], {}, [], {}, ()),
        ([1, 2], {"1": 10, "2": 20}, [], {"1": 10, "2": 20}, ()),
        ([1, 2], {}, [there(20, 2), there(10, 1)], {"1": 10, "2": 20}, ()),
        ([1], {}, [there(9), there(8)], {"1": 8}, ()),
        ([2], {"1": 10}, [], {"2": 10}, ()),
        ([2], {"1": 10}, [there(20, 2)], {"2": 20}, (10,)),
        ([1], {"1": 10, "2": 20}, [], {"1": 10}, (20,)),
        ([1, 3], {"1": 10, "2": 20}, [], {"1": 10, "3": 20}, ()),
        ([1, 2], {"1": REMOVED}, [there(20, 2)], {"1": REMOVED, "2": 20}, ()),
        ([2], {"1": REMOVED}, [], {}, ()),
        ([1], {"1": 10}, [there(10, 2), there(11, 1)], {"1": 10}, ()),
    ],
)
def test_which_incoming_takes_which_place(
    accounts: list[int],
    known: dict[str, int],
    found: list[Incoming],
    expected: dict[str, int],
    surplus: tuple[int, ...],
) -> None:
    """What is known stays; a new place takes one of its account, then one that is free; what is left over is named."""
    assert assigned([slot(each) for each in accounts], known, found) == (expected, surplus)
