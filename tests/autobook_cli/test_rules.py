"""`autobook rules` on files: what it prints and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.autobook.domain.rules.invoices import an_invoice
from tests.autobook_cli.command_line import run

RULES = [
    {
        "rule_id": "street",
        "when": 'supplier.name contains "strassenbau"',
        "account": "7200",
        "status": "ready_for_accounting",
    },
    {"rule_id": "small", "when": "booking.value < 50", "account": "7600"},
]  # fmt: skip


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(RULES))
    return path


@pytest.fixture
def invoice(tmp_path: Path) -> Path:
    path = tmp_path / "invoice.json"
    path.write_text(an_invoice().model_dump_json())
    return path


def test_check_sound_rules(rules: Path) -> None:
    """Sound rules end with 0 and a count."""
    code, output = run("check", rules)
    assert code == 0
    assert "2 rules: 0 errors" in output


BROKEN: dict[str, str] = {
    "r.json": json.dumps([{"rule_id": "r", "when": 'suplier.name = "x"'}]),
    "r.yaml": '- rule_id: r\n  when: suplier.name = "x"\n  valid_from: 2026-01-01\n  priority: 1.5\n',
    "r.csv": 'rule_id;when;tags;overwrite\nr;"suplier.name = ""x""";a,b;true\n',
    "typed.json": json.dumps([{"rule_id": {"S": "r"}, "when": {"S": 'suplier.name = "x"'}, "priority": {"N": "5"}}]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_check_broken_rule(tmp_path: Path, name: str) -> None:
    """A broken rule, in whatever format, ends with 1 and shows the place and the cure."""
    path = tmp_path / name
    path.write_text(BROKEN[name])
    code, output = run("check", path)
    assert code == 1
    assert 'r, when: unknown field "suplier.name" at 1:1, did you mean supplier.name?' in output
    assert "^^^^^^^^^^^^" in output
    code, output = run("check", "--json", path)
    assert code == 1
    (error,) = json.loads(output)["errors"]
    assert (error["rule_id"], error["attribute"], error["line"], error["column"]) == ("r", "when", 1, 1)


TYPED: dict[str, str] = {
    "r.json": '[{"rule_id": "p", "when": "sum_gross > 1", "priority": 5.000}, '
    '{"rule_id": "w", "when": {"field": "sum_gross", "op": "gt", "value": 5.000}}, '
    '{"rule_id": "m", "when": "title contains \\"ACME\u00a0Ltd\\"", "mode": " Suggest "}]',
    "r.yaml": "- {rule_id: p, when: sum_gross > 1, priority: 5.000}\n- {rule_id: w, when: sum_gross > 5.000}\n"
    "- {rule_id: m, when: 'title contains \"ACME\u00a0Ltd\"', mode: ' Suggest '}\n",
    "r.csv": "rule_id;when;priority;mode\np;sum_gross > 1;5.000;\nw;sum_gross > 5.000;;\n"
    'm;"title contains ""ACME\u00a0Ltd""";; Suggest \n',
    "typed.json": '[{"rule_id": {"S": "p"}, "when": {"S": "sum_gross > 1"}, "priority": {"S": "5.000"}}, '
    '{"rule_id": {"S": "w"}, "when": {"S": "sum_gross > 5.000"}}, {"rule_id": {"S": "m"}, '
    '"when": {"S": "title contains \\"ACME\u00a0Ltd\\""}, "mode": {"S": " Suggest "}}]',
}


@pytest.mark.parametrize("name", TYPED)
def test_check_rules_as_people_type_them(tmp_path: Path, name: str) -> None:
    """In whatever format: what is ambiguous is asked about, a character that is not as it looks is named."""
    path = tmp_path / name
    path.write_text(TYPED[name])
    code, output = run("check", path)
    assert code == 1
    assert "p, priority: 5.000 is ambiguous, 5000 or 5.00?" in output
    assert "w, when: 5.000 is ambiguous at 1:" in output
    warning = 'm: not as it looks: "ACME[U+00A0]Ltd": U+00A0 (no-break space) is compared as a blank'
    assert f"warning: {warning}" in " ".join(output.split())
    assert "3 rules: 2 errors, 2 warnings" in output


def test_check_several_files(rules: Path, tmp_path: Path) -> None:
    """One rule_id in two files is an error; a shadowed rule is a warning, across files."""
    other = tmp_path / "other.json"
    other.write_text(json.dumps([RULES[0], {**RULES[0], "rule_id": "again", "priority": 500, "account": "7"}]))
    code, output = run("check", rules, other)
    assert code == 1
    assert "street, rule_id: this rule_id is used twice, it is already in" in output
    unwrapped = " ".join(output.split())
    assert "warning: again: never decides anything: street (priority 100) always comes first" in unwrapped


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.json", None),
        ("broken.json", "[{"),
        ("broken.yaml", "a: [b"),
        ("broken.csv", "rule_id,when\nr,a,b,c\n"),
        ("binary.json", b"\xff\xfe\x00"),
        ("number.json", "5"),
        ("deep.json", "[" * 100_000),
        ("infinite.json", "[Infinity]"),
        ("empty.json", ""),
        ("empty.yaml", "\n"),
        ("empty.csv", ""),
        ("separators.csv", ";;;\n;;;\n"),
        ("named.csv", "sep=;\n"),
        ("binary.csv", b"PK\x03\x04\x00\x00\x00"),
        ("excel.csv", 'rule_id;when\nr;supplier.name = "Müller"\n'.encode("cp1252")),
        ("other.csv", "name;city\nr;Wien\n"),
        ("note.txt", "call the bank\n"),
        ("entry.json", '[{"rule_id": "r", "when": "notes is null"}, 5]'),
        ("tiny.json", "[1e-99999999999999999999]"),
        ("huge.json", '[{"rule_id": {"S": "r"}, "when": {"N": "12e999999999999999999"}}]'),
        ("bytes.json", '[{"rule_id": {"S": "r"}, "when": {"B": "x"}}]'),
        ("list.json", '[{"rule_id": {"S": "r"}, "tags": {"L": 7}}]'),
        ("map.json", '[{"rule_id": {"S": "r"}, "when": {"M": 7}}]'),
        ("typed.json", '[{"rule_id": {"S": "r"}, "when": ' + '{"M": {"a": ' * 2000 + '{"S": ""}' + "}}" * 2000 + "}]"),
    ],
)
def test_unreadable_file(tmp_path: Path, name: str, content: str | bytes | None) -> None:
    """A file that cannot be used is named in one line, exit code 2, never a stack trace."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    code, output = run("check", path)
    assert code == 2
    assert output.startswith(f"autobook: {path}: ")
    assert len(output.splitlines()) == 1
    assert "recursion" not in output


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: [one], lambda one: {"data": [one], "links": []}])
def test_try(rules: Path, tmp_path: Path, wrap: Any) -> None:
    """One invoice, a list of them or a response of the API: each booking's fields with the rules that decide them."""
    invoices = tmp_path / "invoices.json"
    invoices.write_text(json.dumps(wrap(json.loads(an_invoice().model_dump_json()))))
    code, output = run("try", "--rules", rules, "--invoices", invoices)
    assert code == 0
    assert "b1  account = 7200  by street" in output
    assert "invoice  status = ready_for_accounting  by street" in output
    code, output = run("try", "--rules", rules, "--invoices", invoices, "--json")
    (found,) = json.loads(output)["invoices"]
    assert found["bookings"][0]["fields"]["account"]["rule_id"] == "street"


