"""Everything in the provenance table, page by page: for counting."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autobook.adapters.dynamodb.batch import get_many
from autobook.adapters.dynamodb.items import fields_of, item_of
from autobook.adapters.dynamodb.manifest import ARCHIVED
from autobook.adapters.dynamodb.provenance_store import KNOWN_FIELDS, record_of
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.provenance import ProvenanceRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_ITEMS_PER_PAGE = 500


class DynamoProvenanceInventory:
    """Scans the table. A cursor is the key of the item that was looked at last."""

    def __init__(self, client: "DynamoDBClient", table: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._table = table
        self._sleep = sleep

    def page(self, cursor: str | None) -> tuple[Sequence[ProvenanceRecord], str | None]:
        """The records among the next items."""
        # A pending write is all that tells whether an incomplete first run was there: its value is not needed.
        names = {f"#{number}": name for number, name in enumerate(("pk", "pending", *KNOWN_FIELDS))}
        start: dict[str, Any] = {"ExclusiveStartKey": item_of({"pk": cursor})} if cursor is not None else {}
        answer = self._client.scan(
            TableName=self._table,
            ConsistentRead=True,
            Limit=_ITEMS_PER_PAGE,
            FilterExpression="attribute_exists(revision)",
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
            **start,
        )
        records = [
            record_of(document, item)
            for item in map(fields_of, answer["Items"])
            if (document := _document(str(item["pk"]))) is not None
        ]
        last = answer.get("LastEvaluatedKey")
        return records, str(fields_of(last)["pk"]) if last else None

    def archived(self, documents: Iterable[Document]) -> Mapping[Document, str]:
        """The state that was archived last, a hundred documents a request."""
        keys = {ARCHIVED + document.key: document for document in documents}
        items = get_many(self._client, self._table, keys, ("state",), self._sleep)
        return {keys[str(item["pk"])]: str(item["state"]) for item in items}


def _document(key: str) -> Document | None:
    """The document of a provenance record's key; None for the key of something else."""
    kind, _, identifier = key.partition(":")
    return Document(DocumentKind(kind), identifier) if kind in set(DocumentKind) else None
