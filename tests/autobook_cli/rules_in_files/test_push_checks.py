"""`rules push` checks first: nothing is written where a rule is broken or a file unusable."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.autobook_cli.live import WHEN, run, table_items
from tests.autobook_cli.rules_in_files.files import ODD, accounts, edit, pulled, put, rule
from tests.autobook_cli.stack import Stack


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (WHEN, "suplier.name = 'x'", 'hosting, when: unknown field "suplier.name" at 1:1, did you mean supplier.name?'),
        ("account:", "acount:", 'hosting, acount: unknown attribute "acount", did you mean account?'),
        ("account: ", "project: NO-SUCH\n  account: ", "hosting, project: Kanbert has no project"),
        ("account: ", "priority: 5.000\n  account: ", "hosting, priority: 5.000 is ambiguous"),
    ],
)
def test_nothing_is_written_where_one_is_broken(stack: Stack, tmp_path: Path, old: str, new: str, message: str) -> None:
    """A typo and an unknown code are refused, and no other rule is written either."""
    put(stack, rule(stack), rule(stack, "other"))
    file = pulled(tmp_path)
    edit(file, old, new)
    edit(file, "- rule_id: other\n", "- rule_id: other\n  owner: Ada\n")
    before = table_items(stack)
    code, output = run("rules", "push", file, "--yes")
    assert code == 1
    assert f"error: {file}: {message}" in output
    assert output.splitlines()[-1] == "nothing is written"
    assert table_items(stack) == before
    data = json.loads(run("rules", "push", file, "--yes", "--json")[1])
    assert data["errors"][0]["rule_id"] == "hosting"
    assert data["written"] == []


def test_without_codes(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Kanbert cannot be asked, nothing is written, and the way out is named."""
    put(stack, rule(stack))
    file = pulled(tmp_path)
    edit(file, "account: ", "owner: Ada\n  account: ")
    monkeypatch.setattr(stack.kanbert, "tokens", {})
    code, output = run("rules", "push", file, "--yes")
    assert code == 2
    assert "codes of hosting were not looked up" in output
    assert output.rstrip().endswith("nothing is written")
    assert run("rules", "push", file, "--yes", "--without-codes")[0] == 0
    assert table_items(stack)["hosting"]["owner"] == "Ada"


def test_broken_item_in_the_table(stack: Stack, tmp_path: Path) -> None:
    """It holds up no other, is pulled as it is, and can be repaired in the file: `account: 7` in place of a list."""
    account = accounts(stack)[0]
    put(stack, rule(stack), {"rule_id": "broken", "when": WHEN, "account": [account], "note": Decimal(5)}, *ODD[-2:])
    file = pulled(tmp_path)
    edit(file, "- rule_id: hosting\n", "- rule_id: hosting\n  owner: Ada\n")
    assert run("rules", "push", file, "--yes")[0] == 0
    assert table_items(stack)["hosting"]["owner"] == "Ada"
    put(stack, {"rule_id": "note", "when": WHEN, "account": account, "note": Decimal(5)})
    for name, old, new in (
        ("again.json", '"note": 5', '"note": "5"'),
        ("again.yaml", "note: 5", "note: 5\n  owner: A"),
    ):
        file = pulled(tmp_path, name)
        assert run("rules", "diff", file)[0] == 0
        text = file.read_text()
        place = text.rindex(old)
        file.write_text(text[:place] + new + text[place + len(old) :])
        code, output = run("rules", "diff", file)
        assert code == 1
        assert '    note   5 → "5"' in output or '    note  5 → "5"' in output
    assert run("rules", "push", file, "--yes")[0] == 0
    assert table_items(stack)["note"]["note"] == "5"


def test_warnings_of_what_is_written(stack: Stack, tmp_path: Path) -> None:
    """What `rules check` would say of the rules that are written is text before asking."""
    first, second = accounts(stack)[:2]
    put(stack, rule(stack), {**rule(stack, "rival"), "account": second, "priority": Decimal(99)})
    file = pulled(tmp_path)
    edit(file, "priority: 99", "priority: 100")
    code, output = run("rules", "push", file, answer="n\n")
    assert code == 1
    assert "warning: hosting: in conflict with rival" in output or "warning: rival: in conflict with hosting" in output
    assert first != second


@pytest.mark.parametrize("settings", ["_settings", "_setings"])
def test_settings_are_no_rule(stack: Stack, tmp_path: Path, settings: str) -> None:
    """A file cannot set the brake, and --delete does not release it."""
    put(stack, {"rule_id": "_settings", "mode": "suggest"}, rule(stack))
    file = tmp_path / "rules.json"
    file.write_text(json.dumps([rule(stack), {"rule_id": settings, "mode": "apply"}]))
    code, output = run("rules", "push", file, "--yes", "--delete")
    assert code == 1
    assert f"{settings}, rule_id: this is the brake, and no rule" in output
    file.write_text("[]")
    assert run("rules", "push", file, "--yes", "--delete")[0] == 0
    assert set(table_items(stack)) == {"_settings"}


@pytest.mark.parametrize(
    "text", ["a: [", '[{"rule_id": "a", "when": "x"}, {"rule_id": "a", "when": "x"}]', '[{"x": 1}]']
)
def test_unusable_files(stack: Stack, tmp_path: Path, text: str) -> None:
    """A file that cannot be read, doubled and nameless rules: nothing is written."""
    put(stack, rule(stack))
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    before = table_items(stack)
    assert run("rules", "push", file, "--yes", "--delete")[0] in (1, 2)
    assert run("rules", "diff", file)[0] == 2
    assert table_items(stack) == before
