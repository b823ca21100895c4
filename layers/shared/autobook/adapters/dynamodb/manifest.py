"""The archive's manifest in the provenance table: an item per line, one that holds the last line, one per document."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.items import cancellation_reasons, fields_of, item_of
from autobook.domain.documents import Document
from autobook.domain.errors import RetryLater
from autobook.domain.retention import ArchivedState, ManifestLine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_HEAD = "manifest:head"
_HALTED = "manifest:halted"
"""There while no line may be added; a person deletes it (docs/runbook.md)."""
ARCHIVED = "archived:"
"""Prefix of the keys that hold a document's archived state."""
_SINCE = ("file_missing_since", "missing_since")
_ATTEMPTS = 8
_OVERTAKEN = {"ConditionalCheckFailed", "TransactionConflict"}
"""Another line was appended first, or is being appended now: look again."""
_BUSY = {"ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"}
"""Nobody was faster: at once it would be refused again. Anything else, such as ValidationError, is a fault."""


class DynamoManifest:
    """The archive's manifest: an item per line, and one that holds the last line."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def line(self, key: str, digest: str, size: int, retain_until: datetime) -> ManifestLine:
        """The line of this object; made at the end of the chain unless it has one."""
        until = retain_until.isoformat()
        for _ in range(_ATTEMPTS):
            if (line := self._get(_pk(key))) is not None:
                return line
            self._check_not_halted()
            last = self._get(_HEAD)
            line = last.next(key, digest, size, until) if last else ManifestLine.first(key, digest, size, until)
            if self._append(line):
                return line
        raise RetryLater("too many archive writers at once", after=1)

    def halt(self, reason: str) -> None:
        """Add no further line until somebody deletes the item."""
        self._client.put_item(TableName=self._table, Item=item_of({"pk": _HALTED, "reason": reason}))

    def archived(self, document: Document) -> ArchivedState:
        """How far the document is archived."""
        fields = self._fields(f"{ARCHIVED}{document.key}") or {}
        since = {name: datetime.fromisoformat(fields[name]) for name in _SINCE if name in fields}
        return ArchivedState(fields.get("state", ""), **since)

    def mark_archived(self, document: Document, archived: ArchivedState) -> None:
        """Remember how far it is archived."""
        since = {name: moment.isoformat() for name in _SINCE if (moment := getattr(archived, name)) is not None}
        item = {"pk": f"{ARCHIVED}{document.key}", "state": archived.state, **since}
        self._client.put_item(TableName=self._table, Item=item_of(item))

    def _check_not_halted(self) -> None:
        halted = self._fields(_HALTED)
        if halted is not None:
            raise RetryLater(f"the archive's manifest is halted: {halted['reason']}")

    def _fields(self, pk: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=item_of({"pk": pk}), ConsistentRead=True)
        return fields_of(answer["Item"]) if "Item" in answer else None

    def _get(self, pk: str) -> ManifestLine | None:
        fields = self._fields(pk)
        if fields is None:
            return None
        return ManifestLine(
            number=int(fields["number"]),
            previous=fields["previous"],
            key=fields["key"],
            sha256=fields["sha256"],
            size=int(fields["size"]),
            retain_until=fields["retain_until"],
        )

    def _append(self, line: ManifestLine) -> bool:
        """False when another line was appended first."""
        fields = {
            "number": line.number,
            "previous": line.previous,
            "key": line.key,
            "sha256": line.sha256,
            "size": line.size,
            "retain_until": line.retain_until,
        }
        try:
            self._client.transact_write_items(
                TransactItems=[
                    {
                        "Put": {
                            "TableName": self._table,
                            "Item": item_of({"pk": _pk(line.key), **fields}),
                            "ConditionExpression": "attribute_not_exists(pk)",
                        }
                    },
                    {
                        "Put": {
                            "TableName": self._table,
                            "Item": item_of({"pk": _HEAD, **fields}),
                            "ConditionExpression": "attribute_not_exists(pk) OR #number = :last",
                            "ExpressionAttributeNames": {"#number": "number"},
                            "ExpressionAttributeValues": item_of({":last": line.number - 1}),
                        }
                    },
                ]
            )
        except ClientError as error:
            reasons = cancellation_reasons(error)
            if reasons & _OVERTAKEN:
                return False
            if reasons & _BUSY:
                raise RetryLater(f"DynamoDB: {', '.join(sorted(reasons))}") from error
            raise
        return True


def _pk(key: str) -> str:
    return f"archive:{key}"
