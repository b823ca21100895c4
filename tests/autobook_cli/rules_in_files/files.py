"""Rules in a stack's table, and in a file that was pulled."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.autobook_cli.live import WHEN, run
from tests.autobook_cli.stack import Stack

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
