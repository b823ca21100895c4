"""AWS as moto plays it; tables, queues and buckets as the template makes them."""

from typing import TYPE_CHECKING

import boto3
import pytest

from autobook_local.stack.template import load_template
from tests.template.conftest import TEMPLATE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

PROVENANCE = "provenance"
RULES = "rules"
HISTORY = "history"
_TABLES = {PROVENANCE: "LedgerTable", RULES: "RulesTable", HISTORY: "HistoryTable"}
_KEYS = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


@pytest.fixture
def dynamodb(aws: None) -> "DynamoDBClient":
    """The tables, empty."""
    assert aws is None
    client, resources = boto3.client("dynamodb"), load_template(TEMPLATE)["Resources"]
    for table, logical_id in _TABLES.items():
        properties = resources[logical_id]["Properties"]
        client.create_table(TableName=table, **{key: properties[key] for key in _KEYS if key in properties})
    return client
