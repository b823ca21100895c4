"""Files of rules and invoices: what a person wrote is what is read."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from autobook.domain.rules import Rule, RuleError
from autobook_cli import rule_files
from autobook_cli.formats import Malformed, core_yaml, csv_table, exact_json, spreadsheet
from autobook_cli.rule_files import Unreadable, read_invoices, read_rules
from tests.autobook.domain.rules.invoices import an_invoice


def one_rule(tmp_path: Path, name: str, content: str) -> Rule:
    path = tmp_path / name
    path.write_text(content)
    (item,) = read_rules(path)
    return Rule.from_item(item)


# --- YAML --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["0650", "012", "0x1F", "0o17", "12:30", "7_380", "1E5", "1.10", "7380", "2026-01-31", "no", "+5"]
)
@pytest.mark.parametrize("attribute", ["account", "project", "rule_id", "note"])
def test_yaml_codes_stay_as_written(tmp_path: Path, attribute: str, code: str) -> None:
    """A code in YAML needs no quotes: it is the text that stands there, whatever number or date it looks like."""
    rule = one_rule(
        tmp_path,
        "r.yaml",
        f"- when: notes is null\n  {attribute}: {code}\n" + "  rule_id: r\n" * (attribute != "rule_id"),
    )
    assert (rule.rule_id if attribute == "rule_id" else rule.sets[attribute]) == code


@pytest.mark.parametrize("attribute", ["account", "project", "rule_id", "note"])
def test_yaml_number_of_a_spreadsheet(tmp_path: Path, attribute: str) -> None:
    """`1.0` stays as written, too; as a code it is refused, with the cure: a spreadsheet makes that of 1."""
    text = f"- when: notes is null\n  {attribute}: 1.0\n" + "  rule_id: r\n" * (attribute != "rule_id")
    if attribute in ("rule_id", "note"):
        rule = one_rule(tmp_path, "r.yaml", text)
        assert (rule.rule_id if attribute == "rule_id" else rule.sets[attribute]) == "1.0"
    else:
        with pytest.raises(RuleError, match=r"write 1$"):
            one_rule(tmp_path, "r.yaml", text)


def test_yaml_words_are_words(tmp_path: Path) -> None:
    """Only true and false are booleans: off, no and yes are the texts they are."""
    text = (
        "- rule_id: no\n  mode: off\n  tags: no\n  overwrite: TRUE\n"
        "  when: [{field: title, op: in, value: [yes, NO, on]}]\n"
    )
    rule = one_rule(tmp_path, "r.yaml", text)
    assert (rule.rule_id, rule.mode, rule.sets["tags"], rule.overwrite) == ("no", "off", ("no",), True)
    assert rule.when == [{"field": "title", "op": "in", "value": ["yes", "NO", "on"]}]
    with pytest.raises(RuleError, match='expected true or false, found "yes"'):
        one_rule(tmp_path, "r.yaml", "- {rule_id: r, when: notes is null, overwrite: yes}")


def test_yaml_tags_of_numbers(tmp_path: Path) -> None:
    """Numbers among the tags are texts."""
    assert one_rule(tmp_path, "r.yaml", "- {rule_id: r, when: notes is null, tags: [a, 2026, 007]}").sets["tags"] == (
        "a",
        "2026",
        "007",
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12345678901234567.891", Decimal("12345678901234567.891")),
        ("120", 120),
        ("-5", -5),
        ("-0", Decimal("-0")),
        ("0.10", Decimal("0.10")),
        ("1e3", "1e3"),
        ("0650", "0650"),
        ("5.", "5."),
        (".nan", ".nan"),
        ("2026-01-31", "2026-01-31"),
        ("'120'", "120"),
        ("!!str 120", "120"),
        ("! 120", "120"),
        ('!!int "120"', 120),
        ("!!timestamp 2026-01-31", "2026-01-31"),
        ("~", None),
        ("Null", None),
        ("", None),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
    ],
)
def test_yaml_scalars(written: str, meant: Any) -> None:
    """Decimal numbers are exact, null, true and false are themselves, the rest is text."""
    found = core_yaml.read(f"value: {written}")["value"]
    assert found == meant
    assert type(found) is type(meant)


def test_yaml_amount_with_all_its_digits(tmp_path: Path) -> None:
    """An amount in a YAML condition keeps every digit."""
    rule = one_rule(
        tmp_path, "r.yaml", "- {rule_id: r, when: [{field: sum_gross, op: eq, value: 12345678901234567.891}]}"
    )
    assert "12345678901234567.891" in str(rule.condition)


def test_yaml_dates(tmp_path: Path) -> None:
    """A date in YAML can be a rule's first day and a condition's value."""
    text = (
        "- rule_id: r\n  valid_from: 2026-01-01\n"
        "  when: [{field: date_of_invoice, op: gte, value: 2026-01-01},\n"
        "         {field: created_at, op: lt, value: 2026-01-31T12:00:00Z}]\n"
    )
    rule = one_rule(tmp_path, "r.yaml", text)
    assert rule.valid_from == date(2026, 1, 1)
    assert "datetime.date(2026, 1, 1)" in str(rule.condition)


@pytest.mark.parametrize("digits", ["9" * 5_000, "0x" + "F" * 5_000, "9" * 5_000 + ".5"])
@pytest.mark.parametrize(
    "rule",
    ["{rule_id: r, when: notes is null, priority: %s}", "{rule_id: r, when: [{field: sum_gross, op: gt, value: %s}]}"],
)
@pytest.mark.parametrize("name", ["r.yaml", "r.json"])
def test_very_long_number(tmp_path: Path, name: str, rule: str, digits: str) -> None:
    """A number of 5,000 digits is a broken rule, not a stack trace."""
    if name == "r.json":
        rule = '{"rule_id": "r", "when": "notes is null", "priority": %s}'
        digits = digits if digits[1] != "x" else f'"{digits}"'
    with pytest.raises(RuleError, match="expected a number"):
        one_rule(tmp_path, name, rule % digits)


def test_yaml_aliases(tmp_path: Path) -> None:
    """Aliases and merged defaults may be used; what a rule says itself counts more."""
    path = tmp_path / "r.yaml"
    path.write_text(
        "- &first {rule_id: a, when: &when notes is null, account: 0650, mode: off}\n"
        "- {<<: *first, rule_id: b, mode: apply}\n"
        "- {rule_id: c, when: *when, <<: [{priority: 5}, {priority: 6, note: n}]}\n"
    )
    _, second, third = read_rules(path)
    assert second == {"rule_id": "b", "when": "notes is null", "account": "0650", "mode": "apply"}
    assert third == {"rule_id": "c", "when": "notes is null", "priority": "5", "note": "n"}


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (bomb(40), "aliases such as .* stand for more than 200,000 values at 6:15"),
        ("- &x [*x]", r"\*x stands for nothing that ends before it at 1:7"),
        ("- *x", r"\*x stands for nothing"),
        ("[" * 100_000, "nested more than 300 deep at 1:301"),
        ("a: 1\nb: 2\na: 3", '"a" stands twice in one mapping, again at 3:1'),
        ("<<: {a: 1}\n<<: {a: 2}", '"<<" stands twice'),
        ("<<: 5", "<< takes a mapping such as .name, or a list of them, at 1:5"),
        ("? [a]\n: b", "a key must be a text at 1:3"),
        ("a: &x b\n*x : c", "a key must be a text at 2:1"),
        ("a: !!python/object:os.system x", "the tag !!python/object:os.system is not for rules or invoices at 1:4"),
        ("a: !mine [x]", "the tag !mine is not"),
        ("a: !!binary eA==", "the tag !!binary is not"),
        ("--- [a]\n--- [b]", "a second document begins"),
        ("a: b: c", "not valid YAML at 1:5: mapping values are not allowed here"),
        ("a: \x01", "not valid YAML: "),
    ],
)
def test_yaml_that_cannot_be_used(text: str, problem: str) -> None:
    """What is doubled, endless, too deep or foreign in YAML is refused with its place."""
    with pytest.raises(Malformed, match=problem):
        core_yaml.read(text)


def test_yaml_key_with_an_anchor() -> None:
    """A key is always text, and may have a name of its own."""
    assert core_yaml.read("&k 5: a\nb: *k") == {"5": "a", "b": "5"}


# --- JSON --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '[{"rule_id": "a", "x": {"when": 1}, "when": 1,\n "rule_id": "b"}]',
            '"rule_id" stands twice in one object, again at 2:2',
        ),
        ('{"a": [{"a": 1}], "b": "a", "\\u0061": 2}', '"a" stands twice in one object, again at 1:29'),
        ("[" * 100_000, "nested too deep"),
        ("[1e-99999999999999999999]", "1e-99999999999999999999 is too large or too small a number"),
        ("[NaN]", "NaN is no number"),
        ('{"a": 1,}', "not valid JSON at 1:"),
    ],
)
def test_json_that_cannot_be_used(text: str, problem: str) -> None:
    """What is doubled, too deep or no number in JSON is refused in one line, with its place."""
    with pytest.raises(Malformed, match=problem.replace("[", r"\[")):
        exact_json.read(text)


def test_json_keys_that_only_look_doubled() -> None:
    """The same key in two objects, or the same text as key and value, is not doubled."""
    document = [{"a": "a", "b": {"a": ["a", "a"]}}, {"a": ":"}]
    assert exact_json.read(json.dumps(document)) == document


@pytest.mark.parametrize(
    "data",
    [
        {"amount": Decimal("12345678901234567.891"), "whole": 5, "text": "ä\n\ud800", "none": None, "flag": True},
        [Decimal("1E+30"), Decimal("0.10"), [], {}, [[]], "", ["a", {"b": []}]],
        {},
    ],
)
def test_json_is_written_exactly(data: Any) -> None:
    """What is written as JSON reads back the same, decimals with all their digits."""
    assert exact_json.read(exact_json.write(data)) == data


def test_json_of_other_values() -> None:
    """Dates are ISO text; what has no JSON form is its text; it is indented for people."""
    data = {"day": date(2026, 1, 31), "at": datetime(2026, 1, 31, 12, tzinfo=UTC), "nan": Decimal("NaN"), "t": ("a",)}
    assert exact_json.write(data) == (
        '{\n  "day": "2026-01-31",\n  "at": "2026-01-31T12:00:00+00:00",\n  "nan": "NaN",\n  "t": [\n    "a"\n  ]\n}'
    )


@pytest.mark.parametrize("rule_id", ["4711", "9" * 40])
def test_rule_id_that_is_a_number(tmp_path: Path, rule_id: str) -> None:
    """A rule_id written as a number is the text of its digits."""
    assert one_rule(tmp_path, "r.json", f'[{{"rule_id": {rule_id}, "when": "notes is null"}}]').rule_id == rule_id


@pytest.mark.parametrize("wrap", [lambda item: [item], lambda item: {"Items": [item]}, lambda item: {"Item": item}])
def test_typed_items(tmp_path: Path, wrap: Any) -> None:
    """DynamoDB's typed items are read as the values they hold."""
    item = {"rule_id": {"S": "r"}, "when": {"S": "notes is null"}, "priority": {"N": "5"}, "tags": {"SS": ["b", "a"]}}
    rule = one_rule(tmp_path, "r.json", json.dumps(wrap(item)))
    assert (rule.priority, rule.sets["tags"]) == (5, ("a", "b"))


