"""The documents that need a person, by the index `needs_person` of the provenance table: no scan."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from autobook.adapters.dynamodb.items import fields_of, item_of
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.provenance import ProvenanceRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_INDEX: Final = "needs_person"


class DynamoReviewList:
    """Those that have waited longest come first."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._store = DynamoProvenanceStore(client, table)

    def __iter__(self) -> Iterator[ProvenanceRecord]:
        """The records as they are now; one that was resolved meanwhile is left out."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=_INDEX,
            KeyConditionExpression="#needs = :yes",
            ExpressionAttributeNames={"#needs": _INDEX, "#pk": "pk"},
            ExpressionAttributeValues=item_of({":yes": "yes"}),
            ProjectionExpression="#pk",
        )
        for page in pages:
            for item in page["Items"]:
                kind, _, identifier = str(fields_of(item)["pk"]).partition(":")
                record = self._store.get(Document(DocumentKind(kind), identifier))
                if record.reviews:
                    yield record
