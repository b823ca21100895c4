"""`autobook reprocess` on fakes: which invoices it is about, what it shows, and that they are really decided again."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest
from typer.testing import CliRunner

from autobook.domain.documents import Change
from autobook.domain.kanbert import ChartOfAccount
from autobook.domain.rules import rule_version
from autobook_cli import app
from autobook_cli.reprocessing import Reprocessing
from tests.autobook.service.processing import INVOICE, rule
from tests.fake_kanbert import booking, incoming
from tests.fakes import FakeRuleRepository, message
from tests.listing import ListingKanbert, ListingSystem

CHART = [{"id": "acc-7380", "code": "7380", "title": "Hosting"}, {"id": "acc-7390", "code": "7390", "title": "Other"}]


class Kanbert(ListingKanbert):
    """With a chart of accounts."""

    def chart_of_accounts(self) -> Iterator[ChartOfAccount]:
        """Two accounts."""
        return iter([ChartOfAccount.model_validate(each) for each in CHART])


type Command = Callable[..., tuple[int, str]]


@pytest.fixture
def system() -> ListingSystem:
    """Four invoices that were decided by no rule at all: two of Hetzner, one of another supplier, one booked."""
    made = ListingSystem(rule_repository=FakeRuleRepository(), kanbert=Kanbert())
    made.kanbert.add(incoming("inv1", invoice_number="R-1", created_at="2026-02-01T08:00:00Z"))
    made.kanbert.add(incoming("inv2", invoice_number="R-2"))
    made.kanbert.add(incoming("inv3", invoice_number="R-2", supplier={"id": "s2", "name": "Other\x1b[31m GmbH"}))
    made.kanbert.add(incoming("inv4", invoice_number='R 4/“x”"', status="booked"))
    for identifier in ("inv1", "inv2", "inv3", "inv4"):
        made.deliver(message(identifier))
    made.publisher.published.clear()
    made.rule_repository.items += [rule(account="7380", client="C-9"), rule("rest", "sum_net > 1", project="id:p1")]
    return made


@pytest.fixture
def run(system: ListingSystem, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, on that system: exit code, output."""

    @contextmanager
    def reprocessing_of(_target: object) -> Iterator[Reprocessing]:
        yield Reprocessing(system.processor(), system.kanbert, system.queue)  # type: ignore[arg-type]

    module = import_module("autobook_cli.reprocess")
    monkeypatch.setattr(module, "reprocessing_of", reprocessing_of)
    monkeypatch.setattr(module, "target", lambda *_: None)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["reprocess", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return run


def queued(system: ListingSystem) -> list[str]:
    assert {each.event for each in system.queue.messages} <= {Change.DECIDE}
    return sorted(each.id for each in system.queue.messages)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--document", "inv1"], ["inv1"]),
        (["--document", "R-1"], ["inv1"]),
        (["--document", " r-1 "], ["inv1"]),
        (["--open"], ["inv1", "inv2", "inv3"]),
        (["--rule", "hetzner"], ["inv1", "inv2"]),
        (["--rule", "rest", "--open"], ["inv1", "inv2", "inv3"]),
        (["--since", "2026-03-01"], ["inv2", "inv3"]),
        (["--since", "2026-03-02"], []),
        (["--since", "9999-12-31"], []),
        (["--since", "0001-01-01"], ["inv1", "inv2", "inv3"]),
        (["--rule", "hetzner", "--since", "2026-03-01"], ["inv2"]),
        (["--document", "inv1", "--since", "2026-03-01"], []),
        (["--document", "inv3", "--rule", "hetzner"], []),
        (["--document", 'R 4/“x”"'], []),
        (["--document", "inv4", "--open"], []),
    ],
)
def test_what_is_meant(run: Command, system: ListingSystem, arguments: list[str], expected: list[str]) -> None:
    """Each option narrows the others down; only open invoices are queued."""
    code, output = run(*arguments)
    assert queued(system) == expected, output
    assert code == 0


@pytest.mark.parametrize("typed", ["R 5/é", " r 5/É", "R 5/e\u0301", "R\u00a05/é"])
@pytest.mark.parametrize("in_kanbert", ["R 5/é", " R 5/É\u00a0", "r 5/é "])
def test_number_as_typed(run: Command, system: ListingSystem, in_kanbert: str, typed: str) -> None:
    """A number is found in another case, with blanks around it, and however its letters are encoded."""
    system.kanbert.add(incoming("inv5", invoice_number=in_kanbert))
    code, output = run("--document", typed)
    assert (code, queued(system)) == (0, ["inv5"]), output


def test_without_lines(run: Command, system: ListingSystem) -> None:
    """A list that leaves out the lines does not hide an invoice from a rule about lines."""
    system.kanbert.bookings_listed = False
    system.rule_repository.items.append(rule("lines", "booking.value > 1", booking_type="account_other"))
    run("--rule", "lines")
    assert queued(system) == ["inv1", "inv2", "inv3"]


