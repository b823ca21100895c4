"""Where the index keeps a rule: under the most selective part of its condition."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.conditions import conjuncts, parse
from autobook.domain.rules import rule_fields
from autobook.domain.rules.engine.access_path import best_access
from autobook.domain.rules.engine.placement import Interval, Placement
from tests.autobook.domain.rules.invoices import VIENNA


def filed(condition: str) -> Placement | None:
    """Where a rule with this condition is kept."""
    return best_access(conjuncts(parse(condition, rule_fields())), rule_fields(), VIENNA)


def between(low: Any, low_in: bool, high: Any, high_in: bool) -> tuple[Interval]:
    """The only value of a place in the interval tree; numbers are amounts."""

    def amount(bound: Any) -> Any:
        return Decimal(bound) if isinstance(bound, int) else bound

    return (Interval(amount(low), low_in, amount(high), high_in),)


# condition, how, key, values, the parts that the place stands for, whether it proves them
PLACES: list[tuple[str, str, str, tuple[Any, ...], tuple[int, ...], bool]] = [
    ('supplier.name = "A"', "=", "supplier.name", ("A",), (0,), True),
    ('supplier.name in ["A", "B", "A"]', "=", "supplier.name", ("A", "B"), (0,), True),
    ("notes is null", "=", "notes", (None,), (0,), True),
    ('status = "open"', "=", "status", ("open",), (0,), True),
    ('supplier.name startswith "Ab"', "^", "~supplier.name", ("ab",), (0,), True),
    ('supplier.name endswith "Straße"', "$", "~supplier.name", ("strasse",), (0,), True),
    ('supplier.name contains "Abc"', "*", "~supplier.name", ("abc",), (0,), True),
    ('supplier.name like "Ab%yz"', "^", "~supplier.name", ("ab",), (0,), False),
    ('supplier.name like "%_yz"', "$", "~supplier.name", ("yz",), (0,), False),
    ('supplier.name like "%ab%cde%fgh%"', "*", "~supplier.name", ("cde",), (0,), False),
    ('supplier.name like "Abc"', "=", "~supplier.name", ("abc",), (0,), True),
    ('supplier.name like "Ab%"', "^", "~supplier.name", ("ab",), (0,), True),
    ('supplier.name like "%Yz"', "$", "~supplier.name", ("yz",), (0,), True),
    ('supplier.name like "%Abc%"', "*", "~supplier.name", ("abc",), (0,), True),
    # ranges
    ("sum_gross > 10", "-", "sum_gross", between(10, False, None, True), (0,), True),
    ("sum_gross <= 10", "-", "sum_gross", between(None, True, 10, True), (0,), True),
    ("sum_gross >= 10 and sum_gross < 20", "-", "sum_gross", between(10, True, 20, False), (0, 1), True),
    ("sum_gross > 1 and sum_gross > 5 and sum_gross > 3", "-", "sum_gross", between(5, False, None, True), (0, 1, 2),
     True),
    ("sum_gross < 5 and sum_gross < 1 and sum_gross < 3", "-", "sum_gross", between(None, True, 1, False), (0, 1, 2),
     True),
    ("sum_gross >= 5 and sum_gross > 5", "-", "sum_gross", between(5, False, None, True), (0, 1), True),
    ("sum_gross > 5 and sum_gross >= 5", "-", "sum_gross", between(5, False, None, True), (0, 1), True),
    ("sum_gross <= 5 and sum_gross < 5", "-", "sum_gross", between(None, True, 5, False), (0, 1), True),
    ("sum_gross < 5 and sum_gross <= 5", "-", "sum_gross", between(None, True, 5, False), (0, 1), True),
    ("date_of_invoice >= 2026-01-15", "-", "date_of_invoice", between(date(2026, 1, 15), True, None, True), (0,), True),
    ('date_of_invoice < "2026-01-14T23:30:00Z"', "-", "date_of_invoice", between(None, True, date(2026, 1, 15), False),
     (0,), True),
    ("due_date > 2026-01-01 and due_date < today", "-", "due_date", between(date(2026, 1, 1), False, None, True), (0,),
     True),
    ("due_date < today and due_date > 2026-01-01", "-", "due_date", between(date(2026, 1, 1), False, None, True), (1,),
     True),
    # the most selective of several parts
    ('title = "x" and supplier.name like "abc"', "=", "title", ("x",), (0,), True),
    ('title in ["x"] and supplier.name like "abc"', "=", "~supplier.name", ("abc",), (1,), True),
    ('supplier.name in ["A", "B"] and title = "x"', "=", "title", ("x",), (1,), True),
    ('title = "x" and supplier.name = "A"', "=", "title", ("x",), (0,), True),
    ('supplier.name startswith "abc" and supplier.name in ["A", "B"]', "=", "supplier.name", ("A", "B"), (1,), True),
    ('title contains "abc" and supplier.name startswith "abc"', "^", "~supplier.name", ("abc",), (1,), True),
    ('title contains "abc" and supplier.name endswith "abc"', "$", "~supplier.name", ("abc",), (1,), True),
    ('title contains "abc" and supplier.name like "abc%x"', "^", "~supplier.name", ("abc",), (1,), False),
    ('title contains "abc" and supplier.name like "%_abc"', "$", "~supplier.name", ("abc",), (1,), False),
    ('supplier.name startswith "ab" and title contains "abc"', "*", "~title", ("abc",), (1,), True),
    ('supplier.name endswith "ab" and title contains "abc"', "*", "~title", ("abc",), (1,), True),
    ('supplier.name like "ab%x" and title like "%abc%_"', "*", "~title", ("abc",), (1,), False),
    ('supplier.name like "%_ab" and title like "%abc%_"', "*", "~title", ("abc",), (1,), False),
    ('title contains "abc" and sum_gross > 1 and sum_gross < 5', "*", "~title", ("abc",), (0,), True),
    ('title startswith "ab" and sum_gross > 1 and sum_gross < 5', "^", "~title", ("ab",), (0,), True),
    ('notes is null and title like "ab_"', "^", "~title", ("ab",), (1,), False),
    ('notes is null and title like "_ab"', "$", "~title", ("ab",), (1,), False),
    ("booking.outgoing_invoice.is_credit = true and notes is null", "=", "notes", (None,), (1,), True),
    ("notes is null and sum_gross < 5", "=", "notes", (None,), (0,), True),
    ("notes is null and sum_gross > 1 and sum_gross < 5", "-", "sum_gross", between(1, False, 5, False), (1, 2), True),
    ("sum_gross > 1 and notes is null", "=", "notes", (None,), (1,), True),
    ('status = "open" and notes is null', "=", "notes", (None,), (1,), True),
    ('sum_gross > 1 and status = "open"', "=", "status", ("open",), (1,), True),
    ('sum_gross > 1 and status in ["open"]', "=", "status", ("open",), (1,), True),
    ("sum_gross > 1 and booking.outgoing_invoice.is_credit = true", "=", "booking.outgoing_invoice.is_credit", (True,),
     (1,), True),
    ("sum_gross > 1 and sum_net > 1 and sum_net < 5", "-", "sum_net", between(1, False, 5, False), (1, 2), True),
    ("sum_gross > 1 and sum_net > 1", "-", "sum_gross", between(1, False, None, True), (0,), True),
    ('created_at > 2026-01-01 and sum_gross > 1', "-", "sum_gross", between(1, False, None, True), (1,), True),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "how", "key", "values", "used", "proves"), PLACES)
def test_place(
    condition: str, how: str, key: str, values: tuple[Any, ...], used: tuple[int, ...], proves: bool
) -> None:
    """A rule is kept under its most selective part, the first of equals; what that does not prove is tested after."""
    found = filed(condition)
    assert found is not None
    (place,) = found.places
    assert (place.how, place.key, place.values) == (how, key, values)
    assert (found.used, found.proves) == (used, proves)
    assert (place.used, place.proves) == (used, proves)


@pytest.mark.parametrize(
    "condition",
    [
        'supplier.name != "A"',
        'supplier.name nin ["A"]',
        "notes is not null",
        'supplier.name contains "ab"',
        'supplier.name contains ""',
        'supplier.name startswith ""',
        'supplier.name endswith ""',
        'supplier.name like "%ab%"',
        'supplier.name like "%ab%cd%"',
        'supplier.name like "%"',
        "due_date = today",
        "due_date = 2026-01-15",
        "due_date in [2026-01-15]",
        "created_at = 2026-01-15",
        "due_date < today",
        "created_at < 2026-01-15",
        "created_at < 2026-01-15 and created_at > 2026-01-01",
        "vats.any(vat = 20)",
        'not (supplier.name = "A" and title = "x")',
        'supplier.name = "A" or title != "x"',
        'supplier.name != "A" or title = "x"',
    ],
)
def test_no_lookup(condition: str) -> None:
    """What selects little, depends on the clock or asks a list is tested against every invoice."""
    assert filed(condition) is None


def test_alternatives() -> None:
    """An `or` is kept under the best part of each of its branches, and tested again."""
    found = filed('supplier.name = "A" or title = "x" and sum_gross > 1 or notes is null and supplier.id in ["1", "2"]')
    assert found is not None
    assert [(place.key, place.values) for place in found.places] == [
        ("supplier.name", ("A",)),
        ("title", ("x",)),
        ("supplier.id", ("1", "2")),
    ]
    assert (found.used, found.proves) == ((0,), False)


@pytest.mark.parametrize(
    ("condition", "keys", "used"),
    [
        ('(title = "x" or notes = "y") and supplier.name = "A"', ["supplier.name"], (1,)),
        ('supplier.name = "A" and (title = "x" or notes = "y")', ["supplier.name"], (0,)),
        ('title contains "abc" and (title = "x" or notes = "y")', ["title", "notes"], (1,)),
        ('(title = "x" or notes = "y") and title contains "abc"', ["title", "notes"], (0,)),
        ('supplier.name in ["A"] and (title = "x" or notes = "y")', ["supplier.name"], (0,)),
        ('(title = "x" or notes = "y") and supplier.name in ["A"]', ["title", "notes"], (0,)),
        ('(title = "x" or notes is null) and title contains "abc"', ["~title"], (1,)),
        ('status = "open" and (notes is null or editor.id is null)', ["status"], (0,)),
        ('(title = "x" or notes != "y") and status = "open"', ["status"], (1,)),
        ('(title = "x" or notes = "y") and sum_gross > 1 and sum_gross < 5', ["title", "notes"], (0,)),
        ('(sum_gross > 1 or sum_gross < 5) and sum_net > 1', ["sum_net"], (1,)),
        ("(sum_gross > 1 or sum_net > 1) and vats.any()", ["sum_gross", "sum_net"], (0,)),
    ],
)  # fmt: skip
def test_alternatives_beside_others(condition: str, keys: list[str], used: tuple[int, ...]) -> None:
    """An `or` counts as one step less selective than the least selective of its branches."""
    found = filed(condition)
    assert found is not None
    assert ([place.key for place in found.places], found.used) == (keys, used)
