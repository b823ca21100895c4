"""What an admin is told who made a mistake."""

from datetime import date
from decimal import Decimal

import pytest

from autobook.domain.rules import Rule, RuleError, parse
from autobook.domain.rules.fields import rule_fields

MESSAGES = [
    ('suplier.name = "x"', 'unknown field "suplier.name" at 1:1, did you mean supplier.name?'),
    ('supplier.name containz "x"', 'unknown operator "containz" at 1:15, did you mean contains?'),
    (
        'title = "a" && title = "b"',
        'expected and, or or the end of the condition, found "&&" at 1:13, did you mean and?',
    ),
    ('title == "a"', 'unknown operator "==" at 1:7, did you mean =?'),
    ('status = "opn"', '"opn" is none of "open", "ready_for_accounting", "booked" at 1:10, did you mean open?'),
    ('sum_gross >= "100"', 'expected a number, found "100" at 1:14, write 100 without quotes'),
    ("sum_gross = true", "expected a number, found true at 1:13"),
    ("booking.chart_of_account.code = 7380", 'expected a text in quotes, found 7380 at 1:33, write "7380"'),
    ("title = open", 'expected a text in quotes, found open at 1:9, write "open"'),
    ("title = null", 'expected a text in quotes, found null at 1:9, write "is null" to ask for an empty field'),
    ('(title = "a"', 'this "(" is never closed at 1:1, add )'),
    ('title = "a', 'this " is never closed at 1:9, add " at the end of the text'),
    ('title = "a")', 'expected and, or or the end of the condition, found ")" at 1:12'),
    ('title in ["a"', 'this "[" is never closed at 1:10, add ]'),
    ("title in []", 'the list is empty at 1:10, write e.g. ["A", "B"]'),
    ('title in "a"', 'expected a list such as ["A", "B"], found a quotation mark at 1:10'),
    ('title = ["a"]', 'expected a value, found "[" at 1:9, a list belongs after in'),
    (r'title = "\d"', r"unknown escape \d at 1:10, write \\ for a backslash"),
    ("title is empty", 'unknown operator "is" at 1:7, did you mean is null or is not null?'),
    ("title", "expected an operator such as =, contains or is null after title, found the end at 1:6"),
    ("titel", 'unknown field "titel" at 1:1, did you mean title?'),
    ("not", "expected a field, not or (, found the end at 1:4"),
    ('title = "a" and', "expected a field, not or (, found the end at 1:16"),
    (
        'title > "a"',
        (
            "title is of type string and does not take gt at 1:7, use one of eq, ne, in, nin, contains, like, "
            "startswith, endswith, isnull, isnotnull"
        ),
    ),
    (
        'status contains "o"',
        "status is of type enum and does not take contains at 1:8, use one of eq, ne, in, nin, isnull, isnotnull",
    ),
    (
        "editor.id = me.id",
        'me.id is the signed-in user, and a rule runs without one at 1:13, write the id, e.g. editor.id = "…"',
    ),
    ("vats.vat = 20", "vats is a list at 1:1, write vats.any(vat = …)"),
    ("vats = 20", "vats is a list at 1:1, ask it with e.g. vats.any(…) or vats.count() > 1"),
    ("vats.any(rate = 20)", 'unknown field "rate" at 1:10, the fields here are vat, value'),
    ("vats.some(vat = 20)", 'unknown function "some" at 1:6'),
    ("vats.all()", "all() needs a condition at 1:1, write e.g. vats.all(vat = 20)"),
    ("vat.any(vat = 20)", 'unknown list "vat" at 1:1, did you mean vats?'),
    ("title.any(x = 1)", "title is no list at 1:1, write it without parentheses"),
    ("vats.count() contains 2", "count() does not take contains at 1:14, use = != < <= > >= in or nin"),
    (
        "payments.any(value = 1)",
        'unknown field "value" at 1:14, the elements of this list have no known fields, use count()',
    ),
    ("due_date < today-99999d", "today-99999d has an offset of more than 36,500 days at 1:12"),
    ("", 'the condition is empty, write e.g. supplier.name = "Hetzner"'),
    ('title = "a"\nand titel = "b"', 'unknown field "titel" at 2:5, did you mean title?'),
    ('[{"field": "titel", "op": "eq", "value": "a"}]', 'unknown field "titel" at 1:12, did you mean title?'),
    ('{"and": [{"field": "title", "op": "eq", "valu": "a"}]}', 'unknown key "valu" at 1:49, did you mean value?'),
    ('[{"field": "title", "op": "equals", "value": "a"}]', 'unknown operator "equals" at 1:27'),
    ('{"xor": []}', 'unknown key "xor" at 1:9, did you mean or?'),
    ('[{"field": "sum_gross", "op": "gt", "value": "a"}]', 'expected a number, found "a" at 1:46'),
    ("[", "not valid JSON: Expecting value at 1:2"),
    ('[{"field": "title", "op": "eq"}]', 'expected "value" at 1:2'),
    ('[{"field": "sum_gross", "op": "gt", "value": NaN}]', "NaN is no number that a condition can use"),
    ("[]", "a list of conditions is empty at 1:1"),
    (
        "sum_gross > 1234567890123456789012345678901",
        "expected a number of at most 30 digits before and after the point at 1:13",
    ),
]


