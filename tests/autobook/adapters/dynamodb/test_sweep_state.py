"""What the sweep knows of many documents at once, and how far it came."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pytest

from autobook.adapters.dynamodb.items import item_of
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.adapters.dynamodb.sweep_state import DynamoSweepState
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.fingerprints import DocumentState
from autobook.domain.provenance import GivenUp, ProvenanceRecord, Written
from autobook.domain.sweeping import KnownState, Progress, Queued
from tests.autobook.adapters.conftest import PROVENANCE
from tests.fake_kanbert import NOW

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def inv(number: int) -> Document:
    return Document(DocumentKind.INCOMING_INVOICE, f"inv{number}")


def processed(number: int) -> ProvenanceRecord:
    """A record with all that a sweep compares."""
    record = ProvenanceRecord(inv(number)).missing(NOW).with_given_up(GivenUp("sum_net", "trace", NOW), NOW)
    state = DocumentState(f"{number:064}", "header", "open", "2026-03-01T08:00:00+00:00")
    return record.completed(state, NOW).missing(NOW).with_given_up(GivenUp("sum_net", "trace", NOW, "state"), NOW)


def test_known(dynamodb: "DynamoDBClient") -> None:
    """Many documents are looked up at once: processed, only queued, and never seen."""
    provenance, sweep = DynamoProvenanceStore(dynamodb, PROVENANCE), DynamoSweepState(dynamodb, PROVENANCE)
    for number in range(0, 120, 2):
        provenance.put(processed(number))
    sweep.remember_queued(inv(0), Queued("first", NOW))
    sweep.remember_queued(inv(1), Queued("dedup_key", NOW, 3))
    known = sweep.known([inv(number) for number in range(130)])
    assert known[inv(0)] == KnownState(processed(0).next_version(), Queued("first", NOW))
    assert known[inv(1)] == KnownState(None, Queued("dedup_key", NOW, 3))
    assert known[inv(118)] == KnownState(processed(118).next_version())
    assert len(known) == 61
    assert inv(129) not in known


def test_values(dynamodb: "DynamoDBClient") -> None:
    """The places that are ours or a person's are known, but for a record that is too long for one item."""
    provenance, sweep = DynamoProvenanceStore(dynamodb, PROVENANCE), DynamoSweepState(dynamodb, PROVENANCE)
    written = (Written("b1", "account", "acc-1", None, "r"), Written("b2", "account", "acc-1", None, "r"))
    short = provenance.put(replace(processed(1), written=written, human_owned=frozenset({("b1", "project")})))
    provenance.put(replace(processed(2), written=tuple(replace(w, value="x" * 200_000) for w in written)))
    known = sweep.known([inv(1), inv(2)])
    assert known[inv(1)] == KnownState(short)
    assert not known[inv(2)].has_values


def test_unfinished(dynamodb: "DynamoDBClient") -> None:
    """An incomplete run is known without a fingerprint."""
    DynamoProvenanceStore(dynamodb, PROVENANCE).put(ProvenanceRecord(inv(1)).with_pending(()))
    record = DynamoSweepState(dynamodb, PROVENANCE).known([inv(1)])[inv(1)].record
    assert record is not None
    assert record.fingerprint is None


def test_stored_by_an_earlier_version(dynamodb: "DynamoDBClient") -> None:
    """Items without what was added since are read: queued long ago, looked at up to the watermark."""
    put = partial(dynamodb.put_item, TableName=PROVENANCE)
    put(Item=item_of({"pk": f"queued:{inv(1).key}", "mark": "dedup_key"}))
    fields = {"fingerprint": "f", "revision": "r", "written": [], "pending": [], "deleted": False}
    put(Item=item_of({"pk": inv(1).key, "version": 1} | fields))
    times = {"horizon": "2026-01-01T00:00:00+00:00", "watermark": NOW.isoformat()}
    empty = {"started_at": None, "since": None, "cursor": None}
    put(Item=item_of({"pk": "sweep:incoming", "version": 1} | times | empty))
    sweep = DynamoSweepState(dynamodb, PROVENANCE)
    known = sweep.known([inv(1)])[inv(1)]
    assert known.record == ProvenanceRecord(inv(1), "f", "r", version=1)
    assert known.queued is not None
    assert known.queued.is_due_again(NOW)
    progress = sweep.progress(DocumentKind.INCOMING_INVOICE)
    assert progress is not None
    assert progress.watermarks == (NOW,) * 4


def test_reported_once(dynamodb: "DynamoDBClient") -> None:
    """The same is reported the first time only."""
    sweep = DynamoSweepState(dynamodb, PROVENANCE)
    assert not sweep.was_reported("a")
    sweep.mark_reported("a")
    sweep.mark_reported("a")
    assert [sweep.was_reported(key) for key in ("a", "b")] == [True, False]


def test_progress(dynamodb: "DynamoDBClient") -> None:
    """Progress is read back as it was saved; a save on top of another's is refused."""
    sweep = DynamoSweepState(dynamodb, PROVENANCE)
    assert sweep.progress(DocumentKind.INCOMING_INVOICE) is None
    first = Progress(DocumentKind.INCOMING_INVOICE, NOW - timedelta(days=30)).begun(NOW)
    first = first.after_page("cursor", ordered=False)
    assert not first.ordered
    saved = sweep.save_progress(first)
    assert saved == sweep.progress(DocumentKind.INCOMING_INVOICE) == first.next_version()
    assert sweep.save_progress(first) is None
    assert sweep.progress(DocumentKind.OUTGOING_INVOICE) is None
    assert saved is not None
    ended = sweep.save_progress(saved.after_page(None))
    assert ended is not None
    assert sweep.progress(DocumentKind.INCOMING_INVOICE) == ended
    assert ended.watermarks == (NOW,)
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
    DynamoProvenanceStore(dynamodb, PROVENANCE).put(ProvenanceRecord(inv(1)).completed(DocumentState("f"), NOW))
    DynamoProvenanceStore(dynamodb, PROVENANCE).put(ProvenanceRecord(inv(2)).completed(DocumentState("f"), NOW))
    waits: list[float] = []
    busy = DynamoSweepState(cast("DynamoDBClient", Throttled(dynamodb)), PROVENANCE, waits.append)
    assert set(busy.known([inv(1), inv(2)])) == {inv(1), inv(2)}
    assert len(waits) == 3
    deaf = DynamoSweepState(cast("DynamoDBClient", Throttled(dynamodb, deaf=True)), PROVENANCE, waits.append)
    with pytest.raises(RetryLater):
        deaf.known([inv(1)])
