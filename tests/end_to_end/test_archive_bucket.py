"""The deployed bucket refuses by its own policy what is not locked as the law asks for."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from autobook_local.system import LocalSystem


@pytest.mark.parametrize("days", [None, 1, 2500, 4000, 36_500])
def test_refused(system: LocalSystem, days: int | None) -> None:
    """Nobody stores an object without a lock, or with one outside the bounds of the jurisdiction (Austria: 7 years)."""
    s3, bucket = system.deployment.clients.s3, system.deployment.outputs["ArchiveBucketName"]
    lock = {} if days is None else {"ObjectLockRetainUntilDate": datetime.now(UTC) + timedelta(days=days)}
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(
            Bucket=bucket,
            Key="incoming_invoice/2026/x/y.json",
            Body=b"{}",
            **({"ObjectLockMode": "GOVERNANCE", **lock} if lock else {}),  # type: ignore[arg-type]
        )
