"""Cases of `autobook rules`."""

import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from autobook.domain.codes import Candidate
from autobook.domain.documents import Unreadable
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.rule_history import HistoryEntry
from autobook.domain.rules import RuleSet
from autobook_cli import past_invoices, rule_history
from autobook_cli.history import Entry, KanbertHistory, Names
from autobook_cli.rule_files import read_rules
from autobook_cli.use_cases import PastOfStack
from tests.autobook.domain.rules.invoices import an_invoice
from tests.autobook_cli.outside_text import EVIL, EVIL_NAME, EVIL_TEXT
from tests.autobook_cli.outside_text.fakes import AT, aws_error, run, stack_of
from tests.autobook_cli.past import booked
from tests.fakes import FakeCodeResolver


def rules(tmp_path: Path, *command: str) -> str:
    """A command on files with such names, rules with such ids, texts and values, an invoice with such a supplier."""
    invoice = json.loads(an_invoice().model_dump_json())
    text = EVIL_TEXT
    invoice |= {"supplier": {"id": "s1", "name": text}, "invoice_number": text, "notes": text, "title": text}
    invoice["bookings"] = [{**invoice["bookings"][0], "id": text, "title": text}]
    condition = f"title contains {json.dumps('red', ensure_ascii=False)} and notes = {json.dumps(text)}"
    items = [
        {"rule_id": text, "when": condition, "account": text},
        {"rule_id": f"{text} rival", "when": "sum_gross > 0", "account": "1"},
        {"rule_id": f"{text} other", "when": "booking.title contains 'red'", "client": text},
        {"rule_id": f"{text} broken", "when": f"supplier.name = '{text}' and ="},
        {"rule_id": f"{text} unknown", "when": f"sum_gross > 0 and {text}"},
        {"rule_id": f"{text} attribute", "when": "sum_gross > 0", text: "1"},
        {"rule_id": f"{text} value", "when": "sum_gross > 0", "priority": text, "mode": text},
    ]
    (tmp_path / f"{EVIL_NAME}.json").write_text(json.dumps(items))
    (tmp_path / f"{EVIL_NAME} invoices.json").write_text(json.dumps([invoice]))
    (tmp_path / f"{EVIL_NAME} broken.yaml").write_text("a: [\x1b[31m")
    files = {"RULES": f"{EVIL_NAME}.json", "INVOICES": f"{EVIL_NAME} invoices.json", "NO": f"{EVIL_NAME} broken.yaml"}
    return run("rules", *(str(tmp_path / files[each]) if each in files else each for each in command))


def check(tmp_path: Path) -> str:
    return rules(tmp_path, "check", "RULES", "NO", "INVOICES") + rules(tmp_path, "check", "RULES", "NO", "--json")


def try_(tmp_path: Path) -> str:
    wanted = ("--rules", "RULES", "--invoices")
    printed = [
        rules(tmp_path, "try", *wanted, invoices, *more)
        for invoices in ("INVOICES", "NO")
        for more in ((), ("--json",))
    ]
    return "".join(printed)


def explain(tmp_path: Path) -> str:
    wanted = ("explain", "--rules", "RULES", "--invoice", "INVOICES")
    more: list[tuple[str, ...]] = [(), ("--json",), ("--rule", EVIL), ("--rule", EVIL, "--json"), ("--timezone", EVIL)]
    return "".join(rules(tmp_path, *wanted, *each) for each in more)


# --- the past ----------------------------------------------------------------------------------------------------

SINCE = ("--since", "2025-01-01")
TITLES = {"id": "acc-1", "code": EVIL_TEXT, "title": EVIL_TEXT}


def past(number: int) -> dict[str, Any]:
    """An invoice a month, of such a supplier, whose only line is booked on such an account."""
    day = f"2025-{number % 12 + 1:02}-10T00:00:00Z"
    line = {"chart_of_account_id": "acc-1", "chart_of_account": TITLES, "title": EVIL_TEXT, "project_id": EVIL_TEXT}
    made = booked(f"i{number}", date_of_invoice=day, created_at=day, invoice_number=EVIL_TEXT, title=EVIL_TEXT)
    lines = [{**made["bookings"][0], **line, "id": f"{number} {EVIL_TEXT}"}]
    return made | {"supplier": {"id": "s1", "name": EVIL_TEXT}, "bookings": lines}


TRIED: list[dict[str, Any]] = [
    {"rule_id": EVIL_TEXT, "when": "sum_gross > 0", "account": EVIL_TEXT, "tags": [EVIL_TEXT]},
    {"rule_id": f"{EVIL_TEXT} rival", "when": "title contains 'markup'", "account": "7385", "priority": 50},
    {"rule_id": f"{EVIL_TEXT} unknown", "when": f"sum_gross > 0 and {EVIL_TEXT}"},
    {"rule_id": f"{EVIL_TEXT} attribute", "when": "sum_gross > 0", EVIL_TEXT: "1"},
]


def past_files(tmp_path: Path) -> tuple[str, str, str]:
    """A file of rules, one of invoices, and one that cannot be read."""
    files = [tmp_path / f"{EVIL_NAME}{ending}" for ending in (" rules.json", ".json", ".yaml")]
    unreadable = [{"id": EVIL_TEXT, "status": 7}, {"id": "i99", "status": {EVIL_TEXT: 1}}]
    contents = (
        json.dumps(TRIED),
        json.dumps(
            [*map(past, range(12)), booked("other", "7385", date_of_invoice="2025-06-10T00:00:00Z"), *unreadable],
            default=str,
        ),
        "a: [\x1b[31m",
    )
    for path, content in zip(files, contents, strict=True):
        path.write_text(content)
    first, second, third = map(str, files)
    return first, second, third


