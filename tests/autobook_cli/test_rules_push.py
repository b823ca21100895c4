"""`autobook rules pull`, `diff` and `push`: the rules of a stack in a file, and back, without losing anybody's edit."""

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autobook.domain.rules import content, rule_version
from autobook_cli.live_rules import RulesTable
from autobook_cli.rule_files import read_rules
from tests.autobook_cli.live import TABLE, WHEN, run, table_items
from tests.autobook_cli.stack import READS, Stack, make_stack

FORMATS = ["rules.yaml", "rules.json", "rules.csv"]
EVERYTHING: dict[str, Any] = {
    "rule_id": "everything", "when": WHEN, "priority": Decimal("20.5"), "mode": "suggest", "valid_from": "2026-01-31",
    "valid_until": "2026-12-31", "account": "0650", "position": "1E5", "project": "P-42", "client": "MAR-1",
    "booking_title": "=HYPERLINK(1)", "booking_type": "account", "status": "ready_for_accounting",
    "tags": {"b", "a"}, "editor": "id:00012", "payment_account": "id:+7", "invoice_title": "-1 @ {invoice_number}",
    "note": "'quoted', \"so\"; äöü €\nsecond line\ttab", "overwrite": True, "review": "+43 call; true?",
    "description": "@home = 12:30, 1/2, 20.5, TRUE\u2028next\u202e", "owner": "true",
}  # fmt: skip
"""Every attribute, with what spreadsheets take for something else."""
ODD: list[dict[str, Any]] = [
    {"rule_id": "json", "when": [{"field": "sum_gross", "op": "gt", "value": Decimal("5000.10")}], "account": "1"},
    {"rule_id": "text json", "when": '{"field": "title", "op": "contains", "value": "x"}', "account": Decimal(7380)},
    {"rule_id": "7380", "when": WHEN, "tags": ["a", "b"], "priority": Decimal(50), "account": "12345678901234567890"},
    {"rule_id": "tags", "when": WHEN, "tags": ["with, comma", " blank"], "account": "1"},
    {"rule_id": "broken", "when": 7, "acount": None, "note": Decimal("1E+39"), "owner": {"a": [True, None, b"\x00"]}},
    {"rule_id": "sets", "when": WHEN, "x": {Decimal(1), Decimal(2)}, "y": {b"1"}, "z": b"\xff", "e": "", "n": None},
]
"""What people and other programs put into the table, wrong types included."""