def test_rule_that_wrote(run: Command, system: ListingSystem) -> None:
    """An invoice into which a rule has written is its concern, though it fires no more."""
    run("--document", "inv1")
    system.work()
    system.rule_repository.items[0] |= {"when": 'supplier.name = "Nobody"'}
    run("--rule", "hetzner")
    assert queued(system) == ["inv1"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name the invoices"),
        (["--document", "nothing"], "no incoming invoice with the id or the number nothing"),
        (["--document", "R-2"], "2 invoices have the number R-2; give an id: inv2 (Hetzner Online GmbH of 20"),
        (["--document", "a\x1b[2Jb"], "the number a[2Jb"),
        (["--rule", "nothing"], "no rule nothing"),
        (["--rule", "broken"], "in error"),
        (["--rule", "off"], "is off"),
    ],
)
def test_errors(run: Command, system: ListingSystem, arguments: list[str], words: str) -> None:
    """What is unknown or ambiguous is answered in one line, with exit code 2, and nothing is queued."""
    system.rule_repository.items += [rule("broken", "supplier.nme = 1"), rule("off", mode="off", account="7390")]
    code, output = run(*arguments)
    assert code == 2
    assert words in output
    assert "\x1b" not in output
    assert queued(system) == []


def test_dry_run(run: Command, system: ListingSystem) -> None:
    """Field, from and to with code and title, and rule, line by line; nothing is written or queued."""
    code, output = run("--rule", "hetzner", "--dry-run")
    assert code == 0
    assert "R-1  Hetzner Online GmbH  120.00  (inv1)\n" in output
    assert "  line b1 account: - → 7380 Hosting (rule hetzner)\n" in output
    assert "  line b1 project: - → p1 (rule rest)\n" in output
    assert "  a person must look: line b1: Kanbert has no client C-9" in output
    assert output.endswith("2 of 2 open invoices would be written to, 4 values in all; nothing was queued\n")
    assert max(map(len, output.splitlines())) <= 80
    assert queued(system) == []
    assert system.kanbert.patches == []
    assert system.publisher.published == []


def test_dry_run_is_what_is_written(run: Command, system: ListingSystem) -> None:
    """What the dry run shows is what is written then, and a second dry run has nothing to show."""
    _, output = run("--open", "--dry-run", "--json")
    expected = {
        (each["id"], write["booking_id"], write["field"], write["to"])
        for each in json.loads(output)["invoices"]
        for write in each["writes"]
    }
    run("--open")
    system.work()
    records = system.provenance.records
    written = {(document.id, w.booking_id, w.field, w.value) for document in records for w in records[document].written}
    assert written == expected
    assert len(expected) == 5
    _, output = run("--open", "--dry-run")
    assert "0 of 3 open invoices would be written to" in output


def test_really_decided_again(run: Command, system: ListingSystem) -> None:
    """An invoice that no change of the rules concerns is decided again all the same; repeated, it costs nothing."""
    system.rule_repository.items[:] = [rule(account="7381")]
    system.deliver(message())
    system.code_resolver.known["account", "7381"] = "acc-7390"
    for _ in range(2):
        run("--document", "inv1")
        system.work()
    assert system.kanbert.line("inv1")["chart_of_account_id"] == "acc-7390"
    assert system.publisher.types.count("invoice.booked") == 1
    assert len(system.kanbert.patches) == 1


def test_what_is_special(run: Command, system: ListingSystem) -> None:
    """One that is not read yet, one with long values, one that cannot be read: each in lines of 80 characters."""
    system.kanbert.add(incoming("inv5", supplier=None, sum_net=0, sum_tax=0, sum_gross=0))
    system.kanbert.add(incoming("inv6", bookings=[booking("b" * 64)], title="", notes="y" * 300))
    system.rule_repository.items.append(rule("long", "sum_net > 1", booking_title="x" * 200, note="z" * 900))
    _, output = run("--open", "--dry-run")
    assert "not read yet" in output
    assert max(map(len, output.splitlines())) <= 80


def test_json(run: Command, system: ListingSystem) -> None:
    """For other programs: what was queued, and what was left alone."""
    _, output = run("--document", "inv4", "--json")
    empty: dict[str, Any] = {"queued": [], "not_open": ["inv4"], "unreadable": [], "invoices": []}
    assert json.loads(output) == {"dry_run": False} | empty
    assert system.provenance.get(INVOICE).written == ()


def test_a_rule_that_asks_for_a_review(run: Command, system: ListingSystem) -> None:
    """A guard rule concerns the invoices that meet it, and its text is shown before anything is queued."""
    system.rule_repository.items += [
        rule("guard", "sum_gross > sum_net", review="Look at the VAT"),
        rule("soon", "sum_gross > sum_net", mode="suggest", review="Later"),
    ]
    for rule_id, line in (
        ("guard", "  a person must look: Look at the VAT"),
        ("soon", "  suggested: a person must look: Later (rule soon)"),
    ):
        _, output = run("--rule", rule_id, "--dry-run")
        assert output.splitlines().count(line) == 3
    _, output = run("--rule", "soon", "--dry-run", "--json")
    found = json.loads(output)["invoices"]
    soon = {"rule_id": "soon", "text": "Later", "rule_version": rule_version(system.rule_repository.items[-1])}
    assert [each["suggested_reviews"] for each in found] == [[soon]] * 3
