"""How often a message failed, by kind of fault: an item of the provenance table for each message that ever did.

SQS counts receives, and a message is received for many reasons: a run that ended before its turn, another message of
its group that waits. Only a fault is counted, and it still is when the message is delivered again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from autobook.adapters.dynamodb.items import fields_of, item_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_KEPT: Final = timedelta(days=15)
"""SQS keeps a message for 14 days (MessageRetentionPeriod in template.yaml)."""


class DynamoAttempts:
    """One item per message, `attempts:<queue>:<message id>`. DynamoDB deletes it after `expires_at` (its TTL)."""

    def __init__(self, client: "DynamoDBClient", table: str, queue_url: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._queue = queue_url.rsplit("/", 1)[-1]
        self._clock = clock

    def add(self, message_id: str, kind: str) -> Mapping[str, int]:
        """One more fault of this kind. Returns the number of each kind so far."""
        answer = self._client.update_item(
            TableName=self._table,
            Key=item_of({"pk": f"attempts:{self._queue}:{message_id}"}),
            UpdateExpression="SET expires_at = :expires ADD #kind :one",
            ExpressionAttributeNames={"#kind": kind},
            ExpressionAttributeValues=item_of({":expires": int((self._clock() + _KEPT).timestamp()), ":one": 1}),
            ReturnValues="ALL_NEW",
        )
        fields = fields_of(answer["Attributes"])
        return {name: int(value) for name, value in fields.items() if name not in ("pk", "expires_at")}
