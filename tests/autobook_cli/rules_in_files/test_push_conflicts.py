"""`rules push` refuses what somebody else has changed since the file was pulled."""

import json
from pathlib import Path
from typing import Any

import pytest

from autobook_cli.live_rules import RulesTable
from tests.autobook_cli.live import TABLE, run, table_items
from tests.autobook_cli.rules_in_files.files import accounts, edit, pulled, put, rule
from tests.autobook_cli.stack import Stack


def test_edited_on_both_sides(stack: Stack, tmp_path: Path) -> None:
    """Refused by name; the other rule is written; the verdict that the function wrote meanwhile is no edit."""
    put(stack, rule(stack), rule(stack, "other"))
    file = pulled(tmp_path)
    edit(file, "- rule_id: hosting\n", "- rule_id: hosting\n  owner: Ada\n")
    edit(file, "- rule_id: other\n", "- rule_id: other\n  owner: Ada\n")
    put(stack, rule(stack, owner="Ben"), rule(stack, "other", check={"state": "warning"}))
    code, output = run("rules", "diff", file)
    assert code == 1
    assert "refused hosting: somebody changed it in the table since it was pulled" in " ".join(output.split())
    code, output = run("rules", "push", file, "--yes")
    assert code == 1
    assert "1 changed rule, 1 rule refused; 0 unchanged" in output
    found = table_items(stack)
    assert (found["hosting"]["owner"], found["other"]["owner"]) == ("Ben", "Ada")
    assert found["other"]["check"] == {"state": "warning"}
    assert max(map(len, output.splitlines())) <= 80


def test_edited_in_the_table_alone(stack: Stack, tmp_path: Path) -> None:
    """The file does not change it: it stays as somebody has it, and that is no difference."""
    put(stack, rule(stack), rule(stack, "gone"))
    file = pulled(tmp_path)
    put(stack, rule(stack, owner="Ben"))
    stack.tables.delete_item(TableName=TABLE, Key={"rule_id": {"S": "gone"}})
    code, output = run("rules", "push", file, "--yes")
    assert code == 0
    assert "changed in the table since, and not in the file; left alone: gone, hosting" in " ".join(output.split())
    assert table_items(stack)["hosting"]["owner"] == "Ben"
    assert set(table_items(stack)) == {"hosting"}


def test_the_same_edit_on_both_sides(stack: Stack, tmp_path: Path) -> None:
    """Is none any more, and the file says so."""
    put(stack, rule(stack))
    file = pulled(tmp_path)
    edit(file, "- rule_id: hosting\n", "- rule_id: hosting\n  owner: Ada\n")
    put(stack, rule(stack, owner="Ada"))
    assert run("rules", "push", file) == (0, "no changes; 1 unchanged\n")
    edit(file, "owner: Ada", "owner: Ben")
    assert run("rules", "push", file, "--yes")[0] == 0


def test_deleted_in_the_table_and_edited_in_the_file(stack: Stack, tmp_path: Path) -> None:
    """Refused, with the way to write it anew."""
    put(stack, rule(stack))
    file = pulled(tmp_path)
    edit(file, "- rule_id: hosting\n", "- rule_id: hosting\n  owner: Ada\n")
    stack.tables.delete_item(TableName=TABLE, Key={"rule_id": {"S": "hosting"}})
    code, output = run("rules", "push", file, "--yes")
    assert code == 1
    assert "somebody deleted it in the table since it was pulled; to write it anew, take" in " ".join(output.split())
    assert table_items(stack) == {}
    text = "\n".join(line for line in file.read_text().splitlines() if "pulled_version:" not in line)
    file.write_text(text)
    assert run("rules", "push", file, "--yes")[0] == 0
    assert set(table_items(stack)) == {"hosting"}


def test_a_file_that_was_not_pulled(stack: Stack, tmp_path: Path) -> None:
    """It overwrites no rule that is there already."""
    put(stack, rule(stack, owner="Ben"))
    file = tmp_path / "rules.json"
    file.write_text(json.dumps([rule(stack, owner="Ada"), rule(stack, "new")]))
    code, output = run("rules", "push", file, "--yes")
    assert code == 1
    assert "the file does not say (pulled_version) from which version it was made" in " ".join(output.split())
    assert table_items(stack)["hosting"]["owner"] == "Ben"
    assert "new" in table_items(stack)


