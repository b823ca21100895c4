"""The history of documents in a table of its own: entries are added, and never written again.

Besides the documents' own entries three indexes answer without a scan: by rule, by supplier, and by invoice number,
each in order of time.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.items import fields_of, is_condition_failed, item_of
from autobook.adapters.dynamodb.overflow import MOST_BYTES, item_size
from autobook.domain.events import Event
from autobook.domain.history import DocumentEntry, entries

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from autobook.service.ports import EventPublisher

_INDEXES: Final = {"rule": "by_rule", "supplier": "by_supplier", "number": "by_number"}


class DynamoHistory:
    """The table `HistoryTable` of template.yaml."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def append(self, event: Event) -> None:
        """Add the entries of an event. Safe to repeat: what is there stays as it is."""
        for entry in entries(event):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=_item(entry),
                    ConditionExpression="attribute_not_exists(#name)",
                    ExpressionAttributeNames={"#name": "entry"},
                )
            except ClientError as error:
                if not is_condition_failed(error):
                    raise

    def of_document(self, key: str) -> list[DocumentEntry]:
        """All of it, in order of time; `key` as in `incoming_invoice:ID`."""
        found = [entry for entry in self._query("document", key) if not entry.is_repeated]
        return sorted(found, key=lambda entry: (entry.at, entry.is_part))

    def by(self, what: str, value: str, since: datetime | None = None) -> Iterator[DocumentEntry]:
        """Entries by `rule`, `supplier` or `number`, oldest first."""
        yield from self._query(what, value, since, _INDEXES[what])

    def _query(
        self, name: str, value: str, since: datetime | None = None, index: str | None = None
    ) -> Iterator[DocumentEntry]:
        condition, names, values = "#name = :value", {"#name": name}, {":value": value}
        if since is not None:
            condition += " AND #at >= :since"
            names["#at"], values[":since"] = "at", since.isoformat()
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=item_of(values),
            **({"IndexName": index} if index else {"ConsistentRead": True}),
        )
        for page in pages:
            yield from (_entry(fields_of(item)) for item in page["Items"])


def _item(entry: DocumentEntry) -> dict[str, Any]:
    """Without what is empty: an index takes no empty key. By supplier and number only events are found, not parts."""
    fields = {
        "document": entry.document,
        "entry": entry.name,
        "at": entry.at.isoformat(),
        "type": entry.type,
        "text": entry.text,
        "number": "" if entry.is_part else entry.number,
        "supplier": "" if entry.is_part else entry.supplier,
        "rule": entry.rule_id,
        "details": _numbers(entry.details),
    }
    item = item_of({name: value for name, value in fields.items() if value})
    return item if item_size(item) <= MOST_BYTES else {name: each for name, each in item.items() if name != "details"}


def _numbers(value: Any) -> Any:
    """DynamoDB takes no float; events have none but in what a later version may add."""
    if isinstance(value, Mapping):
        return {name: _numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


def _entry(fields: Mapping[str, Any]) -> DocumentEntry:
    return DocumentEntry(
        document=fields["document"],
        name=fields["entry"],
        at=datetime.fromisoformat(fields["at"]),
        type=fields["type"],
        text=fields["text"],
        number=fields.get("number", ""),
        supplier=fields.get("supplier", ""),
        rule_id=fields.get("rule", ""),
        details=fields.get("details"),
    )


class History(Protocol):
    """Where what happened to documents is kept."""

    def append(self, event: Event) -> None:
        """Add the entries of an event; safe to repeat."""


class RecordingPublisher:
    """Adds what is published to the history, before it is published: nothing that was announced is missing there."""

    def __init__(self, history: History, publisher: "EventPublisher") -> None:
        self._history = history
        self._publisher = publisher

    def publish(self, events: Iterable[Event]) -> None:
        """One by one, in this order; safe to repeat."""
        for event in events:
            self._history.append(event)
            self._publisher.publish([event])
