"""The ledger table as the sweep and the audit read it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from autobook.adapters.dynamodb import DynamoLedger, DynamoManifest
from autobook.adapters.sweep_ledger import DynamoCensus, DynamoSweepLedger
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.provenance import LedgerEntry
from autobook.domain.sweeping import Known, Progress, Route
from tests.autobook.adapters.conftest import LEDGER
from tests.fake_kanbert import NOW

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def inv(number: int) -> Document:
    return Document(DocumentKind.INCOMING_INVOICE, f"inv{number}")


def test_known(dynamodb: "DynamoDBClient") -> None:
    """Many documents are looked up at once: processed, only queued, and never seen."""
    ledger, sweep = DynamoLedger(dynamodb, LEDGER), DynamoSweepLedger(dynamodb, LEDGER)
    for number in range(0, 120, 2):
        ledger.put(LedgerEntry(inv(number)).settled(f"{number:064}"))
    sweep.mark(inv(0), "first")
    sweep.mark(inv(1), "mark")
    known = sweep.known([inv(number) for number in range(130)])
    revision = LedgerEntry(inv(0)).settled(f"{0:064}").revision
    assert known[inv(0)] == Known(f"{0:064}", revision, "first")
    assert known[inv(1)] == Known(None, "", "mark")
    assert known[inv(118)].fingerprint == f"{118:064}"
    assert len(known) == 61
    assert inv(129) not in known


def test_unfinished(dynamodb: "DynamoDBClient") -> None:
    """A run that did not come to its end is known without a fingerprint."""
    DynamoLedger(dynamodb, LEDGER).put(LedgerEntry(inv(1)).intending(()))
    assert DynamoSweepLedger(dynamodb, LEDGER).known([inv(1)])[inv(1)].fingerprint is None


def test_progress(dynamodb: "DynamoDBClient") -> None:
    """Progress is read back as it was saved; a save on top of another's is refused."""
    sweep = DynamoSweepLedger(dynamodb, LEDGER)
    assert sweep.progress(Route.INCOMING) is None
    first = Progress(Route.INCOMING, NOW - timedelta(days=30)).begun(NOW).turned("cursor")
    saved = sweep.save_progress(first)
    assert saved == sweep.progress(Route.INCOMING) == first.next_version()
    assert sweep.save_progress(first) is None
    assert sweep.progress(Route.OUTGOING) is None
    assert saved is not None
    ended = sweep.save_progress(saved.turned(None))
    assert ended is not None
    assert sweep.progress(Route.INCOMING) == ended
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
        keys = asked["RequestItems"][LEDGER]["Keys"]
        taken, rest = ([], keys) if self.deaf else (keys[:1], keys[1:])
        answer: Any = {"Responses": {}}
        if taken:
            request: Any = {LEDGER: {**asked["RequestItems"][LEDGER], "Keys": taken}}
            answer = self.client.batch_get_item(RequestItems=request)
        left = {LEDGER: {**asked["RequestItems"][LEDGER], "Keys": rest}} if rest else {}
        return {"Responses": answer["Responses"], "UnprocessedKeys": left}


def test_unprocessed_keys(dynamodb: "DynamoDBClient") -> None:
    """What DynamoDB leaves out of a batch is asked for again; RetryLater when it keeps doing so."""
    DynamoLedger(dynamodb, LEDGER).put(LedgerEntry(inv(1)).settled("f"))
    DynamoLedger(dynamodb, LEDGER).put(LedgerEntry(inv(2)).settled("f"))
    waits: list[float] = []
    busy = DynamoSweepLedger(cast("DynamoDBClient", Throttled(dynamodb)), LEDGER, waits.append)
    assert set(busy.known([inv(1), inv(2)])) == {inv(1), inv(2)}
    assert len(waits) == 3
    deaf = DynamoSweepLedger(cast("DynamoDBClient", Throttled(dynamodb, deaf=True)), LEDGER, waits.append)
    with pytest.raises(RetryLater):
        deaf.known([inv(1)])


def test_census(dynamodb: "DynamoDBClient") -> None:
    """Every entry and every archived state, and nothing of what else lies in the table."""
    ledger, manifest = DynamoLedger(dynamodb, LEDGER), DynamoManifest(dynamodb, LEDGER)
    sweep = DynamoSweepLedger(dynamodb, LEDGER)
    saved = ledger.put(LedgerEntry(inv(1)).settled("f" * 64, status="open"))
    manifest.line("incoming_invoice/2026/inv1/x.json", "x", 1, NOW)
    manifest.settle(inv(1), "f" * 64)
    sweep.mark(inv(2), "mark")
    sweep.save_progress(Progress(Route.INCOMING, NOW))
    census = DynamoCensus(dynamodb, LEDGER)
    assert census.recorded() == {inv(1): saved}
    assert census.archived() == {inv(1): "f" * 64}