def test_edited_while_pushing(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading and writing: each write is one of the item as it was read, whatever it does."""
    put(stack, rule(stack), rule(stack, "other"), rule(stack, "doomed"))
    file = pulled(tmp_path)
    edit(file, "- rule_id: hosting\n", "- rule_id: hosting\n  owner: Ada\n")
    edit(file, "- rule_id: other\n", "- rule_id: other\n  owner: Ada\n")
    document = file.read_text()
    kept = document[document.index("- rule_id: hosting") :]
    file.write_text(f"{kept}- {{rule_id: new, when: sum_gross > 5, account: {accounts(stack)[0]}}}\n")
    write = RulesTable.write

    def late(self: RulesTable, change: Any) -> bool:
        put(stack, rule(stack, owner="Ben"), rule(stack, "doomed", owner="Ben"), rule(stack, "new", owner="Ben"))
        monkeypatch.setattr(RulesTable, "write", write)
        return write(self, change)

    monkeypatch.setattr(RulesTable, "write", late)
    code, output = run("rules", "push", file, "--yes", "--delete")
    assert code == 1
    text = " ".join(output.split())
    for name in ("hosting", "doomed", "new"):
        assert f"{name} is not written: somebody has changed it in the table this very moment" in text
        assert table_items(stack)[name]["owner"] == "Ben"
    assert table_items(stack)["other"]["owner"] == "Ada"
    assert output.splitlines()[-1] == "1 rule written"


def test_copied_and_renamed_rules(stack: Stack, tmp_path: Path) -> None:
    """Who copies a rule in the file copies its version, too: the copy is new, the other one stays what it is."""
    put(stack, rule(stack, owner="Ada"), rule(stack, "second"))
    file = tmp_path / "rules.json"
    run("rules", "pull", file)
    first, second = json.loads(file.read_text())
    file.write_text(
        json.dumps([first | {"owner": "Ben"}, first | {"rule_id": "copy"}, second | {"rule_id": "renamed"}])
    )
    code, output = run("rules", "push", file, "--yes")
    assert code == 0
    assert "2 new rules, 1 changed rule; 0 unchanged" in output
    assert set(table_items(stack)) == {"hosting", "copy", "renamed", "second"}
    assert run("rules", "push", file)[0] == 0


def test_into_another_stack(stack: Stack, tmp_path: Path) -> None:
    """A rule that was pulled from one stack is new in another: nobody has deleted it there."""
    put(stack, rule(stack))
    file = pulled(tmp_path)
    stack.tables.delete_item(TableName=TABLE, Key={"rule_id": {"S": "hosting"}})
    edit(file, file.read_text().split("pulled_version: ")[1].split("\n")[0][-4:], "0000")
    assert run("rules", "push", file, "--yes")[0] == 0
    assert set(table_items(stack)) == {"hosting"}


def test_into_another_stack_that_has_it(stack: Stack, tmp_path: Path) -> None:
    """What was pulled from one stack is no edit of another's rule, until a person names the version to be replaced."""
    put(stack, rule(stack, owner="Ada"))
    file = pulled(tmp_path)
    edit(file, file.read_text().split("pulled_version: ")[1].split("\n")[0][-4:], "0000")
    put(stack, rule(stack, owner="Ben"))
    code, output = run("rules", "push", file, "--yes")
    assert code == 1
    text = " ".join(output.split())
    assert "does not say (pulled_version) from which version it was made" in text
    present = text.partition("set pulled_version to ")[2].split()[0]
    edit(file, file.read_text().split("pulled_version: ")[1].split("\n")[0], present)
    assert run("rules", "push", file, "--yes")[0] == 0
    assert table_items(stack)["hosting"]["owner"] == "Ada"


def test_what_a_file_says_in_the_table(stack: Stack, tmp_path: Path) -> None:
    """`pulled_version` that came into the table by another program is taken out of it."""
    put(stack, rule(stack, pulled_version="x"))
    file = pulled(tmp_path)
    assert run("rules", "push", file, "--yes")[0] == 0
    assert "pulled_version" not in table_items(stack)["hosting"]
    assert run("rules", "push", file) == (0, "no changes; 1 unchanged\n")
