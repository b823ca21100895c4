"""The rules table, for who edits it from elsewhere: each write is one of the item that was read, or none."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.items import fields_of, is_condition_failed, item_of
from autobook.adapters.dynamodb.rule_items import unchanged
from autobook.domain.rules import CHECK, content

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_KEY: Final = "rule_id"


class RefusedItem(Exception):
    """DynamoDB does not take the item; `str(error)` says why."""


class DynamoRuleEdits:
    """Remembers each item as it was read. `check`, which `check_rules` writes meanwhile, is left as it is.

    Every write returns True where it was made, False where somebody has changed the item since, or raises RefusedItem.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client, self.table = client, table
        self._read: dict[str, dict[str, Any]] = {}

    def read(self) -> dict[str, dict[str, Any]]:
        """What people wrote, by rule, as it is now."""
        pages = self._client.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        self._read = {item[_KEY]["S"]: item for page in pages for item in page["Items"]}
        return {rule_id: content(fields_of(item)) for rule_id, item in self._read.items()}

    def create(self, item: Mapping[str, Any]) -> bool:
        """Put an item where there is none."""
        return self._write(
            "put_item",
            lambda: {
                "Item": item_of(item),
                "ConditionExpression": "attribute_not_exists(#key)",
                "ExpressionAttributeNames": {"#key": _KEY},
            },
        )

    def update(self, rule_id: str, values: Mapping[str, Any], removed: Sequence[str]) -> bool:
        """Set these attributes, and take those out."""
        return self._write("update_item", lambda: self._changing(rule_id, values, removed))

    def delete(self, rule_id: str) -> bool:
        """Delete the item."""
        return self._write("delete_item", lambda: self._as_read(rule_id))

    def _write(self, operation: str, request: Callable[[], dict[str, Any]]) -> bool:
        try:
            getattr(self._client, operation)(TableName=self.table, **request())
        except ClientError as error:
            if is_condition_failed(error):
                return False
            found = error.response.get("Error", {})
            if found.get("Code") == "ValidationException":
                raise RefusedItem(found.get("Message", "")) from error
            raise
        except (ArithmeticError, TypeError) as error:  # what no table can hold
            raise RefusedItem(f"a value that DynamoDB cannot hold: {error!r:.100}") from error
        return True

    def _as_read(self, rule_id: str) -> dict[str, Any]:
        names, values, conditions = unchanged(self._read[rule_id], ignoring={CHECK})
        return {
            "Key": {_KEY: {"S": rule_id}},
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }

    def _changing(self, rule_id: str, values: Mapping[str, Any], removed: Sequence[str]) -> dict[str, Any]:
        request, parts = self._as_read(rule_id), []
        assigned = {f"s{number}": name for number, name in enumerate(values)}
        dropped = {f"r{number}": name for number, name in enumerate(removed)}
        request["ExpressionAttributeNames"] |= {f"#{place}": name for place, name in (assigned | dropped).items()}
        request["ExpressionAttributeValues"] |= item_of({f":{place}": values[name] for place, name in assigned.items()})
        if assigned:
            parts.append(f"SET {', '.join(f'#{place} = :{place}' for place in assigned)}")
        if dropped:
            parts.append(f"REMOVE {', '.join(f'#{place}' for place in dropped)}")
        return {**request, "UpdateExpression": " ".join(parts)}
