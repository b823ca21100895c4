"""Kanbert's secrets in AWS Secrets Manager: `{"api_token": "…", "webhook_secrets": ["current", "previous"]}`.

Standard library and botocore only: `receive` reads it while Kanbert waits.
"""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from autobook.domain.errors import AccessRefused, RetryLater

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

logger = logging.getLogger("autobook.secret")

_MAX_AGE = 300.0
_MIN_AGE = 30.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class _Contents:
    api_token: str
    webhook_secrets: tuple[str, ...]
    read_at: float


class KanbertSecret:
    """The secret, read at most every five minutes; at most every thirty seconds where a caller asks for it `fresh`."""

    def __init__(
        self, client: "SecretsManagerClient", secret_id: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._monotonic = monotonic
        self._contents: _Contents | None = None

    def webhook_secrets(self, *, fresh: bool = False) -> tuple[str, ...]:
        """Current first. Empty until the secret is filled in: no webhook is accepted until then."""
        return self._read(fresh=fresh).webhook_secrets

    def api_token(self, *, fresh: bool = False) -> str:
        """The bearer token. Raises AccessRefused until the secret is filled in."""
        token = self._read(fresh=fresh).api_token
        if not token:
            raise AccessRefused("the secret holds no api_token: fill it in (README, Deploying)")
        return token

    def _read(self, *, fresh: bool) -> _Contents:
        now = self._monotonic()
        age = now - self._contents.read_at if self._contents else None
        if self._contents is None or age is None or age > (_MIN_AGE if fresh else _MAX_AGE):
            try:
                answer = self._client.get_secret_value(SecretId=self._secret_id)
            except (BotoCoreError, ClientError):
                if self._contents is None:
                    raise
                logger.warning("the secret cannot be read: using the one read before", exc_info=True)
                return self._contents
            self._contents = _parse(answer["SecretString"], now)
        return self._contents


def _parse(text: str, read_at: float) -> _Contents:
    try:
        fields = json.loads(text)
        token, secrets = fields["api_token"], fields["webhook_secrets"]
    except (ValueError, KeyError, TypeError) as error:
        raise RetryLater('the secret is not of the form {"api_token": "…", "webhook_secrets": […]}') from error
    if not isinstance(token, str) or not isinstance(secrets, list):
        raise RetryLater("the secret holds a value of the wrong type: api_token is a string, webhook_secrets a list")
    return _Contents(token, tuple(s for s in secrets if isinstance(s, str) and s), read_at)
