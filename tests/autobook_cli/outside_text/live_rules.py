"""Cases of the commands on a stack's rules: `rules pull|diff|push`, `explain`, and `check`, `try`, `explain` there."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from autobook.domain.codes import Candidate
from autobook.domain.errors import Forbidden, NotFound
from autobook.domain.kanbert import IncomingInvoice
from autobook_cli import stack_rules
from autobook_cli.live_rules import Change, RefusedItem
from autobook_cli.rule_files import read_rules
from autobook_cli.use_cases import RulesOfStack
from tests.autobook.domain.rules.invoices import an_invoice
from tests.autobook_cli.outside_text import EVIL, EVIL_NAME, EVIL_TEXT
from tests.autobook_cli.outside_text.fakes import aws_error, run
from tests.fakes import FakeCodeResolver

TEXT = EVIL_TEXT
ITEMS: list[dict[str, Any]] = [
    {"rule_id": TEXT, "when": f"title contains {json.dumps(TEXT)}", "account": TEXT, "tags": {TEXT}},
    {"rule_id": f"{TEXT} rival", "when": "sum_gross > 0", "account": "2", "note": TEXT, "owner": TEXT},
    {"rule_id": f"{TEXT} unknown", "when": "booking.title contains 'red'", "project": TEXT},
    {"rule_id": f"{TEXT} broken", "when": f"sum_gross > 0 and {TEXT}"},
    {"rule_id": f"{TEXT} attribute", "when": "sum_gross > 0", TEXT: {TEXT: [TEXT]}},
]


class Table:
    """A table of such rules, where somebody is always quicker, or DynamoDB refuses."""

    name = TEXT

    def __init__(self) -> None:
        self.items = {item["rule_id"]: item for item in ITEMS}
        self.number = 0

    def read(self) -> dict[str, dict[str, Any]]:
        return self.items

    def write(self, _change: Change) -> bool:
        self.number += 1
        if self.number % 3 == 0:
            raise RefusedItem(TEXT)
        return self.number % 3 == 1


def on_stack(monkeypatch: pytest.MonkeyPatch, *, refuses: bool = False) -> Table:
    """A stack with these rules and of such a name; its Kanbert has such an invoice, or refuses in such words."""
    table = Table()
    candidates = {("account", TEXT): (Candidate("a1", TEXT, TEXT, status="closed"),)}
    codes: Any = FakeCodeResolver(candidates)
    if refuses:

        def no(*_: Any, **__: Any) -> Any:
            raise Forbidden(TEXT)

        codes = SimpleNamespace(candidates=no, names=no)
    invoice = json.loads(an_invoice().model_dump_json()) | {"title": TEXT, "id": "i1", "invoice_number": TEXT}
    found = IncomingInvoice.model_validate(invoice)
    listed = [found, found.model_copy(update={"id": TEXT})]

    def get(identifier: str) -> IncomingInvoice:
        if identifier != "i1":
            raise NotFound(TEXT)
        return found

    kanbert: Any = SimpleNamespace(get_incoming_invoice=get, list_incoming_invoices=lambda **_: iter(listed))

    @contextlib.contextmanager
    def of(_: Any) -> Iterator[RulesOfStack]:
        yield RulesOfStack(table, ZoneInfo("UTC"), True, codes, kanbert, TEXT)  # type: ignore[arg-type]

    monkeypatch.setattr(stack_rules, "target", lambda *_: None)
    monkeypatch.setattr(stack_rules, "rules_of", of)
    return table


def explain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """By id and number, one rule and all; none of that number, several; `rules check`, `try`, `explain` as well."""
    on_stack(monkeypatch)
    file = tmp_path / "invoice.json"
    file.write_text(an_invoice().model_dump_json())
    ways: list[tuple[str, ...]] = [
        ("explain", "i1"), ("explain", "i1", "--json"), ("explain", "i1", "--rule", TEXT), ("explain", TEXT),
        ("explain", "i1", "--rule", EVIL), ("explain", EVIL), ("rules", "explain", "--document", EVIL),
        ("rules", "check"), ("rules", "check", "--all", "--json"), ("rules", "try", "--invoices", str(file)),
        ("rules", "explain", "--invoice", str(file)),
    ]  # fmt: skip
    printed = [run(*each) for each in ways]
    assert "2 invoices have the number" in printed[3]
    on_stack(monkeypatch, refuses=True)
    printed += [run("rules", "check"), run("explain", "i1", "--json")]
    assert "were not looked up" in printed[-2]
    monkeypatch.setattr(stack_rules, "target", aws_error)
    return "".join([*printed, run("explain", EVIL)])


def pull(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Into a file of each format, where YAML and JSON are safe to look at; into one that is there, or cannot be."""
    on_stack(monkeypatch)
    files = [tmp_path / f"{EVIL_NAME}{ending}" for ending in (".yaml", ".json", ".csv")]
    printed = [run("rules", "pull", str(file)) for file in files]
    printed.append(run("rules", "pull", "-"))
    for file in (files[0], tmp_path / f"no {EVIL}", tmp_path / EVIL_NAME / EVIL_NAME / "a.csv"):
        printed.append(run("rules", "pull", str(file)))
    for file in files:
        assert {each["rule_id"] for each in read_rules(file)} == {item["rule_id"] for item in ITEMS}
    monkeypatch.setattr(stack_rules, "target", aws_error)
    printed.append(run("rules", "pull", "-"))
    return "".join([*printed, *(file.read_text("utf-8") for file in files[:2])])


