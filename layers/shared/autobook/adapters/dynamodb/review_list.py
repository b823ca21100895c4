"""The documents that need a person, and those with suggestions, by indexes of the provenance table: no scan."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from autobook.adapters.dynamodb.items import fields_of, item_of
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.provenance import ProvenanceRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class _IndexedRecords:
    """Records that have the attribute which an index is made of; those that have waited longest come first."""

    def __init__(self, client: "DynamoDBClient", table: str, index: str) -> None:
        self._client = client
        self._table = table
        self._index = index
        self._store = DynamoProvenanceStore(client, table)

    def records(self) -> Iterator[ProvenanceRecord]:
        """As they are now, which may be another state than the index shows."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=self._index,
            KeyConditionExpression="#index = :yes",
            ExpressionAttributeNames={"#index": self._index, "#pk": "pk"},
            ExpressionAttributeValues=item_of({":yes": "yes"}),
            ProjectionExpression="#pk",
        )
        for page in pages:
            for item in page["Items"]:
                kind, _, identifier = str(fields_of(item)["pk"]).partition(":")
                yield self._store.get(Document(DocumentKind(kind), identifier))


class DynamoReviewList:
    """The documents that need a person."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._indexed = _IndexedRecords(client, table, "needs_person")

    def __iter__(self) -> Iterator[ProvenanceRecord]:
        """One that was resolved meanwhile is left out."""
        return (record for record in self._indexed.records() if record.reviews)


class DynamoSuggestionList:
    """The documents with suggestions that stand."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._indexed = _IndexedRecords(client, table, "suggested")

    def __iter__(self) -> Iterator[ProvenanceRecord]:
        """One whose suggestions stand no longer is left out."""
        return (record for record in self._indexed.records() if record.suggestions)
