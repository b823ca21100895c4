"""The sweep's state in the provenance table: what is known of many documents at once, and how far a sweep came."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.batch import get_many
from autobook.adapters.dynamodb.items import fields_of, is_condition_failed, iso, item_of, moment
from autobook.adapters.dynamodb.overflow import chunk_keys
from autobook.adapters.dynamodb.provenance_store import KNOWN_FIELDS, VALUE_FIELDS, record_of
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.sweeping import VIEWS, KnownState, Progress, Queued, Reach

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_QUEUED = "queued:"
_REPORTED = "reported:"
_PROGRESS = "sweep:"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


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
        # What a person decided is not decided again: for that, the values are needed.
        names = (*KNOWN_FIELDS, *VALUE_FIELDS, "mark", "at", "times")
        # Consistent: what was processed a second ago is not to be queued again.
        items = {str(item["pk"]): item for item in get_many(self._client, self._table, keys, names, self._sleep)}
        found = {}
        for document in wanted:
            record, queued = items.get(document.key), items.get(_QUEUED + document.key)
            if record or queued:
                found[document] = KnownState(
                    record_of(document, record) if record else None,
                    _queued(queued) if queued else None,
                    has_values=record is None or not chunk_keys(record),
                )
        return found

    def remember_queued(self, document: Document, queued: Queued) -> None:
        """Remember what was queued."""
        fields = {"mark": queued.dedup_key, "at": iso(queued.at), "times": queued.times}
        self._client.put_item(TableName=self._table, Item=item_of({"pk": _QUEUED + document.key} | fields))

    def was_reported(self, key: str) -> bool:
        """True if it is marked."""
        answer = self._client.get_item(TableName=self._table, Key=item_of({"pk": _REPORTED + key}), ConsistentRead=True)
        return "Item" in answer

    def mark_reported(self, key: str) -> None:
        """Mark it."""
        self._client.put_item(TableName=self._table, Item=item_of({"pk": _REPORTED + key}))

    def progress(self, kind: DocumentKind) -> Progress | None:
        """How far the sweep of this kind's list came."""
        key = item_of({"pk": _PROGRESS + kind.facts.list_name})
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return _progress(kind, fields_of(answer["Item"])) if "Item" in answer else None

    def save_progress(self, progress: Progress) -> Progress | None:
        """Save it; None when another sweep saved in between."""
        saved = progress.next_version()
        fields = {
            "pk": _PROGRESS + saved.kind.facts.list_name,
            "horizon": saved.horizon.isoformat(),
            "watermarks": [each.isoformat() for each in saved.watermarks],
            "started_at": iso(saved.started_at),
            "since": iso(saved.since),
            "reach": saved.reach.value,
            "cursor": saved.cursor,
            "ordered": saved.ordered,
            "view": saved.view,
            "hourly_at": iso(saved.hourly_at),
            "daily_at": iso(saved.daily_at),
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
            if is_condition_failed(error):
                return None
            raise
        return saved


def _queued(fields: Mapping[str, Any]) -> Queued:
    """What was queued. An earlier version did not store when: long ago, then."""
    return Queued(str(fields["mark"]), moment(fields.get("at")) or _LONG_AGO, int(fields.get("times", 1)))


def _progress(kind: DocumentKind, fields: Mapping[str, Any]) -> Progress:
    """How far it came. An earlier version stored one watermark, up to which every document was looked at."""
    former = [fields["watermark"]] * VIEWS if fields.get("watermark") else []
    return Progress(
        kind=kind,
        horizon=datetime.fromisoformat(fields["horizon"]),
        watermarks=tuple(datetime.fromisoformat(each) for each in fields.get("watermarks", former)),
        started_at=moment(fields["started_at"]),
        since=moment(fields["since"]),
        reach=Reach(fields.get("reach", Reach.OPEN)),
        cursor=fields["cursor"],
        ordered=fields.get("ordered", True),
        view=int(fields.get("view", 0)),
        hourly_at=moment(fields.get("hourly_at")),
        daily_at=moment(fields.get("daily_at")),
        version=int(fields["version"]),
    )