def edited(tmp_path: Path) -> Path:
    """What was pulled, with a rule that is edited, one that is new, and one that is gone."""
    file = tmp_path / f"{EVIL_NAME}.json"
    run("rules", "pull", str(file), "--force")
    items = json.loads(file.read_text())
    changed = [{**each, "description": TEXT} if "rival" in each["rule_id"] else each for each in items]
    new = [{"rule_id": f"{TEXT} new {number}", "when": "sum_gross > 1", "account": TEXT} for number in range(5)]
    file.write_text(json.dumps([*changed[1:], *new]))
    return file


def diff(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Changes of every kind, refused ones, rules that only one side has; files that cannot be used."""
    table = on_stack(monkeypatch)
    file = edited(tmp_path)
    ways: list[list[str]] = [[], ["--json"], ["--delete"], ["--delete", "--json"]]
    printed = [run("rules", "diff", str(file), *more) for more in ways]
    table.items = {name: {**item, "owner": f"{TEXT} other"} for name, item in table.items.items()}
    printed += [run("rules", "diff", str(file), *more) for more in ways]
    assert "refused" in printed[4]
    file.write_text(json.dumps([{"rule_id": "_settings", "mode": TEXT}, {TEXT: TEXT}]))
    printed += [run("rules", "diff", str(file), *more) for more in ways[:2]]
    return "".join([*printed, run("rules", "diff", str(tmp_path / f"no {EVIL}"))])


def push(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The same, asked about, written, refused; with codes that are unknown, and where Kanbert cannot be asked."""
    printed = []
    for refuses in (False, True):
        on_stack(monkeypatch, refuses=refuses)
        for more in ([], ["--yes"], ["--yes", "--delete"], ["--yes", "--without-codes"], ["--yes", "--json"]):
            printed.append(run("rules", "push", str(edited(tmp_path)), *more))
    assert "is not written: " in "".join(printed)
    file = tmp_path / f"{EVIL_NAME} broken.json"
    file.write_text(json.dumps([ITEMS[3] | {"rule_id": TEXT * 2}, {"rule_id": f"{TEXT} 7", "account": TEXT}]))
    printed.append(run("rules", "push", str(file), "--yes"))
    monkeypatch.setattr(Table, "write", aws_error)
    return "".join([*printed, run("rules", "push", str(edited(tmp_path)), "--yes", "--without-codes")])
