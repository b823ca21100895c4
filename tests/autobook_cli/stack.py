"""A deployed system for commands that read: the simulated Kanbert without sockets, AWS as moto plays it. Watched."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import httpx
import pytest

from autobook.adapters.dynamodb.items import item_of
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.adapters.kanbert import KanbertClient, RetryPolicy
from autobook.bootstrap.clients import Clients
from autobook.domain.provenance import ProvenanceRecord
from autobook_cli import past_invoices, stack_rules, use_cases
from autobook_sim.kanbert.in_process import InProcess
from autobook_sim.kanbert.profiles import profiles_of
from autobook_sim.kanbert.service import Kanbert
from tests.settings import ENVIRONMENT

TOKEN = "token"


class _Watched(InProcess):
    """Remembers the method of every request."""

    def __init__(self, kanbert: Kanbert) -> None:
        super().__init__(kanbert)
        self.methods: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer it."""
        self.methods.append(request.method)
        return super().handle_request(request)


@dataclass
class Stack:
    """What commands find with `--stack`, and what they did there: HTTP methods, and AWS operations."""

    kanbert: Kanbert
    operations: list[str] = field(default_factory=list)
    stack_name: str = "test"
    _clients: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Connect."""
        self.transport = _Watched(self.kanbert)
        self.tables = boto3.client("dynamodb")
        """A client that nobody watches."""

    @property
    def methods(self) -> list[str]:
        """The methods of the requests that reached Kanbert."""
        return self.transport.methods

    def environment(self, _function: str) -> dict[str, str]:
        """The functions' variables, as the target reads them."""
        return ENVIRONMENT

    def client(self, service: str) -> Any:
        """A boto3 client that is watched."""
        if service not in self._clients:
            client = boto3.client(service)  # type: ignore[call-overload]
            client.meta.events.register("before-call", lambda model, **_: self.operations.append(model.name))
            self._clients[service] = client
        return self._clients[service]

    def put_rule(self, **item: Any) -> None:
        """A rule, in the table."""
        self.tables.put_item(TableName=ENVIRONMENT["RULES_TABLE"], Item=item_of(item))

    def put_record(self, record: ProvenanceRecord) -> None:
        """What provenance knows of a document."""
        DynamoProvenanceStore(self.tables, ENVIRONMENT["PROVENANCE_TABLE"]).put(record)

    def put_invoice(self, document: dict[str, Any]) -> None:
        """An invoice, in Kanbert."""
        self.kanbert.store.add("incoming", {**document, "_md5": None, "_tags": None, "_booked_at": None})

    def account(self, code: str) -> dict[str, Any]:
        """The account of that code, as a line has it."""
        account = next(each for each in self.kanbert.store.all("chart_of_accounts") if each["code"] == code)
        return {"chart_of_account_id": account["id"], "chart_of_account": account}


def make_stack(monkeypatch: pytest.MonkeyPatch, *profiles: str) -> Stack:
    """A stack that every command works on. Needs the fixture `aws`."""
    tables = boto3.client("dynamodb")
    for table, key in ((ENVIRONMENT["PROVENANCE_TABLE"], "pk"), (ENVIRONMENT["RULES_TABLE"], "rule_id")):
        tables.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        )
    stack = Stack(Kanbert(token=TOKEN, examples=False, profiles=profiles_of(profiles)))
    policy = RetryPolicy(sleep=lambda _: None)

    @contextmanager
    def clients(target: Stack, _settings: object) -> Iterator[Clients]:
        with KanbertClient(
            "http://127.0.0.1/api/v1", TOKEN, transport=target.transport, retry_policy=policy
        ) as kanbert:
            yield replace(Clients(target.client), kanbert=kanbert)

    monkeypatch.setattr(use_cases, "_clients", clients)
    for module in (past_invoices, stack_rules):
        monkeypatch.setattr(module, "target", lambda *_: stack)
    return stack


READS = {"Scan", "Query", "GetItem", "BatchGetItem"}
"""The operations of DynamoDB that change nothing."""