def test_try_with_a_broken_rule(tmp_path: Path, invoice: Path) -> None:
    """Broken rules are named, the others decide all the same, exit code 1."""
    path = tmp_path / "rules.json"
    path.write_text(json.dumps([*RULES, {"rule_id": "bad", "when": "x"}, {**RULES[0], "rule_id": "c", "account": "1"}]))
    code, output = run("try", "--rules", path, "--invoices", invoice)
    assert code == 1
    assert "skipped: bad, when:" in output
    assert "CONFLICT, nothing is written: 1 (c) or 7200 (street)" in output


def test_try_when_nothing_fires(tmp_path: Path, invoice: Path) -> None:
    """Where no rule decides anything, the way to the reason is shown."""
    path = tmp_path / "rules.json"
    path.write_text(json.dumps([{"rule_id": "r", "when": "sum_gross < 0", "account": "1"}]))
    assert (
        "no rule decides anything; see why with: autobook rules explain"
        in run("try", "--rules", path, "--invoices", invoice)[1]
    )


def test_invoice_that_is_none(rules: Path, tmp_path: Path) -> None:
    """An invoice without what every invoice has is refused by its place."""
    path = tmp_path / "invoices.json"
    path.write_text('[{"type": "Invoice"}]')
    code, output = run("try", "--rules", rules, "--invoices", path)
    assert code == 2
    assert "invoice 1: id: Field required" in output


