"""What every test may count on: no real AWS, no real credentials, nobody's configuration."""

import gc
import os
from collections.abc import Iterator

import boto3
import pytest
from hypothesis import settings

# Examples are slower on a shared machine; how long one takes says nothing about the code.
settings.register_profile("autobook", deadline=None, derandomize=True)
settings.load_profile("autobook")

REGION = "eu-central-1"

gc.set_threshold(50_000)  # the default of 2,000 objects looks through all of boto3 and pydantic again and again


@pytest.fixture(autouse=True)
def _aws_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up credentials, and none of this machine's settings; end-to-end tests bring their own."""
    if "end_to_end" in request.node.path.parts:
        return
    for name in [name for name in os.environ if name.startswith(("AWS_", "POWERTOOLS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def aws() -> Iterator[None]:
    """AWS as moto plays it, empty."""
    from moto import mock_aws

    with mock_aws():
        yield
    boto3.DEFAULT_SESSION = None
