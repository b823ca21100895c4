"""Everything in the provenance table, for counting."""

from typing import TYPE_CHECKING

import pytest

from autobook.adapters.dynamodb.inventory import DynamoProvenanceInventory
from autobook.adapters.dynamodb.manifest import DynamoManifest
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.adapters.dynamodb.sweep_state import DynamoSweepState
from autobook.domain.canonical import sha256
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.fingerprints import DocumentState
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.domain.retention import ArchivedState
from autobook.domain.sweeping import Progress, Queued
from tests.autobook.adapters.conftest import PROVENANCE
from tests.fake_kanbert import NOW

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def inv(number: int) -> Document:
    return Document(DocumentKind.INCOMING_INVOICE, f"inv{number}")


def test_records_and_archived_states_alone(dynamodb: "DynamoDBClient") -> None:
    """Every record and every archived state, and nothing else that the table holds."""
    provenance, manifest = DynamoProvenanceStore(dynamodb, PROVENANCE), DynamoManifest(dynamodb, PROVENANCE)
    sweep = DynamoSweepState(dynamodb, PROVENANCE)
    saved = provenance.put(ProvenanceRecord(inv(1)).completed(DocumentState("f" * 64, status="open"), NOW))
    manifest.line("incoming_invoice/2026/inv1/x.json", "x", 1, NOW)
    manifest.mark_archived(inv(1), ArchivedState("f" * 64))
    sweep.remember_queued(inv(2), Queued("dedup_key", NOW))
    sweep.save_progress(Progress(DocumentKind.INCOMING_INVOICE, NOW))
    inventory = DynamoProvenanceInventory(dynamodb, PROVENANCE)
    assert inventory.page(None) == ([saved], None)
    assert inventory.archived([inv(1), inv(2)]) == {inv(1): "f" * 64}


def test_page_by_page(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """The records come page by page, each from the cursor of the one before, whatever else lies in between."""
    monkeypatch.setattr("autobook.adapters.dynamodb.inventory._ITEMS_PER_PAGE", 3)
    provenance, manifest = DynamoProvenanceStore(dynamodb, PROVENANCE), DynamoManifest(dynamodb, PROVENANCE)
    for number in range(8):
        provenance.put(ProvenanceRecord(inv(number)).completed(DocumentState("f"), NOW))
        manifest.mark_archived(inv(number), ArchivedState("f"))
    inventory, cursor, found, pages = DynamoProvenanceInventory(dynamodb, PROVENANCE), None, [], 0
    while pages == 0 or cursor is not None:
        records, cursor = inventory.page(cursor)
        found += [record.document.id for record in records]
        pages += 1
    assert sorted(found) == [f"inv{number}" for number in range(8)]
    assert pages > 4


def test_large_record_of_an_incomplete_run(dynamodb: "DynamoDBClient") -> None:
    """Of a record that takes several items it shows, too, that an incomplete run was there."""
    writes = [Written(f"b{n}", "account", sha256(str(n).encode()), None, "r") for n in range(4_000)]
    saved = DynamoProvenanceStore(dynamodb, PROVENANCE).put(ProvenanceRecord(inv(1)).with_pending(writes))
    (found,), _ = DynamoProvenanceInventory(dynamodb, PROVENANCE).page(None)
    assert len(saved.pending) == 4_000
    assert found.pending == saved.pending[:1]
