"""Counts of attempts, as DynamoDB keeps them."""

from typing import TYPE_CHECKING

from autobook.adapters.dynamodb.attempts import DynamoAttempts
from autobook.adapters.dynamodb.inventory import DynamoProvenanceInventory
from tests.autobook.adapters.conftest import PROVENANCE
from tests.fake_kanbert import NOW
from tests.fakes import FakeClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/autobook-documents.fifo"
FORTNIGHT = 14 * 24 * 3600


def counted(dynamodb: "DynamoDBClient", queue: str = QUEUE) -> DynamoAttempts:
    return DynamoAttempts(dynamodb, PROVENANCE, queue, FakeClock())


def test_by_kind(dynamodb: "DynamoDBClient") -> None:
    """Each kind is counted by itself, and every answer tells all of them."""
    attempts = counted(dynamodb)
    assert attempts.add("m1", "waiting") == {"waiting": 1}
    assert attempts.add("m1", "waiting") == {"waiting": 2}
    assert attempts.add("m1", "bug") == {"waiting": 2, "bug": 1}


def test_survive_redelivery(dynamodb: "DynamoDBClient") -> None:
    """Another instance of the function goes on counting; other messages and queues have counts of their own."""
    counted(dynamodb).add("m1", "bug")
    assert counted(dynamodb).add("m1", "bug") == {"bug": 2}
    assert counted(dynamodb).add("m2", "bug") == {"bug": 1}
    assert counted(dynamodb, "https://sqs/autobook-archive.fifo").add("m1", "bug") == {"bug": 1}


def test_expire(dynamodb: "DynamoDBClient") -> None:
    """An item outlives its message, which SQS keeps for fourteen days after the last fault at most, and not by much."""
    counted(dynamodb).add("m1", "waiting")
    (item,) = dynamodb.scan(TableName=PROVENANCE)["Items"]
    assert item["pk"] == {"S": "attempts:autobook-documents.fifo:m1"}
    expires = int(item["expires_at"]["N"])
    assert FORTNIGHT < expires - NOW.timestamp() < 2 * FORTNIGHT


def test_are_no_records(dynamodb: "DynamoDBClient") -> None:
    """Whoever counts provenance does not see them."""
    counted(dynamodb).add("m1", "waiting")
    inventory = DynamoProvenanceInventory(dynamodb, PROVENANCE)
    assert inventory.page(None) == ([], None)
