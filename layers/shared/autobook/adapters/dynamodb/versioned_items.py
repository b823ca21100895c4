"""Items with a version: a save is refused when somebody else saved in between. One of any length (overflow.py)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.items import fields_of, is_condition_failed, item_of
from autobook.adapters.dynamodb.overflow import chunk_keys, packed, unpacked
from autobook.domain.errors import RetryLater

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class VersionedItems:
    """Items of a table by their key `pk`, each with its `version`; the `long` attributes may be of any length."""

    def __init__(self, client: "DynamoDBClient", table: str, long: tuple[str, ...]) -> None:
        self._client = client
        self._table = table
        self._long = long

    def get(self, pk: str) -> dict[str, Any] | None:
        """The fields; None where there is no such item. RetryLater where another run saved it while it was read."""
        fields = self._fields(pk)
        if fields is None or not (keys := chunk_keys(fields)):
            return fields
        chunks = [self._fields(key) for key in keys]
        if None in chunks:
            raise RetryLater(f"{pk} is being processed by another run", after=1)
        return unpacked(fields, [bytes(chunk["content"]) for chunk in chunks if chunk is not None])

    def put(self, fields: Mapping[str, Any], over: int) -> None:
        """Save it over that version; RetryLater if another was faster.

        What does not fit into one item is written before the item that refers to it, and removed after the next.
        """
        items = packed(fields, self._long)
        for chunk in items.chunks:
            self._client.put_item(TableName=self._table, Item=chunk)
        try:
            answer = self._client.put_item(
                TableName=self._table,
                Item=items.item,
                ReturnValues="ALL_OLD",
                ConditionExpression="attribute_not_exists(pk) OR #version = :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues=item_of({":version": over}),
            )
        except ClientError as error:
            if is_condition_failed(error):
                raise RetryLater(f"{fields['pk']} is being processed by another run") from error
            raise
        for key in chunk_keys(fields_of(answer.get("Attributes", {}))):
            self._client.delete_item(TableName=self._table, Key=item_of({"pk": key}))

    def _fields(self, pk: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=item_of({"pk": pk}), ConsistentRead=True)
        return fields_of(answer["Item"]) if "Item" in answer else None
