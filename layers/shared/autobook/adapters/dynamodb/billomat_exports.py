"""What is remembered of the export to Billomat, in the provenance table: one item per document, one per incoming."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.items import fields_of, is_condition_failed, iso, item_of, moment
from autobook.adapters.dynamodb.versioned_items import VersionedItems
from autobook.domain.billomat import BillomatExport
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_PREFIX: Final = "billomat:"
_INCOMING: Final = "billomat-incoming:"


class DynamoBillomatExports:
    """A save is refused when somebody else saved in between; an incoming is its first claimant's for good."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._items = VersionedItems(client, table, ("attempted",))

    def get(self, document: Document) -> BillomatExport:
        """The record, or a blank one. RetryLater where another run saved it while it was read."""
        fields = self._items.get(_PREFIX + document.key)
        return _record(document, fields) if fields is not None else BillomatExport(document)

    def put(self, record: BillomatExport) -> BillomatExport:
        """Save it; returns it with the next version."""
        saved = record.next_version()
        self._items.put(_fields(saved), record.version)
        return saved

    def claim(self, incoming_id: int, document: Document) -> Document:
        """Whose incoming it is from now on: the document that claimed it first."""
        key = item_of({"pk": f"{_INCOMING}{incoming_id}"})
        try:
            self._client.put_item(
                TableName=self._table,
                Item=key | item_of({"kind": document.kind, "id": document.id}),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if not is_condition_failed(error):
                raise
        else:
            return document
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            raise RetryLater(f"the claim on incoming {incoming_id} was removed while it was read")
        fields = fields_of(answer["Item"])
        return Document(DocumentKind(fields["kind"]), fields["id"])


def _fields(record: BillomatExport) -> dict[str, Any]:
    return {
        "pk": _PREFIX + record.document.key,
        "incomings": dict(record.incomings),
        "sent": record.sent,
        "attempted": [list(each) for each in record.attempted],
        "files": {str(incoming_id): digest for incoming_id, digest in record.files.items()},
        "unlisted": list(record.unlisted),
        "missing_since": iso(record.missing_since),
        "version": record.version,
    }


def _record(document: Document, fields: Mapping[str, Any]) -> BillomatExport:
    return BillomatExport(
        document=document,
        version=int(fields["version"]),
        incomings={slot: int(incoming_id) for slot, incoming_id in fields["incomings"].items()},
        sent=fields["sent"],
        attempted=tuple((int(supplier_id), number) for supplier_id, number in fields["attempted"]),
        files={int(incoming_id): digest for incoming_id, digest in fields.get("files", {}).items()},
        unlisted=tuple(fields.get("unlisted", ())),
        missing_since=moment(fields.get("missing_since")),
    )
