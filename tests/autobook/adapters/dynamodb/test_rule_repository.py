"""The rules table."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from autobook.adapters.dynamodb.rule_repository import DynamoRuleRepository
from autobook.bootstrap import process, sweep
from autobook.bootstrap.clients import Clients
from autobook.domain.conditions import parse
from autobook.domain.rules import rule_fields
from autobook.settings import BadSettings, ProcessSettings, SweepSettings
from tests.autobook.adapters.conftest import RULES
from tests.fakes import VIENNA, FakeClock
from tests.settings import ENVIRONMENT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def put(**item: Any) -> None:
    boto3.resource("dynamodb").Table(RULES).put_item(Item=item)


def hetzner(**more: Any) -> None:
    put(**{"rule_id": "hetzner", "when": 'supplier.name = "Hetzner"', "account": "7380", **more})


class Counting:
    """A client that counts how often the table was read."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client
        self.reads = 0

    def get_paginator(self, name: str) -> Any:
        self.reads += 1
        return self._client.get_paginator(name)  # type: ignore[call-overload]


class Ticks:
    """Seconds that pass on demand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def rule_repository(client: Any, ticks: Ticks | None = None) -> DynamoRuleRepository:
    return DynamoRuleRepository(client, RULES, VIENNA, ticks or Ticks())


def test_empty(dynamodb: "DynamoDBClient") -> None:
    """A table without rules is a set without rules."""
    assert len(rule_repository(dynamodb).rules()) == 0


def test_as_the_console_saves_them(dynamodb: "DynamoDBClient") -> None:
    """Numbers, sets, lists, booleans and our own `check` are read as the console stores them."""
    hetzner(
        priority=Decimal(10),
        account=Decimal(7380),
        tags={"b", "a"},
        overwrite=True,
        check={"state": "ok", "at": "2026-03-01", "resolved": {"account": "x"}},
    )
    rule = rule_repository(dynamodb).rules()["hetzner"]
    assert (rule.priority, rule.sets["account"], rule.sets["tags"], rule.overwrite) == (10, "7380", ("a", "b"), True)


def test_as_people_type_them(dynamodb: "DynamoDBClient") -> None:
    """Modes and enums in any case, a text with a no-break space; what is ambiguous is one rule's error."""
    hetzner(mode=" Suggest ", status="READY_FOR_ACCOUNTING\u00a0", when='title contains "ACME\u00a0Ltd"')
    put(rule_id="thousands", when="sum_gross > 5.000", account="1")
    put(rule_id="json", when={"field": "sum_gross", "op": "≥", "value": 5}, account="1")
    rules = rule_repository(dynamodb).rules()
    rule = rules["hetzner"]
    assert (rule.mode, rule.sets["status"]) == ("suggest", "ready_for_accounting")
    assert rule.condition == parse('title contains "ACME Ltd"', rule_fields())
    assert {error.rule_id: error.hint for error in rules.errors} == {"thousands": "5000 or 5.00?", "json": "write >="}


def test_broken_rule(dynamodb: "DynamoDBClient") -> None:
    """A broken rule does not stop the others."""
    hetzner()
    put(rule_id="broken", when="supplier.name ==")
    rules = rule_repository(dynamodb).rules()
    assert [rule.rule_id for rule in rules.rules] == ["hetzner"]
    assert [error.rule_id for error in rules.errors] == ["broken"]


@pytest.mark.parametrize("number", ["1" + "0" * 39, "9.9" + "0" * 30 + "E+125", "-1E-100"])
@pytest.mark.parametrize("place", ["priority", "account", "something_new"])
def test_number_of_any_size(dynamodb: "DynamoDBClient", place: str, number: str) -> None:
    """A number that boto3 refuses to decode is the error of its own rule; every other rule stands."""
    hetzner()
    item: dict[str, Any] = {"rule_id": {"S": "odd"}, "when": {"S": 'title = "x"'}}
    item["tags"] = {"L": [{"M": {"n": {"N": number}}}]}
    dynamodb.put_item(TableName=RULES, Item=item | {place: {"N": number}})
    rules = rule_repository(dynamodb).rules()
    assert [rule.rule_id for rule in rules.rules] == ["hetzner"]
    assert {error.rule_id for error in rules.errors} == {"odd"}


def test_more_than_a_page(dynamodb: "DynamoDBClient") -> None:
    """A table over the megabyte that one answer holds is read to its end."""
    long = "x" * 60_000
    for number in range(40):
        put(rule_id=f"rule-{number:02}", when='title = "a"', account="7380", description=long)
    assert "LastEvaluatedKey" in dynamodb.scan(TableName=RULES)
    assert len(rule_repository(dynamodb).rules()) == 40


def test_read_once(dynamodb: "DynamoDBClient") -> None:
    """Within thirty seconds the table is read once."""
    client, ticks = Counting(dynamodb), Ticks()
    book = rule_repository(client, ticks)
    first = book.rules()
    ticks.at += 30
    assert book.rules() is first
    assert client.reads == 1