# --- CSV ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "rule_id;when;account\nr;notes is null;0650\n",
        "\ufeffrule_id;when;account\r\nr;notes is null;0650\r\n;;\r\n;;\r\n",
        "sep=;\r\nrule_id;when;account\r\nr;notes is null;0650\r\n",
        '"sep=|"\nrule_id|when|account\nr|notes is null|0650\n',
        "sep=\t\nrule_id\twhen\taccount\nr\tnotes is null\t0650",
        "\n \n;;;\nrule_id;when;account;;\nr;notes is null;0650;;;;\n",
        "rule_id,when,account\nr,notes is null,0650\n\n",
        "rule_id\twhen\taccount\nr\tnotes is null\t0650\n",
        ' rule_id ;when;account;note\r"r";"notes is null";"0650"; \r',
    ],
)
def test_tables(tmp_path: Path, text: str) -> None:
    """A table is read however a spreadsheet writes it; blank rows and cells say nothing."""
    path = tmp_path / "r.csv"
    path.write_bytes(text.encode())
    assert read_rules(path) == [{"rule_id": "r", "when": "notes is null", "account": "0650"}]


@pytest.mark.parametrize("character", ["\u2028", "\x0b", "\x0c", "\x85", "\x1c"])
def test_cell_with_an_odd_line_end(character: str) -> None:
    """Only a line feed and a carriage return end a row, and in quotes not even they do."""
    assert csv_table.read(f'rule_id;note\nr;a{character}b\ns;"c\r\nd"\n') == [
        {"rule_id": "r", "note": f"a{character}b"},
        {"rule_id": "s", "note": "c\r\nd"},
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("\nrule_id;account;account\nr;1;2", 'line 2 names the column "account" twice'),
        ("rule_id;when\n\nr;a;b", r"line 3 has more cells than the first line names \(quote texts with a ;\)"),
        ("rule_id\twhen\nr\ta\tb", r"quote texts with a tab"),
        ("rule_id;;when\nr;a;b", "line 2 has a value in column 2, which has no name"),
        ('rule_id;when\nr;"a\nb', "not a valid table at line 2: unexpected end of data"),
        ('sep=;\nrule_id;when\nr;"a" b', "not a valid table at line 3: "),
        (" \n;;\n", "the table is empty"),
    ],
)
def test_table_that_cannot_be_used(text: str, problem: str) -> None:
    """A doubled column, a value without a name and a broken quote are refused with their line."""
    with pytest.raises(Malformed, match=problem):
        csv_table.read(text)


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        ("priority", "20,5", 'expected a number such as 100, found "20,5"'),
        ("overwrite", "WAHR", 'expected true or false, found "WAHR"'),
        ("valid_from", "31.01.2026", 'expected a date such as 2026-01-31, found "31.01.2026"'),
    ],
)
def test_german_cells(tmp_path: Path, column: str, cell: str, problem: str) -> None:
    """German numbers, booleans and dates are no guesswork: the rule says what it expected instead."""
    with pytest.raises(RuleError, match=problem):
        one_rule(tmp_path, "r.csv", f"rule_id;when;{column}\nr;notes is null;{cell}\n")


