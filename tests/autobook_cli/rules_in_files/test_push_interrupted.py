"""`rules push --delete`, and a push that is interrupted or refused in the middle."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autobook_cli.live_rules import RulesTable
from autobook_cli.rule_files import read_rules
from tests.autobook_cli.live import WHEN, run, table_items
from tests.autobook_cli.rules_in_files.files import FORMATS, accounts, edit, pulled, put, rule
from tests.autobook_cli.stack import Stack


def test_deletion_only_when_asked_for(stack: Stack, tmp_path: Path) -> None:
    """What the file does not have stays, and is named; --delete shows it and deletes it."""
    put(stack, rule(stack), rule(stack, "other"))
    file = tmp_path / "rules.json"
    run("rules", "pull", file)
    file.write_text(json.dumps(json.loads(file.read_text())[:1]))
    code, output = run("rules", "diff", file)
    assert code == 0
    assert "not in the file; stay in the table without --delete: other" in output
    assert run("rules", "push", file, "--yes")[0] == 0
    assert set(table_items(stack)) == {"hosting", "other"}
    code, output = run("rules", "diff", file, "--delete")
    assert code == 1
    assert output.startswith("deleted other\n")
    data = json.loads(run("rules", "push", file, "--yes", "--delete", "--json")[1])
    assert data["changes"][0]["change"] == "deleted"
    assert data["written"] == ["other"]
    assert set(table_items(stack)) == {"hosting"}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("error", [KeyboardInterrupt(), ClientError({"Error": {"Code": "Throttling"}}, "UpdateItem")])
def test_interrupted_and_repeated(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException
) -> None:
    """What is done stays done and is noted; the repetition does the rest, whatever is edited in between."""
    put(stack, *(rule(stack, f"rule{number}", owner="Ada") for number in range(5)))
    file = pulled(tmp_path, name)
    file.write_text(file.read_text("utf-8").replace("Ada", "Ben"), "utf-8")
    write, written = RulesTable.write, list[str]()

    def cut_off(self: RulesTable, change: Any) -> bool:
        if len(written) == 2:
            raise error
        written.append(change.rule_id)
        return write(self, change)

    monkeypatch.setattr(RulesTable, "write", cut_off)
    code, output = run("rules", "push", file, "--yes")
    assert code in (2, 130)
    assert output.splitlines()[-1].startswith("autobook: ")
    assert [each["owner"] for each in table_items(stack).values()].count("Ben") == 2
    monkeypatch.setattr(RulesTable, "write", write)
    edit(file, "Ben", "Cyd")
    code, output = run("rules", "push", file, "--yes")
    assert code == 0
    assert sorted(each["owner"] for each in table_items(stack).values()) == ["Ben", "Ben", "Ben", "Ben", "Cyd"]


def test_what_dynamodb_does_not_take(stack: Stack, tmp_path: Path) -> None:
    """An item of more than 400 KB is refused with its reason; the others are written."""
    file = tmp_path / "rules.json"
    file.write_text(json.dumps([rule(stack, "large", description="x" * 410_000), rule(stack, "small")]))
    code, output = run("rules", "push", file, "--yes")
    assert code == 1
    assert "large is not written: DynamoDB does not take it" in " ".join(output.split())
    assert set(table_items(stack)) == {"small"}


@pytest.mark.parametrize(
    "text",
    [
        "- {rule_id: !!str hosting, when: &w 'sum_gross > 5', account: ACCOUNT}\n",
        "- rule_id: |-\n    hosting\n  when: sum_gross > 5\n  account: ACCOUNT\n",
        "- &a {when: sum_gross > 5, account: ACCOUNT}\n- {<<: *a, rule_id: hosting, owner: Ada}\n",
    ],
)
def test_unusual_files(stack: Stack, tmp_path: Path, text: str) -> None:
    """Whatever way YAML is written in, the file says the same rules afterwards, or is left as it is, which is text."""
    file = tmp_path / "rules.yaml"
    text = text.replace("ACCOUNT", accounts(stack)[0])
    if "<<" in text:
        text = text.replace("- &a {", "- &a {rule_id: first, ")
    file.write_text(text)
    before = read_rules(file)
    code, output = run("rules", "push", file, "--yes")
    assert code == 0
    assert "hosting" in table_items(stack)
    assert read_rules(file) == before
    assert "pulled_version" in file.read_text() or "could not be given the new versions" in output


def test_a_file_that_changes_meanwhile(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person typed while the question stood there is not written over."""
    put(stack, rule(stack))
    file = pulled(tmp_path)
    edit(file, WHEN, "sum_gross > 7")
    write = RulesTable.write

    def typing(self: RulesTable, change: Any) -> bool:
        edit(file, "sum_gross > 7", "sum_gross > 8")
        return write(self, change)

    monkeypatch.setattr(RulesTable, "write", typing)
    code, output = run("rules", "push", file, "--yes")
    assert code == 0
    assert "has changed meanwhile: pull again before the next push" in " ".join(output.split())
    assert "sum_gross > 8" in file.read_text()
