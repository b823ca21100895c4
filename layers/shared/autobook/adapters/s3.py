"""The archive bucket: written once, locked until the retention is over."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import ArchiveConflict, RetryLater

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.literals import ObjectLockModeType
    from mypy_boto3_s3.type_defs import ObjectLockRetentionTypeDef


class S3Archive:
    """Objects that are written once, and always locked. `If-None-Match: *` and the checksum are checked by S3 itself.

    The bucket's policy refuses an object that is not locked, or not for as long as it has to be (template.yaml).
    """

    def __init__(self, client: "S3Client", bucket: str, lock_mode: "ObjectLockModeType") -> None:
        self._client = client
        self._bucket = bucket
        self._lock_mode = lock_mode

    def store(self, key: str, content: bytes, media_type: str, retain_until: datetime) -> datetime:
        """Store it, locked until that moment, unless it is there already. Returns until when it is locked.

        One that is there without a lock gets it now. Raises ArchiveConflict where something else is there.
        """
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
                ObjectLockMode=self._lock_mode,
                ObjectLockRetainUntilDate=retain_until,
            )
        except ClientError as error:
            match error.response.get("Error", {}).get("Code"):
                case "PreconditionFailed":
                    return self._present(key, digest, retain_until)
                case "ConditionalRequestConflict":
                    raise RetryLater(f"another run is writing {key}", after=1) from error
            raise
        return retain_until

    def _present(self, key: str, digest: str, retain_until: datetime) -> datetime:
        """Until when the object that is there is locked, having made sure that it is this one."""
        head = self._client.head_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")
        if (head.get("ChecksumSHA256") or self._digest_of(key)) != digest:
            raise ArchiveConflict(f"the archive has another {key}: see docs/runbook.md, The archive")
        locked: datetime | None = head.get("ObjectLockRetainUntilDate")
        if locked is not None:
            return locked
        # Stored by a former version, which did not lock what was older than its retention.
        retention: ObjectLockRetentionTypeDef = {"Mode": self._lock_mode, "RetainUntilDate": retain_until}
        self._client.put_object_retention(Bucket=self._bucket, Key=key, Retention=retention)
        return retain_until

    def _digest_of(self, key: str) -> str:
        """The checksum to compare with, of an object that carries none."""
        body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return base64.b64encode(hashlib.sha256(body).digest()).decode()


class S3Index:
    """The keys of the archive bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keys(self, after: str | None = None) -> Iterator[str]:
        """Every key of a document's object behind this one, in S3's order, a thousand per request."""
        listing = self._client.get_paginator("list_objects_v2")
        for kind in sorted(DocumentKind):
            for page in listing.paginate(Bucket=self._bucket, Prefix=f"{kind}/", StartAfter=after or ""):
                yield from (each["Key"] for each in page.get("Contents", []))

    def holds(self, document: Document) -> bool:
        """True if an object of this document is there now, in whichever year's folder: a request for each year."""
        listing = self._client.get_paginator("list_objects_v2")
        for page in listing.paginate(Bucket=self._bucket, Prefix=f"{document.kind}/", Delimiter="/"):
            for folder in page.get("CommonPrefixes", []):
                prefix = f"{folder['Prefix']}{document.id}/"
                found = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, MaxKeys=1)
                if found.get("Contents"):
                    return True
        return False
