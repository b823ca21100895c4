"""Whether an invoice's sums are plausible."""

from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.sums import implausibilities
from tests.fake_kanbert import booking, incoming

CENT = Decimal("0.01")


def doubts(lines: list[Any] | None = None, vats: list[Any] | None = None, **sums: Any) -> tuple[str, ...]:
    """The clauses about an invoice of 100 and 20, with these differences."""
    fields: dict[str, Any] = {
        "vats": [{"vat": 20, "value": value} for value in (vats if vats is not None else [])],
        "bookings": [booking(f"b{n}", value=value) for n, value in enumerate(lines if lines is not None else [100])],
    }
    return implausibilities(IncomingInvoice.model_validate(incoming(**fields | sums)))


@pytest.mark.parametrize(
    "plausible",
    [
        {},
        {"lines": [60, 40]},
        {"lines": [120]},
        {"lines": [150, -30]},
        {"lines": [Decimal("33.34")] * 3},
        {"vats": [20]},
        {"vats": [Decimal("12.34"), Decimal("7.66")]},
        {"vats": [Decimal("12.34"), Decimal("7.68")]},
        {"sum_gross": Decimal("120.01")},
        {"sum_gross": Decimal("119.99")},
        {"sum_tax": 0, "sum_gross": 100, "vats": [0]},
        {"sum_net": 0, "sum_tax": 20, "sum_gross": 20, "lines": [20]},
        {"sum_net": -100, "sum_tax": -20, "sum_gross": -120, "vats": [-20], "lines": [-100], "type": "Credit"},
        {"type": "Credit"},
        {"lines": []},
    ],
)
def test_plausible(plausible: dict[str, Any]) -> None:
    """Net and tax are gross, VAT lines are the tax, and lines are net or gross; a credit note may be negative."""
    assert doubts(**plausible) == ()


@pytest.mark.parametrize(
    ("implausible", "clauses"),
    [
        ({"sum_gross": Decimal("120.02")}, ["net 100.00 and tax 20.00 are 120.00, not gross 120.02"]),
        ({"vats": [Decimal("19.98")]}, ["the VAT lines come to 19.98, the tax to 20.00"]),
        ({"vats": [10, Decimal("9.97")]}, ["the VAT lines come to 19.97, the tax to 20.00"]),
        ({"vats": [None]}, ["a VAT line has no amount"]),
        ({"lines": [Decimal("99.98")]}, ["the lines come to 99.98, the invoice to net 100.00 and gross 120.00"]),
        ({"lines": [110]}, ["the lines come to 110.00, the invoice to net 100.00 and gross 120.00"]),
        ({"lines": [-100]}, ["the lines come to -100.00, the invoice to net 100.00 and gross 120.00"]),
        ({"lines": [100, None]}, ["a line has no amount"]),
        ({"sum_net": 0, "sum_tax": 0, "sum_gross": 0, "lines": [0]}, ["all sums are zero"]),
        ({"sum_net": None, "lines": [120]}, ["the invoice has no net sum"]),
        ({"sum_tax": None, "sum_gross": None}, ["the invoice has no tax and no gross sum"]),
        (
            {"sum_tax": -20, "sum_gross": 80},
            ["the signs of net 100.00, tax -20.00 and gross 80.00 differ"],
        ),
        (
            {"sum_net": -100, "lines": [-100]},
            [
                "net -100.00 and tax 20.00 are -80.00, not gross 120.00",
                "the signs of net -100.00, tax 20.00 and gross 120.00 differ",
            ],
        ),
        (
            {"sum_gross": 130, "vats": [1], "lines": [5]},
            [
                "net 100.00 and tax 20.00 are 120.00, not gross 130.00",
                "the VAT lines come to 1.00, the tax to 20.00",
                "the lines come to 5.00, the invoice to net 100.00 and gross 130.00",
            ],
        ),
        ({"sum_net": Decimal("1E+2"), "sum_gross": Decimal("1.5E+2"), "lines": [100]},
         ["net 100.00 and tax 20.00 are 120.00, not gross 150.00"]),
    ],
)  # fmt: skip
def test_implausible(implausible: dict[str, Any], clauses: list[str]) -> None:
    """Each fault is named with its figures."""
    assert list(doubts(**implausible)) == clauses


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False)
positive = st.decimals(min_value=CENT, max_value=10**9, places=2, allow_nan=False)


@given(net=st.lists(positive, min_size=1, max_size=8), rate=st.integers(0, 30), sign=st.sampled_from([1, -1]))
def test_rounded_line_by_line(net: list[Decimal], rate: int, sign: int) -> None:
    """An invoice that was added up honestly is plausible, however its lines and VAT were rounded."""
    net = [sign * each for each in net]
    taxes = [(each * rate / 100).quantize(CENT) for each in net]
    tax = (sum(net, Decimal()) * rate / 100).quantize(CENT)
    sums: dict[str, Any] = {"sum_net": sum(net, Decimal()), "sum_tax": tax, "sum_gross": sum(net, Decimal()) + tax}
    for lines in (net, [each + vat for each, vat in zip(net, taxes, strict=True)]):
        assert doubts(lines=lines, vats=taxes, **sums) == ()


@given(net=positive, tax=positive, lines=st.lists(amounts, min_size=1, max_size=6), off=positive)
def test_whatever_is_off(net: Decimal, tax: Decimal, lines: list[Decimal], off: Decimal) -> None:
    """Moved by more than a cent for each amount that is added, any of the figures is noticed, to the last digit."""
    with localcontext(prec=60):
        net += 10**27
        gross = net + tax
        sums: dict[str, Any] = {"sum_net": net, "sum_tax": tax, "sum_gross": gross}
        lines = [*lines[1:], net - sum(lines[1:], Decimal())]
        assert doubts(lines=lines, vats=[tax], **sums) == ()
        assert len(doubts(lines=lines, vats=[tax + CENT + off], **sums)) == 1
        (only,) = doubts(lines=[lines[0] + gross - net, *lines[1:]], **sums | {"sum_net": net - CENT - off})
        assert "not gross" in only
        allowed = CENT * len(lines)
        moved = [lines[0] + allowed + off, *lines[1:]]
        is_gross = abs(allowed + off - tax) <= allowed
        assert len(doubts(lines=moved, **sums)) == (0 if is_gross else 1)