def past_of_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack with such rules and invoices, where Kanbert refuses in such words."""
    zone = ZoneInfo("UTC")
    names = Names(refused=[EVIL])
    accounts = (Candidate("acc-1", EVIL_TEXT, EVIL_TEXT), Candidate("acc-7385", "7385", EVIL_TEXT))
    codes = FakeCodeResolver({("account", each.code): (each,) for each in accounts})
    history = KanbertHistory(None, lambda _: {}, codes, names, None, zone, notes=[EVIL])  # type: ignore[arg-type]
    read = [Unreadable(EVIL, EVIL), *(Entry.without_record(IncomingInvoice.model_validate(past(n))) for n in range(9))]
    monkeypatch.setattr(KanbertHistory, "entries", lambda _: iter(read))
    held = RuleSet.load([*TRIED, {"rule_id": "_settings", "mode": EVIL_TEXT}], timezone=zone)

    @contextlib.contextmanager
    def of(*_: Any) -> Iterator[PastOfStack]:
        yield PastOfStack(history, held, past_invoices.GUARDS, zone)

    monkeypatch.setattr(past_invoices, "target", lambda *_: None)
    monkeypatch.setattr(past_invoices, "past_of", of)


class Page(HTMLParser):
    """A page: its text, where its markup is ours."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "script"
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def backtest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """On files and on a stack, in text, as data, and as a page, which shows markup as it stands."""
    tried, invoices, broken = past_files(tmp_path)
    page = tmp_path / f"{EVIL_NAME}.html"
    printed, offline = [], ("--invoices", invoices)

    def on(*arguments: str) -> None:
        printed.append(run("rules", "backtest", *SINCE, *arguments))

    for more in (), ("--all",), ("--json",), ("--rule", EVIL_TEXT), ("--rule", EVIL):
        on("--rules", tried, *offline, *more)
    assert "differs from what people booked" in " ".join(printed[3].split())
    on("--rules", tried, *offline, broken, "--html", str(page))
    on("--rules", broken, *offline)
    on("--rules", tried, *offline, "--timezone", EVIL)
    on("--rules", tried, *offline, "--html", str(tmp_path / f"no {EVIL}"))
    past_of_stack(monkeypatch)
    pages = [page.read_text("utf-8")]
    for more in (), ("--json",), ("--rules", tried), ("--html", str(page)), ("--rule", f"{EVIL_TEXT} attribute"):
        on(*more)
    pages.append(page.read_text("utf-8"))
    for each in pages:
        assert "<script>a()</script>&lt;\"'" in Page(each).text
    monkeypatch.setattr(past_invoices, "target", aws_error)
    on()
    return "".join([*printed, *pages])


def suggest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """From files and from a stack, in text, as data, and as a file of rules."""
    present, invoices, broken = past_files(tmp_path)
    out = tmp_path / f"new {EVIL_NAME}.yaml"
    printed = []

    def on(*arguments: str) -> None:
        printed.append(run("rules", "suggest", *SINCE, *arguments))

    for more in (), ("--json",), ("--out", str(out)), ("--out", str(out)), ("--rules", present), ("--rules", broken):
        on("--invoices", invoices, *more)
    assert "in mode suggest, and in no table yet" in printed[2]
    on("--invoices", invoices, "--out", str(tmp_path / f"no {EVIL}"))
    on("--invoices", broken)
    assert read_rules(out)[0]["account"] == EVIL_TEXT
    past_of_stack(monkeypatch)
    on()
    on("--json")
    monkeypatch.setattr(past_invoices, "target", aws_error)
    on()
    return "".join([*printed, out.read_text("utf-8")])


# --- versions ----------------------------------------------------------------------------------------------------


def history(monkeypatch: pytest.MonkeyPatch) -> str:
    """In text and as data; of a rule that there is not, without an archive, and where AWS refuses."""
    item = {"rule_id": EVIL_TEXT, "when": EVIL_TEXT, "owner": EVIL_TEXT, EVIL_TEXT: [EVIL_TEXT], "tags": {EVIL_TEXT}}
    kept = {
        "first": HistoryEntry.of(item, AT, "saved", "1"),
        "second": HistoryEntry.of({**item, "when": f"{EVIL_TEXT} or more"}, AT + timedelta(hours=1), "found", "2"),
        "third": HistoryEntry.deleted(EVIL_TEXT, AT + timedelta(hours=2), "3"),
    }
    archive = SimpleNamespace(entry_keys=lambda _: list(kept), entry=kept.__getitem__)
    monkeypatch.setattr(rule_history, "S3RuleHistory", lambda *_: archive)
    monkeypatch.setattr(rule_history, "target", lambda *_: stack_of(ArchiveBucket=EVIL))
    printed = [run("rules", "history", EVIL, *more) for more in ([], ["--json"])]
    assert "  3 versions\n" in printed[0]
    archive.entry = aws_error
    printed.append(run("rules", "history", EVIL))
    kept.clear()
    printed.append(run("rules", "history", EVIL))
    monkeypatch.setattr(rule_history, "target", lambda *_: stack_of())
    return "".join([*printed, run("rules", "history", EVIL)])
