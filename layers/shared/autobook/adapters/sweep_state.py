"""Provenance table as the sweep and reconcile read it: many documents at once, and how far a sweep came."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from autobook.adapters.dynamodb import ARCHIVED, entry_of, fields_of, item_of
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.sweeping import KnownState, Progress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_QUEUED = "queued:"
_PROGRESS = "sweep:"
_AT_ONCE = 100
"""Keys of one BatchGetItem (API reference)."""
_TRIES = 6


def _document(key: str) -> Document | None:
    """The document of a provenance entry's key; None for the key of something else."""
    kind, _, identifier = key.partition(":")
    return Document(DocumentKind(kind), identifier) if kind in set(DocumentKind) else None


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
            for keys_at_once in batched(keys, _AT_ONCE, strict=False)
            for item in self._get(keys_at_once)
        }
        found = {}
        for document in wanted:
            entry, queued = items.get(document.key), items.get(_QUEUED + document.key)
            if entry or queued:
                entry, queued = entry or {}, queued or {}
                found[document] = KnownState(
                    entry.get("fingerprint"), entry.get("revision", ""), queued.get("mark", "")
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
        for tried in range(_TRIES):
            answer = self._client.batch_get_item(RequestItems=asked)
            yield from (fields_of(item) for item in answer["Responses"].get(self._table, []))
            asked = answer.get("UnprocessedKeys")
            if not asked:
                return
            self._sleep(0.05 * 2**tried * (1 + random.random()))  # noqa: S311 - jitter
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
            watermark=_moment(fields["watermark"]),
            started_at=_moment(fields["started_at"]),
            since=_moment(fields["since"]),
            cursor=fields["cursor"],
            version=int(fields["version"]),
        )

    def save_progress(self, progress: Progress) -> Progress | None:
        """Save it; None when another sweep saved in between."""
        saved = progress.next_version()
        fields = {
            "pk": _PROGRESS + saved.kind.facts.list_name,
            "horizon": saved.horizon.isoformat(),
            "watermark": _text(saved.watermark),
            "started_at": _text(saved.started_at),
            "since": _text(saved.since),
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


class DynamoProvenanceInventory:
    """Everything in provenance table, a scan for each question."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def recorded(self) -> Mapping[Document, ProvenanceRecord]:
        """Every entry."""
        return {
            document: entry_of(document, item)
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


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