@pytest.mark.parametrize(("condition", "message"), MESSAGES)
def test_message(condition: str, message: str) -> None:
    """The message names the fault, its line and column, and the cure where one is near."""
    with pytest.raises(RuleError) as raised:
        parse(condition, rule_fields())
    assert str(raised.value) == message


def test_unfit_date() -> None:
    """A date that is none is refused with the forms that are possible."""
    with pytest.raises(RuleError, match=r"expected a date .* found \"2026-02-30\" at 1:12"):
        parse('due_date = "2026-02-30"', rule_fields())


def test_caret() -> None:
    """The caret stands under the whole word, on its own line, in long lines as well."""
    with pytest.raises(RuleError) as raised:
        parse('title = "a" and\n  suplier.name = "x"', rule_fields())
    assert raised.value.caret() == '  suplier.name = "x"\n  ^^^^^^^^^^^^'
    with pytest.raises(RuleError) as raised:
        parse(f'title = "{"a" * 500}" and titel = "b"', rule_fields())
    shown, caret = raised.value.caret().splitlines()
    assert len(shown) < 110
    assert shown[caret.index("^") : caret.rindex("^") + 1] == "titel"


def test_render_names_rule_and_attribute() -> None:
    """The report for a terminal names the rule, the attribute and the place."""
    with pytest.raises(RuleError) as raised:
        Rule.from_item({"rule_id": "hosting", "when": "titel = 1"})
    assert raised.value.render() == (
        'hosting, when: unknown field "titel" at 1:1, did you mean title?\n    titel = 1\n    ^^^^^'
    )


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("(" * 65 + 'title = "a"' + ")" * 65, "nested more than 64 deep"),
        ("not " * 65 + 'title = "a"', "nested more than 64 deep"),
        ("[" * 3000, "not valid JSON"),
        ("[" * 3000 + "]" * 3000, "nested more than 64 deep"),
        ('{"not": ' * 65 + '{"field": "title", "op": "isnull"}' + "}" * 65, "nested more than 64 deep"),
        ('title = "' + "a" * 8200 + '"', "longer than 8 KiB"),
        ('title = "' + "ü" * 4100 + '"', "longer than 8 KiB"),
        ("sum_gross in [" + ",".join("1" * 1001) + "]", "more than 1,000 entries"),
    ],
)
def test_limits(condition: str, problem: str) -> None:
    """What is nested too deep, too long or lists too much is refused, and says which."""
    with pytest.raises(RuleError, match=problem):
        parse(condition, rule_fields())


@pytest.mark.parametrize(
    "condition",
    [
        "(" * 64 + 'title = "a"' + ")" * 64,
        "not " * 64 + 'title = "a"',
        "sum_gross in [" + ",".join("1" * 1000) + "]",
        'title = "' + "a" * 8182 + '"',
    ],
)
def test_within_the_limits(condition: str) -> None:
    """The limits themselves are allowed."""
    parse(condition, rule_fields())


def test_deep_decoded_json() -> None:
    """Decoded JSON is measured before it is walked."""
    node: object = {"field": "title", "op": "isnull"}
    for _ in range(100_000):
        node = [node]
    with pytest.raises(RuleError, match="nested more than 64 deep"):
        parse(node, rule_fields())
    with pytest.raises(RuleError, match="longer than 8 KiB"):
        parse([{"field": "title", "op": "in", "value": ["a"] * 1_000_000}], rule_fields())