@pytest.mark.parametrize("invoice", ['{"id": "x"}', '{"id": "x", "supplier": {"id": "s"}, "bookings": [{"id": "b"}]}'])
def test_empty_invoice(rules: Path, tmp_path: Path, invoice: str) -> None:
    """An invoice of which nothing is known but the id is tried and explained all the same."""
    path = tmp_path / "invoices.json"
    path.write_text(invoice)
    code, output = run("try", "--rules", rules, "--invoices", path)
    assert (code, output.splitlines()[0]) == (0, "x  no supplier  no sum")
    for extra in ((), ("--json",)):
        assert run("explain", "--rules", rules, "--invoice", path, "--rule", "small", *extra)[0] == 0
        assert run("try", "--rules", rules, "--invoices", path, *extra)[0] == 0


def test_explain(rules: Path, invoice: Path) -> None:
    """Every part of the condition, with the value that the invoice has there."""
    code, output = run("explain", "--rules", rules, "--invoice", invoice, "--rule", "small")
    assert code == 0
    assert output.splitlines() == ["small does not fire for booking b1", "  booking.value < 50 → false, value 100"]
    code, output = run("explain", "--rules", rules, "--invoice", invoice, "--json", "--now", "2026-01-31")
    assert [each["fires"] for each in json.loads(output)["explanations"]] == [False, True]


def test_a_rule_that_asks_for_a_review(tmp_path: Path, invoice: Path) -> None:
    """`try` and `explain` show the review with its reason; for `check` a rule need set nothing else."""
    rules = tmp_path / "rules.json"
    guard = {"rule_id": "guard", "when": "sum_gross > sum_net", "review": "Look at the VAT"}
    rules.write_text(json.dumps([guard, {**guard, "rule_id": "soon", "mode": "suggest", "review": "Later"}]))
    assert run("check", rules) == (0, "2 rules: 0 errors, 0 warnings\n")
    _, output = run("try", "--rules", rules, "--invoices", invoice)
    assert "  invoice  a person must look: Look at the VAT  by guard" in output
    assert "  invoice  suggested: a person must look: Later  by soon" in output
    (found,) = json.loads(run("try", "--json", "--rules", rules, "--invoices", invoice)[1])["invoices"]
    assert found["reviews"] == [{"rule_id": "guard", "text": "Look at the VAT"}]
    assert found["suggestions"]["reviews"] == [{"rule_id": "soon", "text": "Later"}]
    _, output = run("explain", "--rules", rules, "--invoice", invoice, "--rule", "guard")
    assert output.splitlines() == [
        "guard fires",
        "  sum_gross > sum_net → true, value 120.00 against 100",
        "  a person must look: Look at the VAT",
    ]


def test_explain_unknown_or_broken_rule(rules: Path, invoice: Path, tmp_path: Path) -> None:
    """A name that is not there is refused with the nearest one; a broken rule is shown as such."""
    code, output = run("explain", "--rules", rules, "--invoice", invoice, "--rule", "smal")
    assert code == 2
    assert 'there is no rule "smal"' in output
    assert "did you mean small?" in output
    path = tmp_path / "broken.json"
    path.write_text(json.dumps([{"rule_id": "bad", "when": "x"}]))
    code, output = run("explain", "--rules", path, "--invoice", invoice, "--rule", "bad")
    assert code == 1
    assert 'bad, when: unknown field "x"' in output


def test_unknown_time_zone(rules: Path) -> None:
    """A time zone that does not exist is refused in one line."""
    code, output = run("check", rules, "--timezone", "Mars/Base")
    assert code == 2
    assert 'unknown time zone "Mars/Base"' in output


def test_explain_a_rule_that_is_outranked(tmp_path: Path, invoice: Path) -> None:
    """A rule that fires but does not decide says which rule comes before it, or conflicts with it."""
    path = tmp_path / "rules.json"
    first = {**RULES[0], "rule_id": "first", "priority": 5, "account": "1", "status": None}
    path.write_text(
        json.dumps(
            [
                *RULES,
                first,
                {**RULES[0], "rule_id": "rival", "status": None, "note": "n"},
                {**RULES[0], "rule_id": "other", "note": "m"},
            ]
        )
    )
    _, output = run("explain", "--rules", path, "--invoice", invoice, "--rule", "rival")
    assert "  but account is decided by first, which comes first" in output
    assert "  but note is in conflict with other: nothing is written" in output


def test_text_that_cannot_be_printed(tmp_path: Path) -> None:
    """Half a surrogate pair in a rule is shown as a question mark, not as a stack trace."""
    path = tmp_path / "rules.json"
    path.write_text('[{"rule_id": "r\\ud800", "when": "titel = \\"\\ud800\\""}]')
    code, output = run("check", path)
    assert code == 1
    assert 'unknown field "titel"' in output
