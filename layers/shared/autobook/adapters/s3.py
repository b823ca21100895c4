"""The archive bucket: written once, locked until the retention is over."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from botocore.exceptions import ClientError

from autobook.domain.documents import DocumentKind
from autobook.domain.errors import RetryLater

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.literals import ObjectLockModeType


class _Lock(TypedDict, total=False):
    ObjectLockMode: "ObjectLockModeType"
    ObjectLockRetainUntilDate: datetime


class S3Archive:
    """Objects under their own hash. `If-None-Match: *` and the checksum are checked by S3 itself."""

    def __init__(self, client: "S3Client", bucket: str, lock_mode: "ObjectLockModeType") -> None:
        self._client = client
        self._bucket = bucket
        self._lock_mode = lock_mode

    def store(self, key: str, content: bytes, media_type: str, retain_until: datetime | None) -> None:
        """Store it unless it is there already; locked until that moment, which S3 wants in the future."""
        lock: _Lock = {}
        if retain_until is not None:
            lock = {"ObjectLockMode": self._lock_mode, "ObjectLockRetainUntilDate": retain_until}
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                ContentType=media_type,
                ChecksumAlgorithm="SHA256",  # asked for by name where there is a lock (PutObject, API reference)
                ChecksumSHA256=digest,
                IfNoneMatch="*",
                **lock,
            )
        except ClientError as error:
            match error.response.get("Error", {}).get("Code"):
                case "PreconditionFailed":
                    return
                case "ConditionalRequestConflict":
                    raise RetryLater(f"another run is writing {key}", after=1) from error
            raise


class S3Index:
    """The keys of the archive bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keys(self) -> Iterator[str]:
        """Every key of a document's object, a thousand per request."""
        for kind in DocumentKind:
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{kind}/")
            for page in pages:
                yield from (each["Key"] for each in page.get("Contents", []))