def test_since(dynamodb: "DynamoDBClient") -> None:
    """Who needs the rules as they stand since a moment gets those, and the table is read once for all who do."""
    now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    client, clock = Counting(dynamodb), FakeClock(now)
    book = DynamoRuleRepository(client, RULES, VIENNA, Ticks(), clock=clock)  # type: ignore[arg-type]
    assert len(book.rules()) == 0
    hetzner()
    clock.advance(seconds=5)
    assert len(book.rules(now)) == 0
    assert len(book.rules(now + timedelta(seconds=1))) == 1
    assert len(book.rules(now + timedelta(seconds=5))) == 1
    assert client.reads == 2


def test_unchanged(dynamodb: "DynamoDBClient") -> None:
    """After thirty seconds it is read again; where nothing has changed, nothing is compiled."""
    hetzner()
    client, ticks = Counting(dynamodb), Ticks()
    book = rule_repository(client, ticks)
    first = book.rules()
    ticks.at += 31
    assert book.rules() is first
    assert client.reads == 2


def test_changed(dynamodb: "DynamoDBClient") -> None:
    """A rule that was added, changed or removed is taken up within thirty seconds."""
    ticks = Ticks()
    book = rule_repository(dynamodb, ticks)
    assert len(book.rules()) == 0
    hetzner()
    assert len(book.rules()) == 0
    ticks.at += 31
    assert book.rules()["hetzner"].sets["account"] == "7380"
    hetzner(account="7390")
    ticks.at += 31
    assert book.rules()["hetzner"].sets["account"] == "7390"
    dynamodb.delete_item(TableName=RULES, Key={"rule_id": {"S": "hetzner"}})
    ticks.at += 31
    assert len(book.rules()) == 0


def test_report(dynamodb: "DynamoDBClient") -> None:
    """Every set that differs from the one before is reported, once, with the rules in it that are in error."""
    hetzner()
    reported: list[tuple[int, list[str | None]]] = []
    ticks = Ticks()
    book = DynamoRuleRepository(
        dynamodb, RULES, VIENNA, ticks, lambda rules: reported.append((len(rules), [e.rule_id for e in rules.errors]))
    )
    book.rules()
    put(rule_id="broken", when="supplier.name ==")
    for _ in range(3):
        ticks.at += 31
        book.rules()
    assert reported == [(1, []), (1, ["broken"])]


def test_many_changes(dynamodb: "DynamoDBClient") -> None:
    """However many rules have changed at once, the set is the table's."""
    ticks = Ticks()
    book = rule_repository(dynamodb, ticks)
    for number in range(12):
        put(rule_id=f"rule-{number:02}", when='title = "a"', account="7380")
    book.rules()
    ticks.at += 31
    for number in range(12):
        put(rule_id=f"rule-{number:02}", when='title = "b"', account=str(number))
    boto3.resource("dynamodb").Table(RULES).delete_item(Key={"rule_id": "rule-03"})
    assert {rule.rule_id: rule.sets["account"] for rule in book.rules().rules} == {
        f"rule-{number:02}": str(number) for number in range(12) if number != 3
    }


def test_brake(dynamodb: "DynamoDBClient") -> None:
    """The item `_settings` is no rule: it holds the others within half a minute, and releases them when it is gone."""
    ticks = Ticks()
    rules = rule_repository(dynamodb, ticks)
    hetzner()
    assert not rules.rules().brake.is_on
    put(rule_id="_settings", mode="suggest")
    ticks.at += 31
    assert (rules.rules().brake.is_on, len(rules.rules())) == (True, 1)
    put(rule_id="_settings", mode=Decimal(1))
    ticks.at += 31
    assert rules.rules().brake.is_on
    assert [error.rule_id for error in rules.rules().errors] == ["_settings"]
    boto3.resource("dynamodb").Table(RULES).delete_item(Key={"rule_id": "_settings"})
    ticks.at += 31
    assert (rules.rules().brake.is_on, rules.rules().errors) == (False, ())


@pytest.mark.parametrize("changes", [1, 20])
def test_brake_by_parameter(dynamodb: "DynamoDBClient", changes: int) -> None:
    """The parameter holds the rules whatever the table says, and after every change of it."""
    rules = DynamoRuleRepository(dynamodb, RULES, VIENNA, held=True)
    assert rules.rules().brake.is_on
    put(rule_id="_settings", mode="apply")
    for number in range(changes):
        hetzner(rule_id=f"rule{number}")
    assert rules.rules(datetime.now(UTC) + timedelta(seconds=1)).brake.is_on


@pytest.mark.parametrize("wiring", ["process", "sweep"])
@pytest.mark.parametrize(("mode", "held"), [("apply", False), ("suggest", True)])
def test_wired_to_the_parameter(dynamodb: "DynamoDBClient", wiring: str, mode: str, held: bool) -> None:
    """Each function that decides by the rules takes the parameter."""
    environment = ENVIRONMENT | {"MODE": mode, "RULES_TABLE": RULES}
    clients = Clients(lambda _: dynamodb, kanbert=object())
    if wiring == "process":
        repository = process.build(ProcessSettings.from_environment(environment), clients).rule_repository
    else:
        repository = sweep.build(SweepSettings.from_environment(environment), clients).rule_repository
    assert repository.rules().brake.is_on is held


def test_mode_that_is_none() -> None:
    """A parameter that is neither is named before anything is decided."""
    for settings in (ProcessSettings, SweepSettings):
        with pytest.raises(BadSettings, match="MODE"):
            settings.from_environment(ENVIRONMENT | {"MODE": "sugest"})
