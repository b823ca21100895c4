"""`autobook rules history` on an archive as moto plays it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from autobook.domain.rule_history import HistoryEntry
from autobook_cli import rule_history
from autobook_cli.target import NoTarget, Target
from tests.autobook_cli.command_line import run

AT = datetime(2026, 11, 2, 9, 14, 7, tzinfo=UTC)
WHEN = 'supplier.name contains "Hostwerk" and sum_gross < 500 and not (title contains "credit" or title contains "x")'
BUCKET = "archive"


@pytest.fixture
def keep(aws: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts entries into the bucket."""
    assert aws is None
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket=BUCKET)
    where = Target(boto3.Session(region_name="us-east-1"), "stack")
    where.__dict__["resources"] = {"ArchiveBucket": BUCKET}
    monkeypatch.setattr(rule_history, "target", lambda *_: where)

    def put(*entries: HistoryEntry) -> None:
        for entry in entries:
            s3.put_object(Bucket=BUCKET, Key=entry.key, Body=entry.to_json())

    return put


def entry(hours: int, change: Any = "saved", **item: Any) -> HistoryEntry:
    return HistoryEntry.of({"rule_id": "hosting", **item}, AT + timedelta(hours=hours), change, str(hours))


def test_in_time_order(keep: Any) -> None:
    """Each version with its time and owner, and what differs from the one before; 80 columns."""
    keep(
        HistoryEntry.deleted("hosting", AT + timedelta(hours=4), "4"),
        entry(2, when=WHEN, account="7385", owner="Ben", tags={"b", "a"}),
        entry(3, "in_force", when=WHEN, account="7385", owner="Ben", tags={"b", "a"}),
        entry(0, when=WHEN, account="7380", owner="Ada"),
    )
    second = entry(2, when=WHEN, account="7385", owner="Ben", tags={"a", "b"}).version
    code, text = run("history", "hosting")
    lines = text.splitlines()
    assert code == 0
    assert max(map(len, lines)) <= 80
    assert lines[0] == "hosting  3 versions"
    assert [line for line in lines if line.startswith("2026")] == [
        f"2026-11-02 09:14:07 UTC  {entry(0, when=WHEN, account='7380', owner='Ada').version}  saved  owner Ada",
        f"2026-11-02 11:14:07 UTC  {second}  saved  owner Ben",
        "2026-11-02 13:14:07 UTC  deleted",
    ]
    assert "    account  7380 → 7385" in lines
    assert "    owner    Ada → Ben" in lines
    assert '    tags     ["a","b"]' in lines


def test_json(keep: Any) -> None:
    """Every entry, with the item as people read it and as the table takes it."""
    keep(entry(0, when=WHEN, priority=5), HistoryEntry.deleted("hosting", AT, "9", found=True))
    code, text = run("history", "hosting", "--json")
    first, second = json.loads(text)
    assert code == 0
    assert (first["item"], first["typed_item"]["priority"]) == ({"when": WHEN, "priority": 5}, {"N": "5"})
    assert (second["version"], second["change"], second["item"]) == ("deleted", "found", None)


def test_removed_attributes(keep: Any) -> None:
    """What is gone is named, and what comes back; a name with blanks is found by it."""
    named = [replace(each, rule_id="My rule") for each in (entry(0, when="a", note="n"), entry(1, when="a"))]
    keep(*named)
    _, text = run("history", "My rule")
    assert "    note  n → (none)" in text.splitlines()


def test_no_such_rule(keep: Any) -> None:
    """Said in one line, with exit code 2."""
    keep()
    assert run("history", "nobody") == (2, "autobook: the archive has no version of a rule nobody\n")


def test_no_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where there is nothing to look into."""

    def nothing(*_: object) -> Target:
        raise NoTarget("nothing is up on this machine")

    monkeypatch.setattr(rule_history, "target", nothing)
    assert run("history", "r") == (2, "autobook: nothing is up on this machine\n")
