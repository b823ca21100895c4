"""Every operator on every type, evaluated plainly and by the compiled matcher."""

import pytest

from autobook.domain.conditions import parse, pushed_down
from autobook.domain.rules import RuleSet, rule_fields
from autobook.domain.rules.engine.codegen import predicate
from autobook.domain.rules.engine.compiler import compiled
from tests.autobook.domain.rules.invoices import NOW, VIENNA, an_invoice, truth_of

CASES: list[tuple[str, bool | None]] = [
    # text: = is exact, the others are folded
    ('supplier.name = "Straßenbau Müller"', True),
    ('supplier.name = "straßenbau müller"', False),
    ('supplier.name eq "Straßenbau Müller"', True),
    ('supplier.name != "x"', True),
    ('supplier.name neq "Straßenbau Müller"', False),
    ('supplier.name in ["x", "Straßenbau Müller"]', True),
    ('supplier.name nin ["x"]', True),
    ('supplier.name not in ["Straßenbau Müller"]', False),
    ('supplier.name NOTIN ["x"]', True),
    ('supplier.name contains "STRASSEN"', True),
    ('supplier.name contains "mu\u0308ller"', True),
    ('supplier.name contains "x"', False),
    ('supplier.name contains ""', True),
    ('supplier.name startsWith "strasse"', True),
    ('supplier.name startswith "bau"', False),
    ('supplier.name endswith "MÜLLER"', True),
    ('supplier.name endswith "Straßenbau Müller and more"', False),
    ('supplier.name like "%bau m_ller"', True),
    ('supplier.name like "bau"', False),
    ('supplier.name like "s%n%e%r"', True),
    ('supplier.name like "%"', True),
    (r'title like "%50\% (%"', True),
    (r'title like "%5\%%"', False),
    (r'invoice_number like "RE-2026\_17"', True),
    (r'invoice_number like "RE\_2026%"', False),
    ('invoice_number like "RE_2026_17"', True),
    ("title = 'Hosting 50% (January)'", True),
    ("supplier.name is null", False),
    ("supplier.name is not null", True),
    ("supplier.name isnull", False),
    ("supplier.name isNotNull", True),
    ("supplier.name notnull", True),
    # null is unknown to everything but the tests for it
    ('notes = "x"', None),
    ('notes != "x"', None),
    ('notes in ["x"]', None),
    ('notes nin ["x"]', None),
    ('notes contains "x"', None),
    ('not (notes contains "x")', None),
    ("notes is null", True),
    ("notes is not null", False),
    ('notes = "x" or sum_gross > 1', True),
    ('notes = "x" and sum_gross > 1', None),
    ('notes = "x" and sum_gross < 1', False),
    ('editor.id = "e" or editor.space.name = "x"', None),
    # amounts
    ("sum_gross = 120", True),
    ("sum_gross = 120.0000", True),
    ("sum_gross != 120", False),
    ("sum_gross < 120", False),
    ("sum_gross <= 120", True),
    ("sum_gross lte 120", True),
    ("sum_gross le 119.99", False),
    ("sum_gross > -5.5", True),
    ("sum_gross gte 120", True),
    ("sum_gross ge 120.01", False),
    ("sum_gross gt 120", False),
    ("sum_gross lt 121", True),
    ("sum_gross in [1, 120.0]", True),
    ("sum_gross nin [1, 2]", True),
    ("sum_gross is null", False),
    ('sum_gross contains "20.0"', True),
    ("sum_gross startswith 12", True),
    ('sum_gross endswith ".00"', True),
    ('sum_net like "10_.00"', True),
    # enums and ids
    ('status = "open"', True),
    ('status != "booked"', True),
    ('payment_status in ["open", "partial"]', True),
    ('type nin ["Credit"]', True),
    ('supplier.id = "s1"', True),
    ('editor.id is null', True),
    # dates are those of the zone: 23:30 UTC on the 14th is the 15th in Vienna
    ('date_of_invoice = "2026-01-15"', True),
    ('date_of_invoice = "2026-01-14"', False),
    ("date_of_invoice = 2026-01-15", True),
    ('date_of_invoice != "2026-01-14"', True),
    ('date_of_invoice = "2026-01-14T23:15:00Z"', True),
    ('date_of_invoice > "2026-01-14"', True),
    ('date_of_invoice >= "2026-01-16"', False),
    ('date_of_invoice < "2026-01-16"', True),
    ('date_of_invoice <= "2026-01-14"', False),
    ('date_of_invoice in ["2026-01-15", today]', True),
    ('date_of_invoice nin ["2026-01-15"]', False),
    ("due_date = today", True),
    ("due_date != today", False),
    ('due_date = "today"', True),
    ("due_date < today+1d", True),
    ("due_date >= today-1d", True),
    ("due_date > now", False),
    ("due_date <= now", True),
    ("due_date in [today-1d, today]", True),
    ("due_date nin [today-1d, eow]", True),
    ("date_of_invoice >= sow", False),
    ("date_of_invoice >= som and date_of_invoice <= eom", True),
    ("due_date >= sow and due_date < eow", True),
    ("date_of_start < today", None),
    # date-times are instants; a day is its whole day to = and its start to < and >
    ("created_at = today", True),
    ("created_at != today", False),
    ("created_at in [today-1d]", False),
    ("created_at nin [today-1d]", True),
    ('created_at = "2026-01-21"', True),
    ('created_at != "2026-01-20"', True),
    ('created_at = "2026-01-21T09:00:00+01:00"', True),
    ('created_at = "2026-01-21T09:00:00"', True),
    ('created_at = "2026-01-21 08:00:00.000000Z"', True),
    ("created_at < now", True),
    ("created_at > now", False),
    ("created_at >= today", True),
    ("created_at <= today", False),
    ("created_at > today", True),
    ("created_at < today", False),
    ('created_at < "2026-01-21"', False),
    ("created_at > sow and created_at < eow", True),
    ("updated_at < now", None),
    # the current line
    ("booking.value = 100", True),
    ("booking.chart_of_account.code is null", True),
    ('booking.chart_of_account.code = "7380"', None),
    ("booking.outgoing_invoice.is_credit = true", None),
    # lists
    ("vats.any(vat = 20)", True),
    ("vats.any(vat = 7)", False),
    ("vats.all(vat >= 10)", True),
    ("vats.all(vat = 20)", False),
    ("vats.none(vat = 7)", True),
    ("vats.none(vat = 10 and value = 2)", False),
    ("vats.count() = 2", True),
    ("vats.count() > 2", False),
    ("vats.count(vat > 10) = 1", True),
    ("vats.count(vat >= 10) = 2", True),
    ("vats.count(vat < 10) > 0", False),
    ("vats.count() in [2]", True),
    ("vats.count() nin [2]", False),
    ("vats.count(vat > 10) in [1, 3]", True),
    ("vats.count(vat > 10) nin [1, 3]", False),
    ("vats.any()", True),
    ("vats.none()", False),
    ("payments.any()", False),
    ("payments.none()", True),
    ("payments.count() < 1", True),
    ('bookings.any(title contains "x")', None),
    ('bookings.none(title contains "x")', None),
    ('bookings.all(title contains "x")', None),
    ('not (bookings.any(title contains "x"))', None),
    ('bookings.count(title contains "x") = 0', True),
    ("not (vats.any(vat = 7))", True),
    ("not (vats.all(vat = 7))", True),
    ("not (vats.count() = 2)", False),
    # connectives
    ('status = "booked" and type = "Credit" or sum_gross = 120', True),
    ('status = "booked" and (type = "Credit" or sum_gross = 120)', False),
    ('not status = "booked" and sum_gross = 120', True),
    ("not (not (sum_gross = 120))", True),
    ('NOT (sum_gross = 1) AND (sum_net = 100 OR sum_tax = 1)', True),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "expected"), CASES)
