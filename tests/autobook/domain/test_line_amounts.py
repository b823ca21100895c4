"""Net, tax and gross of each line, as far as the invoice lets them be known."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.errors import GiveUp
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.line_amounts import LineAmounts, line_amounts
from tests.fake_kanbert import booking, incoming

D = Decimal


def invoice(values: list[str], net: str | None, tax: str | None, vats: dict[str, str] | None = None) -> IncomingInvoice:
    """An invoice with lines of these values, these sums and VAT lines."""
    lines = [booking(f"b{number}", value=D(value)) for number, value in enumerate(values)]
    gross = D(net) + D(tax) if net is not None and tax is not None else None
    listed = [{"vat": D(rate), "value": D(value)} for rate, value in (vats or {}).items()]
    sums: dict[str, Any] = {"sum_net": net and D(net), "sum_tax": tax and D(tax), "sum_gross": gross}
    return IncomingInvoice.model_validate(incoming(bookings=lines, vats=listed, **sums))


def amounts(*args: Any) -> list[tuple[Any, ...]]:
    """Net, tax, gross and rate of each line, as texts."""
    return [
        tuple(None if each is None else str(each) for each in (line.net, line.tax, line.gross, line.rate))
        for line in line_amounts(invoice(*args))
    ]


def test_net_lines() -> None:
    """Lines that add up to the net sum are net."""
    assert amounts(["60.00", "40.00"], "100.00", "20.00", {"20": "20.00"}) == [
        ("60.00", "12.00", "72.00", "20"),
        ("40.00", "8.00", "48.00", "20"),
    ]


def test_gross_lines() -> None:
    """Lines that add up to the gross sum are gross."""
    assert amounts(["72.00", "48.00"], "100.00", "20.00", {"20": "20.00"}) == [
        ("60.00", "12.00", "72.00", "20"),
        ("40.00", "8.00", "48.00", "20"),
    ]


def test_two_rates() -> None:
    """Where one choice of rates makes the VAT lines right, each line has its rate."""
    assert amounts(["60.00", "40.00"], "100.00", "16.00", {"20": "12.00", "10": "4.00"}) == [
        ("60.00", "12.00", "72.00", "20"),
        ("40.00", "4.00", "44.00", "10"),
    ]


def test_two_rates_of_gross_lines() -> None:
    """The same of gross lines."""
    assert amounts(["72.00", "44.00"], "100.00", "16.00", {"20": "12.00", "10": "4.00"}) == [
        ("60.00", "12.00", "72.00", "20"),
        ("40.00", "4.00", "44.00", "10"),
    ]


def test_a_rate_of_zero_is_not_listed() -> None:
    """What is left over is untaxed."""
    assert amounts(["60.00", "40.00"], "100.00", "12.00", {"20": "12.00"}) == [
        ("60.00", "12.00", "72.00", "20"),
        ("40.00", "0", "40.00", "0"),
    ]


def test_undecided_rates() -> None:
    """Two lines of one value at two rates: neither rate is made up."""
    assert amounts(["50.00", "50.00"], "100.00", "15.00", {"20": "10.00", "10": "5.00"}) == [
        ("50.00", None, None, None),
        ("50.00", None, None, None),
    ]


def test_undecided_rates_of_gross_lines() -> None:
    """Without its tax the net of a gross line is not known."""
    assert amounts(["57.50", "57.50"], "100.00", "15.00", {"20": "10.00", "10": "5.00"})[0][:3] == (None, None, "57.50")


def test_lines_of_nothing() -> None:
    """They decide nothing, and have no tax."""
    assert amounts(["60.00", "0.00", "40.00"], "100.00", "16.00", {"20": "12.00", "10": "4.00"})[1] == (
        "0", "0", "0", None,
    )  # fmt: skip


def test_no_tax() -> None:
    """A sum of zero says that every line has none; an unknown one says nothing."""
    assert amounts(["60.00", "40.00"], "100.00", "0", {})[0] == ("60.00", "0.00", "60.00", "0")
    assert amounts(["60.00", "40.00"], "100.00", None, {})[0] == ("60.00", None, None, None)


def test_one_line_has_all_of_the_tax() -> None:
    """Whatever the rates are."""
    assert amounts(["100.00"], "100.00", "15.00", {"20": "10.00", "10": "5.00"}) == [
        ("100.00", "15.00", "115.00", None)
    ]
    assert amounts(["100.00"], "100.00", "20.00", {}) == [("100.00", "20.00", "120.00", None)]


def test_rounding_goes_to_the_largest_line() -> None:
    """So that the lines' taxes add up to the VAT line."""
    lines = amounts(["0.33", "0.33", "0.34"], "1.00", "0.19", {"19": "0.19"})
    assert [tax for _, tax, _, _ in lines] == ["0.06", "0.06", "0.07"]


def test_credit_notes_with_either_sign() -> None:
    """Lines may have the other sign than the sums: they get that of the sums."""
    plain = amounts(["-100.00"], "-100.00", "-20.00", {"20": "-20.00"})
    assert plain == [("-100.00", "-20.00", "-120.00", "20")]
    assert amounts(["100.00"], "-100.00", "-20.00", {"20": "-20.00"}) == plain


def test_lines_that_do_not_add_up() -> None:
    """Given up with what they add up to: a wrong amount is worse than none."""
    with pytest.raises(GiveUp, match=r"add up to 90\.00, neither to its net sum 100\.00 nor to its gross sum 120\.00"):
        line_amounts(invoice(["90.00"], "100.00", "20.00", {"20": "20.00"}))


def test_without_sums() -> None:
    """There is nothing to compare with: the value as it is."""
    assert amounts(["90.00"], None, None) == [("90.00", None, None, None)]


def test_many_lines_at_several_rates() -> None:
    """Beyond what can be tried in time no rate is made up."""
    values = [f"{number}.00" for number in range(1, 101)]
    lines = amounts(values, "5050.00", "510.00", {"20": "10.00", "10": "500.00"})
    assert {rate for *_, rate in lines} == {None}


cents = st.integers(min_value=1, max_value=10_000_000).map(lambda number: D(number) / 100)


@given(st.lists(st.tuples(cents, st.sampled_from([D(20), D(10), D(0)])), min_size=1, max_size=5), st.booleans())
def test_sums_are_kept(lines: list[tuple[Decimal, Decimal]], is_gross: bool) -> None:
    """Whatever is known of the lines adds up to the invoice to the cent."""
    taxes: dict[Decimal, Decimal] = {}
    for value, rate in lines:
        taxes[rate] = taxes.get(rate, D()) + value * rate / 100
    vats = {str(rate): str(tax.quantize(D("0.01"))) for rate, tax in taxes.items()}
    net, tax = sum((value for value, _ in lines), D()), sum(map(D, vats.values()), D())
    values = [value for value, _ in lines]
    if is_gross:
        values = [(value * (100 + rate) / 100).quantize(D("0.01")) for value, rate in lines]
        if abs(sum(values, D()) - net - tax) > D("0.01"):
            return
    found = line_amounts(invoice([str(value) for value in values], str(net), str(tax), vats))
    assert len(found) == len(lines)
    if all(each.tax is not None for each in found):
        assert total(found, "tax") == tax
        assert abs(total(found, "net") - net) <= D("0.01")
        assert abs(total(found, "gross") - net - tax) <= D("0.01")
    for each in found:
        if each.net is not None and each.tax is not None:
            assert each.net + each.tax == each.gross


def total(lines: tuple[LineAmounts, ...], name: str) -> Decimal:
    """The sum of one amount."""
    return sum((getattr(line, name) for line in lines), D())
