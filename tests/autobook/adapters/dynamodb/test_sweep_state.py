"""What the sweep knows of many documents at once, and how far it came."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.adapters.dynamodb.sweep_state import DynamoSweepState
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.sweeping import KnownState, Progress
from tests.autobook.adapters.conftest import PROVENANCE
from tests.fake_kanbert import NOW

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def inv(number: int) -> Document:
    return Document(DocumentKind.INCOMING_INVOICE, f"inv{number}")


def test_known(dynamodb: "DynamoDBClient") -> None:
    """Many documents are looked up at once: processed, only queued, and never seen."""
    provenance, sweep = DynamoProvenanceStore(dynamodb, PROVENANCE), DynamoSweepState(dynamodb, PROVENANCE)
    for number in range(0, 120, 2):
        provenance.put(ProvenanceRecord(inv(number)).completed(f"{number:064}"))
    sweep.remember_queued(inv(0), "first")
    sweep.remember_queued(inv(1), "dedup_key")
    known = sweep.known([inv(number) for number in range(130)])
    revision = ProvenanceRecord(inv(0)).completed(f"{0:064}").revision
    assert known[inv(0)] == KnownState(f"{0:064}", revision, "first")
    assert known[inv(1)] == KnownState(None, "", "dedup_key")
    assert known[inv(118)].fingerprint == f"{118:064}"
    assert len(known) == 61
    assert inv(129) not in known


def test_unfinished(dynamodb: "DynamoDBClient") -> None:
    """An incomplete run is known without a fingerprint."""
    DynamoProvenanceStore(dynamodb, PROVENANCE).put(ProvenanceRecord(inv(1)).with_pending(()))
    assert DynamoSweepState(dynamodb, PROVENANCE).known([inv(1)])[inv(1)].fingerprint is None


def test_progress(dynamodb: "DynamoDBClient") -> None:
    """Progress is read back as it was saved; a save on top of another's is refused."""
    sweep = DynamoSweepState(dynamodb, PROVENANCE)
    assert sweep.progress(DocumentKind.INCOMING_INVOICE) is None
    first = Progress(DocumentKind.INCOMING_INVOICE, NOW - timedelta(days=30)).begun(NOW).after_page("cursor")
    saved = sweep.save_progress(first)
    assert saved == sweep.progress(DocumentKind.INCOMING_INVOICE) == first.next_version()
    assert sweep.save_progress(first) is None
    assert sweep.progress(DocumentKind.OUTGOING_INVOICE) is None
    assert saved is not None
    ended = sweep.save_progress(saved.after_page(None))
    assert ended is not None
    assert sweep.progress(DocumentKind.INCOMING_INVOICE) == ended
    assert ended.watermark == NOW
    assert ended.cursor is None
    assert ended.started_at is None


class Throttled:
    """Answers only the first key of each request, and none at all while `deaf`."""

    def __init__(self, client: "DynamoDBClient", *, deaf: bool = False) -> None:
        self.client = client
        self.deaf = deaf

    def batch_get_item(self, **asked: Any) -> Any:
        """As DynamoDB does when it is busy."""
        keys = asked["RequestItems"][PROVENANCE]["Keys"]
        taken, rest = ([], keys) if self.deaf else (keys[:1], keys[1:])
        answer: Any = {"Responses": {}}
        if taken:
            request: Any = {PROVENANCE: {**asked["RequestItems"][PROVENANCE], "Keys": taken}}
            answer = self.client.batch_get_item(RequestItems=request)
        left = {PROVENANCE: {**asked["RequestItems"][PROVENANCE], "Keys": rest}} if rest else {}
        return {"Responses": answer["Responses"], "UnprocessedKeys": left}


def test_unprocessed_keys(dynamodb: "DynamoDBClient") -> None:
    """What DynamoDB leaves out of a batch is asked for again; RetryLater when it keeps doing so."""
    DynamoProvenanceStore(dynamodb, PROVENANCE).put(ProvenanceRecord(inv(1)).completed("f"))
    DynamoProvenanceStore(dynamodb, PROVENANCE).put(ProvenanceRecord(inv(2)).completed("f"))
    waits: list[float] = []
    busy = DynamoSweepState(cast("DynamoDBClient", Throttled(dynamodb)), PROVENANCE, waits.append)
    assert set(busy.known([inv(1), inv(2)])) == {inv(1), inv(2)}
    assert len(waits) == 3
    deaf = DynamoSweepState(cast("DynamoDBClient", Throttled(dynamodb, deaf=True)), PROVENANCE, waits.append)
    with pytest.raises(RetryLater):
        deaf.known([inv(1)])