def test_operator(condition: str, expected: bool | None) -> None:
    """Each operator says true, false or unknown as in SQL."""
    assert truth_of(condition) is expected


@pytest.mark.parametrize(("condition", "expected"), CASES)
def test_compiled(condition: str, expected: bool | None) -> None:
    """The compiled test of a condition, and of its negation, is true exactly where it is surely true, or false."""
    invoice = an_invoice()
    assert invoice.bookings
    tree = parse(condition, rule_fields())
    for wanted in (True, False):
        test = compiled([pushed_down(tree, wanted)], rule_fields(), VIENNA)
        assert predicate(*test, VIENNA)(invoice, invoice.bookings[0], NOW) is (expected is wanted)


def test_compiled_takes_normal_form_only() -> None:
    """A negation that was not pushed down is a mistake of ours, and is said to be one."""
    with pytest.raises(TypeError, match="negation normal form"):
        compiled([parse("not (sum_gross = 1 and sum_net = 1)", rule_fields())], rule_fields(), VIENNA)


@pytest.mark.parametrize(("condition", "expected"), CASES)
def test_matched(condition: str, expected: bool | None) -> None:
    """A rule decides exactly where its condition is true, alone as well as among many of its kind."""
    item = {"rule_id": "r", "when": condition, "account": "1"}
    others = [item | {"rule_id": f"o{i}"} for i in range(20)]
    for items in ([item], [item, *others]):
        rules = RuleSet.load(items, timezone=VIENNA)
        assert not rules.errors
        match = rules.match(an_invoice(), now=NOW)
        assert bool(match.bookings[0]) is (expected is True)


@pytest.mark.parametrize(
    "condition",
    [
        "bookings.any(value > 1)",
        "bookings.none(value > 1)",
        "bookings.all(value > 1)",
        "bookings.count() = 0",
        "bookings.any()",
    ],
)
def test_absent_list(condition: str) -> None:
    """A list that the response left out is unknown to every question about it."""
    assert truth_of(condition, an_invoice(bookings=None)) is None
    assert truth_of(f"not ({condition})", an_invoice(bookings=None)) is None


def test_empty_list() -> None:
    """Of an empty list, everything holds for all and nothing for any."""
    invoice = an_invoice(bookings=[])
    assert truth_of("bookings.all(value = 1)", invoice) is True
    assert truth_of("bookings.any(value = 1)", invoice) is False
    assert truth_of("bookings.count() = 0", invoice) is True


def test_date_at_the_end_of_the_calendar() -> None:
    """A date that no zone can shift is taken as it is written; it stops nothing."""
    invoice = an_invoice(date_of_invoice="0001-01-01T00:00:00+14:00", created_at="9999-12-31T23:59:59-14:00")
    assert truth_of('date_of_invoice < "2026-01-01"', invoice) is True
    assert truth_of('created_at > "2026-01-01"', invoice) is True
