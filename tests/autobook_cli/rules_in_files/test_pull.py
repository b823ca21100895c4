"""`rules pull`: what is in the file is what was in the table, in each format."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.autobook_cli.live import run, table_items
from tests.autobook_cli.rules_in_files.files import EVERYTHING, FORMATS, ODD, pulled, put, rule
from tests.autobook_cli.stack import READS, Stack


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
