"""`autobook rules backtest`: on files and on a stack, as text, as data and as a page."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook_cli import use_cases
from autobook_cli.history import Patience
from tests.autobook_cli.command_line import run
from tests.autobook_cli.past import account, booked
from tests.autobook_cli.stack import READS, Stack, make_stack
from tests.fake_kanbert import booking, incoming

SINCE = ("--since", "2020-01-01")
LONG = "x" * 70 + '\x1b[31m<script>alert(1)</script>\u202e & "quotes"'


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., tuple[str | Path, ...]]:
    """Options for these rules and invoices, in files."""

    def write(rules: list[dict[str, Any]], *invoices: Any) -> tuple[str | Path, ...]:
        (tmp_path / "rules.json").write_text(json.dumps(rules))
        (tmp_path / "invoices.json").write_text(json.dumps(invoices, default=str))
        return ("--rules", tmp_path / "rules.json", "--invoices", tmp_path / "invoices.json", *SINCE)

    return write


def a_rule(rule_id: str = "hosting", **fields: Any) -> dict[str, Any]:
    """About every invoice."""
    return {"rule_id": rule_id, "when": "sum_gross > 0", "account": "7380"} | fields


def data(*arguments: str | Path) -> Any:
    """What is printed with --json."""
    code, output = run("backtest", *arguments, "--json")
    assert code == 0, output
    return json.loads(output)


def test_json(files: Callable[..., Any]) -> None:
    """Per rule fired, agreed and differed, with both values; coverage by month."""
    found = data(
        *files(
            [a_rule(), a_rule("other", account="7385", priority=50, mode="suggest", when='title = "x"')],
            booked("a", date_of_invoice="2026-01-05T08:00:00Z"),
            booked("b", "7385", date_of_invoice="2026-02-05T08:00:00Z", invoice_number="R-2"),
            booked("c", "7385", date_of_invoice="2026-02-06T08:00:00Z", title="x"),
        )
    )
    rules = {each["rule_id"]: each for each in found["rules"]}
    hosting, other = rules["hosting"], rules["other"]
    assert [hosting[name] for name in ("fired", "agreed", "differed", "outranked")] == [3, 1, 1, 1]
    assert (hosting["agreement"], hosting["invoices"], hosting["last"]) == (0.5, 3, "2026-02-06")
    assert hosting["fields"] == {"account": {"agreed": 1, "differed": 1}}
    assert [each["fired"] for each in hosting["months"]] == [1, 2]
    (difference,) = hosting["differences"]
    assert (difference["invoice_id"], difference["invoice_number"], difference["value"]) == ("b", "R-2", 100.00)
    assert difference["fields"] == [
        {"field": "account", "rule": "7380 Telefon und Internet", "booked": "7385 Hosting und Domains", "agrees": False}
    ]
    assert (other["fired"], other["agreed"]) == (1, 1)
    months = [(each["month"], each["lines"], each["covered_before"], each["agreed"]) for each in found["months"]]
    assert months == [("2026-01", 1, 1, 1), ("2026-02", 2, 2, 1)]
    assert found["total"]["covered_after"] == 3


def test_text(files: Callable[..., Any]) -> None:
    """Within 80 columns, whatever names and texts are in it; nothing that a terminal would obey."""
    supplier = {"id": "s", "name": LONG}
    invoices = [booked(f"i{number}", "7385", invoice_number=LONG, supplier=supplier) for number in range(8)]
    code, output = run(
        "backtest",
        *files(
            [a_rule(), a_rule("r" * 70, account="7385", priority=200)], *invoices, booked(), {"id": "bad", "status": 7}
        ),
    )
    assert code == 0
    assert max(map(len, output.splitlines())) <= 80
    assert "\x1b" not in output
    assert re.search(r"^hosting +9 +1 +8 +0  11\.1 %, ≥ 0 %$", output, re.MULTILINE)
    assert "hosting differs from what people booked on 8:" in output
    assert "    account: rule 7380 Telefon und Internet; booked 7385 Hosting und Domains\n" in output
    assert "  … and 3 more; see --all, --json or --html" in output
    assert "1 more could not be read" in output
    assert "others: 9 where another rule comes first" in output
    _, everything = run("backtest", *files([a_rule()], *invoices, booked()), "--all")
    assert "more; see" not in everything


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        self.texts.append(text)


def test_page(files: Callable[..., Any], tmp_path: Path) -> None:
    """One file without scripts and links, where texts from outside are text; each chart has a title and a table."""
    supplier = {"id": "s", "name": LONG}
    invoices = [booked(f"i{number}", "7385", supplier=supplier) for number in range(30)]
    html = tmp_path / "page.html"
    code, output = run(
        "backtest", *files([a_rule(), a_rule('<b>"&')], *invoices, booked(), {"id": "bad", "status": 7}), "--html", html
    )
    assert (code, output.endswith(f"the page is written:\n  {html}\n")) == (0, True)
    text = html.read_text("utf-8")
    page = Page(text)
    assert page.open == []
    assert not [
        tag for tag, _ in page.tags if tag in ("script", "link", "img", "iframe", "object", "form", "a", "base")
    ]
    assert not [
        name for _, attributes in page.tags for name in attributes if name.startswith("on") or name in ("src", "href")
    ]
    assert not re.search(r"https?:|url\(|@import|\x1b|\u202e", text)
    assert "default-src 'none'" in text
    assert any("<script>alert(1)</script>" in each for each in page.texts)
    charts = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert all(each["role"] == "img" and (each.get("aria-label") or each.get("aria-labelledby")) for each in charts)
    assert sum(tag == "title" for tag, _ in page.tags) == 1 + len(charts)
    assert sum(tag == "table" for tag, _ in page.tags) >= 2
    assert ("html", {"lang": "en"}) in page.tags
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for wanted in ("prefers-color-scheme: dark", "@media print", "max-width: 620px"):
        assert wanted in text


def test_page_of_nothing(files: Callable[..., Any], tmp_path: Path) -> None:
    """No invoice, no rule: a page all the same."""
    html = tmp_path / "page.html"
    assert run("backtest", *files([]), "--html", html)[0] == 0
    assert "There is no rule on trial." in html.read_text("utf-8")


def test_one_rule(files: Callable[..., Any]) -> None:
    """Alone on trial, also if it is off; without it is before, with it is after."""
    options = files([a_rule(), a_rule("off", account="7385", priority=50, mode="off")], booked("a", "7385"))
    found = data(*options, "--rule", "off")
    assert [each["rule_id"] for each in found["rules"]] == ["off"]
    assert (found["rules"][0]["agreed"], found["total"]["agreed"]) == (1, 1)
    assert found["compared"] == "before: the other rules; after: with off applying"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--rule", "hostin"], 2, 'there is no rule "hostin", did you mean hosting?'),
        (["--rule", "broken"], 2, "the rule is in error: unknown field"),
        (["--stack", "x"], 2, "take --stack or --invoices, not both"),
        (["--timezone", "Mars"], 2, 'unknown time zone "Mars"'),
        (["--html", "/nowhere/page.html"], 2, "/nowhere/page.html: no such file or directory"),
        ([], 1, "broken, when: unknown field"),
    ],
)
def test_what_is_wrong(files: Callable[..., Any], arguments: list[str], code: int, words: str) -> None:
    """In one line, with the code that the guide says; a broken rule keeps no other from being tried."""
    options = files([a_rule(), {"rule_id": "broken", "when": "suplier = 1"}], booked())
    found, output = run("backtest", *options, *arguments)
    assert (found, words in output) == (code, True), output


def test_files_that_cannot_be_read(files: Callable[..., Any], tmp_path: Path) -> None:
    """The others are evaluated; the code says that one is missing."""
    (tmp_path / "bad.json").write_text("{")
    code, output = run("backtest", *files([a_rule()], booked()), tmp_path / "bad.json")
    assert code == 2
    assert "1 invoice since 2020-01-01 with 1 line" in output
    assert "bad.json: not valid JSON" in output


def test_without_rules_or_options(files: Callable[..., Any]) -> None:
    """Files of invoices come without rules; more files need --invoices."""
    options = files([a_rule()], booked())
    assert "name the rules to try with --rules" in run("backtest", *options[2:])[1]
    assert "files are given by --invoices" in run("backtest", "x.json", *SINCE)[1].replace("\n", " ")


# --- on a stack --------------------------------------------------------------------------------------------------


@pytest.fixture
def stack(aws: None, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """Three invoices, one of them booked by a rule, and rules: one applies, one suggests, one is in error."""
    assert aws is None
    return filled(make_stack(monkeypatch))


def filled(made: Stack) -> Stack:
    """With these."""
    lines = {"a": made.account("7380"), "b": made.account("7385"), "c": made.account("7380")}
    for number, (identifier, line) in enumerate(lines.items()):
        made.put_invoice(
            incoming(
                f"inv{identifier}", status="open" if identifier == "c" else "booked",
                date_of_invoice=f"2026-02-0{number + 1}T00:00:00.000000Z",
                bookings=[booking(f"line{identifier}", outgoing_invoice=None) | line],
                created_at="2026-03-01T08:00:00.000000Z",
            )
        )  # fmt: skip
    written = Written("linec", "account", made.account("7380")["chart_of_account_id"], None, "hosting")
    made.put_record(ProvenanceRecord(Document(DocumentKind.INCOMING_INVOICE, "invc"), written=(written,)))
    made.put_rule(**a_rule())
    made.put_rule(**a_rule("late", account="7385", priority=200, mode="suggest"))
    made.put_rule(rule_id="broken", when="nothing = 1")
    return made


def test_only_reads(stack: Stack, tmp_path: Path) -> None:
    """Kanbert is sent GETs and nothing else, AWS is asked and nothing is changed; the file that is named is written."""
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps([a_rule(account="7385", status="ready_for_accounting")]))
    before = stack.kanbert.store.version
    found = data(*SINCE, "--rules", rules, "--html", tmp_path / "page.html")
    assert found["rules"][0]["fired"] == 3
    assert set(stack.methods) == {"GET"}
    assert {"Scan", "BatchGetItem"} <= set(stack.operations) <= READS
    assert stack.kanbert.store.version == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["page.html", "rules.json"]


def test_rules_of_the_stack(stack: Stack) -> None:
    """Before: the rules as they stand; after: those that suggest, too. Our own value is nobody's judgement."""
    found = data(*SINCE)
    rules = {each["rule_id"]: each for each in found["rules"]}
    assert [rules["hosting"][name] for name in ("fired", "agreed", "differed", "undecided")] == [3, 1, 1, 1]
    assert rules["late"]["outranked"] == 3
    assert (found["total"]["covered_before"], found["total"]["judged"]) == (3, 2)
    assert "rules in error, which decide nothing: broken" in found["notes"]
    title = next(each for each in stack.kanbert.store.all("chart_of_accounts") if each["code"] == "7380")["title"]
    assert rules["hosting"]["differences"][0]["fields"][0]["rule"] == f"7380 {title}"


