"""What is remembered of the export to Hypatos, in the provenance table: one item per document."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from autobook.adapters.dynamodb.items import iso, moment
from autobook.adapters.dynamodb.versioned_items import VersionedItems
from autobook.domain.canonical import canonical_json
from autobook.domain.documents import Document
from autobook.domain.hypatos import HypatosRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_PREFIX: Final = "hypatos:"


class DynamoHypatosRecords:
    """One item per document. A save is refused when somebody else saved in between."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._items = VersionedItems(client, table, ("body",))

    def get(self, document: Document) -> HypatosRecord:
        """The record, or a blank one. RetryLater where another run saved it while it was read."""
        fields = self._items.get(_PREFIX + document.key)
        return _record(document, fields) if fields is not None else HypatosRecord(document)

    def put(self, record: HypatosRecord) -> HypatosRecord:
        """Save it; returns it with the next version."""
        saved = record.next_version()
        self._items.put(_fields(saved), record.version)
        return saved


def _fields(record: HypatosRecord) -> dict[str, Any]:
    return {
        "pk": _PREFIX + record.document.key,
        "body": canonical_json(record.body).decode() if record.body is not None else "",
        "sent": record.sent,
        "attempted": list(record.attempted),
        "fields": sorted(record.fields),
        "posted_on": record.posted_on.isoformat() if record.posted_on else None,
        "events": list(record.events),
        "basis": record.basis,
        "missing_since": iso(record.missing_since),
        "version": record.version,
    }


def _record(document: Document, fields: Mapping[str, Any]) -> HypatosRecord:
    return HypatosRecord(
        document=document,
        version=int(fields["version"]),
        body=json.loads(fields["body"], parse_float=Decimal) if fields["body"] else None,
        sent=fields["sent"],
        attempted=tuple(fields["attempted"]),
        fields=frozenset(fields["fields"]),
        posted_on=date.fromisoformat(fields["posted_on"]) if fields["posted_on"] else None,
        events=tuple(fields["events"]),
        basis=fields.get("basis", ""),
        missing_since=moment(fields.get("missing_since")),
    )
