"""Verdicts in the rules table."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from autobook.adapters.dynamodb.rule_items import DynamoRuleItems
from autobook.domain.rules import rule_version, typed_item
from tests.autobook.adapters.conftest import RULES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ITEM: dict[str, Any] = {
    "rule_id": {"S": "r"},
    "when": {"L": [{"M": {"field": {"S": "title"}, "value": {"BOOL": True}}}, {"NULL": True}]},
    "priority": {"N": "5"},
    "tags": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2.5"]},
    "bytes": {"B": b"\x00\x01"},
    "huge": {"N": "1E+39"},
    "status": {"S": ""},
}
CHECK = {"state": "ok", "message": "sound", "findings": ["a", "b"], "codes": {"account": "7380"}}


def put(client: "DynamoDBClient", **changes: Any) -> None:
    client.put_item(TableName=RULES, Item={k: v for k, v in (ITEM | changes).items() if v is not None})


def stored(client: "DynamoDBClient") -> dict[str, Any]:
    found: dict[str, Any] = client.get_item(TableName=RULES, Key={"rule_id": {"S": "r"}}).get("Item", {})
    return found


def test_written_and_taken_out(dynamodb: "DynamoDBClient") -> None:
    """The verdict is a map beside what people wrote, which stays to the last digit."""
    put(dynamodb)
    items = DynamoRuleItems(dynamodb, RULES)
    before = items.read()["r"]
    assert items.write_check("r", CHECK)
    assert {name: value for name, value in stored(dynamodb).items() if name != "check"} == ITEM
    assert items.read()["r"] == {**before, "check": CHECK}
    assert items.write_check("r", {"state": "error"}), "over the one of before"
    assert items.write_check("r", None)
    assert stored(dynamodb) == ITEM


@pytest.mark.parametrize(
    "changes",
    [
        {"when": {"S": "title is null"}},
        {"priority": {"N": "6"}},
        {"tags": {"SS": ["a"]}},
        {"bytes": {"B": b"\x00\x02"}},
        {"account": {"S": "7380"}},
        {"status": None},
        {"check": {"M": {"state": {"S": "error"}}}},
    ],
)
def test_changed_meanwhile(dynamodb: "DynamoDBClient", changes: dict[str, Any]) -> None:
    """Whatever a person, or another run, has changed since: the item is left as it is."""
    put(dynamodb)
    items = DynamoRuleItems(dynamodb, RULES)
    items.read()
    put(dynamodb, **changes)
    before = stored(dynamodb)
    assert items.write_check("r", CHECK) is False
    assert stored(dynamodb) == before


def test_deleted_meanwhile(dynamodb: "DynamoDBClient") -> None:
    """A rule that is gone is not created anew."""
    put(dynamodb)
    items = DynamoRuleItems(dynamodb, RULES)
    items.read()
    dynamodb.delete_item(TableName=RULES, Key={"rule_id": {"S": "r"}})
    assert items.write_check("r", CHECK) is False
    assert stored(dynamodb) == {}


def test_no_room(dynamodb: "DynamoDBClient") -> None:
    """An item that would exceed 400 KB stays as it is."""
    put(dynamodb, description={"S": "x" * 404_500})
    items = DynamoRuleItems(dynamodb, RULES)
    items.read()
    assert items.write_check("r", {"message": "y" * 6_000}) is None
    assert "check" not in stored(dynamodb)


def test_many_attributes(dynamodb: "DynamoDBClient") -> None:
    """An item with more attributes than a condition can name gets its verdict all the same."""
    put(dynamodb, **{f"attribute{number}": {"S": "x"} for number in range(400)})
    items = DynamoRuleItems(dynamodb, RULES)
    items.read()
    assert items.write_check("r", CHECK)


def test_version_of_what_is_read(dynamodb: "DynamoDBClient") -> None:
    """The version is the same from whichever source an item comes, and does not depend on the verdict."""
    put(dynamodb)
    items = DynamoRuleItems(dynamodb, RULES)
    version = rule_version(items.read()["r"])
    items.write_check("r", CHECK)
    assert rule_version(items.read()["r"]) == version
    plain = {
        "status": "", "rule_id": "r", "when": [{"field": "title", "value": True}, None], "priority": 5,
        "tags": {"b", "a"}, "numbers": {Decimal("2.50"), 1}, "bytes": b"\x00\x01", "huge": Decimal("1e39"),
    }  # fmt: skip
    assert rule_version(plain) == version
    put(dynamodb, priority={"N": "5.1"})
    assert rule_version(items.read()["r"]) != version


def test_typed_item_can_be_put_back(dynamodb: "DynamoDBClient") -> None:
    """What is archived is what the table takes (binary values in Base64, as the AWS CLI wants them)."""
    put(dynamodb, bytes=None)
    item = DynamoRuleItems(dynamodb, RULES).read()["r"]
    boto3.client("dynamodb").put_item(TableName=RULES, Item=typed_item(item) | {"rule_id": {"S": "copy"}})
    copy = DynamoRuleItems(dynamodb, RULES).read()["copy"]
    assert {**copy, "rule_id": "r"} == item
