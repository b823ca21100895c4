"""What is remembered of the export to Hypatos, in DynamoDB."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from autobook.adapters.dynamodb.hypatos_records import DynamoHypatosRecords
from autobook.adapters.dynamodb.inventory import DynamoProvenanceInventory
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.hypatos import HypatosInvoice, HypatosRecord
from tests.autobook.adapters.conftest import PROVENANCE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

DOCUMENT = Document(DocumentKind.INCOMING_INVOICE, "inv1")


def invoice(lines: int = 1) -> HypatosInvoice:
    """An invoice; every line is another, so that it does not compress well."""
    return HypatosInvoice.model_validate(
        {
            "externalId": "kanbert-inv1",
            "totalGrossAmount": Decimal("100.10"),
            "headerText": "Straße 北京",
            "invoiceLines": [{"itemText": hashlib.sha256(str(n).encode()).hexdigest()} for n in range(lines)],
        }
    )


@pytest.mark.parametrize("lines", [1, 20_000])
def test_round_trip(dynamodb: "DynamoDBClient", lines: int) -> None:
    """What is saved is read back, however long the invoice is, and still counts as the same state."""
    records, sent = DynamoHypatosRecords(dynamodb, PROVENANCE), invoice(lines)
    assert records.get(DOCUMENT) == HypatosRecord(DOCUMENT)
    record = records.put(HypatosRecord(DOCUMENT).with_attempt(sent, date(2026, 3, 2)))
    assert replace(records.get(DOCUMENT), body=None) == replace(record, body=None)
    assert records.get(DOCUMENT).is_unanswered(sent)
    missing = replace(record, missing_since=datetime(2026, 3, 2, tzinfo=UTC))
    record = records.put(replace(missing.with_sent(sent).with_event("e1", "b1")))
    found = records.get(DOCUMENT)
    assert found.missing_since == missing.missing_since
    assert found.has(sent)
    assert (found.is_done("e1", "b1"), found.is_done("e1", "b2")) == (True, False)
    assert (found.posted_on, found.events, found.version) == (date(2026, 3, 2), ("e1",), 2)
    assert HypatosInvoice.model_validate(found.body) == sent
    assert found.removed(HypatosInvoice.model_validate({"externalId": "x", "invoiceLines": []})) == {
        "totalGrossAmount",
        "headerText",
    }


def test_another_run_was_faster(dynamodb: "DynamoDBClient") -> None:
    """A save on top of another's is refused."""
    records = DynamoHypatosRecords(dynamodb, PROVENANCE)
    record = records.get(DOCUMENT)
    records.put(record)
    with pytest.raises(RetryLater, match="another run"):
        records.put(record)


def test_no_provenance(dynamodb: "DynamoDBClient") -> None:
    """They lie in the table of provenance and are none."""
    DynamoHypatosRecords(dynamodb, PROVENANCE).put(HypatosRecord(DOCUMENT).with_event("e1", "b1"))
    assert DynamoProvenanceInventory(dynamodb, PROVENANCE).page(None) == ([], None)