# --- any file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        ' [{"rule_id": "r", "when": "notes is null"}]',
        "- rule_id: r\n  when: notes is null\n",
        "rule_id;when\nr;notes is null\n",
        "sep=,\nrule_id,when\nr,notes is null\n",
        '"sep=;"\n"rule_id";"when"\nr;notes is null\n',
        '"rule_id","when"\nr,notes is null\n',
    ],
)
def test_format_by_content(tmp_path: Path, text: str) -> None:
    """A file whose name says nothing is read as what it looks like."""
    path = tmp_path / "rules.txt"
    path.write_text(text)
    assert read_rules(path) == [{"rule_id": "r", "when": "notes is null"}]


def test_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without end is not read to it."""
    monkeypatch.setattr(rule_files, "MAX_BYTES", 2**20)
    path = tmp_path / "rules.json"
    path.write_bytes(b" " * (2**20 + 1))
    with pytest.raises(Unreadable, match="larger than 1 MiB"):
        read_rules(path)


def test_file_name_with_a_nul() -> None:
    """A name that no file can have is reported like a file that is not there."""
    with pytest.raises(Unreadable, match="cannot be read"):
        read_rules(Path("a\0b.json"))


def test_invoices_in_yaml(tmp_path: Path) -> None:
    """Invoices may be YAML too."""
    path = tmp_path / "invoices.yaml"
    path.write_text(an_invoice().model_dump_json())
    (found,) = read_invoices(path)
    assert found.sum_gross == an_invoice().sum_gross


# --- cells of spreadsheets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "0650", "1E5", "12:30", "20.5", "1,5", "-5", "+43", "=1+1", "@x", "2026-01-31", "31.01.2026", "1/2", "true",
        "WAHR", "MAR-1", "sept 2", "5 %", " 7380", "12345678901234567890", "'0650", "'x", "#N/A", ".5", "\t=1", "00",
    ],
)  # fmt: skip
def test_csv_cells_that_spreadsheets_change(text: str) -> None:
    """They are shielded, and read back the same, whether the apostrophe comes back or not."""
    assert spreadsheet.shielded(text) == f"'{text}"
    assert spreadsheet.unshielded(f"'{text}") == text
    assert spreadsheet.unshielded(text) == text or text == "'0650"


@pytest.mark.parametrize(
    "text",
    ["", "0", "7380", "P-42", "Hetzner", "id:00012", "supplier.name = 'x'", "a, b", "March of the penguins in words"],
)
def test_csv_cells_that_stay(text: str) -> None:
    """What every spreadsheet gives back as it is has no apostrophe."""
    assert spreadsheet.shielded(text) == text
    assert csv_table.read(csv_table.write(["a", "b"], [{"a": "x", "b": text}])[1:]) == [
        {"a": "x", **({"b": text} if text else {})}
    ]


def test_csv_tags_with_commas(tmp_path: Path) -> None:
    """A list that commas cannot separate stands there as JSON."""
    assert one_rule(tmp_path, "r.csv", 'rule_id;when;tags\nr;notes is null;"[""a, b"", ""c""]"\n').sets["tags"] == (
        "a, b",
        "c",
    )


def test_pulled_version_is_no_attribute(tmp_path: Path) -> None:
    """What `rules pull` notes is left out by every command that reads rules."""
    assert one_rule(tmp_path, "r.yaml", "- rule_id: r\n  when: notes is null\n  pulled_version: x\n").rule_id == "r"
