"""Kanbert's secrets in AWS Secrets Manager: the API token, `{"api_token": "…"}`, and what webhooks are signed with,
`{"webhook_secrets": ["current", "previous"]}`. Two secrets, so that the function on the internet cannot read the token.

Standard library and botocore only: `receive` reads one while Kanbert waits.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from autobook.domain.errors import NotFilledIn, RetryLater

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

logger = logging.getLogger("autobook.secret")

_MAX_AGE: Final = 300.0
_MIN_AGE: Final = 30.0
"""Seconds; also between two attempts to read it again."""
_PATIENCE: Final = 1.0
"""Seconds that a webhook whose signature fits no secret waits for a newer one."""
SHORTEST_SECRET: Final = 16
"""Characters. A shorter one can be guessed; an empty one anybody can sign with."""

type Report = Callable[[str], None]
"""Called with what is wrong with the secret, in a sentence that holds nothing of it."""


def secret_text(client: "SecretsManagerClient", secret_id: str) -> str:
    """What a secret holds; empty until somebody fills it in: the template gives it no value, so that no update of the
    stack can take one away ("GetSecretValue", Secrets Manager API reference: ResourceNotFoundException)."""
    try:
        return client.get_secret_value(SecretId=secret_id).get("SecretString", "")
    except ClientError as error:
        details = error.response.get("Error", {})
        if details.get("Code") == "ResourceNotFoundException" and "staging label" in details.get("Message", ""):
            return ""
        raise


class _Kept[Value]:
    """What a secret holds, read about every five minutes; at most every thirty seconds where it is asked for fresh."""

    def __init__(self, read: Callable[[], Value], monotonic: Callable[[], float]) -> None:
        self._read = read
        self._monotonic = monotonic
        self._value: tuple[Value] | None = None
        self._read_at = self._attempted_at = float("-inf")

    def known(self) -> Value:
        """What was read last; read now, where nothing was."""
        return self._value[0] if self._value is not None else self._read_now()

    def is_due(self, *, fresh: bool) -> bool:
        """True if it is to be read again; that counts as an attempt."""
        now = self._monotonic()
        age = now - self._read_at
        due = (
            self._value is not None and age > (_MIN_AGE if fresh else _MAX_AGE) and now - self._attempted_at > _MIN_AGE
        )
        if due:
            self._attempted_at = now
        return due

    def refresh(self) -> None:
        """Read it again; what was read before stays where that fails."""
        try:
            self._read_now()
        except Exception as error:  # whatever it is, there is a secret to go on with
            logger.warning(
                "the secret cannot be read: using the one read before",
                extra={"reason": f"{type(error).__name__}: {error}"},
            )

    def _read_now(self) -> Value:
        now = self._monotonic()
        value = self._read()
        self._value, self._read_at = (value,), now
        return value


class ApiTokenSecret:
    """Kanbert's API token. A token source of the client."""

    def __init__(
        self, client: "SecretsManagerClient", secret_id: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._kept = _Kept(lambda: _token(secret_text(client, secret_id)), monotonic)

    def __call__(self, *, fresh: bool = False) -> str:
        """The bearer token. Raises NotFilledIn until the secret is filled in."""
        if self._kept.is_due(fresh=fresh):
            self._kept.refresh()
        token = self._kept.known()
        if not token:
            raise NotFilledIn("the secret holds no api_token: fill it in (README, Deploying to AWS)")
        return token


class WebhookSecrets:
    """What Kanbert signs webhooks with. `report` is called about secrets that cannot be used.

    Once they were read, webhooks never wait for Secrets Manager: they are read again beside them, and what comes of it
    counts for the next one.
    """

    def __init__(
        self,
        client: "SecretsManagerClient",
        secret_id: str,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        report: Report = lambda _: None,
    ) -> None:
        self._kept = _Kept(lambda: _usable(secret_text(client, secret_id), report), monotonic)

    def webhook_secrets(self, *, fresh: bool = False) -> tuple[str, ...]:
        """Current first. Empty until the secret is filled in: no webhook is accepted until then.

        `fresh`: no signature fits those that were given; a second is spent on looking for newer ones.
        """
        if self._kept.is_due(fresh=fresh):
            reading = threading.Thread(target=self._kept.refresh, daemon=True)
            reading.start()
            if fresh:
                reading.join(_PATIENCE)
        return self._kept.known()


def _token(text: str) -> str:
    token = _field(text, "api_token", '{"api_token": "…"}') if text else ""
    if not isinstance(token, str):
        raise RetryLater("the secret holds a value of the wrong type: api_token is a string")
    return token.strip()


def _usable(text: str, report: Report) -> tuple[str, ...]:
    try:
        secrets = _field(text, "webhook_secrets", '{"webhook_secrets": ["…"]}') if text else []
        if not isinstance(secrets, list):
            raise RetryLater("the secret holds a value of the wrong type: webhook_secrets is a list")
    except RetryLater as error:
        report(str(error))
        raise
    for fault in _faults(secrets):
        report(fault)
    return tuple(secret.strip() for secret in secrets if isinstance(secret, str) and not _fault(secret))


def _field(text: str, name: str, form: str) -> Any:
    try:
        return json.loads(text)[name]
    except (ValueError, KeyError, TypeError) as error:
        raise RetryLater(f"the secret is not of the form {form}") from error


def _faults(secrets: list[object]) -> Iterator[str]:
    """What is wrong with webhook secrets, by their place in the list."""
    for number, secret in enumerate(secrets, 1):
        if fault := _fault(secret):
            yield f"webhook secret {number} of {len(secrets)} is refused: {fault}"


def _fault(secret: object) -> str | None:
    if not isinstance(secret, str):
        return "it is no text"
    length = len(secret.strip())
    if length == 0:
        return "it is blank" if secret else "it is empty"
    if length < SHORTEST_SECRET:
        return f"it has {length} characters, fewer than {SHORTEST_SECRET}"
    try:
        secret.encode()
    except UnicodeEncodeError:
        return "it holds half a character, which no UTF-8 can say"
    return None
