"""Why, why not, and what the linter finds."""

from datetime import date
from typing import Any

import pytest

from autobook.domain.rules import Rule, fill, rule_fields
from autobook.domain.rules.explain import explain
from autobook.rule_analysis import subsumption as covering
from autobook.rule_analysis.lint import lint
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
    'supplier.name like "Hetzner%" and supplier.name startswith "HB"',
    'supplier.name like "%" and supplier.name is null',
    'title contains "" and not (title like "%")',
    "vats.count() > 1 and vats.count() < 1",
    "vats.count() < 0",
    'created_at < "2026-01-01" and created_at > "2026-02-01"',
    'created_at = "2026-01-01" and created_at != "2026-01-01"',
    "booking.outgoing_invoice.is_credit != true and booking.outgoing_invoice.is_credit != false",
    'sum_gross = 10 and sum_gross endswith ".99"',
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
        "vats.any(vat = 20) or vats.none(vat = 20)",
        "vats.count() >= 0",
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
        "bookings.any(value > 5) or bookings.none(value > 5)",
        "payments.count() >= 0",
        'sum_gross = 0 and sum_gross startswith "0e"',
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


BAND_BELOW, BAND_ABOVE = 'supplier.name = "A" and sum_gross < 100', 'supplier.name = "A" and sum_gross >= 100'


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ([BAND_BELOW, BAND_ABOVE], 'supplier.name = "A"'),
        (['supplier.name = "A"', 'supplier.name = "B"'], 'supplier.name in ["A", "B"]'),
        (["sum_gross < 20", "sum_gross >= 10 and sum_gross < 50", "sum_gross > 40"], "sum_net > 5"),
        (['notes = "x"', 'notes != "x"', "notes is null"], "sum_net > 5"),
        (["vats.any(vat = 20)", "vats.none(vat = 20)"], "sum_net > 5"),
        (['title contains "a"', 'not (title contains "a")'], "sum_net > 5"),
        (['date_of_invoice <= "2026-01-31"', 'date_of_invoice >= "2026-02-01"'], "date_of_invoice is not null"),
        (["sum_gross > 5", "sum_tax > 5"], "sum_gross > 6 or sum_tax > 6"),
    ],
)
def test_shadowed_by_several_together(earlier: list[str], later: str) -> None:
    """A rule is shadowed if wherever it is true one of several earlier rules is, but not without any of them."""
    items = [{"when": when, "priority": 10, "account": "7"} for when in earlier]
    last = f"r{len(items)}"
    assert ("shadowed", last) in findings(*items, later)
    for i in range(len(items)):
        assert ("shadowed", f"r{len(items) - 1}") not in findings(*items[:i], *items[i + 1 :], later)


@pytest.mark.parametrize(
    "earlier",
    [
        ['notes = "x"', 'notes != "x"'],
        ["sum_gross < 10", "sum_gross > 10"],
        ["bookings.any(value > 5)", "bookings.none(value > 5)"],
        ['date_of_invoice < "2026-02-01"', 'date_of_invoice > "2026-02-01"', "date_of_invoice is null"],
    ],
)
def test_not_shadowed_where_null_or_a_gap_is_left(earlier: list[str]) -> None:
    """Rules that leave out a single value, or the empty field, do not shadow another."""
    items = [{"when": when, "priority": 10, "account": "7"} for when in earlier]
    assert findings(*items, "sum_net > 5") == []


def test_shadowed_field_by_field() -> None:
    """A rule is shadowed too if one earlier rule takes one of its fields and another the other."""
    first = {"when": "sum_gross > 5", "priority": 10}
    second = {"when": "sum_gross > 7", "priority": 10, "account": None, "project": "P"}
    both = {"when": "sum_gross > 9", "project": "Q"}
    assert findings(first, second, both) == [("shadowed", "r2")]
    assert findings(first, {**second, "when": "sum_gross > 10"}, both) == []
    assert findings({**first, "mode": "suggest"}, second, both) == []
    assert findings({**first, "mode": "suggest"}, second, {**both, "mode": "suggest"}) == [("shadowed", "r2")]


def test_names_of_those_that_come_first() -> None:
    """The message names the rules that together come first, and no others."""
    rules = [
        Rule.from_item({"rule_id": name, "when": when, "account": "1", "priority": priority})
        for name, when, priority in [
            ("small", BAND_BELOW, 10),
            ("large", BAND_ABOVE, 10),
            ("huge", 'supplier.name = "A" and sum_gross > 1000', 20),
            ("all", 'supplier.name = "A"', 100),
        ]
    ]
    huge, everything = lint(rules, today=date(2026, 1, 21))
    assert huge.message == "never decides anything: large (priority 10) always comes first"
    assert everything.message == "never decides anything: between them, large and small always come first"
    assert everything.others == ("large", "small")


