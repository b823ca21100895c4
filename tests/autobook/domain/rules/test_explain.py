"""Why, and why not."""

from typing import Any

import pytest

from autobook.domain.rules import Rule, fill, rule_fields
from autobook.domain.rules.explain import explain
from tests.autobook.domain.rules.invoices import NOW, VIENNA, an_invoice


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


def test_texts_that_are_not_as_they_look() -> None:
    """A character that cannot be told from another is shown and named, be it in the rule or in the invoice."""
    invoice = an_invoice(title="ACME\u00a0Ltd", supplier={"id": "s", "name": "plain"})
    rule = Rule.from_item(
        {"rule_id": "r", "when": 'title = "ACME Lt\u00add" and supplier.name = "plain"', "account": "1"}
    )
    found = explain(rule, invoice, None, now=NOW, timezone=VIENNA)
    assert found.as_text().splitlines() == [
        "r fires",
        "  all of → true",
        '    title = "ACME Ltd" → true, value "ACME[U+00A0]Ltd" (U+00A0 (no-break space) is compared as a blank)',
        '    supplier.name = "plain" → true, value "plain"',
        '  note: "ACME Lt[U+00AD]d": U+00AD (soft hyphen) is compared as nothing',
    ]
    data = found.as_data()
    assert data["notes"] == ['"ACME Lt[U+00AD]d": U+00AD (soft hyphen) is compared as nothing']
    assert [each.get("notes") for each in data["when"]["parts"]] == [
        ["U+00A0 (no-break space) is compared as a blank"], None
    ]  # fmt: skip


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


def test_fields_come_from_the_models() -> None:
    """The table knows every annotated field of the invoice and, under booking, of its lines; lists are relations."""
    table = rule_fields()
    assert table.fields["sum_gross"].kind.name == "currency"
    assert table.fields["booking.outgoing_invoice.is_credit"].kind.name == "boolean"
    assert table.fields["booking.chart_of_account.code"].nullable
    assert table.fields["title"].nullable, "whatever the reference says, it may come empty"
    assert not rule_fields(as_documented=True).fields["title"].nullable
    assert table.fields["supplier.name"].nullable
    assert set(table.relations) == {"vats", "bookings", "payments"}
