"""AWS as moto plays it; tables, queues and buckets as the template makes them."""

from typing import TYPE_CHECKING

import boto3
import pytest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

PROVENANCE = "provenance"
RULES = "rules"


@pytest.fixture
def dynamodb(aws: None) -> "DynamoDBClient":
    """Both tables, empty."""
    assert aws is None
    client = boto3.client("dynamodb")
    for table, key in ((PROVENANCE, "pk"), (RULES, "rule_id")):
        client.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        )
    return client
