"""Records of the export to Billomat, and its mappings, in DynamoDB."""

from typing import TYPE_CHECKING, Any

import pytest

from autobook.adapters.dynamodb.billomat_exports import DynamoBillomatExports
from autobook.adapters.dynamodb.billomat_mappings import DynamoBillomatMappings
from autobook.adapters.dynamodb.inventory import DynamoProvenanceInventory
from autobook.adapters.dynamodb.items import item_of
from autobook.domain.billomat import BillomatExport, SupplierMapping, WantedIncoming, supplier_key
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import AwaitsMapping, RetryLater
from tests.autobook.adapters.conftest import PROVENANCE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

DOCUMENT = Document(DocumentKind.INCOMING_INVOICE, "inv1")
OTHER = Document(DocumentKind.INCOMING_INVOICE, "inv2")
WANTED = WantedIncoming("7380", {"supplier_id": 7, "number": "R-1", "expense_account_number": 7380})
MAPPINGS = "billomat-mappings"


def test_round_trip(dynamodb: "DynamoDBClient") -> None:
    """What is saved is read back: ids, attempts, the state."""
    exports = DynamoBillomatExports(dynamodb, PROVENANCE)
    assert exports.get(DOCUMENT) == BillomatExport(DOCUMENT)
    attempted = exports.put(BillomatExport(DOCUMENT).with_attempt([WANTED]))
    assert exports.get(DOCUMENT) == attempted
    saved = exports.put(attempted.with_incomings({"7380": 12}).with_file(12, "f" * 64).with_sent("a" * 64))
    assert exports.get(DOCUMENT) == saved
    assert saved.files == {12: "f" * 64}
    assert (saved.version, saved.has("a" * 64)) == (2, True)


def test_another_run_was_faster(dynamodb: "DynamoDBClient") -> None:
    """A save on top of another's is refused."""
    exports = DynamoBillomatExports(dynamodb, PROVENANCE)
    record = exports.get(DOCUMENT)
    exports.put(record)
    with pytest.raises(RetryLater, match="another run"):
        exports.put(record)


def test_the_first_claim_counts(dynamodb: "DynamoDBClient") -> None:
    """An incoming is the document's that claimed it first, however often others try; no claim is provenance."""
    exports = DynamoBillomatExports(dynamodb, PROVENANCE)
    assert [exports.claim(12, each) for each in (DOCUMENT, OTHER, DOCUMENT)] == [DOCUMENT] * 3
    assert exports.claim(13, OTHER) == OTHER
    assert DynamoProvenanceInventory(dynamodb, PROVENANCE).page(None) == ([], None)


@pytest.fixture
def mappings(dynamodb: "DynamoDBClient") -> DynamoBillomatMappings:
    """An empty table."""
    dynamodb.create_table(
        TableName=MAPPINGS,
        KeySchema=[{"AttributeName": "mapping", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "mapping", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return DynamoBillomatMappings(dynamodb, MAPPINGS)


def _put(dynamodb: "DynamoDBClient", **fields: Any) -> None:
    dynamodb.put_item(TableName=MAPPINGS, Item=item_of(fields))


def test_mappings(dynamodb: "DynamoDBClient", mappings: DynamoBillomatMappings) -> None:
    """They count from the moment they are saved; a number may be a text."""
    assert (mappings.supplier("sup1"), mappings.expense_account("7380")) == (None, None)
    _put(dynamodb, mapping="supplier:sup1", supplier_id=12, client_number="K-1")
    _put(dynamodb, mapping="supplier:sup2", supplier_id=" 13 ")
    _put(dynamodb, mapping="account:7380", expense_account_number="4900")
    assert mappings.supplier("sup1") == SupplierMapping(supplier_id=12, client_number="K-1")
    assert mappings.supplier("sup2") == SupplierMapping(supplier_id=13)
    assert mappings.expense_account("7380") == 4900


@pytest.mark.parametrize("value", ["", "x", "-1", "0", "1.5", None])
def test_a_mapping_that_is_wrong(dynamodb: "DynamoDBClient", mappings: DynamoBillomatMappings, value: Any) -> None:
    """It is waited for its correction, with a reason that names the item."""
    _put(dynamodb, mapping="supplier:sup1", supplier_id=value)
    with pytest.raises(AwaitsMapping, match=r"the mapping supplier:sup1 to Billomat has supplier_id") as caught:
        mappings.supplier("sup1")
    assert caught.value.mappings == ("supplier:sup1",)


def test_a_mapping_of_a_long_name(dynamodb: "DynamoDBClient", mappings: DynamoBillomatMappings) -> None:
    """It is cut where DynamoDB takes no longer key."""
    name = "ä" * 3000
    assert mappings.supplier(name) is None
    _put(dynamodb, mapping=supplier_key(name), supplier_id=12)
    assert mappings.supplier(name) == SupplierMapping(supplier_id=12)
    assert mappings.expense_account(name) is None
