"""What an admin is told who made a mistake."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.conditions import ConditionError, parse
from autobook.domain.rules import Rule, RuleError, rule_fields

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
    ('{"and": [{"field": "title", "op": "eq", "valu": "a"}]}', 'unknown key "valu" at 1:41, did you mean value?'),
    ('[{"field": "title", "op": "equals", "value": "a"}]', 'unknown operator "equals" at 1:27, did you mean =?'),
    ('{"xor": []}', 'unknown key "xor" at 1:2, did you mean or?'),
    ('[{"field": "sum_gross", "op": "gt", "value": "a"}]', 'expected a number, found "a" at 1:46'),
    ("[", "not valid JSON: Expecting value at 1:2"),
    ('[{"field": "title", "op": "eq"}]', 'expected "value" at 1:2'),
    ('[{"field": "sum_gross", "op": "gt", "value": NaN}]', "NaN is no number that a condition can use"),
    ("[]", "a list of conditions is empty at 1:1"),
    ('title not contains "x"', 'unknown operator "not" at 1:7, write not (title contains …)'),
    ('title not startswith "x"', 'unknown operator "not" at 1:7, write not (title startswith …)'),
    ("title not null", 'unknown operator "not" at 1:7, write title is not null'),
    ("title not isNull", 'unknown operator "not" at 1:7, write title is not null'),
    ('title NOT = "x"', 'unknown operator "NOT" at 1:7, write title != …'),
    ('title not eq "x"', 'unknown operator "not" at 1:7, write title != …'),
    ("title not", 'unknown operator "not" at 1:7, write not (title …), or title is not null'),
    (f"{'x' * 40} not", f'unknown field "{"x" * 40}" at 1:1'),
    ('id = "a" and and id = "b"', 'expected a field, not or (, found "and" at 1:14, and stands between two conditions'),
    ('or id = "a"', 'expected a field, not or (, found "or" at 1:1, or stands between two conditions'),
    ("AND", 'expected a field, not or (, found "AND" at 1:1, AND stands between two conditions'),
    ('(id = "a" or)', 'expected a field, not or (, found ")" at 1:13'),
    ("100 < sum_gross", 'expected a field, not or (, found "100" at 1:1, the field comes first'),
    ('"x" = title', "expected a field, not or (, found a quotation mark at 1:1, the field comes first"),
    ("bookings.any(booking.value = 1)", 'unknown field "booking.value" at 1:14, did you mean value?'),
    ("vats.any(vats.vat = 20)", 'unknown field "vats.vat" at 1:10, did you mean vat?'),
    ('name = "x"', 'unknown field "name" at 1:1, did you mean supplier.name or editor.space.name?'),
    ("vat = 20", 'unknown field "vat" at 1:1, did you mean vats.any(vat = …)?'),
    ("vats.any vat = 20", "vats is a list at 1:1, write vats.any(…)"),
    ("vats.count > 1", "vats is a list at 1:1, write vats.count()"),
    ("supplier is null", "supplier is an object at 1:1, its fields are supplier.id, supplier.name"),
    (
        "editor is null",
        (
            "editor is an object at 1:1, its fields are editor.id, editor.first_name, editor.last_name, editor.email, "
            "editor.type, editor.space.id, …"
        ),
    ),
    ("title = „abc“", 'expected a value, found "„" at 1:9, write "abc"'),
    ("title = “abc”", 'expected a value, found "“" at 1:9, write "abc"'),
    ("title = “abc", 'expected a value, found "“" at 1:9, write texts in plain quotation marks'),
    ('title = "abc“', 'this " is never closed at 1:9, write "abc"'),
    ("sum_gross = 1,5", "expected a number, found 1,5 at 1:13, write 1.5"),
    ("sum_gross = 1.234,56", "expected a number, found 1.234,56 at 1:13, write 1234.56"),
    ("sum_gross = -12.34,5", "expected a number, found -12.34,5 at 1:13"),
    ('sum_gross = 1, id = "a"', 'expected and, or or the end of the condition, found "," at 1:14, did you mean and?'),
    ('sum_gross = "1.234,56"', 'expected a number, found "1.234,56" at 1:13, write 1234.56 without quotes'),
    ('sum_gross = "-1,5"', 'expected a number, found "-1,5" at 1:13, write -1.5 without quotes'),
    ("sum_gross = +5", "expected a number, found +5 at 1:13, write 5"),
    ("sum_gross = .5", "expected a number, found .5 at 1:13, write 0.5"),
    ("sum_gross = 5.", "expected a number, found 5. at 1:13, write 5"),
    ('sum_gross = "."', 'expected a number, found "." at 1:13'),
    (
        "due_date < today + 5d",
        'expected and, or or the end of the condition, found "+" at 1:18, write e.g. today+5d, without spaces',
    ),
    (
        "due_date < Today -5d",
        'expected and, or or the end of the condition, found "-5d" at 1:18, write e.g. today-5d, without spaces',
    ),
    ("status in ('open')", 'expected a list such as ["A", "B"], found "(" at 1:11, write [\'open\']'),
    ("sum_gross between 1 and 2", 'unknown operator "between" at 1:11, write >= … and <= …, each with its field'),
    ('nott (id = "a")', 'unknown function "nott" at 1:1, did you mean not?'),
    ('id = "a"\u200b', "U+200B (zero width space) outside quotes at 1:9, delete it"),
    ('{"and": [], "AND": []}', '"and" stands beside other keys at 1:1, nest one group in the other'),
    (
        '[{"field": "vats", "op": "count", "value": 1}]',
        (
            'count is asked of the field at 1:26, write {"field": "vats.count()", "op": "gt", "value": 1}, '
            'its condition as "where"'
        ),
    ),
    (
        '[{"field": "vats.Any (vat = 20)", "value": true}]',
        ('a field is written without parentheses at 1:12, write {"field": "vats", "op": "any", "value": {…}}'),
    ),
    (
        '[{"field": "vats.count(vat = 20)", "op": "gt", "value": 1}]',
        (
            'a field is written without parentheses at 1:12, write {"field": "vats.count()", "op": "gt", '
            '"value": 1}, its condition as "where"'
        ),
    ),
    (
        '[{"field": "title", "op": "not contains", "value": "x"}]',
        'unknown operator "not contains" at 1:27, write {"not": {"field": …, "op": …, "value": …}}',
    ),
    (
        '[{"field": "title", "op": "not", "value": "x"}]',
        'unknown operator "not" at 1:27, write {"not": {"field": …, "op": …, "value": …}}',
    ),
    ('[{"field": "vats", "op": "anny"}]', 'unknown operator "anny" at 1:26, did you mean any?'),
    ('[{"fields": "title", "op": "eq"}]', 'unknown key "fields" at 1:3, did you mean field?'),
    ('[{"field": "title", "x": "eq"}]', 'unknown key "x" at 1:21, the keys are field, op, value'),
    (
        "sum_gross > 1234567890123456789012345678901",
        "expected a number of at most 30 digits before and after the point at 1:13",
    ),
]


@pytest.mark.parametrize(("condition", "message"), MESSAGES)
def test_message(condition: str, message: str) -> None:
    """The message names the fault, its line and column, and the cure where one is near."""
    with pytest.raises(ConditionError) as raised:
        parse(condition, rule_fields())
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("today+5", "write today+5d"),
        ("Today-05", "write today-5d"),
        ("today+2w", "write today+14d"),
        ("tomorrow", "write today+1d"),
        ("Yesterday", "write today-1d"),
        ("todaay", "did you mean today?"),
        ("2026-02-30", ""),
        ("whenever", ""),
    ],
)
def test_day_meant(word: str, hint: str) -> None:
    """What other languages call a day is told in the words of this one."""
    with pytest.raises(ConditionError, match="expected a date") as raised:
        parse(f"due_date < {word}", rule_fields())
    assert raised.value.hint == hint


def test_unfit_date() -> None:
    """A date that is none is refused with the forms that are possible."""
    with pytest.raises(ConditionError, match=r"expected a date .* found \"2026-02-30\" at 1:12"):
        parse('due_date = "2026-02-30"', rule_fields())


def test_caret() -> None:
    """The caret stands under the whole word, on its own line, in long lines as well."""
    with pytest.raises(ConditionError) as raised:
        parse('title = "a" and\n  suplier.name = "x"', rule_fields())
    assert raised.value.caret() == '  suplier.name = "x"\n  ^^^^^^^^^^^^'
    with pytest.raises(ConditionError) as raised:
        parse(f'title = "{"a" * 500}" and titel = "b"', rule_fields())
    excerpt, caret = raised.value.caret().splitlines()
    assert len(excerpt) < 110
    assert excerpt[caret.index("^") : caret.rindex("^") + 1] == "titel"


@pytest.mark.parametrize(
    ("before", "columns"),
    [('"漢字"', 6), ('"e\u0301"', 3), ('"ü"', 3), ('"ｱ\u20dd"', 3), ('"Ａ"', 4), ("'\t'", 3), ('"\u2028"', 3)],
)
def test_caret_counts_columns(before: str, columns: int) -> None:
    """Signs that are two columns wide, or none, or a tab, do not push the caret away from its place."""
    with pytest.raises(ConditionError) as raised:
        parse(f"title = {before} and titel = 1", rule_fields())
    error = raised.value
    assert error.column == len(f"title = {before} and ") + 1
    caret = error.caret().splitlines()[-1]
    assert caret == " " * (len("title = ") + columns + len(" and ")) + "^^^^^"


def test_caret_is_as_wide_as_what_it_marks() -> None:
    """Under wide signs the caret is wide as well, and never wider than the line."""
    with pytest.raises(ConditionError) as raised:
        parse('sum_gross = "漢e\u0301"', rule_fields())
    assert raised.value.caret() == f'sum_gross = "漢e\u0301"\n{" " * 12}{"^" * 5}'
    assert ConditionError("x", source="漢", offset=0, length=9).caret() == "漢\n^^"


def test_byte_order_mark() -> None:
    """What an editor puts unseen before a text is no part of the condition, nor of its places."""
    for text in ('id = "a"', '[{"field": "id", "op": "eq", "value": "a"}]'):
        assert parse(f"\ufeff{text}", rule_fields()) == parse(text, rule_fields())
    with pytest.raises(ConditionError, match="at 1:1"):
        parse('\ufeffidd = "a"', rule_fields())


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
    with pytest.raises(ConditionError, match=problem):
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
    with pytest.raises(ConditionError, match="nested more than 64 deep"):
        parse(node, rule_fields())
    with pytest.raises(ConditionError, match="longer than 8 KiB"):
        parse([{"field": "title", "op": "in", "value": ["a"] * 1_000_000}], rule_fields())


ATTRIBUTES = [
    ({"acount": "1"}, "acount", 'unknown attribute "acount", did you mean account?'),
    ({"priority": "first"}, "priority", 'expected a number such as 100, found "first"'),
    ({"mode": "on"}, "mode", '"on" is not possible here, use apply or suggest or off'),
    ({"mode": "sugest"}, "mode", '"sugest" is not possible here, did you mean suggest?'),
    ({"status": "booked"}, "status", '"booked" is not possible here, use ready_for_accounting'),
    (
        {"valid_from": "1.1.2026"},
        "valid_from",
        'expected a date such as 2026-01-31, found "1.1.2026", write 2026-01-01',
    ),
    ({"overwrite": "yes"}, "overwrite", 'expected true or false, found "yes", write true'),
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
    ({"priority": 10**5000}, "priority", "expected a number between -1,000,000,000 and 1,000,000,000"),
    ({"priority": Decimal("sNaN")}, "priority", "expected a number between -1,000,000,000 and 1,000,000,000"),
    ({"priority": "1" * 101}, "priority", "expected a number between -1,000,000,000 and 1,000,000,000"),
    ({"priority": True}, "priority", "expected a number such as 100, found true or false"),
    ({"priority": date(2026, 1, 1)}, "priority", "expected a number such as 100, found a date"),
    ({"account": 10**5000}, "account", "expected a text, found a number"),
    ({"account": Decimal("7380.5")}, "account", "expected a text, found a number"),
    ({"account": Decimal("sNaN")}, "account", "expected a text, found a number"),
    ({"tags": {10**5000, "a"}}, "tags", "expected a text, found a number"),
    ({"note": {"a": "b"}}, "note", "expected a text, found an object"),
    ({5: "b"}, "5", 'unknown attribute "5"'),
    ({"rule_id": 4711}, "rule_id", "a rule_id is a text, found a number, write it in quotes"),
    ({"rule_id": None}, "rule_id", "a rule needs a rule_id, a speaking name such as hetzner-hosting"),
    ({"rule_id": " "}, "rule_id", "a rule needs a rule_id, a speaking name such as hetzner-hosting"),
    ({"rule_id": ""}, "rule_id", "a rule needs a rule_id, a speaking name such as hetzner-hosting"),
]


@pytest.mark.parametrize(("item", "attribute", "message"), ATTRIBUTES)
def test_attribute(item: dict[Any, object], attribute: str, message: str) -> None:
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
    """Whatever the text, the answer is a ConditionError, never another exception."""
    with pytest.raises(ConditionError) as raised:
        parse(condition, rule_fields())
    assert RuleError.about(raised.value, "r", "when").render().startswith("r, when: ")


def test_dates_that_yaml_made() -> None:
    """A date in decoded YAML is taken as it was written."""
    node = {"field": "due_date", "op": "eq", "value": date(2026, 1, 31)}
    assert parse(node, rule_fields()) == parse('due_date = "2026-01-31"', rule_fields())
