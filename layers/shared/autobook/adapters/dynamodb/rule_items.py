"""The items of the rules table, for who writes verdicts into them."""

from collections.abc import Collection, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.items import fields_of, is_condition_failed, item_of
from autobook.domain.rules import ATTRIBUTES, CHECK

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_MOST_COMPARED: Final = 120
"""Attributes that a write's condition names; an expression has at most 4 KB and 300 operators (DynamoDB developer
guide, "Constraints"). An item with more is in error, whichever they are."""
_TOO_LARGE: Final = "item size"
"""In the message of a ValidationException about an item of more than 400 KB, and in no other of this request."""


class DynamoRuleItems:
    """Remembers each item as it was read: a verdict is written into that one, or not at all."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._read: dict[str, dict[str, Any]] = {}

    def read(self) -> Mapping[str, Mapping[str, Any]]:
        """Every item as it is now."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        self._read = {item["rule_id"]["S"]: item for page in pages for item in page["Items"]}
        return {rule_id: fields_of(item) for rule_id, item in self._read.items()}

    def write_check(self, rule_id: str, check: Mapping[str, Any] | None) -> bool | None:
        """Write the verdict, or take it out; see the port."""
        names, values, conditions = unchanged(self._read[rule_id])
        names["#check"] = CHECK
        if check is not None:
            values |= item_of({":check": check})
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"rule_id": {"S": rule_id}},
                UpdateExpression="REMOVE #check" if check is None else "SET #check = :check",
                ConditionExpression=" AND ".join(conditions),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if is_condition_failed(error):
                return False
            if _is_too_large(error):
                return None
            raise
        self._read[rule_id] = answer["Attributes"]
        return True


def unchanged(
    item: Mapping[str, Any], ignoring: Collection[str] = ()
) -> tuple[dict[str, str], dict[str, Any], list[str]]:
    """A condition that holds while the item is as it was read: names, values, and the parts to be combined.

    That every attribute is the same, and that no other of those that count has come; but for those to be ignored.
    """
    names, values, conditions = dict[str, str](), dict[str, Any](), list[str]()
    compared = sorted(((name, value) for name, value in item.items() if name not in ignoring), key=_rule_id_first)
    for number, (name, value) in enumerate(islice(compared, _MOST_COMPARED)):
        names[f"#a{number}"], values[f":a{number}"] = name, value
        conditions.append(f"#a{number} = :a{number}")
    for number, name in enumerate(each for each in ATTRIBUTES if each not in item and each not in ignoring):
        names[f"#b{number}"] = name
        conditions.append(f"attribute_not_exists(#b{number})")
    return names, values, conditions


def _rule_id_first(attribute: tuple[str, Any]) -> tuple[bool, str]:
    return attribute[0] != "rule_id", attribute[0]


def _is_too_large(error: ClientError) -> bool:
    found = error.response.get("Error", {})
    return found.get("Code") == "ValidationException" and _TOO_LARGE in found.get("Message", "").casefold()
