"""What the sweep watches, in the provenance table: an item of its own, and when the reconciliation last ended."""

from typing import TYPE_CHECKING

from autobook.adapters.dynamodb.items import fields_of, iso, item_of, moment
from autobook.adapters.dynamodb.reconcile_state import DynamoReconcileState
from autobook.domain.watching import Watched

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_WATCH = "watch"


class DynamoWatchState:
    """Two sweeps at once may overwrite each other's newest invoice; the next sweep meets it again."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def watched(self) -> Watched | None:
        """What was saved; None before the first time."""
        answer = self._client.get_item(TableName=self._table, Key=item_of({"pk": _WATCH}))
        if "Item" not in answer:
            return None
        fields = fields_of(answer["Item"])
        since, invoice_at = moment(fields.get("since")), moment(fields.get("invoice_at"))
        reconciled = DynamoReconcileState(self._client, self._table).progress()
        return None if since is None else Watched(since, invoice_at, reconciled.completed_at if reconciled else None)

    def save(self, watched: Watched) -> None:
        """Save it."""
        fields = {"since": iso(watched.since), "invoice_at": iso(watched.invoice_at)}
        self._client.put_item(TableName=self._table, Item=item_of({"pk": _WATCH} | fields))
