"""`autobook rules check`, `try`, `explain` on a stack, and `autobook explain`."""

import json
from pathlib import Path
from typing import Any

import pytest

from autobook_cli import stack_rules
from autobook_cli.target import NoTarget
from tests.autobook_cli.live import TABLE, WHEN, run
from tests.autobook_cli.stack import READS, Stack, make_stack
from tests.fake_kanbert import booking, incoming


@pytest.fixture
def stack(aws: None, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack with one invoice, and an account that ended."""
    assert aws is None
    made = make_stack(monkeypatch)
    supplier = {"id": "s1", "name": "Hostwerk GmbH", "title": "Hostwerk GmbH"}
    made.put_invoice(incoming("inv1", supplier=supplier, invoice_number="R-1", bookings=[booking("b1")]))
    return made


def known_account(stack: Stack) -> str:
    return str(next(each["code"] for each in stack.kanbert.store.all("chart_of_accounts") if not each["end_date"]))


def test_check_sound(stack: Stack) -> None:
    """With codes that Kanbert has the rules are sound; `_settings` is none; nothing is written anywhere."""
    stack.put_rule(rule_id="hosting", when=WHEN, account=known_account(stack), check={"state": "error"})
    stack.put_rule(rule_id="_settings", mode="suggest")
    code, output = run("rules", "check", "--stack", "test")
    assert (code, output.splitlines()[-1]) == (0, "1 rule: 0 errors, 0 warnings")
    assert "the brake is on" in output
    assert set(stack.operations) <= READS
    assert set(stack.methods) == {"GET"}


@pytest.mark.parametrize("attribute", ["account", "position", "project", "client"])
def test_check_unknown_code(stack: Stack, attribute: str) -> None:
    """Kanbert can be asked, so a code that it does not have is an error, in the words of the table's own check."""
    stack.put_rule(rule_id="hosting", when=WHEN, **{attribute: "no-such-thing"})
    code, output = run("rules", "check", "--stack", "test")
    assert code == 1
    assert f"error: hosting, {attribute}: Kanbert has no {attribute}" in output
    assert "correct it, or create it in Kanbert" in output
    assert "1 rule: 1 error, 0 warnings" in output


def test_check_unknown_code_of_a_rule_that_is_off(stack: Stack) -> None:
    """It may name what it likes: a warning."""
    stack.put_rule(rule_id="hosting", when=WHEN, account="99999", mode="off")
    code, output = run("rules", "check")
    assert code == 0
    assert "warning: hosting: account: Kanbert has no account" in output


def test_check_broken_items(stack: Stack) -> None:
    """A typo, an unknown attribute and a number that DynamoDB's own decoder refuses: each is that rule's error."""
    stack.put_rule(rule_id="sound", when=WHEN, account=known_account(stack))
    stack.put_rule(rule_id="typo", when='suplier.name = "x"')
    stack.put_rule(rule_id="odd", when=WHEN, acount="1")
    huge = {"rule_id": {"S": "huge"}, "when": {"S": WHEN}, "priority": {"N": "1" * 38 + "e50"}}
    stack.tables.put_item(TableName=TABLE, Item=huge)
    code, output = run("rules", "check", "--stack", "test")
    assert code == 1
    assert 'error: typo, when: unknown field "suplier.name" at 1:1, did you mean supplier.name?' in output
    assert 'error: odd, acount: unknown attribute "acount", did you mean account?' in output
    assert "error: huge, priority: expected a number between" in output
    assert output.splitlines()[-1] == "4 rules: 3 errors, 0 warnings"
    data = json.loads(run("rules", "check", "--json")[1])
    assert {each["rule_id"] for each in data["errors"]} == {"typo", "odd", "huge"}
    assert {each["file"] for each in data["errors"]} == {None}


def test_check_kanbert_refuses_a_list(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be looked up is no error of the rules, and is not called sound: exit code 2."""
    stack.put_rule(rule_id="hosting", when=WHEN, account="1")
    monkeypatch.setattr(stack.kanbert, "tokens", {})
    code, output = run("rules", "check", "--stack", "test")
    assert code == 2
    assert "autobook: codes of hosting were not looked up: " in output


def test_try_and_explain_on_files_of_invoices(stack: Stack, tmp_path: Path) -> None:
    """The rules are the stack's, the invoices a file's."""
    stack.put_rule(rule_id="hosting", when=WHEN, account=known_account(stack))
    file = tmp_path / "invoice.json"
    file.write_text(json.dumps(stack.kanbert.store.get("incoming", "inv1"), default=str))
    code, output = run("rules", "try", "--stack", "test", "--invoices", file)
    assert code == 0
    assert f"account = {known_account(stack)}  by hosting" in output
    code, output = run("rules", "explain", "--stack", "test", "--invoice", file)
    assert (code, output.splitlines()[0]) == (0, "hosting fires")
    stack.put_rule(rule_id="hosting", when=WHEN, account="99999")
    code, output = run("rules", "try", "--invoices", file)
    assert code == 1
    assert "error: hosting, account: Kanbert has no account" in output
    assert "account = 99999  by hosting" in output


@pytest.mark.parametrize(
    "command",
    [("explain", "inv1"), ("explain", "R-1"), ("explain", " r-1 "), ("rules", "explain", "--document", "R-1")],
)
def test_explain_live(stack: Stack, command: tuple[str, ...]) -> None:
    """The invoice as Kanbert has it, by id or number, and the rules of the table, in the words of `rules explain`."""
    stack.put_rule(rule_id="hosting", when=f"{WHEN} and sum_gross > 5000", account="99999")
    stack.put_rule(rule_id="other", when=WHEN, account=known_account(stack))
    code, output = run(*command, "--stack", "test")
    assert code == 1
    assert "hosting, account: Kanbert has no account" in output
    assert "hosting does not fire" in output
    assert '    supplier.name contains "Hostwerk" → true, value "Hostwerk GmbH"' in output
    code, output = run(*command, "--rule", "other")
    assert (code, output.splitlines()[0]) == (0, "other fires")
    data = json.loads(run(*command, "--rule", "other", "--json")[1])
    assert [each["invoice_id"] for each in data["explanations"]] == ["inv1"]
    code, output = run(*command, "--rule", "othr")
    assert (code, output) == (2, 'autobook: there is no rule "othr", did you mean other?\n')
    assert set(stack.operations) <= READS
    assert set(stack.methods) == {"GET"}


def test_explain_without_rules(stack: Stack) -> None:
    """That is said."""
    assert stack
    assert run("explain", "inv1") == (0, "no rules in the stack test\n")


def test_explain_no_such_invoice(stack: Stack) -> None:
    """One line."""
    stack.put_rule(rule_id="other", when=WHEN, account=known_account(stack))
    expected = "autobook: Kanbert has no incoming invoice with the id or the number R-404\n"
    assert run("explain", "R-404") == (2, expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "FILE", "--stack", "x"), "take --stack or files of rules, not both"),
        (("try", "--rules", "FILE", "--stack", "x", "--invoices", "FILE"), "take --stack or files of rules, not both"),
        (("explain", "--rules", "FILE"), "name the invoice: a file with --invoice, or one in Kanbert with --document"),
        (("explain", "--invoice", "a", "--document", "b"), "name the invoice: a file with --invoice"),
        (("explain", "--rules", "FILE", "--document", "b"), "--document is for the rules of a stack"),
    ],
)
def test_one_or_the_other(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    """Files or a stack, a file of invoices or one in Kanbert: both at once is refused, with exit code 2."""
    file = tmp_path / "r.json"
    file.write_text("[]")
    code, output = run("rules", *(str(file) if each == "FILE" else each for each in arguments))
    assert code == 2
    assert output.startswith(f"autobook: {message}")


@pytest.mark.parametrize("command", [("rules", "check"), ("explain", "R-1"), ("rules", "pull", "-")])
def test_nothing_is_up(command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file and without a stack: one line."""

    def nothing(*_: Any) -> None:
        raise NoTarget("nothing is up on this machine")

    monkeypatch.setattr(stack_rules, "target", nothing)
    assert run(*command) == (2, "autobook: nothing is up on this machine\n")
