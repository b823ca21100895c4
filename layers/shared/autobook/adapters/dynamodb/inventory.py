"""Everything in the provenance table, a scan for each question: for counting."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from autobook.adapters.dynamodb.items import fields_of, item_of
from autobook.adapters.dynamodb.manifest import ARCHIVED
from autobook.adapters.dynamodb.provenance_store import record_of
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.provenance import ProvenanceRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoProvenanceInventory:
    """Scans the whole table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def recorded(self) -> Mapping[Document, ProvenanceRecord]:
        """Every record."""
        return {
            document: record_of(document, item)
            for item in self._scan("attribute_exists(revision)", {})
            if (document := _document(str(item["pk"]))) is not None
        }

    def archived(self) -> Mapping[Document, str]:
        """The state that was archived last, of every archived document."""
        found = {}
        for item in self._scan("begins_with(pk, :archived)", {":archived": ARCHIVED}):
            document = _document(str(item["pk"]).removeprefix(ARCHIVED))
            if document is not None:
                found[document] = str(item["state"])
        return found

    def _scan(self, condition: str, values: dict[str, str]) -> Iterator[dict[str, Any]]:
        given: dict[str, Any] = {"ExpressionAttributeValues": item_of(values)} if values else {}
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table, ConsistentRead=True, FilterExpression=condition, **given
        )
        for page in pages:
            yield from (fields_of(item) for item in page["Items"])


def _document(key: str) -> Document | None:
    """The document of a provenance record's key; None for the key of something else."""
    kind, _, identifier = key.partition(":")
    return Document(DocumentKind(kind), identifier) if kind in set(DocumentKind) else None
