"""Past invoices from files."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from autobook.domain.documents import Unreadable
from autobook_cli.history import Entry, FileHistory
from tests.autobook_cli.past import booked
from tests.fakes import VIENNA


def write(path: Path, content: Any) -> Path:
    """A JSON file."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, default=str))
    return path


def ids(history: FileHistory) -> list[str | None]:
    """What comes, in its order; a reason for what cannot be read."""
    return [each.invoice.id if isinstance(each, Entry) else each.reason for each in history.entries()]


def test_files_of_every_kind(tmp_path: Path) -> None:
    """Lists, list responses, single documents and folders of them; those that came first come first."""
    one = write(
        tmp_path / "one.json",
        [booked("b", created_at="2026-03-02T08:00:00Z"), booked("a", created_at="2026-03-01T08:00:00Z")],
    )
    write(tmp_path / "all" / "archived.json", booked("c", created_at="2026-01-01T08:00:00Z"))
    write(tmp_path / "all" / "page.json", {"data": [booked("d", created_at="2026-02-01T08:00:00Z")]})
    history = FileHistory([one, tmp_path / "all", one], None, VIENNA)
    assert (history.total, ids(history)) == (4, ["c", "d", "a", "b"])
    assert ids(history) == ["c", "d", "a", "b"]


def test_latest_state_counts(tmp_path: Path) -> None:
    """Of an invoice that stands in several files the state that was changed last counts, once."""
    first = write(tmp_path / "1.json", [booked("a", "7380", updated_at="2026-03-05T08:00:00Z"), booked("b")])
    second = write(tmp_path / "2.json", [booked("a", "7385", updated_at="2026-03-04T08:00:00Z")])
    history = FileHistory([second, first], None, VIENNA)
    found = {each.invoice.id: each.invoice for each in history.entries() if isinstance(each, Entry)}
    assert history.total == len(found) == 2
    assert found["a"].bookings[0].chart_of_account_id == "acc-7380"  # type: ignore[index]


def test_unreadable_invoices_end_nothing(tmp_path: Path) -> None:
    """Each is named with its file, its number and the field; a file that is none is reported."""
    path = write(tmp_path / "x.json", [booked("a"), booked("b", sum_net=[1]), 7, booked("c")])
    broken = tmp_path / "y.json"
    broken.write_text("{")
    history = FileHistory([path, broken], None, VIENNA)
    unreadable = [each for each in history.entries() if isinstance(each, Unreadable)]
    assert [each.id for each in unreadable] == ["b", None]
    assert f"{path}, invoice 2: sum_net" in unreadable[0].reason
    assert sorted(each.invoice.id for each in history.entries() if isinstance(each, Entry)) == ["a", "c"]
    assert [each.path for each in history.unusable] == [broken]


def test_since(tmp_path: Path) -> None:
    """By the date of the invoice, and without one by the day on which it came."""
    documents = [
        booked("old", date_of_invoice="2026-01-31T08:00:00Z"),
        booked("new", date_of_invoice="2026-02-01T08:00:00Z"),
        booked("dateless", date_of_invoice=None, created_at="2026-02-03T08:00:00Z"),
        booked("unknown", date_of_invoice=None, created_at=None),
    ]
    assert sorted(map(str, ids(FileHistory([write(tmp_path / "x.json", documents)], date(2026, 2, 1), VIENNA)))) == [
        "dateless", "new", "unknown",
    ]  # fmt: skip
