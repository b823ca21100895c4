"""The local system against a Kanbert of one's own: what it is given, and what is kept of the token."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import boto3
import pytest
from typer.testing import CliRunner

from autobook_cli import app
from autobook_local import own_kanbert
from autobook_local.demo.command import TOKEN
from autobook_local.demo.rule_list import held_at_suggest
from autobook_local.own_kanbert import OwnKanbertSystem, base_url, check_access
from autobook_local.stack import ProcessId, StackError, Toolchains
from autobook_local.stack.aws import Credentials
from autobook_local.stack.emulator import Account
from autobook_sim.kanbert.server import Running, running
from autobook_sim.kanbert.service import Kanbert

SECRET = "the-token-of-a-person"


@pytest.fixture
def simulator() -> Iterator[Running]:
    with running(Kanbert(token=SECRET)) as simulator:
        yield simulator


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://api.kanbert.com", "https://api.kanbert.com/api/v1"),
        ("https://api.kanbert.com/", "https://api.kanbert.com/api/v1"),
        (" https://api.kanbert.com/api/v1/ ", "https://api.kanbert.com/api/v1"),
        ("https://test.example:8443/api/v2", "https://test.example:8443/api/v2"),
        ("http://127.0.0.1:8700", "http://127.0.0.1:8700/api/v1"),
    ],
)
def test_addresses(typed: str, url: str) -> None:
    """With or without the API's version, with or without a slash at the end."""
    assert base_url(typed) == url


@pytest.mark.parametrize("typed", ["", "api.kanbert.com", "http://api.kanbert.com", "https://a/b?c=d", "https://a b"])
def test_no_addresses(typed: str) -> None:
    """What the template would refuse is refused at once, plain HTTP over a network too."""
    with pytest.raises(StackError, match="is no address of a Kanbert"):
        base_url(typed)


def test_access_is_checked_first(simulator: Running) -> None:
    """A wrong token, or an address where nobody answers, is one line, and the token is not in it."""
    check_access(simulator.api_url, SECRET)
    with pytest.raises(StackError, match=r"^Kanbert refuses the token: ") as refused:
        check_access(simulator.api_url, "another-token")
    assert "another-token" not in str(refused.value)
    with pytest.raises(StackError, match=r"^Kanbert cannot be used: "):
        check_access(f"{simulator.url}/nowhere", SECRET)


class _Stack:
    """In place of `LocalStack`: an account of moto's, where nothing is deployed but what is looked at."""

    def __init__(self, *, parameters: dict[str, str], **_: Any) -> None:
        self.parameters = parameters
        self.account = Account(4566, Credentials("key", "key-of-the-emulator"))
        self.emulator = self
        self.identity = ProcessId(1, 2.5)

    def __enter__(self) -> Self:
        self.clients = self
        self.dynamodb, self.secrets = boto3.client("dynamodb"), boto3.client("secretsmanager")
        self.dynamodb.create_table(
            TableName="rules", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "rule_id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "rule_id", "KeyType": "HASH"}],
        )  # fmt: skip
        arn = self.secrets.create_secret(Name="secret", SecretString="{}")["ARN"]
        self.outputs = {"RulesTableName": "rules", "ApiSecretArn": arn}
        self.webhook_url, self.stack_name = "http://127.0.0.1:4566/x", "autobook-local"
        return self

    def stop(self, **_: Any) -> None:
        """Nothing runs."""

    release = stop


class _Listener:
    """In place of `EventListener`: nothing is published."""

    def __init__(self, _: Any) -> None:
        """Nobody listens."""

    def close(self) -> None:
        """Nothing to close."""


