"""A reconcile run's state in the provenance table: one item for how far it came, one for each page of digests."""

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.batch import get_many
from autobook.adapters.dynamodb.items import fields_of, is_condition_failed, iso, item_of, moment
from autobook.domain.reconciling import ReconcileProgress, Step

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_PROGRESS = "reconcile:progress"
_PAGE = "reconcile"
_PAGES_AT_ONCE = 100


class DynamoReconcileState:
    """Pages of digests are written over by the next run, and read only as far as it has written them."""

    def __init__(self, client: "DynamoDBClient", table: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._table = table
        self._sleep = sleep

    def progress(self) -> ReconcileProgress | None:
        """How far the run came."""
        answer = self._client.get_item(TableName=self._table, Key=item_of({"pk": _PROGRESS}), ConsistentRead=True)
        return _progress(fields_of(answer["Item"])) if "Item" in answer else None

    def save_progress(self, progress: ReconcileProgress) -> ReconcileProgress | None:
        """Save it; None when another call saved in between."""
        saved = progress.next_version()
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item_of({"pk": _PROGRESS} | _fields(saved)),
                ConditionExpression="attribute_not_exists(pk) OR #version = :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues=item_of({":version": progress.version}),
            )
        except ClientError as error:
            if is_condition_failed(error):
                return None
            raise
        return saved

    def keep(self, name: str, number: int, digests: bytes) -> None:
        """One item per page."""
        self._client.put_item(TableName=self._table, Item=item_of({"pk": _key(name, number), "digests": digests}))

    def digests(self, name: str, pages: int) -> Iterator[bytes]:
        """Page by page, in no particular order."""
        for numbers in batched(range(pages), _PAGES_AT_ONCE, strict=False):
            keys = [_key(name, number) for number in numbers]
            for item in get_many(self._client, self._table, keys, ("digests",), self._sleep):
                yield _bytes(item["digests"])


def _key(name: str, number: int) -> str:
    return f"{_PAGE}:{name}:{number}"


def _bytes(value: Any) -> bytes:
    """A binary attribute: boto3 wraps it."""
    return bytes(getattr(value, "value", value))


def _fields(progress: ReconcileProgress) -> dict[str, Any]:
    return {
        "number": progress.number,
        "restarts": progress.restarts,
        "started_at": iso(progress.started_at),
        "completed_at": iso(progress.completed_at),
        "step": progress.step.value,
        "cursor": progress.cursor,
        "pages": dict(progress.pages),
        "counts": dict(progress.counts),
        "found": progress.found or None,
        "asked": progress.asked or None,
        "broken": progress.broken,
        "version": progress.version,
    }


def _progress(fields: Mapping[str, Any]) -> ReconcileProgress:
    return ReconcileProgress(
        number=int(fields["number"]),
        restarts=int(fields["restarts"]),
        started_at=moment(fields["started_at"]),
        completed_at=moment(fields["completed_at"]),
        step=Step(fields["step"]),
        cursor=fields["cursor"],
        pages={str(name): int(count) for name, count in fields["pages"].items()},
        counts={str(name): int(count) for name, count in fields["counts"].items()},
        found=_bytes(fields["found"]) if fields["found"] else b"",
        asked=_bytes(fields["asked"]) if fields.get("asked") else b"",
        broken=int(fields.get("broken", 0)),
        version=int(fields["version"]),
    )
