"""The simulator's page is told which rules set what, from provenance."""

from contextlib import closing
from typing import Any

import boto3
import httpx
import pytest

from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook_local.rule_display import RuleDisplay
from autobook_sim.kanbert import incoming
from autobook_sim.kanbert.server import running
from autobook_sim.kanbert.service import Kanbert


@pytest.fixture
def store(aws: None) -> DynamoProvenanceStore:
    assert aws is None
    client = boto3.client("dynamodb")
    client.create_table(
        TableName="provenance", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )  # fmt: skip
    return DynamoProvenanceStore(client, "provenance")


def test_rules_follow_provenance(store: DynamoProvenanceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value that a rule wrote is shown with it after the next look; nothing is told twice."""
    kanbert = Kanbert(token="the-token")
    with running(kanbert) as simulator, closing(RuleDisplay(simulator.url, store)) as display:
        first, second = (incoming.upload(kanbert.store, {"title": "t"}, None)["id"] for _ in range(2))
        display.look()
        assert kanbert.rules == {}
        document = Document(DocumentKind.INCOMING_INVOICE, first)
        written = (Written("b1", "account", "a1", None, "hosting"), Written(None, "note", "n", None, "a-note"))
        saved = store.put(ProvenanceRecord(document, written=written))
        display.look()
        expected: list[dict[str, Any]] = [
            {"booking_id": "b1", "field": "account", "rule_id": "hosting"},
            {"booking_id": None, "field": "note", "rule_id": "a-note"},
        ]
        assert kanbert.rules == {first: expected}
        sent: list[str] = []
        put = httpx.Client.put

        def counted(client: httpx.Client, url: str, **options: Any) -> httpx.Response:
            sent.append(url)
            return put(client, url, **options)

        monkeypatch.setattr(httpx.Client, "put", counted)
        display.look()
        assert sent == []
        store.put(saved.with_written([]))
        display.look()
        assert second not in kanbert.rules
