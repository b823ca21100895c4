"""`autobook review` and `show`, on the tables as moto plays them: what a person sees a year later."""

import json
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from autobook.adapters.dynamodb.history_store import DynamoHistory
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.provenance import GivenUp
from autobook_cli import app
from tests.autobook.adapters.conftest import HISTORY, PROVENANCE, dynamodb
from tests.event_examples import HOSTING
from tests.fake_kanbert import NOW, booking, incoming
from tests.fakes import FakeCodeResolver, FakeRuleRepository, System, message

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

__all__ = ["dynamodb"]

type Command = Callable[..., tuple[int, str]]

RULE = {"rule_id": "hosting", "when": 'supplier.name contains "Hetzner" and booking.value < 150', "account": "7380"}


class Deployed:
    """A stack with these tables."""

    stack_name = "test"

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client
        self.resources = {"LedgerTable": PROVENANCE, "HistoryTable": HISTORY}

    def client(self, _service: str) -> Any:
        """The tables."""
        return self._client


@pytest.fixture
def system(dynamodb: "DynamoDBClient") -> System:
    """An invoice with a line that a rule books and one that none does, corrected by a person; and one without."""
    made = System(
        rule_repository=FakeRuleRepository(RULE), code_resolver=FakeCodeResolver({("account", "7380"): (HOSTING,)})
    )
    made.kanbert.add(incoming(bookings=[booking("b1"), booking("b2", value="200.00")]))
    made.kanbert.add(
        incoming("inv2", invoice_number="R-2", supplier={"id": "s2", "name": "Other\x1b[31m GmbH"}, bookings=[])
    )
    made.processor()(message("inv2"))
    made.clock.advance(hours=1)
    made.processor()(message())
    person = {"chart_of_account_id": "acc-5800", "chart_of_account": {"id": "acc-5800", "code": "5800", "title": "IT"}}
    made.kanbert.edit("inv1", "b1", **person)
    made.clock.advance(hours=1)
    made.processor()(message())
    store, history = DynamoProvenanceStore(dynamodb, PROVENANCE), DynamoHistory(dynamodb, HISTORY)
    for event in made.publisher.published:
        history.append(event)
    for identifier in ("inv1", "inv2"):
        record = made.provenance.get(Document(DocumentKind.INCOMING_INVOICE, identifier))
        store.put(replace(record, version=0))
    return made


@pytest.fixture
def run(system: System, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command on that stack: exit code, output."""
    assert system is not None
    monkeypatch.setattr(import_module("autobook_cli.documents"), "target", lambda *_: Deployed(dynamodb))

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, [*arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return run


def test_review(run: Command) -> None:
    """What needs a person, why and since when; what has waited longest first, on 80 columns."""
    code, output = run("review")
    assert code == 1
    lines = output.splitlines()
    assert lines[0].startswith("R-2  Other[31m GmbH")
    assert lines[1].startswith("  since 2026-03-02 09:30  ")
    assert any(line.startswith("R-2026-17  Hetzner Online GmbH") for line in lines)
    assert any("line b2: no rule gives this line an account" in line for line in lines)
    assert lines[-1] == "2 invoices need a person"
    assert max(map(len, lines)) <= 80


def test_review_as_data(run: Command) -> None:
    """The same for programs."""
    code, output = run("review", "--json")
    found = json.loads(output)
    assert code == 1
    assert [each["id"] for each in found] == ["inv2", "inv1"]
    assert found[1]["reasons"][0] | {"since": ""} == {
        "code": "no_rule",
        "message": "no rule gives this line an account",
        "booking_id": "b2",
        "field": "account",
        "rule_ids": [],
        "since": "",
    }


def test_nothing_to_review(run: Command, dynamodb: "DynamoDBClient") -> None:
    """Exit code 0."""
    for identifier in ("inv1", "inv2"):
        dynamodb.delete_item(TableName=PROVENANCE, Key={"pk": {"S": f"incoming_invoice:{identifier}"}})
    assert run("review") == (0, "0 invoices need a person\n")


@pytest.mark.parametrize("name", ["inv1", "R-2026-17", " R-2026-17 "])
def test_show(run: Command, name: str) -> None:
    """The story in order of time, with rule, code and title, and what a person made of it."""
    code, output = run("show", name)
    assert code == 0
    lines = output.splitlines()
    assert lines[0] == "incoming invoice  R-2026-17  Hetzner Online GmbH (sup1)  120.00  (inv1)"
    story = " ".join(line.strip() for line in lines)
    order = [
        "seen for the first time",
        "line b1, account = 7380 Hosting and telephone (acc-7380), by rule hosting",
        "line b2, no rule gives this line an account",
        "changed: 1 line",
        "line b1, account: 7380 Hosting and telephone (acc-7380) of rule hosting became 5800 IT (acc-5800)",
        "now needs a person: no rule gives this line an account",
    ]
    places = [" ".join(story.split()).index(each) for each in order]
    assert places == sorted(places)
    assert max(map(len, lines)) <= 80


def test_show_as_data(run: Command) -> None:
    """Each entry with its details."""
    found = json.loads(run("show", "inv1", "--json")[1])
    booked = [each for each in found["history"] if each["type"] == "invoice.booked" and each["rule_id"]]
    assert booked[0]["details"]["value"] == {"id": "acc-7380", "code": "7380", "title": "Hosting and telephone"}
    assert found["now"]["status"] == "open"
    assert found["now"]["dead_letter"] is None


def test_show_a_dead_letter(run: Command, dynamodb: "DynamoDBClient") -> None:
    """Where a message about it became one, that is said."""
    store = DynamoProvenanceStore(dynamodb, PROVENANCE)
    record = store.get(Document(DocumentKind.INCOMING_INVOICE, "inv1"))
    store.put(record.with_given_up(GivenUp("sum_net is no number", "trace", NOW), NOW))
    assert "in the dead letters since 2026-03-02 09:30: sum_net is no number" in " ".join(
        run("show", "inv1")[1].split()
    )


def test_show_nobody_knows_it(run: Command) -> None:
    """One line."""
    code, output = run("show", "R-404")
    assert code == 2
    assert output == "autobook: nothing was ever announced of a document with the id or the number R-404\n"


def test_show_two_with_one_number(run: Command, system: System, dynamodb: "DynamoDBClient") -> None:
    """They are named, to choose from."""
    system.kanbert.add(incoming("inv9", invoice_number="R-2026-17"))
    system.processor()(message("inv9"))
    for event in system.publisher.published:
        DynamoHistory(dynamodb, HISTORY).append(event)
    code, output = run("show", "R-2026-17")
    assert code == 2
    assert "2 documents have the number R-2026-17; give an id: inv1, inv9" in " ".join(output.split())
