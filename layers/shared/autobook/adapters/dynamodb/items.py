"""DynamoDB's items: `{"n": {"N": "1"}}` for `{"n": 1}`, and back."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError


class _ExactDeserializer(TypeDeserializer):
    """Reads every number that DynamoDB holds. boto3's own raises for one that it would have to round, such as 1e39.

    Binary values are bytes, not objects of boto3.
    """

    def _deserialize_n(self, value: str) -> Decimal:
        return Decimal(value)

    def _deserialize_b(self, value: bytes) -> bytes:
        return value


_serialize = TypeSerializer().serialize
_deserialize = _ExactDeserializer().deserialize


def item_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The item of plain fields. TypeError for a value that DynamoDB cannot hold, such as a float."""
    return {name: _serialize(value) for name, value in fields.items()}


def fields_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """The plain fields of an item; every number is a `Decimal`."""
    return {name: _deserialize(value) for name, value in item.items()}


def iso(at: datetime | None) -> str | None:
    """A moment as it is stored."""
    return at.isoformat() if at else None


def moment(text: str | None) -> datetime | None:
    """A moment as it was stored."""
    return datetime.fromisoformat(text) if text else None


def cancellation_reasons(error: ClientError) -> set[str]:
    """Why DynamoDB has cancelled a transaction, such as `ConditionalCheckFailed`; empty if it is no such error.

    Source: "TransactWriteItems" (Amazon DynamoDB API Reference), cancellation reasons; `None` stands for an item that
    was not the reason.
    """
    if error.response.get("Error", {}).get("Code") != "TransactionCanceledException":
        return set()
    listed = [str(each.get("Code")) for each in error.response.get("CancellationReasons", ())]
    if not listed:  # an SDK that does not read them: they stand in the message, in brackets
        listed = re.findall(r"\w+", str(error).rpartition("[")[2])
    return set(listed) - {"None"} or {"unknown"}


def is_condition_failed(error: ClientError) -> bool:
    """True where a write was refused because its condition did not hold."""
    return error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException"