@pytest.fixture
def stack(aws: None, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack with a few accounts in Kanbert."""
    assert aws is None
    return make_stack(monkeypatch)


def put(stack: Stack, *rules: dict[str, Any]) -> None:
    for rule in rules:
        stack.put_rule(**{"check": {"state": "ok"}, **rule})


def rule(stack: Stack, rule_id: str = "hosting", **more: Any) -> dict[str, Any]:
    """A sound rule of two accounts: one that is named first, one for changing."""
    return {"rule_id": rule_id, "when": WHEN, "account": accounts(stack)[0], **more}


def accounts(stack: Stack) -> list[str]:
    return [str(each["code"]) for each in stack.kanbert.store.all("chart_of_accounts") if not each["end_date"]]


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def pulled(tmp_path: Path, name: str = "rules.yaml") -> Path:
    file = tmp_path / name
    code, output = run("rules", "pull", file, "--stack", "test")
    assert code == 0, output
    return file


# --- pull --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_round_trip(stack: Stack, tmp_path: Path, name: str) -> None:
    """Every attribute and every kind of value comes back the same: nothing is to be pushed, and nothing is written."""
    put(stack, EVERYTHING, *ODD, {"rule_id": "_settings", "mode": "apply"})
    file = pulled(tmp_path, name)
    text = file.read_text("utf-8")
    assert "_settings" not in text
    assert "check" not in text
    assert set(stack.operations) <= READS
    before = table_items(stack)
    code, output = run("rules", "diff", file, "--stack", "test")
    assert (code, output) == (0, "no changes; 7 unchanged\n")
    code, output = run("rules", "push", file, "--yes")
    assert (code, output) == (0, "no changes; 7 unchanged\n")
    assert set(stack.operations) <= READS
    assert file.read_text("utf-8") == text
    assert table_items(stack) == before


def as_excel(text: str) -> str:
    """What a spreadsheet saves that keeps the apostrophe in the cell, in a German office."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows([[cell.replace("\r\n", "\n") for cell in row] for row in rows])
    return written.getvalue()


def as_calc(text: str) -> str:
    """What one saves that takes the first apostrophe for its own mark, and writes commas."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([[cell.removeprefix("'") for cell in row] for row in rows])
    return written.getvalue()


@pytest.mark.parametrize("saved", [as_excel, as_calc])
def test_csv_through_a_spreadsheet(stack: Stack, tmp_path: Path, saved: Callable[[str], str]) -> None:
    """No cell is left that a spreadsheet takes for a number with other digits, a date, a boolean or a formula."""
    put(stack, EVERYTHING, *ODD)
    file = pulled(tmp_path, "rules.csv")
    text = file.read_text("utf-8")
    assert text.startswith("\ufeffrule_id;when;")
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=";"):
        for cell in row:
            assert not cell or cell[0] not in "=+-@0.#" or cell == "0", cell
            assert cell not in ("true", "2026-01-31", "1E5", "MAR-1", "20.5", "12345678901234567890")
    file.write_text(saved(text), "utf-8")
    assert run("rules", "diff", file) == (0, "no changes; 7 unchanged\n")


@pytest.mark.parametrize("name", FORMATS)
def test_pulled_file_can_be_checked(stack: Stack, tmp_path: Path, name: str) -> None:
    """`pulled_version` is no attribute of a rule: the commands on files read what was pulled."""
    put(stack, rule(stack), rule(stack, "other", when="title contains 'x'", priority=Decimal(5), tags={"a"}))
    code, output = run("rules", "check", pulled(tmp_path, name))
    assert (code, output) == (0, "2 rules: 0 errors, 0 warnings\n")


def test_pull_to_standard_output(stack: Stack, tmp_path: Path) -> None:
    """YAML, as it is in a file."""
    put(stack, EVERYTHING)
    code, output = run("rules", "pull", "-")
    assert code == 0
    assert output.splitlines()[1:] == pulled(tmp_path).read_text("utf-8").splitlines()[1:]


def test_pull_overwrites_nothing(stack: Stack, tmp_path: Path) -> None:
    """An existing file stays without --force; a name without a known ending is refused."""
    put(stack, rule(stack))
    file = pulled(tmp_path)
    code, output = run("rules", "pull", file)
    assert (code, output) == (2, f"autobook: {file} is there already: give a new name, or --force\n")
    put(stack, rule(stack, "second"))
    code, output = run("rules", "pull", file, "--force")
    assert (code, output) == (0, f"2 rules written:\n  {file}\n")
    code, output = run("rules", "pull", tmp_path / "rules.xlsx")
    assert (code, output) == (2, f"autobook: {tmp_path}/rules.xlsx: name it .yaml, .json or .csv\n")
    code, output = run("rules", "pull", tmp_path / "no" / "rules.csv")
    assert code == 2
    assert output.endswith("no such file or directory\n")


def test_pull_what_csv_cannot_hold(stack: Stack, tmp_path: Path) -> None:
    """Says so, and writes no file; YAML and JSON take it."""
    put(stack, rule(stack, note="a\0b"))
    code, output = run("rules", "pull", tmp_path / "rules.csv")
    assert code == 2
    assert "CSV cannot hold" in output
    assert not list(tmp_path.iterdir())
    for name in ("rules.yaml", "rules.json"):
        assert run("rules", "diff", pulled(tmp_path, name))[0] == 0


def test_pull_nothing(stack: Stack, tmp_path: Path) -> None:
    """An empty table is a file without rules."""
    assert stack
    for name in ("rules.yaml", "rules.json"):
        assert run("rules", "diff", pulled(tmp_path, name)) == (0, "no changes; 0 unchanged\n")


# --- diff and push -----------------------------------------------------------------------------------------------


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


# --- checks ------------------------------------------------------------------------------------------------------


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


# --- conflicts ---------------------------------------------------------------------------------------------------


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


# --- deletion, interruption --------------------------------------------------------------------------------------


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
