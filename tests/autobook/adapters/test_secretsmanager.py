"""The secrets: Kanbert's token, and what webhooks are signed with."""

import json
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from autobook.adapters.secretsmanager import ApiTokenSecret, WebhookSecrets, secret_text
from autobook.domain.errors import NotFilledIn, RetryLater

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


NEW, OLD, NEWEST = "whsec-new-1234567", "whsec-old-1234567", "whsec-newest-1234"


class Counting:
    """A client that counts its calls, beside seconds that pass on demand. `open` cleared: it does not answer."""

    def __init__(self, client: "SecretsManagerClient") -> None:
        self._client = client
        self.reads = 0
        self.seconds = 50.0
        self.failing = False
        self.open = threading.Event()
        self.open.set()

    def get_secret_value(self, **request: Any) -> Any:
        self.reads += 1
        assert self.open.wait(20)
        if self.failing:
            raise EndpointConnectionError(endpoint_url="https://secretsmanager")
        return self._client.get_secret_value(**request)

    def save(self, value: object) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        self._client.put_secret_value(SecretId="kanbert", SecretString=text)


@pytest.fixture
def client(aws: None) -> Counting:
    """Secrets Manager with the secret filled in."""
    assert aws is None
    made = boto3.client("secretsmanager")
    value = json.dumps({"api_token": "token", "webhook_secrets": [NEW, OLD]})
    made.create_secret(Name="kanbert", SecretString=value)
    return Counting(made)


def secret(client: Counting, report: Callable[[str], None] = lambda _: None) -> WebhookSecrets:
    return WebhookSecrets(client, "kanbert", lambda: client.seconds, report=report)  # type: ignore[arg-type]


