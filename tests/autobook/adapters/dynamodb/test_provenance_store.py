"""Provenance in DynamoDB."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.provenance import ProvenanceRecord, Written
from tests.autobook.adapters.conftest import PROVENANCE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

DOCUMENT = Document(DocumentKind.INCOMING_INVOICE, "inv1")
FULL = ProvenanceRecord(
    DOCUMENT,
    fingerprint="f" * 64,
    revision="e" * 64,
    written=(
        Written("b1", "account", "acc-7380", None, "hetzner"),
        Written(None, "tags", ("hosting", "monthly"), None, "hetzner"),
        Written("b1", "booking_title", "Straße 北京 🧾", "", "ünïcode"),
    ),
    pending=(Written(None, "tags", (), ("one",), "r"), Written("b2", "account", "x", "y", "r")),
    human_owned=frozenset({(None, "status"), ("b2", "account")}),
    deleted=True,
)


def test_blank(dynamodb: "DynamoDBClient") -> None:
    """A document that nobody has seen has a blank record of version 0."""
    assert DynamoProvenanceStore(dynamodb, PROVENANCE).get(DOCUMENT) == ProvenanceRecord(DOCUMENT)


def test_round_trip(dynamodb: "DynamoDBClient") -> None:
    """What is saved is read back exactly, with the next version."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    assert provenance.put(FULL) == replace(FULL, version=1)
    assert provenance.get(DOCUMENT) == replace(FULL, version=1)


def test_blank_round_trip(dynamodb: "DynamoDBClient") -> None:
    """A record with nothing in it is kept too."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    provenance.put(ProvenanceRecord(DOCUMENT))
    assert provenance.get(DOCUMENT) == ProvenanceRecord(DOCUMENT, version=1)


def test_versions(dynamodb: "DynamoDBClient") -> None:
    """Each save counts on."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    record = ProvenanceRecord(DOCUMENT)
    for _ in range(12):
        record = provenance.put(record)
    assert provenance.get(DOCUMENT).version == 12


def test_conflict(dynamodb: "DynamoDBClient") -> None:
    """A save on top of another's is refused, and leaves the other's as it is."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    mine = theirs = provenance.put(ProvenanceRecord(DOCUMENT))
    saved = provenance.put(replace(theirs, revision="theirs"))
    with pytest.raises(RetryLater, match="another run"):
        provenance.put(replace(mine, revision="mine"))
    assert provenance.get(DOCUMENT) == saved


def test_conflict_at_first(dynamodb: "DynamoDBClient") -> None:
    """Two begin at once: one is refused."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    provenance.put(ProvenanceRecord(DOCUMENT))
    with pytest.raises(RetryLater):
        provenance.put(ProvenanceRecord(DOCUMENT))


def test_documents_apart(dynamodb: "DynamoDBClient") -> None:
    """Documents of one id but different kinds have different records."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    provenance.put(FULL)
    other = Document(DocumentKind.OUTGOING_INVOICE, "inv1")
    assert provenance.get(other) == ProvenanceRecord(other)


def test_other_faults(dynamodb: "DynamoDBClient") -> None:
    """A fault that is no conflict is not taken for one."""
    provenance = DynamoProvenanceStore(dynamodb, "no-such-table")
    with pytest.raises(ClientError):
        provenance.put(ProvenanceRecord(DOCUMENT))