def test_overlapping() -> None:
    """Rules of equal priority that can meet the same invoice and disagree are found; others are not."""
    assert findings('supplier.name = "A"', 'supplier.name = "A" and sum_gross > 5') == [("overlapping", "r1")]
    assert findings("sum_gross > 5", "sum_gross < 10") == [("overlapping", "r1")]
    assert findings("sum_gross > 10", "sum_gross < 10") == []
    assert findings('supplier.name = "A"', 'supplier.name = "B"') == []
    assert findings({"when": "sum_gross > 5", "account": "7"}, {"when": "sum_gross < 10", "account": "7"}) == []


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [
        ('supplier.name startswith "Hetz"', 'supplier.name startswith "hetzner"', True),
        ('supplier.name startswith "Hetz"', 'supplier.name startswith "A1"', False),
        ('supplier.name endswith "GmbH"', 'supplier.name like "%AG"', False),
        ('supplier.name contains "cloud"', 'supplier.name startswith "A1"', True),
        ('supplier.name contains "cloud"', 'supplier.name in ["A", "Cloud AG"]', True),
        ('supplier.name contains "cloud"', 'supplier.name in ["A", "B"]', False),
        ('supplier.name contains "clouds"', 'title = "x" and not (supplier.name contains "cloud")', False),
        ('not (supplier.name startswith "A")', 'supplier.name startswith "a1"', False),
        ('supplier.name = "A"', "supplier.name is null", False),
        ('supplier.name != "A"', 'supplier.name = "A"', False),
        ('supplier.name != "A"', 'supplier.name in ["A", "B"]', True),
        ("sum_gross in [1, 9]", "sum_gross > 3 and sum_gross < 6", False),
        ("sum_gross in [1, 9]", "sum_gross > 3", True),
        ("sum_gross <= 5", "sum_gross >= 5", True),
        ("sum_gross <= 5 and sum_gross != 5", "sum_gross >= 5", False),
        ('sum_gross endswith ".99"', "sum_gross = 9.99", True),
        ('sum_gross endswith ".99"', "sum_gross in [9.98, 10]", False),
        ("vats.any(vat = 20)", "vats.none(vat = 20)", False),
        ("vats.any(vat = 20)", "vats.none(vat = 7)", True),
        ("sum_gross > 9 or sum_net > 9", "sum_gross < 5 and sum_net < 5", False),
        ("sum_gross > 9 or sum_net > 9", "sum_gross < 5", True),
    ],
)
def test_what_can_meet(first: str, second: str, meet: bool) -> None:
    """Rules are said to overlap if some invoice can meet both."""
    assert findings(first, second) == ([("overlapping", "r1")] if meet else [])
    assert findings(second, first) == ([("overlapping", "r1")] if meet else [])


def test_overlapping_with_a_suggestion() -> None:
    """A rule that only suggests is no conflict yet."""
    rules = [
        Rule.from_item({"rule_id": name, "when": "sum_gross > 5", "account": name, "mode": mode})
        for name, mode in [("a", "apply"), ("b", "suggest")]
    ]
    (found,) = lint(rules, today=date(2026, 1, 21))
    assert found.message.endswith("a conflict once both apply")


def test_redundant() -> None:
    """A rule that says at equal priority what others say wherever it is true adds nothing."""
    narrow, wide = {"when": BAND_BELOW, "account": "7"}, {"when": 'supplier.name = "A"', "account": "7"}
    assert findings(narrow, wide) == [("redundant", "r0")]
    assert findings(wide, narrow) == [("redundant", "r1")]
    assert findings(narrow, {**narrow, "when": BAND_ABOVE}, wide) == [("redundant", "r2")]
    assert findings({**narrow, "overwrite": True}, wide) == []
    assert findings(narrow, {**wide, "mode": "suggest"}) == []
    assert findings({**narrow, "project": "P"}, wide) == []
    assert findings(narrow, {**wide, "priority": 200}) == []


def test_duplicate() -> None:
    """A rule that says what another says is found, whatever their priorities and however it is put."""
    one = {"when": 'supplier.name = "A" and sum_gross > 5', "account": "7"}
    again = {"when": "not (sum_gross <= 5) and supplier.name eq 'A'", "account": "7", "priority": 200}
    assert findings(one, again) == [("duplicate", "r1")]


def test_a_title_is_never_empty() -> None:
    """A rule that sets the invoice's title is told that Kanbert's invoices have one already."""
    assert findings({"when": "sum_gross > 5", "invoice_title": "Hosting", "overwrite": True}) == [("title_kept", "r0")]


def test_a_thousand_rules_in_each_others_way() -> None:
    """However many rules can meet the same invoice, each finding names a few of them and counts the rest."""
    rules = [
        Rule.from_item({"rule_id": f"r{i:03}", "when": f"sum_gross > {i}", "account": str(i)}) for i in range(1000)
    ]
    found = lint(rules, today=date(2026, 1, 21))
    assert len(found) == 999
    assert [each.others_total for each in found] == list(range(1, 1000))
    assert max(len(each.others) for each in found) == 10
    assert "r000, r001, r002 and 996 more at the same priority" in found[-1].message


def test_conditions_that_explode() -> None:
    """Conditions of more alternatives than can be told are named as not compared, and nothing is claimed of them."""
    many = " and ".join(f'(title contains "{i}" or notes contains "{i}")' for i in range(60))
    rules = [
        Rule.from_item({"rule_id": f"r{i}", "when": f"{many} and sum_gross > {i}", "account": str(i)}) for i in (1, 2)
    ]
    (found,) = lint(rules, today=date(2026, 1, 21))
    assert (found.kind, found.others) == ("unfinished", ("r1", "r2"))


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the steps for comparing with several rules together run out, that is said, and the rest still found."""
    monkeypatch.setattr(covering, "MOST_STEPS", 0)
    whens = [{"when": when, "priority": 10, "account": "7"} for when in (BAND_BELOW, BAND_ABOVE)]
    assert ("unfinished", "") in findings(*whens, 'supplier.name = "A"', "sum_gross > 5 and sum_gross < 9")


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
