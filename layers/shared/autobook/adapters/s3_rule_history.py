"""The history of the rules in the archive bucket."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from autobook.domain.rule_history import FOLDER, HistoryEntry

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


class S3RuleHistory:
    """What the archive bucket keeps of the rules."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def entry_keys(self, name: str = "") -> Iterator[str]:
        """The key of every entry, for each rule in the order of time; of one rule by its name in keys."""
        prefix = f"{FOLDER}{name}/" if name else FOLDER
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            yield from (each["Key"] for each in page.get("Contents", []))

    def entry(self, key: str) -> HistoryEntry:
        """The entry under this key."""
        return HistoryEntry.from_json(self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read())
