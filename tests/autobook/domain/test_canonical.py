"""One spelling for one value."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.canonical import canonical_json


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


def test_utc() -> None:
    """A date-time without an offset is not guessed at here: models give it one first."""
    assert canonical_json(datetime(2026, 1, 1, tzinfo=UTC)) == b'"2026-01-01T00:00:00Z"'
