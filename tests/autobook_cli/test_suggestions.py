"""`autobook suggestions`: what stands is listed without a scan; accepting shows, asks, writes and says what it did."""

import json

import pytest

from autobook.domain.errors import RetryLater
from tests.autobook.service.processing import rule
from tests.autobook_cli.deciding import Command, DecidingSystem, command_on, deciding_system
from tests.fake_kanbert import booking, incoming
from tests.fakes import message


@pytest.fixture
def system() -> DecidingSystem:
    """Two invoices with suggestions of two rules, the second of them older; and one without any."""
    made = deciding_system(
        rule("hosting", account="7380", mode="suggest"),
        rule("relaunch", project="id:p1", mode="suggest"),
    )
    made.kanbert.add(incoming("inv2", invoice_number="R-2"))
    made.kanbert.add(incoming("inv1", bookings=[booking("b1"), booking("b2")]))
    made.kanbert.add(incoming("inv3", supplier={"id": "s2", "name": "Other"}))
    for identifier in ("inv2", "inv1", "inv3"):
        made.processor()(message(identifier))
        made.clock.advance(hours=1)
    return made


@pytest.fixture
def run(system: DecidingSystem, monkeypatch: pytest.MonkeyPatch) -> Command:
    return command_on(system, "suggestions", monkeypatch)


def test_list(run: Command, system: DecidingSystem) -> None:
    """Document, number, supplier, field, value with code and title, rule, since when; the oldest first."""
    code, output = run("list")
    lines = output.splitlines()
    assert code == 0
    assert lines[0] == "R-2  Hetzner Online GmbH (sup1)  120.00  (inv2)"
    assert " ".join(" ".join(lines[1:3]).split()) == (
        "since 2026-03-02 09:30 line b1 account = 7380 Hosting and telephone (acc-7380) (rule hosting)"
    )
    assert lines[-1] == "6 suggestions stand, for 2 invoices"
    assert max(map(len, lines)) <= 80
    assert system.kanbert.patches == []


def test_list_as_data(run: Command) -> None:
    """The same for programs."""
    found = json.loads(run("list", "--json")[1])
    assert [each["id"] for each in found] == ["inv2"] * 2 + ["inv1"] * 4
    assert found[0]["value"] == {"id": "acc-7380", "code": "7380", "title": "Hosting and telephone"}
    assert (found[0]["rule_id"], found[0]["since"]) == ("hosting", "2026-03-02T09:30:00+00:00")
    assert found[0]["invoice"]["invoice_number"] == "R-2"


@pytest.mark.parametrize("wanted", ["inv2", "R-2", " r-2 "])
def test_accept_one(run: Command, system: DecidingSystem, wanted: str) -> None:
    """Shown, asked for, written under the caller's name; the second time there is nothing."""
    code, output = run("accept", wanted, answer="y\n")
    flat = " ".join(output.split())
    assert code == 0
    assert "line b1 account: empty → 7380 Hosting and telephone (acc-7380) (rule hosting)" in flat
    assert "Write 2 values into 1 invoice, accepted by arn:aws:iam::1:user/ada?" in flat
    assert output.splitlines()[-1] == "2 values written into 1 invoice, 0 not"
    assert system.kanbert.line("inv2")["chart_of_account_id"] == "acc-7380"
    assert system.kanbert.line("inv1")["chart_of_account_id"] is None
    values = system.publisher.of("invoice.booked")[-1].data["values"]
    assert {each["accepted_by"] for each in values} == {"arn:aws:iam::1:user/ada"}
    assert run("accept", wanted) == (0, "no such suggestion stands; nothing to write\n")


def test_accept_rule(run: Command, system: DecidingSystem) -> None:
    """Every invoice's, of that rule alone, without asking, under another name."""
    code, output = run("accept", "--rule", "hosting", "--yes", "--as", "Bert", "--json")
    found = json.loads(output)
    assert (code, found["by"], len(found["written"])) == (0, "Bert", 3)
    assert system.kanbert.line("inv1", "b2")["chart_of_account_id"] == "acc-7380"
    assert system.kanbert.line("inv1", "b2")["project_id"] is None
    assert len(json.loads(run("list", "--json")[1])) == 3


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_declined(run: Command, system: DecidingSystem, answer: str) -> None:
    """Nothing is written without a yes."""
    assert run("accept", "inv2", answer=answer)[0] == 1
    assert system.kanbert.patches == []


def test_neither(run: Command) -> None:
    """What is meant has to be said."""
    assert run("accept") == (2, "autobook: name an invoice, or a rule with --rule\n")


def test_person_was_faster(run: Command, system: DecidingSystem) -> None:
    """Said with the reason, and not written."""
    system.kanbert.edit("inv2", "b1", chart_of_account_id="acc-person")
    code, output = run("accept", "inv2", "--yes")
    assert code == 0
    assert "a person has decided there since" in " ".join(output.split())
    assert output.splitlines()[-1] == "1 value written into 1 invoice, 1 not"


def test_several_with_one_number(run: Command, system: DecidingSystem) -> None:
    """A number that is not unique asks for an id."""
    system.kanbert.add(incoming("inv4", invoice_number="R-2"))
    system.processor()(message("inv4"))
    code, output = run("accept", "R-2")
    assert code == 2
    assert "2 invoices have the number R-2; give an id: inv2, inv4" in output


def test_interrupted(run: Command, system: DecidingSystem) -> None:
    """An invoice that cannot be written now keeps no other from being written; exit code 1, and it can be repeated."""

    def around(_number: int, done: bool) -> None:
        if not done and not failed:
            failed.append(1)
            raise RetryLater("429")

    failed: list[int] = []
    system.kanbert.around_patch = around
    code, output = run("accept", "--rule", "hosting", "--yes")
    assert code == 1
    assert "inv2 was interrupted, repeat the command: 429" in output
    assert system.kanbert.line("inv1")["chart_of_account_id"] == "acc-7380"
    assert run("accept", "--rule", "hosting", "--yes")[0] == 0
    assert system.kanbert.line("inv2")["chart_of_account_id"] == "acc-7380"