def token(client: Counting) -> ApiTokenSecret:
    return ApiTokenSecret(client, "kanbert", lambda: client.seconds)  # type: ignore[arg-type]


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it comes true within a few seconds."""
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


def test_read_once(client: Counting) -> None:
    """A secret is kept for five minutes."""
    kept, secrets = token(client), secret(client)
    assert (kept(), secrets.webhook_secrets()) == ("token", (NEW, OLD))
    client.seconds += 300
    assert (kept(), secrets.webhook_secrets()) == ("token", (NEW, OLD))
    assert client.reads == 2


def test_read_again(client: Counting) -> None:
    """After five minutes a new token is taken up."""
    kept = token(client)
    kept()
    client.save({"api_token": "newer"})
    client.seconds += 301
    assert kept() == "newer"


def test_webhooks_never_wait(client: Counting) -> None:
    """After five minutes webhooks are verified with what is known, while it is read again beside them: a secret that
    was taken out counts for the next one no more."""
    kept = secret(client)
    kept.webhook_secrets()
    client.save({"api_token": "t", "webhook_secrets": [NEWEST]})
    client.seconds += 301
    client.open.clear()
    began = time.monotonic()
    assert [kept.webhook_secrets() for _ in range(3)] == [(NEW, OLD)] * 3
    assert time.monotonic() - began < 0.5
    client.open.set()
    assert eventually(lambda: kept.webhook_secrets() == (NEWEST,))
    assert client.reads == 2


def test_doubts_while_secrets_manager_hangs(client: Counting) -> None:
    """A signature that fits no secret waits a second for a newer one, once in thirty, and is then refused."""
    kept = secret(client)
    kept.webhook_secrets()
    client.seconds += 31
    client.open.clear()
    began = time.monotonic()
    assert kept.webhook_secrets(fresh=True) == (NEW, OLD)
    assert 0.9 < time.monotonic() - began < 1.6
    assert kept.webhook_secrets(fresh=True) == (NEW, OLD)
    assert time.monotonic() - began < 1.8
    client.open.set()
    assert client.reads == 2


@pytest.mark.parametrize("what", ["token", "doubts", "age"])
def test_failed_refresh(client: Counting, what: str, caplog: pytest.LogCaptureFixture) -> None:
    """A refresh that failed is not tried again for thirty seconds; it is logged."""
    kept, kept_token = secret(client), token(client)
    calls: dict[str, Callable[[], object]] = {
        "token": kept_token,
        "doubts": lambda: kept.webhook_secrets(fresh=True),
        "age": kept.webhook_secrets,
    }
    calls[what]()
    client.failing = True
    client.seconds += 301
    for _ in range(50):
        calls[what]()
    assert eventually(lambda: len(caplog.records) == 1)
    client.seconds += 30
    calls[what]()
    assert client.reads == 2
    client.seconds += 1
    calls[what]()
    assert eventually(lambda: client.reads == 3)
    assert eventually(lambda: len(caplog.records) == 2)


def test_doubts(client: Counting) -> None:
    """Who has doubts sees a new value at once, but asks at most every thirty seconds: a flood stays cheap."""
    kept = secret(client)
    kept.webhook_secrets()
    client.save({"api_token": "t", "webhook_secrets": [NEWEST]})
    client.seconds += 30
    assert kept.webhook_secrets(fresh=True) == (NEW, OLD)
    client.seconds += 1
    assert kept.webhook_secrets(fresh=True) == (NEWEST,)
    for _ in range(100):
        kept.webhook_secrets(fresh=True)
    assert client.reads == 2


def test_not_filled_in(client: Counting) -> None:
    """Before anybody has filled it in there are no secrets, and the token is refused, not empty."""
    client.save({"api_token": "", "webhook_secrets": []})
    assert secret(client).webhook_secrets() == ()
    with pytest.raises(NotFilledIn, match="api_token"):
        token(client)()


@pytest.mark.parametrize("value", ["none", "empty"])
def test_without_a_value(client: Counting, value: str) -> None:
    """As the deployment makes it: AWS then answers that there is no value, the emulator with an empty one."""
    made = boto3.client("secretsmanager")
    made.create_secret(Name="fresh")
    reader: Any = made if value == "none" else SimpleNamespace(get_secret_value=lambda **_: {"SecretString": ""})
    assert secret_text(reader, "fresh") == ""
    assert WebhookSecrets(reader, "fresh").webhook_secrets() == ()
    with pytest.raises(NotFilledIn, match="api_token"):
        ApiTokenSecret(reader, "fresh")()
    assert client.reads == 0


def test_no_such_secret(client: Counting) -> None:
    """A secret that was deleted is a fault, not one to fill in."""
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secret_text(client, "deleted")  # type: ignore[arg-type]


def test_blanks_around_are_no_part(client: Counting) -> None:
    """Blanks and line ends around token and secrets, as copying brings them, are stripped."""
    client.save({"api_token": " token\n", "webhook_secrets": [f" {NEW}\r\n", f"\t{OLD} "]})
    assert (token(client)(), secret(client).webhook_secrets()) == ("token", (NEW, OLD))


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("", "it is empty"),
        (" \n ", "it is blank"),
        ("fifteen-letters", "it has 15 characters, fewer than 16"),
        ("   fifteen-letters   ", "it has 15 characters, fewer than 16"),
        (None, "it is no text"),
        (7, "it is no text"),
        ([NEW], "it is no text"),
        ("half a character: \ud83d", "it holds half a character, which no UTF-8 can say"),
    ],
)
def test_secret_that_is_none(client: Counting, value: object, fault: str) -> None:
    """What nobody should sign with is refused, with its place and the fault; the others count."""
    client.save({"api_token": "t", "webhook_secrets": [NEW, value, OLD]})
    reports: list[str] = []
    kept = secret(client, reports.append)
    assert kept.webhook_secrets() == (NEW, OLD)
    assert reports == [f"webhook secret 2 of 3 is refused: {fault}"]


def test_shortest_secret(client: Counting) -> None:
    """Sixteen characters are enough, and nothing is reported."""
    client.save({"api_token": "t", "webhook_secrets": ["sixteen-letters!"]})
    reports: list[str] = []
    assert secret(client, reports.append).webhook_secrets() == ("sixteen-letters!",)
    assert reports == []


def test_no_secret_at_all(client: Counting) -> None:
    """An empty list, as the deployment makes it, is no fault: no webhook is accepted."""
    client.save({"api_token": "t", "webhook_secrets": []})
    reports: list[str] = []
    assert secret(client, reports.append).webhook_secrets() == ()
    assert reports == []


def test_broken_meanwhile(client: Counting) -> None:
    """A secret that somebody breaks is reported, and the one before goes on being used."""
    reports: list[str] = []
    kept = secret(client, reports.append)
    kept.webhook_secrets()
    client.save("{}")
    client.seconds += 31
    assert kept.webhook_secrets(fresh=True) == (NEW, OLD)
    assert len(reports) == 1
    assert "not of the form" in reports[0]


@pytest.mark.parametrize(
    "value",
    [
        "no JSON: hunter2",
        '"hunter2"',
        "[]",
        "{}",
        {"api_tokens": "hunter2", "secrets": ["hunter2"]},
        {"api_token": ["hunter2"], "webhook_secrets": "hunter2"},
        {"api_token": None, "webhook_secrets": None},
    ],
)
@pytest.mark.parametrize("which", [token, lambda client: secret(client).webhook_secrets])
def test_malformed(client: Counting, value: object, which: Callable[[Counting], Callable[[], object]]) -> None:
    """A secret of another form is a reason to wait until it is fixed, and the reason does not tell it."""
    client.save(value)
    with pytest.raises(RetryLater) as error:
        which(client)()
    assert "hunter2" not in str(error.value)
    assert "the secret" in str(error.value)


def test_fixed_secret(client: Counting) -> None:
    """A malformed secret is not kept: the next read takes up the right one."""
    client.save("{}")
    kept = token(client)
    with pytest.raises(RetryLater):
        kept()
    client.save({"api_token": "t"})
    assert kept() == "t"


def test_outage(client: Counting) -> None:
    """While Secrets Manager does not answer, what was read before is used."""
    kept = token(client)
    kept()
    client.failing = True
    client.seconds += 1000
    assert kept() == "token"
    with pytest.raises(EndpointConnectionError):
        token(client)()
