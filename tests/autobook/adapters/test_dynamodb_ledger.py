"""The ledger in DynamoDB."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from autobook.adapters.dynamodb import DynamoLedger
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.provenance import LedgerEntry, Written
from tests.autobook.adapters.conftest import LEDGER

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

DOCUMENT = Document(DocumentKind.INCOMING_INVOICE, "inv1")
FULL = LedgerEntry(
    DOCUMENT,
    fingerprint="f" * 64,
    revision="e" * 64,
    written=(
        Written("b1", "account", "acc-7380", None, "hetzner"),
        Written(None, "tags", ("hosting", "monthly"), None, "hetzner"),
        Written("b1", "booking_title", "Straße 北京 🧾", "", "ünïcode"),
    ),
    pending=(Written(None, "tags", (), ("one",), "r"), Written("b2", "account", "x", "y", "r")),
    yielded=frozenset({(None, "status"), ("b2", "account")}),
    deleted=True,
)


def test_blank(dynamodb: "DynamoDBClient") -> None:
    """A document that nobody has seen has a blank entry of version 0."""
    assert DynamoLedger(dynamodb, LEDGER).get(DOCUMENT) == LedgerEntry(DOCUMENT)


def test_round_trip(dynamodb: "DynamoDBClient") -> None:
    """What is saved is read back exactly, with the next version."""
    ledger = DynamoLedger(dynamodb, LEDGER)
    assert ledger.put(FULL) == replace(FULL, version=1)
    assert ledger.get(DOCUMENT) == replace(FULL, version=1)


def test_blank_round_trip(dynamodb: "DynamoDBClient") -> None:
    """An entry with nothing in it is kept too."""
    ledger = DynamoLedger(dynamodb, LEDGER)
    ledger.put(LedgerEntry(DOCUMENT))
    assert ledger.get(DOCUMENT) == LedgerEntry(DOCUMENT, version=1)


def test_versions(dynamodb: "DynamoDBClient") -> None:
    """Each save counts on."""
    ledger = DynamoLedger(dynamodb, LEDGER)
    entry = LedgerEntry(DOCUMENT)
    for _ in range(12):
        entry = ledger.put(entry)
    assert ledger.get(DOCUMENT).version == 12


def test_conflict(dynamodb: "DynamoDBClient") -> None:
    """A save on top of another's is refused, and leaves the other's as it is."""
    ledger = DynamoLedger(dynamodb, LEDGER)
    mine = theirs = ledger.put(LedgerEntry(DOCUMENT))
    saved = ledger.put(replace(theirs, revision="theirs"))
    with pytest.raises(RetryLater, match="another run"):
        ledger.put(replace(mine, revision="mine"))
    assert ledger.get(DOCUMENT) == saved


def test_conflict_at_first(dynamodb: "DynamoDBClient") -> None:
    """Of two that begin at once, one is refused."""
    ledger = DynamoLedger(dynamodb, LEDGER)
    ledger.put(LedgerEntry(DOCUMENT))
    with pytest.raises(RetryLater):
        ledger.put(LedgerEntry(DOCUMENT))


def test_documents_apart(dynamodb: "DynamoDBClient") -> None:
    """Documents of one id but different kinds have different entries."""
    ledger = DynamoLedger(dynamodb, LEDGER)
    ledger.put(FULL)
    other = Document(DocumentKind.OUTGOING_INVOICE, "inv1")
    assert ledger.get(other) == LedgerEntry(other)


def test_other_faults(dynamodb: "DynamoDBClient") -> None:
    """A fault that is no conflict is not taken for one."""
    ledger = DynamoLedger(dynamodb, "no-such-table")
    with pytest.raises(ClientError):
        ledger.put(LedgerEntry(DOCUMENT))
