"""Why, why not, and what the linter finds."""

from datetime import date
from typing import Any

import pytest

from autobook.domain.rules import Rule, explain, fill, lint
from autobook.domain.rules.fields import rule_fields
from tests.unit.rules.invoices import NOW, VIENNA, an_invoice


def explained(when: str, **attributes: Any) -> tuple[str, dict[str, Any]]:
    """The explanation of a rule for the test invoice and its booking, as text and as data."""
    invoice = an_invoice()
    assert invoice.bookings
    rule = Rule.from_item({"rule_id": "r", "when": when, "account": "1"} | attributes)
    found = explain(rule, invoice, invoice.bookings[0], now=NOW, timezone=VIENNA)
    return found.as_text(), found.as_data()


def test_every_part_with_its_value() -> None:
    """Each sub-condition is shown with its truth and the value that was found; null makes it unknown."""
    text, data = explained(
        'supplier.name contains "Hetzner" and not (notes = "x") and (sum_gross > 5 or vats.any(vat = 7)) '
        "and vats.count(vat = 20) = 1",
        valid_from="2026-02-01",
        mode="suggest",
    )
    assert text.splitlines() == [
        "r does not fire for booking b1 (mode is suggest: it writes nothing)",
        '  date_of_invoice >= "2026-02-01" → false, value 2026-01-15',
        "  all of → false",
        '    supplier.name contains "Hetzner" → false, value "Straßenbau Müller"',
        "    not → unknown",
        '      notes = "x" → unknown, value null',
        "    any of → true",
        "      sum_gross > 5 → true, value 120.00",
        "      vats.any(vat = 7) → false, value 2",
        "        vat = 7 → false, value 20",
        "        vat = 7 → false, value 10",
        "    vats.count(vat = 20) = 1 → true, value 1",
        "      vat = 20 → true, value 20",
        "      vat = 20 → false, value 10",
    ]
    assert data["fires"] is False
    assert data["validity"][0]["value"] == "2026-01-15"
    assert data["when"]["parts"][0] == {
        "condition": 'supplier.name contains "Hetzner"',
        "truth": False,
        "value": "Straßenbau Müller",
    }


@pytest.mark.parametrize(("mode", "fires"), [("apply", True), ("suggest", True), ("off", False)])
def test_mode(mode: str, fires: bool) -> None:
    """A rule that is off does not fire, whatever its condition."""
    assert explained("sum_gross = 120", mode=mode)[1]["fires"] is fires


def test_placeholders() -> None:
    """Placeholders are filled from the invoice and the booking; empty fields leave nothing, dates are local."""
    invoice = an_invoice()
    assert invoice.bookings
    text = "{invoice_number} {{x}} {supplier.name} {notes}{sum_gross} {date_of_invoice} {booking.value}"
    filled = fill(text, invoice, invoice.bookings[0], timezone=VIENNA)
    assert filled == "RE-2026_17 {x} Straßenbau Müller 120.00 2026-01-15 100"
    assert fill("{booking.value}{editor.space.name}", invoice, None, timezone=VIENNA) == ""


def findings(*whens: str | dict[str, Any]) -> list[tuple[str, str]]:
    """Kind and rule of every finding about rules named r0, r1, … that book on different accounts."""
    rules = []
    for i, when in enumerate(whens):
        item = {"rule_id": f"r{i}", "account": str(i)} | ({"when": when} if isinstance(when, str) else when)
        rules.append(Rule.from_item(item))
    return [(each.kind, each.rule_id) for each in lint(rules, today=date(2026, 1, 21))]


NEVER = [
    "sum_gross < 10 and sum_gross > 20",
    "sum_gross < 10 and sum_gross >= 10",
    "sum_gross = 10 and sum_gross != 10",
    "sum_gross >= 10 and sum_gross <= 10 and sum_gross != 10",
    "sum_gross in [1, 2] and sum_gross > 2",
    'supplier.name = "A" and supplier.name = "B"',
    'supplier.name = "Hetzner" and supplier.name contains "cloud"',
    'supplier.name startswith "A" and supplier.name startswith "B"',
    'supplier.name startswith "AB" and not (supplier.name contains "b")',
    'notes is null and notes = "x"',
    "title is null",
    "vats.any(vat = 20) and vats.none(vat = 20)",
    "not (sum_gross < 10 or sum_gross >= 10)",
    '(sum_gross < 1 or sum_gross > 5) and sum_gross = 3 and status = "open"',
    "due_date < today and due_date > today",
    'date_of_invoice > "2026-01-01" and date_of_invoice < "2026-01-02"',
]