ATTRIBUTES = [
    ({"acount": "1"}, "acount", 'unknown attribute "acount", did you mean account?'),
    ({"priority": "first"}, "priority", 'expected a number such as 100, found "first"'),
    ({"mode": "on"}, "mode", '"on" is not possible here, use apply or suggest or off'),
    ({"mode": "sugest"}, "mode", '"sugest" is not possible here, did you mean suggest?'),
    ({"status": "booked"}, "status", '"booked" is not possible here, use ready_for_accounting'),
    ({"valid_from": "1.1.2026"}, "valid_from", 'expected a date such as 2026-01-31, found "1.1.2026"'),
    ({"overwrite": "yes"}, "overwrite", 'expected true or false, found "yes"'),
    ({"tags": 5}, "tags", "expected a list of texts, found a number"),
    ({"account": True}, "account", "expected a text, found true or false"),
    ({"account": Decimal("1E+1000000")}, "account", "expected a text, found a number"),
    ({"account": Decimal("NaN")}, "account", "expected a text, found a number"),
    ({"priority": Decimal("1E+1000000")}, "priority", "expected a number between -1,000,000,000 and 1,000,000,000"),
    ({"priority": Decimal("NaN")}, "priority", "expected a number between -1,000,000,000 and 1,000,000,000"),
    ({"tags": {Decimal(1), "a"}}, "tags", "expected a text, found a number"),
    ({"account": "id:"}, "account", "expected a code such as 7380, or id:…"),
    ({"note": "{xyz}"}, "note", 'unknown placeholder "xyz" at 1:1'),
    (
        {"booking_title": "{invoice_numbr}"},
        "booking_title",
        'unknown placeholder "invoice_numbr" at 1:1, did you mean invoice_number?',
    ),
    ({"invoice_title": "a { b"}, "invoice_title", "a single { at 1:3, write {{ for the brace itself"),
    (
        {"valid_from": "2026-02-01", "valid_until": "2026-01-31"},
        "valid_until",
        "valid_until 2026-01-31 is before valid_from 2026-02-01",
    ),
    ({"when": 5}, "when", "expected a condition as text, or as a list of conditions"),
    ({"when": ""}, "when", 'a rule needs a condition, write e.g. supplier.name = "Hetzner"'),
    ({"rule_id": ""}, "rule_id", "a rule needs a rule_id, a speaking name such as hetzner-hosting"),
]


@pytest.mark.parametrize(("item", "attribute", "message"), ATTRIBUTES)
def test_attribute(item: dict[str, object], attribute: str, message: str) -> None:
    """Every attribute of a rule item is checked, and the error names it."""
    with pytest.raises(RuleError) as raised:
        Rule.from_item({"rule_id": "r", "when": "id is not null"} | item)
    assert raised.value.attribute == attribute
    assert str(raised.value) == message


HOSTILE = [
    "x" * 8000 + " = 1",
    "x" * 8192,
    " " * 8192,
    "a" + " " * 4000 + "b" * 4000,
    'title = "' + "\\" * 8000,
    "(" * 8192,
    "((((title" * 900,
    "not(" * 2000,
    '"' * 8192,
    "title in [" + '"a",' * 2000,
    "a.b" * 2700,
    "vats.any(" * 900,
    "1" * 8192,
    "sum_gross = " + "9" * 8000,
    "[" * 8192,
    '[{"field":' * 800,
    '[{"field": "' + "a" * 8000 + '"}]',
    "\x00" * 8192,
    "=" * 8192,
    'title = "a" or ' * 540,
    ("title is null and " * 450) + "titel is null",
]


@pytest.mark.parametrize("condition", HOSTILE)
def test_hostile_text_ends_in_an_error(condition: str) -> None:
    """Whatever the text, the answer is a RuleError, never another exception."""
    with pytest.raises(RuleError) as raised:
        parse(condition, rule_fields())
    assert raised.value.render()


def test_dates_that_yaml_made() -> None:
    """A date in decoded YAML is taken as it was written."""
    node = {"field": "due_date", "op": "eq", "value": date(2026, 1, 31)}
    assert parse(node, rule_fields()) == parse('due_date = "2026-01-31"', rule_fields())
