"""One spelling for one value, and the fingerprint of a state."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.canonical import canonical_json, fingerprint
from autobook.domain.kanbert import IncomingInvoice
from tests.fake_kanbert import booking, incoming


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1, "1"),
        ("ä\n", '"ä\\n"'),
        (Decimal("1.50"), "1.5"),
        (Decimal("1.00"), "1"),
        (Decimal("1E+2"), "100"),
        (Decimal(100), "100"),
        (Decimal("-0.00"), "0"),
        (Decimal("0.10"), "0.1"),
        (Decimal("12345678901234567890.123456789"), "12345678901234567890.123456789"),
        (0.1, "0.1"),
        (1e-07, "0.0000001"),
        ({"b": 1, "a": [Decimal(2)]}, '{"a":[2],"b":1}'),
        (("x", "y"), '["x","y"]'),
        (datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), '"2026-01-01T00:00:00Z"'),
    ],
)
def test_spelling(value: Any, text: str) -> None:
    """Each value has one spelling: keys sorted, no blanks, amounts exact, moments in UTC."""
    assert canonical_json(value).decode() == text


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), float("nan"), object()])
def test_no_spelling(value: Any) -> None:
    """What has no JSON form is refused, not made up."""
    with pytest.raises(TypeError, match="no JSON form"):
        canonical_json(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
def test_amounts_are_exact(amount: Decimal) -> None:
    """Every amount is read back as it was, however it was written."""
    assert Decimal(canonical_json(amount).decode()) == amount


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=8,
)


@given(JSON)
def test_reads_back(value: Any) -> None:
    """It is JSON, and says what was said."""
    assert json.loads(canonical_json(value)) == value


def state(**fields: Any) -> str:
    return fingerprint(IncomingInvoice.model_validate(incoming(**fields)))


class TestFingerprint:
    def test_same(self) -> None:
        """The same state has the same fingerprint, whenever it was touched."""
        assert state() == state(
            updated_at="2027-01-01T00:00:00Z", bookings=[booking(updated_at="2027-01-01T00:00:00Z")]
        )

    @pytest.mark.parametrize("spelling", ["100", "100.0", "1E+2"])
    def test_amounts_by_value(self, spelling: str) -> None:
        """An amount counts by its value, not by its spelling."""
        assert state(sum_net=Decimal("100.00")) == state(sum_net=Decimal(spelling))

    def test_moments_by_value(self) -> None:
        """A moment counts by when it is, not by its offset."""
        assert state(due_date="2026-03-01T00:00:00Z") == state(due_date="2026-03-01T01:00:00+01:00")

    def test_description_of_an_account(self) -> None:
        """What an account is called is not the invoice's business; which it is, is."""
        account = {"id": "a", "title": "Hosting"}
        renamed = {"id": "a", "title": "Cloud"}
        one, other = (
            state(bookings=[booking(chart_of_account_id="a", chart_of_account=about)]) for about in (account, renamed)
        )
        assert one == other
        assert one != state(bookings=[booking(chart_of_account_id="b", chart_of_account=account)])

    @pytest.mark.parametrize(
        "fields",
        [
            {"title": "other"},
            {"status": "booked"},
            {"sum_gross": Decimal("120.01")},
            {"bookings": []},
            {"bookings": [booking(), booking("b2")]},
            {"bookings": [booking(value=Decimal("100.01"))]},
            {"payments": [{"id": "p"}]},
            {"editor": None, "field_of_tomorrow": 1},
        ],
    )
    def test_changes(self, fields: dict[str, Any]) -> None:
        """Whatever a person can change shows, also in fields that we do not know."""
        assert state(**fields) != state()

    def test_absent_is_not_none(self) -> None:
        """Lists that were left out are another answer than no lines."""
        assert state(bookings=None) != state(bookings=[])

    def test_now(self) -> None:
        """The fingerprint of this invoice stays this one: another would take every invoice for changed."""
        assert state() == "a51c5ecf6595de5c8c1188277f589c2ea1526ad454632a8aec52951f00f11408"

    def test_null_is_absent(self) -> None:
        """A field that is null says as little as one that is not there."""
        sparse = {name: value for name, value in incoming().items() if value is not None}
        assert fingerprint(IncomingInvoice.model_validate(sparse | {"field_of_tomorrow": None})) == state()

    def test_order_of_fields(self) -> None:
        """The order of fields means nothing."""
        fields = incoming()
        shuffled = IncomingInvoice.model_validate(dict(reversed(fields.items())))
        assert fingerprint(shuffled) == state()


def test_utc() -> None:
    """A date-time without an offset is not guessed at here: models give it one first."""
    assert canonical_json(datetime(2026, 1, 1, tzinfo=UTC)) == b'"2026-01-01T00:00:00Z"'