@pytest.mark.parametrize("condition", NEVER)
def test_never_true(condition: str) -> None:
    """A condition that contradicts itself is found."""
    assert findings(condition) == [("never_true", "r0")]


@pytest.mark.parametrize(
    "condition",
    [
        "sum_gross < 10 or sum_gross >= 10",
        "title is not null",
        "notes is null or notes is not null",
        'status = "open" or status != "open"',
        'not (status = "open" and status = "booked")',
    ],
)
def test_always_true(condition: str) -> None:
    """A condition that says nothing is found."""
    assert findings(condition) == [("always_true", "r0")]


@pytest.mark.parametrize(
    "condition",
    [
        'notes = "x" or notes != "x"',
        "sum_gross > 5",
        'supplier.name contains "a"',
        "vats.any(vat = 20)",
        "due_date < today",
    ],
)
def test_ordinary(condition: str) -> None:
    """What can be true and can be false (or unknown, for null) is no finding."""
    assert findings(condition) == []


def test_expired() -> None:
    """A rule whose time is over is found, on the day after its last."""
    assert findings({"when": "sum_gross > 5", "valid_until": "2026-01-20"}) == [("expired", "r0")]
    assert findings({"when": "sum_gross > 5", "valid_until": "2026-01-21"}) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('supplier.name = "A"', 'supplier.name = "A" and sum_gross > 5'),
        ('supplier.name contains "hetzner"', 'supplier.name = "Hetzner Online"'),
        ('supplier.name in ["A", "B"]', 'supplier.name = "B"'),
        ("sum_gross > 5", "sum_gross > 10 and sum_gross < 20"),
        ('supplier.name contains "hetzner"', 'supplier.name startswith "Hetzner On"'),
        ("sum_gross > 5 or sum_net > 5", "sum_net >= 6"),
    ],
)
def test_shadowed(first: str, second: str) -> None:
    """A rule is shadowed if one with a lower priority number is true wherever it is, and sets the same."""
    assert findings({"when": first, "priority": 10}, second) == [("shadowed", "r1")]
    assert findings(first, {"when": second, "priority": 10}) == []
    assert findings({"when": first, "priority": 10}, {"when": second, "project": "P"}) == []
    assert findings({"when": first, "priority": 10, "mode": "suggest"}, second) == []
    assert findings({"when": first, "priority": 10, "valid_until": "2026-12-31"}, second) == []
    assert findings({"when": first, "priority": 10, "mode": "off"}, second) == []


def test_overlapping() -> None:
    """Rules of equal priority that can meet the same invoice and disagree are found; others are not."""
    assert findings('supplier.name = "A"', 'supplier.name = "A" and sum_gross > 5') == [("overlapping", "r1")]
    assert findings("sum_gross > 5", "sum_gross < 10") == [("overlapping", "r1")]
    assert findings("sum_gross > 10", "sum_gross < 10") == []
    assert findings('supplier.name = "A"', 'supplier.name = "B"') == []
    assert findings({"when": "sum_gross > 5", "account": "7"}, {"when": "sum_gross < 10", "account": "7"}) == []


def test_duplicate() -> None:
    """A rule that says what another says is found, whatever their priorities."""
    one = {"when": 'supplier.name = "A"', "account": "7"}
    assert findings(one, {**one, "when": "supplier.name eq 'A'", "priority": 200}) == [("duplicate", "r1")]


def test_rule_without_an_action() -> None:
    """A rule that sets nothing is found."""
    assert findings({"when": "sum_gross > 5", "account": None}) == [("sets_nothing", "r0")]


def test_fields_come_from_the_models() -> None:
    """The table knows every annotated field of the invoice and, under booking, of its lines; lists are relations."""
    table = rule_fields()
    assert table.fields["sum_gross"].kind.name == "currency"
    assert table.fields["booking.outgoing_invoice.is_credit"].kind.name == "boolean"
    assert table.fields["booking.chart_of_account.code"].nullable
    assert not table.fields["title"].nullable
    assert table.fields["supplier.name"].nullable
    assert set(table.relations) == {"vats", "bookings", "payments"}