def test_a_brake_that_is_on(stack: Stack) -> None:
    """The figures are those after its release, and the report says so."""
    stack.put_rule(rule_id="_settings", mode="suggest")
    found = data(*SINCE)
    assert found["total"]["covered_before"] == 3
    (note,) = (each for each in found["notes"] if "brake" in each)
    assert note.endswith("(_settings has mode suggest); this is as if it were released")


def test_a_file_in_place_of_the_stacks_rules(stack: Stack, tmp_path: Path) -> None:
    """Its rules take the place of those of their names; before is without them."""
    assert stack.methods == []
    (tmp_path / "rules.json").write_text(json.dumps([a_rule(account="7385", mode="suggest")]))
    found = data(*SINCE, "--rules", tmp_path / "rules.json")
    assert [each["rule_id"] for each in found["rules"]] == ["hosting"]
    assert (found["rules"][0]["agreed"], found["rules"][0]["differed"]) == (1, 1)
    assert found["compared"].startswith("before: the rules as they stand; after: with 1 rule of ")


@pytest.mark.parametrize(
    "profile",
    [
        *("ties-lost", "order-ignored", "listed-twice", "cursors-numeric", "meta-bare", "filters-refused"),
        *("pages-of-three", "lists-without-parts", "accounts-as-ids", "accounts-without-ids", "lists-as-objects"),
        *("cursors-repeat", "cursors-forgotten", "odd-elements", "forbidden-document", "limit-seconds", "not-now"),
    ],
)  # fmt: skip
def test_however_kanbert_may_be(aws: None, monkeypatch: pytest.MonkeyPatch, profile: str) -> None:
    """The figures are the same; what cannot be read is named and ends nothing."""
    assert aws is None
    made = filled(make_stack(monkeypatch, profile))
    clock = made.kanbert.store.clock
    began = clock()

    def sleep(seconds: float) -> None:
        clock.frozen = (clock.frozen or began) + timedelta(seconds=seconds)

    monkeypatch.setattr(use_cases, "Patience", lambda: Patience(sleep))
    found = data(*SINCE)
    hosting = next(each for each in found["rules"] if each["rule_id"] == "hosting")
    lost = found["unreadable_total"] if profile == "forbidden-document" else 0
    assert (hosting["fired"], hosting["undecided"]) == (3 - lost, 1), found
    assert hosting["agreed"] + hosting["differed"] == 2 - lost


def test_booked_lines_have_accounts() -> None:
    """The invoices above are what the tests say they are."""
    assert booked("x", "7385")["bookings"][0]["chart_of_account_id"] == account("7385")["chart_of_account_id"]
