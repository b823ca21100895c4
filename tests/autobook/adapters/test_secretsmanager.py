"""The secret with Kanbert's token and the webhook secrets."""

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from autobook.adapters.secretsmanager import KanbertSecret
from autobook.domain.errors import AccessRefused, RetryLater

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


class Counting:
    """A client that counts its calls, beside seconds that pass on demand."""

    def __init__(self, client: "SecretsManagerClient") -> None:
        self._client = client
        self.reads = 0
        self.seconds = 50.0

    def get_secret_value(self, **request: Any) -> Any:
        self.reads += 1
        return self._client.get_secret_value(**request)

    def save(self, value: object) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        self._client.put_secret_value(SecretId="kanbert", SecretString=text)


@pytest.fixture
def client(aws: None) -> Counting:
    """Secrets Manager with the secret filled in."""
    assert aws is None
    made = boto3.client("secretsmanager")
    made.create_secret(Name="kanbert", SecretString='{"api_token": "token", "webhook_secrets": ["new", "old"]}')
    return Counting(made)


def secret(client: Counting) -> KanbertSecret:
    return KanbertSecret(client, "kanbert", lambda: client.seconds)  # type: ignore[arg-type]


def test_read_once(client: Counting) -> None:
    """Token and secrets come from one read, kept for five minutes."""
    kept = secret(client)
    assert kept.webhook_secrets() == ("new", "old")
    assert kept.api_token() == "token"
    client.seconds += 300
    kept.api_token()
    assert client.reads == 1


def test_read_again(client: Counting) -> None:
    """After five minutes a new value is taken up."""
    kept = secret(client)
    kept.api_token()
    client.save({"api_token": "newer", "webhook_secrets": []})
    client.seconds += 301
    assert (kept.api_token(), kept.webhook_secrets()) == ("newer", ())


def test_doubts(client: Counting) -> None:
    """Who has doubts sees a new value at once, but asks at most every thirty seconds: a flood stays cheap."""
    kept = secret(client)
    kept.webhook_secrets()
    client.save({"api_token": "t", "webhook_secrets": ["newest"]})
    client.seconds += 30
    assert kept.webhook_secrets(fresh=True) == ("new", "old")
    client.seconds += 1
    assert kept.webhook_secrets(fresh=True) == ("newest",)
    for _ in range(100):
        kept.webhook_secrets(fresh=True)
    assert client.reads == 2


def test_not_filled_in(client: Counting) -> None:
    """Before anybody has filled it in there are no secrets, and the token is refused, not empty."""
    client.save({"api_token": "", "webhook_secrets": []})
    kept = secret(client)
    assert kept.webhook_secrets() == ()
    with pytest.raises(AccessRefused, match="api_token"):
        kept.api_token()


def test_empty_secrets_are_none(client: Counting) -> None:
    """An empty text, or what is no text, is no secret."""
    client.save({"api_token": "t", "webhook_secrets": ["", "a", None, 7, ["b"]]})
    assert secret(client).webhook_secrets() == ("a",)


@pytest.mark.parametrize(
    "value",
    [
        "no JSON: hunter2",
        '"hunter2"',
        "[]",
        "{}",
        {"api_token": "hunter2"},
        {"webhook_secrets": ["hunter2"]},
        {"api_token": ["hunter2"], "webhook_secrets": []},
        {"api_token": "t", "webhook_secrets": "hunter2"},
        {"api_token": None, "webhook_secrets": []},
    ],
)
def test_malformed(client: Counting, value: object) -> None:
    """A secret of another form is a reason to wait until it is fixed, and the reason does not tell it."""
    client.save(value)
    with pytest.raises(RetryLater) as error:
        secret(client).webhook_secrets()
    assert "hunter2" not in str(error.value)
    assert "the secret" in str(error.value)


def test_fixed_secret(client: Counting) -> None:
    """A malformed secret is not kept: the next read takes up the right one."""
    client.save("{}")
    kept = secret(client)
    with pytest.raises(RetryLater):
        kept.api_token()
    client.save({"api_token": "t", "webhook_secrets": []})
    assert kept.api_token() == "t"


def test_outage(client: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Secrets Manager does not answer, what was read before is used."""
    kept = secret(client)
    kept.api_token()

    def fail(**_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://secretsmanager")

    monkeypatch.setattr(client, "get_secret_value", fail)
    client.seconds += 1000
    assert kept.api_token() == "token"
    assert kept.webhook_secrets(fresh=True) == ("new", "old")
    with pytest.raises(EndpointConnectionError):
        secret(client).api_token()
