"""`rules diff` and `rules push`: what is shown is written, and nothing else."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from autobook.domain.rules import content, rule_version
from tests.autobook_cli.live import WHEN, run, table_items
from tests.autobook_cli.rules_in_files.files import FORMATS, ODD, accounts, edit, pulled, put, rule
from tests.autobook_cli.stack import READS, Stack


@pytest.mark.parametrize("name", FORMATS)
def test_push_what_changed(stack: Stack, tmp_path: Path, name: str) -> None:
    """Only the changed attribute is written, a second push changes nothing, and the next edit is no conflict.

    What we do not know stays, and so does the type of what does not change.
    """
    first, second, third = accounts(stack)[:3]
    put(stack, rule(stack, tags={"a", "b"}, priority=Decimal(50), overwrite=True, e="", n=None), *ODD[:1])
    file = pulled(tmp_path, name)
    edit(file, first, second)
    code, output = run("rules", "diff", file)
    assert code == 1
    assert output == f"changed hosting\n    account  {first} → {second}\n1 changed rule; 1 unchanged\n"
    stack.operations.clear()
    code, output = run("rules", "push", file, "--yes")
    assert (code, output.splitlines()[-1]) == (0, "1 rule written")
    assert [each for each in stack.operations if each not in READS] == ["UpdateItem"]
    found = table_items(stack)["hosting"]
    assert found == {
        "rule_id": "hosting", "when": WHEN, "account": second, "tags": {"a", "b"}, "priority": 50, "overwrite": True,
        "e": "", "n": None, "check": {"state": "ok"},
    }  # fmt: skip
    assert f"{rule_version(found)}-" in file.read_text("utf-8")
    assert run("rules", "push", file) == (0, "no changes; 2 unchanged\n")
    edit(file, second, third)
    assert run("rules", "push", file, "--yes")[0] == 0
    assert table_items(stack)["hosting"]["account"] == third


@pytest.mark.parametrize("name", FORMATS)
def test_push_every_kind_of_edit(stack: Stack, tmp_path: Path, name: str) -> None:
    """Attributes that come and go, new rules, numbers and flags as the table keeps them."""
    put(stack, rule(stack, note="old", priority=Decimal(50), tags={"a"}))
    file = pulled(tmp_path, name)
    account = accounts(stack)[0]
    match name:
        case "rules.yaml":
            edit(file, "note: old", "owner: Ada")
            edit(file, "priority: 50", "priority: 7")
            edit(file, "- a\n", "- a\n  - c\n")
            edit(
                file, "# Rules", f"- {{rule_id: new, when: 'sum_gross > 5', account: {account}, overwrite: true}}\n# R"
            )
        case "rules.json":
            document = json.loads(file.read_text())
            del document[0]["note"]
            document[0] |= {"owner": "Ada", "priority": 7, "tags": ["a", "c"]}
            document.append({"rule_id": "new", "when": "sum_gross > 5", "account": account, "overwrite": True})
            file.write_text(json.dumps(document))
        case _:
            names, row = csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline=""), delimiter=";")
            cells = dict(zip(names, row, strict=True)) | {"note": "", "owner": "Ada", "priority": "7", "tags": "a, c"}
            added = {"rule_id": "new", "when": "sum_gross > 5", "account": account, "overwrite": "'true"}
            written = io.StringIO()
            writer = csv.DictWriter(written, [*names, "owner", "overwrite"])
            writer.writeheader()
            writer.writerows([cells, added])
            file.write_text(written.getvalue())
    code, output = run("rules", "push", file, "--yes")
    assert (code, output.splitlines()[-1]) == (0, "2 rules written")
    assert "1 new rule, 1 changed rule; 0 unchanged" in output
    found = table_items(stack)
    assert content(found["hosting"]) == {
        "rule_id": "hosting", "when": WHEN, "account": account, "priority": 7, "tags": {"a", "c"}, "owner": "Ada",
    }  # fmt: skip
    assert found["new"] == {"rule_id": "new", "when": "sum_gross > 5", "account": account, "overwrite": True}
    assert run("rules", "push", file) == (0, "no changes; 2 unchanged\n")
    edit(file, "Ada", "Ben")
    edit(file, "sum_gross > 5", "sum_gross > 6")
    assert run("rules", "push", file, "--yes")[0] == 0  # the version of the new rule is noted, too


def test_push_keeps_comments(stack: Stack, tmp_path: Path) -> None:
    """A file that a person wrote in YAML gets the versions, and stays as it is otherwise."""
    account = accounts(stack)[0]
    file = tmp_path / "rules.yaml"
    text = f"rules:\n  # ours\n  - rule_id: hosting  # the name\n    when: {WHEN}\n    account: {account}\n"
    file.write_text(text)
    assert run("rules", "push", file, "--yes")[0] == 0
    lines = file.read_text().splitlines()
    version = rule_version(table_items(stack)["hosting"])
    assert [line for line in lines if "pulled_version" not in line] == text.splitlines()
    assert lines[3].startswith(f'    pulled_version: "{version}-')


def test_asks_first(stack: Stack, tmp_path: Path) -> None:
    """Without --yes a person is asked; no is no, and exit code 1."""
    put(stack, rule(stack))
    file = pulled(tmp_path)
    edit(file, WHEN, "sum_gross > 7")
    code, output = run("rules", "push", file, answer="n\n")
    assert (code, output.splitlines()[-1]) == (1, "nothing is written")
    assert table_items(stack)["hosting"]["when"] == WHEN
    code, output = run("rules", "push", file, answer="y\n")
    assert code == 0
    assert "write 1 changed rule? [y/N]" in output
    assert table_items(stack)["hosting"]["when"] == "sum_gross > 7"
    code, output = run("rules", "push", "-", answer="[]")
    assert (code, output.partition(",")[0]) == (2, "autobook: the file comes from standard input")


def test_push_from_standard_input(stack: Stack) -> None:
    """With --yes."""
    text = json.dumps([rule(stack)])
    assert run("rules", "push", "-", "--yes", answer=text)[0] == 0
    assert set(table_items(stack)) == {"hosting"}