def test_where_the_token_goes(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into the emulator's secret, and nowhere else: no file, no parameter, no text of the system has it."""
    assert aws is None
    monkeypatch.setattr(own_kanbert, "LocalStack", _Stack)
    monkeypatch.setattr(own_kanbert, "EventListener", _Listener)
    rules: tuple[dict[str, Any], ...] = ({"rule_id": "a", "account": "1"},)
    with OwnKanbertSystem(
        "https://k/api/v1", SECRET, rules=held_at_suggest(rules), tools=Toolchains(tmp_path)
    ) as system:
        stack: Any = system.stack
        left = system.leave()
        held = stack.dynamodb.scan(TableName="rules")["Items"]
        secret = stack.secrets.get_secret_value(SecretId="secret")["SecretString"]
    assert json.loads(secret) == {"api_token": SECRET}
    assert held == [{"rule_id": {"S": "a"}, "account": {"S": "1"}, "mode": {"S": "suggest"}}]
    assert SECRET not in json.dumps(stack.parameters)
    assert left.urls["kanbert"] == "https://k/api/v1"
    texts = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert texts
    assert not [text for text in [*texts, repr(system), repr(left)] if SECRET in text]


@pytest.mark.parametrize(("held", "brake"), [(True, {"Mode": "suggest"}), (False, {})])
def test_the_brake(
    aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: bool, brake: dict[str, str]
) -> None:
    """The template's brake holds the rules that are written later, too; with --write it is not pulled."""
    assert aws is None
    monkeypatch.setattr(own_kanbert, "LocalStack", _Stack)
    monkeypatch.setattr(own_kanbert, "EventListener", _Listener)
    with OwnKanbertSystem("https://k/api/v1", SECRET, held=held, tools=Toolchains(tmp_path)) as system:
        stack: Any = system.stack
    given = {"KanbertBaseUrl": "https://k/api/v1", "SweepRate": "rate(2 minutes)"}
    assert stack.parameters == given | brake


@pytest.fixture
def up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[OwnKanbertSystem]]:
    """`autobook up` that would start these systems, and starts none."""
    command = sys.modules["autobook_local.demo.command"]
    started: list[OwnKanbertSystem] = []

    def entered(system: OwnKanbertSystem) -> OwnKanbertSystem:
        started.append(system)
        raise StackError("started")

    monkeypatch.setattr(OwnKanbertSystem, "__enter__", entered)
    monkeypatch.setattr(command, "Toolchains", lambda: Toolchains(tmp_path))
    yield started
    assert TOKEN not in os.environ


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["up", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.mark.parametrize("write", [False, True])
def test_nothing_is_written_unless_it_is_said(
    up: list[OwnKanbertSystem], simulator: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: bool
) -> None:
    """Every rule is held at `suggest`; with --write each does what it says. The token leaves the environment."""
    rules = tmp_path / "rules.yaml"
    rules.write_text("- {rule_id: a, when: sum_gross > 5, account: '1'}")
    monkeypatch.setenv(TOKEN, SECRET)
    code, output = run("--kanbert", simulator.url, "--rules", str(rules), *(["--write"] if write else []))
    assert (code, output.splitlines()[-1]) == (1, "autobook: started")
    (system,) = up
    assert (system.held, system.token, system.kanbert_url) == (not write, SECRET, simulator.api_url)
    assert [rule.get("mode") for rule in system.rules] == [None if write else "suggest"]
    assert ("rules may WRITE into this Kanbert" in output) == write
    assert SECRET not in output


@pytest.mark.parametrize(
    "options",
    [["--invoices", "."], ["--consumers", "hypatos"], ["--simulator-port", "8700"]],
)
def test_what_does_not_go_together(up: list[OwnKanbertSystem], options: list[str]) -> None:
    """Nothing of the simulator's goes with a Kanbert of one's own, and --write goes with nothing else."""
    assert run("--kanbert", "https://api.kanbert.com", *options)[0] == 2
    assert run("--write")[0] == 2
    assert up == []


def test_without_a_token(up: list[OwnKanbertSystem], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is nobody to ask, one line says where to put it."""
    monkeypatch.delenv(TOKEN, raising=False)
    code, output = run("--kanbert", "https://api.kanbert.com")
    assert code == 1
    assert output.splitlines()[-1].startswith("autobook: an API token of Kanbert is needed: put it into the variable")
    assert up == []
