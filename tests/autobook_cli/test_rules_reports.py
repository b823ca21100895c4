"""Reports of `autobook rules` on broken rules, unreadable files, and rules that others outrank."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.autobook.domain.rules.invoices import an_invoice
from tests.autobook_cli.command_line import run

GOOD = {"rule_id": "good", "when": "sum_gross > 0", "account": "1"}


@pytest.fixture
def invoice(tmp_path: Path) -> Path:
    path = tmp_path / "invoice.json"
    path.write_text(an_invoice().model_dump_json())
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return written(tmp_path / "good.json", [GOOD])


def written(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


def invoice_with_lines(path: Path, *values: str) -> Path:
    """An invoice with booking lines of these values, line1 and so on."""
    document = json.loads(an_invoice().model_dump_json())
    document["bookings"] = [
        {**document["bookings"][0], "id": f"line{number}", "value": value}
        for number, value in enumerate(values, start=1)
    ]
    return written(path, document)


# --- files that cannot be read -----------------------------------------------------------------------------------


def test_check_says_what_it_can(good: Path, tmp_path: Path) -> None:
    """A file that cannot be read ends with 2 and does not hide what was found in the others."""
    bad = written(tmp_path / "bad.json", [{"rule_id": "b", "when": "x"}])
    code, output = run("check", good, tmp_path / "missing.json", bad)
    assert code == 2
    assert "b, when: unknown field" in output
    assert "2 rules: 1 error, 0 warnings" in output
    assert f"autobook: {tmp_path / 'missing.json'}: no such file or directory" in output
    code, output = run("check", good, tmp_path / "missing.json", bad, "--json")
    assert code == 2
    report = json.loads(output)
    assert (report["ok"], report["rules"]) == (False, 2)
    assert [(each["file"], each["message"]) for each in report["errors"]] == [
        (str(tmp_path / "missing.json"), "no such file or directory"),
        (str(bad), 'unknown field "x" at 1:1'),
    ]


@pytest.mark.parametrize(("command", "option"), [("try", "--invoices"), ("explain", "--invoice")])
def test_json_though_a_file_is_missing(good: Path, invoice: Path, tmp_path: Path, command: str, option: str) -> None:
    """With --json there is JSON also when rules or invoices cannot be read, exit code 2."""
    missing = tmp_path / "missing.json"
    for rules, invoices in ((missing, invoice), (good, missing)):
        code, output = run(command, "--rules", rules, option, invoices, "--json")
        assert code == 2
        (error,) = json.loads(output)["errors"]
        assert (error["file"], error["message"]) == (str(missing), "no such file or directory")
        code, output = run(command, "--rules", rules, option, invoices)
        assert (code, output) == (2, f"autobook: {missing}: no such file or directory\n")


def test_broken_rules_are_told_though_the_invoices_are_missing(tmp_path: Path) -> None:
    """If the invoices cannot be read, the problems of the rules are reported all the same."""
    rules = written(tmp_path / "rules.json", [{"rule_id": "b", "when": "x"}])
    code, output = run("try", "--rules", rules, "--invoices", tmp_path / "missing.json")
    assert code == 2
    assert "skipped: b, when: unknown field" in output


def test_no_such_rule_as_json(good: Path, invoice: Path) -> None:
    """A rule that is not there is reported as JSON too."""
    code, output = run("explain", "--rules", good, "--invoice", invoice, "--rule", "god", "--json")
    assert code == 2
    (error,) = json.loads(output)["errors"]
    assert error["message"] == 'there is no rule "god", did you mean good?'


def test_standard_input(good: Path, invoice: Path) -> None:
    """A dash reads standard input, as rules or as invoices, but not as both."""
    assert run("check", "-", stdin=good.read_text()) == (0, "1 rule: 0 errors, 0 warnings\n")
    assert run("check", "-", stdin="- {rule_id: r, when: x}")[1].startswith("error: standard input: r, when: unknown")
    assert "by good" in run("try", "--rules", good, "--invoices", "-", stdin=invoice.read_text())[1]
    assert run("check", "-", stdin=b"\xff") == (
        2,
        'autobook: standard input: not a text in UTF-8 (spreadsheets: save as "CSV UTF-8")\n',
    )
    code, output = run("try", "--rules", "-", "--invoices", "-", stdin="[]")
    assert (code, output) == (2, "autobook: standard input (-) can be rules or invoices, not both\n")


# --- rules without a name of their own ---------------------------------------------------------------------------


def test_one_rule_id_twice(tmp_path: Path, invoice: Path) -> None:
    """Of two rules with one rule_id the first stands, and every command calls the other one broken."""
    rules = written(tmp_path / "rules.json", [GOOD, {**GOOD, "account": "2"}, {"rule_id": "z", "when": "x"}])
    problem = "good, rule_id: this rule_id is used twice, it is already in rule 1, which stands"
    code, output = run("check", rules)
    assert code == 1
    assert f"error: {rules}: {problem}" in output
    code, output = run("try", "--rules", rules, "--invoices", invoice)
    assert code == 1
    assert next(line for line in output.splitlines() if "skipped" in line) == f"skipped: {problem}"
    assert "account = 1  by good" in output
    code, output = run("explain", "--rules", rules, "--invoice", invoice, "--rule", "good")
    assert code == 1
    assert output.splitlines()[:2] == [problem, "good fires"]
    code, output = run("explain", "--rules", rules, "--invoice", invoice, "--json")
    assert code == 1
    assert [(each["rule_id"], each["number"]) for each in json.loads(output)["errors"]] == [("good", 2), ("z", 3)]


def test_a_broken_rule_keeps_its_name(tmp_path: Path, invoice: Path) -> None:
    """The first of two rules with one rule_id stands even if it is broken."""
    rules = written(tmp_path / "rules.json", [{**GOOD, "when": "x"}, GOOD])
    for command, option in (("try", "--invoices"), ("explain", "--invoice")):
        code, output = run(command, "--rules", rules, option, invoice)
        assert code == 1
        assert 'good, when: unknown field "x"' in output
        assert "good, rule_id: this rule_id is used twice" in output
    assert "1 errors" not in run("check", rules)[1]
    assert "2 rules: 2 errors" in run("check", rules)[1]


def test_a_file_named_twice(good: Path) -> None:
    """A file that is named twice is looked at once."""
    assert run("check", good, good) == (0, "1 rule: 0 errors, 0 warnings\n")


def test_rules_without_a_name_go_by_number(tmp_path: Path, invoice: Path) -> None:
    """Rules without a rule_id are told apart by their number in their file, whatever the command."""
    other = written(tmp_path / "other.json", [{**GOOD, "rule_id": "o"}])
    nameless = {"when": "notes is null"}
    rules = written(tmp_path / "rules.json", [nameless, GOOD, {**nameless, "rule_id": " "}])
    _, output = run("check", other, rules)
    assert [line.split(": ")[2] for line in output.splitlines() if line.startswith("error")] == [
        "rule 1, rule_id",
        "rule 3, rule_id",
    ]
    _, output = run("try", "--rules", rules, "--invoices", invoice)
    assert "skipped: rule 1, rule_id: a rule needs a rule_id" in output
    assert "skipped: rule 3, rule_id: a rule needs a rule_id" in output
    _, output = run("try", "--rules", rules, "--invoices", invoice, "--json")
    assert [(each["number"], each["rule_id"]) for each in json.loads(output)["errors"]] == [(1, None), (3, None)]


# --- nothing to say, and too much --------------------------------------------------------------------------------


def test_no_invoices(good: Path, tmp_path: Path) -> None:
    """A list without invoices is reported as such."""
    empty = written(tmp_path / "empty.json", {"data": []})
    assert run("try", "--rules", good, "--invoices", empty) == (0, f"no invoices in {empty}\n")
    assert run("explain", "--rules", good, "--invoice", empty) == (0, f"no invoices in {empty}\n")


def test_no_rules(tmp_path: Path, invoice: Path) -> None:
    """A list without rules is reported as such."""
    empty = written(tmp_path / "empty.json", [])
    assert run("explain", "--rules", empty, "--invoice", invoice) == (0, f"no rules in {empty}\n")


def band(number: int) -> dict[str, Any]:
    """A rule that some invoice might meet together with the others, and others not."""
    when = f"sum_gross > {number} and sum_gross < {number + 1000}"
    return {"rule_id": f"r{number:03}", "when": when, "account": str(number)}


def test_thousands_of_warnings(tmp_path: Path) -> None:
    """Of each kind of warning the first 20 are printed and the rest counted; `--all` and JSON have them all."""
    rules = [{**GOOD, "rule_id": f"r{number:03}", "account": str(number)} for number in range(200)]
    path = written(tmp_path / "rules.json", [*rules, {"rule_id": "z", "when": "notes is null"}])
    code, output = run("check", path)
    lines = output.splitlines()
    assert code == 0
    assert len([line for line in lines if "in conflict with" in line]) == 20
    assert "warning: … and 179 more of the kind conflict; see --all" in lines
    assert "warning: z: it sets no field and asks for no review" in lines
    assert lines[-1] == "201 rules: 0 errors, 200 warnings"
    assert len(json.loads(run("check", path, "--json")[1])["warnings"]) == 200
    assert run("check", path, "--all")[1].count("in conflict with") == 199


def test_conflicts_that_are_only_possible(tmp_path: Path) -> None:
    """They are no warnings, and folded into one line for each rule; `--all` has a line for each pair."""
    path = written(tmp_path / "rules.json", [band(number) for number in range(5)])
    assert run("check", path) == (
        0,
        (
            "possible conflicts (nothing is written for an invoice that meets both rules):\n"
            "  r001 with r000\n"
            "  r002 with r000 and r001\n"
            "  r003 with r000, r001 and r002\n"
            "  r004 with r000, r001, r002 and r003\n"
            "5 rules: 0 errors, 0 warnings, 4 possible conflicts\n"
        ),
    )
    assert "  r002 with r000\n  r002 with r001\n  r003 with r000\n" in run("check", path, "--all")[1]


def test_thousands_of_possible_conflicts(tmp_path: Path) -> None:
    """A line names as many of the other rules as fit; the first 20 rules are printed, `--all` has every pair."""
    path = written(tmp_path / "rules.json", [band(number) for number in range(100)])
    lines = run("check", path)[1].splitlines()
    assert len(lines) == 23
    assert lines[20] == "  r020 with r000, r001, r002, r003, r004, r005, r006, r007, r008 and 11 more"
    assert lines[21:] == ["  … and 79 more rules; see --all", "100 rules: 0 errors, 0 warnings, 99 possible conflicts"]
    pairs = run("check", path, "--all")[1].splitlines()
    assert len(pairs) == 99 * 100 // 2 + 2
    assert all(len(line) <= 80 for line in (*lines, *pairs))
    *_, last = json.loads(run("check", path, "--all", "--json")[1])["warnings"]
    assert (last["kind"], last["rule_id"], len(last["others"])) == ("overlapping", "r099", 99)


def test_the_readme_rules_fill_no_page(tmp_path: Path) -> None:
    """The four rules of the README are in conflict only where one supplier has two of the names: three short lines."""
    rules = [
        {"rule_id": "hosting", "when": 'supplier.name contains "Hostwerk"', "account": "7385"},
        {
            "rule_id": "telephone",
            "when": 'supplier.name startswith "Alpenfunk" and sum_gross < 500',
            "account": "7380",
            "status": "ready_for_accounting",
        },
        {
            "rule_id": "train-tickets",
            "when": 'supplier.name contains "Bahn" and vats.any(vat = 10)',
            "account": "7320",
            "project": "P-42",
        },
        {
            "rule_id": "large-freelancers",
            "when": 'sum_net >= 5000 and not (supplier.name contains "Hostwerk")',
            "account": "5810",
            "mode": "suggest",
        },
    ]
    code, output = run("check", written(tmp_path / "rules.json", rules))
    assert code == 0
    assert output.splitlines()[1:] == [
        "  telephone with hosting and large-freelancers",
        "  train-tickets with hosting, large-freelancers and telephone",
        "4 rules: 0 errors, 0 warnings, 2 possible conflicts",
    ]


def test_long_names_and_messages(tmp_path: Path) -> None:
    """A warning is broken into lines of 80 columns; of a possible conflict one rule is named, however long its name."""
    long = [{**band(number), "rule_id": f"{'a-very-long-name-' * 5}{number}"} for number in range(3)]
    lines = run("check", written(tmp_path / "long.json", long))[1].splitlines()
    assert lines[2] == f"  {long[2]['rule_id']} with {long[0]['rule_id']} and 1 more"
    same = [{**GOOD, "rule_id": name, "account": name} for name in ("small-hosting-invoices", "hosting")]
    assert run("check", written(tmp_path / "same.json", same))[1].splitlines()[:2] == [
        "warning: small-hosting-invoices: in conflict with hosting wherever it is true:",
        "    both have priority 100 and want something else, so neither is written",
    ]


@pytest.mark.parametrize("now", ["9999-12-31", "0001-01-01", "1899-12-31", "2200-01-01"])
def test_now_far_away(good: Path, invoice: Path, now: str) -> None:
    """The present can be taken to be in the years that a condition may name, and no others."""
    commands: list[list[str | Path]] = [
        ["check", good],
        ["try", "--rules", good, "--invoices", invoice],
        ["explain", "--rules", good, "--invoice", invoice],
    ]
    for command in commands:
        assert run(*command, "--now", now) == (2, "autobook: --now must be in the years 1900 to 2199\n")


@pytest.mark.parametrize("now", ["1900-01-01", "2199-12-31T23:59:59"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_now_at_the_limits(tmp_path: Path, invoice: Path, now: str, zone: str) -> None:
    """At the limits every special value still has its day, in every time zone."""
    when = "due_date < today+36500d or due_date > today-36500d or created_at < eom or created_at > sow"
    rules = written(tmp_path / "rules.json", [{**GOOD, "when": when}])
    code, output = run("explain", "--rules", rules, "--invoice", invoice, "--now", now, "--timezone", zone)
    assert code == 0
    assert output.startswith("good ")


def test_amounts_in_json_are_exact(tmp_path: Path) -> None:
    """JSON shows an amount with the digits that the invoice has."""
    document = json.loads(an_invoice().model_dump_json())
    text = json.dumps({**document, "sum_gross": 0}).replace('"sum_gross": 0', '"sum_gross": 12345678901234567.89')
    invoice = tmp_path / "invoice.json"
    invoice.write_text(text)
    rules = written(tmp_path / "rules.json", [GOOD])
    _, output = run("explain", "--rules", rules, "--invoice", invoice, "--json")
    assert '"value": 12345678901234567.89' in output


# --- rules that others outrank -----------------------------------------------------------------------------------


def test_outranked_on_some_lines(tmp_path: Path) -> None:
    """A rule about the whole invoice says on which lines another rule decides, and why."""
    rules = written(
        tmp_path / "rules.json",
        [
            {"rule_id": "all", "when": "sum_gross > 0", "account": "6", "priority": 9, "note": "n"},
            {"rule_id": "fives", "when": "booking.value = 5", "account": "4", "priority": 1},
            {"rule_id": "nines", "when": "booking.value = 9", "account": "7", "priority": 9},
        ],
    )
    invoice = invoice_with_lines(tmp_path / "invoice.json", "100", "5", "9", "5")
    code, output = run("explain", "--rules", rules, "--invoice", invoice, "--rule", "all")
    assert code == 0
    assert output.splitlines()[2:] == [
        "  but account of booking line2, line4 is decided by fives, which comes first",
        "  but account of booking line3 is in conflict with nines: nothing is written",
    ]
    _, output = run("explain", "--rules", rules, "--invoice", invoice, "--rule", "all", "--json")
    (explanation,) = json.loads(output)["explanations"]
    assert explanation["outranked"][0] == {
        "field": "account",
        "bookings": ["line2", "line4"],
        "reason": "is decided by fives, which comes first",
    }
    _, output = run("explain", "--rules", rules, "--invoice", invoice, "--rule", "nines")
    assert output.count("is in conflict with all: nothing is written") == 1


def test_outranked_on_many_lines(tmp_path: Path) -> None:
    """Of many lines the first five are named, and where it is all of them, none."""
    rules = written(
        tmp_path / "rules.json",
        [
            {"rule_id": "all", "when": "sum_gross > 0", "account": "6"},
            {"rule_id": "fives", "when": "booking.value = 5", "account": "4", "priority": 1},
        ],
    )
    some = invoice_with_lines(tmp_path / "some.json", *["5"] * 8, "6")
    _, output = run("explain", "--rules", rules, "--invoice", some, "--rule", "all")
    assert "but account of booking line1, line2, line3, line4, line5 and 3 more is decided by fives" in output
    every = invoice_with_lines(tmp_path / "every.json", *["5"] * 8)
    _, output = run("explain", "--rules", rules, "--invoice", every, "--rule", "all")
    assert "  but account is decided by fives, which comes first" in output


def test_outranked_by_a_conflict(tmp_path: Path, invoice: Path) -> None:
    """A rule that comes after two which disagree is not called a party to their conflict."""
    rules = written(
        tmp_path / "rules.json",
        [
            {**GOOD, "rule_id": "a", "priority": 1, "account": "1"},
            {**GOOD, "rule_id": "b", "priority": 1, "account": "2"},
            {**GOOD, "rule_id": "late", "account": "3"},
            {**GOOD, "rule_id": "tip", "account": "3", "mode": "suggest"},
        ],
    )
    _, output = run("explain", "--rules", rules, "--invoice", invoice, "--rule", "late")
    assert "  but account is not written: a, b, which come first, are in conflict" in output
    assert "but" not in run("explain", "--rules", rules, "--invoice", invoice, "--rule", "tip")[1]


def test_outranked_line_by_line(tmp_path: Path) -> None:
    """A rule about the current line is compared on that line, also where two lines have one id."""
    rules = written(
        tmp_path / "rules.json",
        [
            {"rule_id": "any", "when": "booking.value > 0", "account": "6"},
            {"rule_id": "fives", "when": "booking.value = 5", "account": "4", "priority": 1},
        ],
    )
    invoice = invoice_with_lines(tmp_path / "invoice.json", "5", "6")
    document = json.loads(invoice.read_text())
    document["bookings"][1]["id"] = "line1"
    written(invoice, document)
    _, output = run("explain", "--rules", rules, "--invoice", invoice, "--rule", "any")
    first, second = output.split("any fires for booking line1")[1:]
    assert "but account is decided by fives" in first
    assert "but" not in second
