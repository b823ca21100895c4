"""The two DynamoDB tables: the rules that admins edit, and provenance (with the archive's manifest)."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from autobook.domain.documents import Document
from autobook.domain.errors import RetryLater
from autobook.domain.provenance import FieldPlace, ProvenanceRecord, Written
from autobook.domain.retention import ManifestLine
from autobook.domain.rules import RuleSet

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize

_RULES_AGE = 30.0
_FEW_CHANGES = 5
_HEAD = "manifest:head"
ARCHIVED = "archived:"
"""Beginning of the keys that tell a document's archived state."""
_CHAIN_TRIES = 8


def item_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _serialize(value) for name, value in fields.items()}


def fields_of(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in item.items()}


class DynamoRuleRepository:
    """The rules table, read at most every thirty seconds. Of a set that is known, only what has changed is compiled.

    `report` is told of every set that differs from the one before, with the rules in it that are in error.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        zone: ZoneInfo,
        monotonic: Callable[[], float] = time.monotonic,
        report: Callable[[RuleSet], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._table = table
        self._monotonic = monotonic
        self._report = report
        self._items: dict[str, dict[str, Any]] = {}
        self._rules = RuleSet.load([], timezone=zone)
        self._zone = zone
        self._read_at: float | None = None

    def rules(self) -> RuleSet:
        """The rules as they stood at most thirty seconds ago."""
        now = self._monotonic()
        if self._read_at is None or now - self._read_at > _RULES_AGE:
            items = self._scan()
            if items != self._items:
                self._rules = self._taken_up(items)
                self._items = items
                self._report(self._rules)
            self._read_at = now
        return self._rules

    def _taken_up(self, items: dict[str, dict[str, Any]]) -> RuleSet:
        changed = [item for rule_id, item in items.items() if self._items.get(rule_id) != item]
        removed = self._items.keys() - items.keys()
        if len(changed) + len(removed) > _FEW_CHANGES:
            return RuleSet.load(items.values(), timezone=self._zone)
        rules = self._rules
        for rule_id in removed:
            rules = rules.without_rule(rule_id)
        for item in changed:
            rules = rules.with_rule(item)
        return rules

    def _scan(self) -> dict[str, dict[str, Any]]:
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        items = (fields_of(item) for page in pages for item in page["Items"])
        return {item["rule_id"]: item for item in items}


class DynamoProvenanceStore:
    """One item per document. A save is refused when somebody else saved in between."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, document: Document) -> ProvenanceRecord:
        """The entry, or a blank one."""
        answer = self._client.get_item(TableName=self._table, Key=item_of({"pk": document.key}), ConsistentRead=True)
        return entry_of(document, fields_of(answer["Item"])) if "Item" in answer else ProvenanceRecord(document)

    def put(self, entry: ProvenanceRecord) -> ProvenanceRecord:
        """Save it; returns it with the next version."""
        saved = entry.next_version()
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item_of(_entry_fields(saved)),
                ConditionExpression="attribute_not_exists(pk) OR #version = :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues=item_of({":version": entry.version}),
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                raise RetryLater(f"{entry.document.key} is being processed by another run") from error
            raise
        return saved


def _entry_fields(entry: ProvenanceRecord) -> dict[str, Any]:
    return {
        "pk": entry.document.key,
        "fingerprint": entry.fingerprint,
        "revision": entry.revision,
        "written": [_written_fields(w) for w in entry.written],
        "pending": [_written_fields(w) for w in entry.pending],
        "yielded": [list(place) for place in sorted(entry.human_owned, key=repr)],
        "deleted": entry.deleted,
        "status": entry.status,
        "version": entry.version,
    }


def entry_of(document: Document, fields: Mapping[str, Any]) -> ProvenanceRecord:
    return ProvenanceRecord(
        document=document,
        fingerprint=fields["fingerprint"],
        revision=fields["revision"],
        written=tuple(_written(w) for w in fields["written"]),
        pending=tuple(_written(w) for w in fields["pending"]),
        human_owned=frozenset(_place(place) for place in fields["yielded"]),
        deleted=fields["deleted"],
        status=fields.get("status", ""),
        version=int(fields["version"]),
    )


def _written_fields(write: Written) -> dict[str, Any]:
    return {
        "booking_id": write.booking_id,
        "field": write.field,
        "value": _to_dynamo(write.value),
        "before": _to_dynamo(write.before),
        "rule_id": write.rule_id,
    }


def _written(fields: Mapping[str, Any]) -> Written:
    return Written(
        booking_id=fields["booking_id"],
        field=fields["field"],
        value=_from_dynamo(fields["value"]),
        before=_from_dynamo(fields["before"]),
        rule_id=fields["rule_id"],
    )


def _to_dynamo(value: str | tuple[str, ...] | None) -> str | list[str] | None:
    return list(value) if isinstance(value, tuple) else value


def _from_dynamo(value: str | list[str] | None) -> str | tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) else value


def _place(pair: list[Any]) -> FieldPlace:
    booking_id, field = pair
    return booking_id, field


class DynamoManifest:
    """The archive's manifest: an item per line, and one that holds the last line."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def line(self, key: str, digest: str, size: int, retain_until: datetime) -> ManifestLine:
        """The line of this object; made at the end of the chain unless it has one."""
        until = retain_until.isoformat()
        for _ in range(_CHAIN_TRIES):
            if (line := self._get(_pk(key))) is not None:
                return line
            last = self._get(_HEAD)
            line = last.next(key, digest, size, until) if last else ManifestLine.first(key, digest, size, until)
            if self._append(line):
                return line
        raise RetryLater("too many archive writers at once", after=1)

    def mark_archived(self, document: Document, state: str) -> None:
        """Remember the state that is archived."""
        item = {"pk": f"{ARCHIVED}{document.key}", "state": state}
        self._client.put_item(TableName=self._table, Item=item_of(item))

    def _get(self, pk: str) -> ManifestLine | None:
        answer = self._client.get_item(TableName=self._table, Key=item_of({"pk": pk}), ConsistentRead=True)
        if "Item" not in answer:
            return None
        fields = fields_of(answer["Item"])
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
            if error.response.get("Error", {}).get("Code") == "TransactionCanceledException":
                return False
            raise
        return True


def _pk(key: str) -> str:
    return f"archive:{key}"
