"""The sweep's state in the provenance table: what is known of many documents at once, and how far a sweep came."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.items import fields_of, item_of
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.sweeping import KnownState, Progress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_QUEUED = "queued:"
_PROGRESS = "sweep:"
_KEYS_PER_REQUEST = 100
"""Keys of one BatchGetItem (API reference)."""
_ATTEMPTS = 6


class DynamoSweepState:
    """An item per document that was queued, and one per list for how far the sweep has come."""

    def __init__(self, client: "DynamoDBClient", table: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._table = table
        self._sleep = sleep

    def known(self, documents: Iterable[Document]) -> Mapping[Document, KnownState]:
        """Two keys a document, a hundred keys a request."""
        wanted = list(documents)
        keys = [pk for document in wanted for pk in (document.key, _QUEUED + document.key)]
        items = {
            str(item["pk"]): item
            for batch in batched(keys, _KEYS_PER_REQUEST, strict=False)
            for item in self._get(batch)
        }
        found = {}
        for document in wanted:
            record, queued = items.get(document.key), items.get(_QUEUED + document.key)
            if record or queued:
                record, queued = record or {}, queued or {}
                found[document] = KnownState(
                    record.get("fingerprint"), record.get("revision", ""), queued.get("mark", "")
                )
        return found

    def _get(self, keys: Iterable[str]) -> Iterator[Mapping[str, Any]]:
        # Consistent: what was processed a second ago is not to be queued again.
        asked: Any = {
            self._table: {
                "Keys": [item_of({"pk": key}) for key in keys],
                "ProjectionExpression": "pk, fingerprint, revision, mark",
                "ConsistentRead": True,
            }
        }
        for attempt in range(_ATTEMPTS):
            answer = self._client.batch_get_item(RequestItems=asked)
            yield from (fields_of(item) for item in answer["Responses"].get(self._table, []))
            asked = answer.get("UnprocessedKeys")
            if not asked:
                return
            self._sleep(0.05 * 2**attempt * (1 + random.random()))  # noqa: S311 - jitter
        raise RetryLater("DynamoDB does not keep up with the sweep", after=60)

    def remember_queued(self, document: Document, dedup_key: str) -> None:
        """Remember what was queued."""
        self._client.put_item(TableName=self._table, Item=item_of({"pk": _QUEUED + document.key, "mark": dedup_key}))

    def progress(self, kind: DocumentKind) -> Progress | None:
        """How far the sweep of this kind's list came."""
        key = item_of({"pk": _PROGRESS + kind.facts.list_name})
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            return None
        fields = fields_of(answer["Item"])
        return Progress(
            kind=kind,
            horizon=datetime.fromisoformat(fields["horizon"]),
            watermark=_time(fields["watermark"]),
            started_at=_time(fields["started_at"]),
            since=_time(fields["since"]),
            cursor=fields["cursor"],
            version=int(fields["version"]),
        )

    def save_progress(self, progress: Progress) -> Progress | None:
        """Save it; None when another sweep saved in between."""
        saved = progress.next_version()
        fields = {
            "pk": _PROGRESS + saved.kind.facts.list_name,
            "horizon": saved.horizon.isoformat(),
            "watermark": _iso(saved.watermark),
            "started_at": _iso(saved.started_at),
            "since": _iso(saved.since),
            "cursor": saved.cursor,
            "version": saved.version,
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item_of(fields),
                ConditionExpression="attribute_not_exists(pk) OR #version = :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues=item_of({":version": progress.version}),
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                return None
            raise
        return saved


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
