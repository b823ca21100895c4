"""Hypatos' OAuth client in Secrets Manager."""

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from autobook.adapters.hypatos import ClientCredentials, HypatosSecret
from autobook.domain.errors import AccessRefused

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


@pytest.fixture
def client(aws: None) -> "SecretsManagerClient":
    """Secrets Manager, empty."""
    assert aws is None
    return boto3.client("secretsmanager")


def test_read_each_time(client: "SecretsManagerClient") -> None:
    """A secret that was replaced counts for the next token."""
    client.create_secret(Name="hypatos", SecretString='{"client_id": "a", "client_secret": "b"}')
    secret = HypatosSecret(client, "hypatos")
    assert secret() == ClientCredentials("a", "b")
    client.put_secret_value(SecretId="hypatos", SecretString='{"client_id": "a", "client_secret": "c"}')
    assert secret() == ClientCredentials("a", "c")


@pytest.mark.parametrize("fields", [None, [], {}, {"client_id": "a"}, {"client_id": "a", "client_secret": 7}])
def test_not_filled_in(client: "SecretsManagerClient", fields: Any) -> None:
    """Everything waits, loudly; nothing of the secret is in the message."""
    client.create_secret(Name="hypatos", SecretString=json.dumps(fields))
    with pytest.raises(AccessRefused, match="not of the form"):
        HypatosSecret(client, "hypatos")()
