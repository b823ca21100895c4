"""`autobook rules suggest`: a rules file that `rules check` accepts, and nothing else is written."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from autobook_cli.rule_files import read_rules
from tests.agency import Agency
from tests.autobook_cli.command_line import run
from tests.autobook_cli.stack import READS, make_stack
from tests.fake_kanbert import booking, incoming

SINCE = ("--since", "2025-01-01")


@pytest.fixture(scope="module")
def agency() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A year's invoices, and rules for some suppliers."""
    made = Agency(3, 20, months=12)
    return list(made.invoices(date(2025, 1, 1), 12)), made.rules(every=4)


@pytest.fixture
def files(agency: tuple[Any, Any], tmp_path: Path) -> Callable[..., list[str | Path]]:
    """Options for them, in files."""
    invoices, rules = agency
    (tmp_path / "invoices.json").write_text(json.dumps(invoices, default=str))
    (tmp_path / "rules.json").write_text(json.dumps(rules))

    def options(*, rules: bool = False) -> list[str | Path]:
        found: list[str | Path] = [*SINCE, "--invoices", tmp_path / "invoices.json"]
        return [*found, "--rules", tmp_path / "rules.json"] if rules else found

    return options


def test_a_file_that_check_accepts(files: Callable[..., list[str | Path]], tmp_path: Path) -> None:
    """Together with the rules that are there it has no error, no warning, and no conflict; every rule only suggests."""
    out = tmp_path / "suggested.yaml"
    code, output = run("suggest", *files(rules=True), "--out", out)
    assert code == 0, output
    assert output.endswith(f"written, in mode suggest, and in no table yet:\n  {out}\n")
    assert max(map(len, output.splitlines()[:-1])) <= 80
    items = read_rules(out)
    assert len(items) > 8
    assert {each["mode"] for each in items} == {"suggest"}
    code, checked = run("check", out, tmp_path / "rules.json")
    assert (code, checked) == (
        0,
        f"{len(items) + len(read_rules(tmp_path / 'rules.json'))} rules: 0 errors, 0 warnings\n",
    )


def test_what_it_says(files: Callable[..., list[str | Path]]) -> None:
    """Text and JSON are about the same rules, with support, predictions and bound; nothing is written without --out."""
    _, text = run("suggest", *files())
    _, printed = run("suggest", *files(), "--json")
    found = json.loads(printed)
    assert text.startswith(f"{len(found['proposals'])} rules suggested from {found['invoices']} invoices")
    for each in found["proposals"]:
        assert each["rule"]["rule_id"] in text
        assert 0.5 <= each["agreement_at_least"] < each["agreed"] / each["predicted"] <= 1
        assert each["support"] >= 4
    assert found["predicted"] == sum(each["predicted"] for each in found["proposals"])


def test_what_is_suggested_is_not_suggested_again(files: Callable[..., list[str | Path]], tmp_path: Path) -> None:
    """With its own file as the rules that are there, nothing new comes."""
    out = tmp_path / "suggested.yaml"
    run("suggest", *files(), "--out", out)
    first = {each["rule_id"] for each in read_rules(out)}
    _, printed = run("suggest", *files(), "--rules", out, "--json")
    again = json.loads(printed)
    assert len(again["proposals"]) <= 0.1 * len(first)
    assert again["lines_that_rules_decide"] > 0


def test_how_sure(files: Callable[..., list[str | Path]]) -> None:
    """Who asks for more gets fewer."""
    _, printed = run("suggest", *files(), "--at-least", "0.8", "--json")
    few = json.loads(printed)["proposals"]
    assert few
    assert all(each["agreement_at_least"] >= 0.8 for each in few)


def test_nothing_is_overwritten(files: Callable[..., list[str | Path]], tmp_path: Path) -> None:
    """A file that is there may have been edited."""
    out = tmp_path / "mine.yaml"
    out.write_text("mine")
    code, output = run("suggest", *files(), "--out", out)
    assert (code, "is there already: give a new name" in output, out.read_text()) == (2, True, "mine")


def test_nothing_to_learn(tmp_path: Path) -> None:
    """No invoice at all is an error; too few make an empty file, which `check` accepts."""
    (tmp_path / "none.json").write_text("[]")
    code, output = run("suggest", *SINCE, "--invoices", tmp_path / "none.json")
    assert (code, output) == (2, "autobook: there is no invoice of that day or later\n")
    (tmp_path / "one.json").write_text(json.dumps(incoming(date_of_invoice="2026-01-01T00:00:00Z"), default=str))
    out = tmp_path / "empty.yaml"
    code, output = run("suggest", *SINCE, "--invoices", tmp_path / "one.json", "--out", out)
    assert code == 0
    assert output.startswith("0 rules suggested from 1 invoice")
    assert run("check", out) == (0, "0 rules: 0 errors, 0 warnings\n")


def test_on_a_stack(aws: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only reads; codes of accounts, positions, projects and clients as Kanbert has them."""
    assert aws is None
    stack = make_stack(monkeypatch)
    account = stack.account("7380")
    project = next(each for each in stack.kanbert.store.all("projects") if each["shortcode"] == "P-42")
    position = account["chart_of_account"]["_positions"][0]
    for number in range(12):
        line = (
            booking(f"l{number}", project_id=project["id"], position_id=position["id"], outgoing_invoice=None) | account
        )
        day = f"2025-{number + 1:02}-10T00:00:00.000000Z"
        stack.put_invoice(incoming(f"i{number}", status="booked", date_of_invoice=day, created_at=day, bookings=[line]))
    before = stack.kanbert.store.version
    out = tmp_path / "s.yaml"
    code, output = run("suggest", *SINCE, "--out", out)
    assert code == 0, output
    (item,) = read_rules(out)
    assert (item["account"], item["project"], item["position"]) == ("7380", "P-42", position["title"])
    assert set(stack.methods) == {"GET"}
    assert set(stack.operations) <= READS
    assert stack.kanbert.store.version == before
