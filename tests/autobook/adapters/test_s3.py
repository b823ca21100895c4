"""The archive bucket."""

import hashlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from autobook.adapters.s3 import S3Archive
from autobook.domain.errors import ArchiveConflict, RetryLater

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.literals import ObjectLockModeType

BUCKET = "archive"
KEY = "incoming_invoice/2026/inv1/abc.pdf"
UNTIL = datetime(2034, 1, 1, tzinfo=UTC)
PDF = b"%PDF-1.7 \x00\xff binary"


@pytest.fixture
def s3(aws: None) -> "S3Client":
    """The bucket, locked as the template locks it."""
    assert aws is None
    client = boto3.client("s3")
    client.create_bucket(
        Bucket=BUCKET,
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    return client


def versions(s3: "S3Client") -> list[Any]:
    return list(s3.list_object_versions(Bucket=BUCKET).get("Versions", []))


@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
def test_stored(s3: "S3Client", mode: "ObjectLockModeType") -> None:
    """An object is stored as it is, with its type, its checksum, and locked until its day."""
    S3Archive(s3, BUCKET, mode).store(KEY, PDF, "application/pdf", UNTIL)
    stored = s3.get_object(Bucket=BUCKET, Key=KEY, ChecksumMode="ENABLED")
    assert stored["Body"].read() == PDF
    assert stored["ContentType"] == "application/pdf"
    assert stored["ChecksumSHA256"] == b64encode(hashlib.sha256(PDF).digest()).decode()
    assert (stored["ObjectLockMode"], stored["ObjectLockRetainUntilDate"]) == (mode, UNTIL)


def test_cannot_be_deleted(s3: "S3Client") -> None:
    """Nobody deletes a version that is locked."""
    S3Archive(s3, BUCKET, "COMPLIANCE").store(KEY, PDF, "application/pdf", UNTIL)
    (version,) = versions(s3)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=BUCKET, Key=KEY, VersionId=version["VersionId"])


def test_written_once(s3: "S3Client") -> None:
    """What is there stays: a second store makes no second version and moves no date."""
    archive = S3Archive(s3, BUCKET, "GOVERNANCE")
    assert archive.store(KEY, PDF, "application/pdf", UNTIL) == UNTIL
    assert archive.store(KEY, PDF, "application/pdf", UNTIL + timedelta(days=1)) == UNTIL
    assert len(versions(s3)) == 1
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["ObjectLockRetainUntilDate"] == UNTIL


def test_locked_late(s3: "S3Client") -> None:
    """An object that a former version stored without a lock is locked when it is met again."""
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=PDF)
    assert S3Archive(s3, BUCKET, "COMPLIANCE").store(KEY, PDF, "application/pdf", UNTIL) == UNTIL
    stored = s3.get_object(Bucket=BUCKET, Key=KEY)
    assert (stored["ObjectLockMode"], stored["ObjectLockRetainUntilDate"]) == ("COMPLIANCE", UNTIL)


@pytest.mark.parametrize("checksum", [{"ChecksumAlgorithm": "SHA256"}, {}])
def test_something_else_is_there(s3: "S3Client", checksum: Any) -> None:
    """A name that is taken with other content is not taken for "already there", and stays as it is."""
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"other", **checksum)
    with pytest.raises(ArchiveConflict, match=KEY):
        S3Archive(s3, BUCKET, "GOVERNANCE").store(KEY, PDF, "application/pdf", UNTIL)
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"other"


class Answering:
    """A client that answers every put with one error."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.requests: list[dict[str, Any]] = []

    def put_object(self, **request: Any) -> Any:
        self.requests.append(request)
        raise ClientError({"Error": {"Code": self._code, "Message": ""}}, "PutObject")


def test_request() -> None:
    """Every put asks S3 itself to refuse what is there already and what arrives damaged."""
    client = Answering("SlowDown")
    with pytest.raises(ClientError):
        S3Archive(client, BUCKET, "GOVERNANCE").store(KEY, PDF, "application/pdf", UNTIL)  # type: ignore[arg-type]
    (request,) = client.requests
    assert request["IfNoneMatch"] == "*"
    assert (request["ObjectLockMode"], request["ObjectLockRetainUntilDate"]) == ("GOVERNANCE", UNTIL)
    assert request["ChecksumSHA256"] == b64encode(hashlib.sha256(PDF).digest()).decode()


def test_at_the_same_time() -> None:
    """Two writers at once: one comes back a second later."""
    client = Answering("ConditionalRequestConflict")
    with pytest.raises(RetryLater) as error:
        S3Archive(client, BUCKET, "GOVERNANCE").store(KEY, PDF, "application/pdf", UNTIL)  # type: ignore[arg-type]
    assert error.value.after == 1


def test_other_faults() -> None:
    """A fault that is neither is not taken for stored."""
    client = Answering("SlowDown")
    with pytest.raises(ClientError, match="SlowDown"):
        S3Archive(client, BUCKET, "GOVERNANCE").store(KEY, PDF, "application/pdf", UNTIL)  # type: ignore[arg-type]
