"""Everything in the provenance table, for counting."""

from typing import TYPE_CHECKING

from autobook.adapters.dynamodb.inventory import DynamoProvenanceInventory
from autobook.adapters.dynamodb.manifest import DynamoManifest
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.adapters.dynamodb.sweep_state import DynamoSweepState
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.fingerprints import DocumentState
from autobook.domain.provenance import ProvenanceRecord
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
    manifest.mark_archived(inv(1), "f" * 64)
    sweep.remember_queued(inv(2), Queued("dedup_key", NOW))
    sweep.save_progress(Progress(DocumentKind.INCOMING_INVOICE, NOW))
    inventory = DynamoProvenanceInventory(dynamodb, PROVENANCE)
    assert inventory.recorded() == {inv(1): saved}
    assert inventory.archived() == {inv(1): "f" * 64}
