"""Kanbert's secrets in AWS Secrets Manager: `{"api_token": "…", "webhook_secrets": ["current", "previous"]}`.

Standard library and botocore only: `receive` reads it while Kanbert waits.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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


@dataclass(frozen=True, slots=True)
class _Contents:
    api_token: str
    webhook_secrets: tuple[str, ...]
    read_at: float


class KanbertSecret:
    """The secret, read about every five minutes; at most every thirty seconds where a caller asks for it `fresh`.

    Once it was read, webhooks never wait for Secrets Manager: it is read again beside them, and what comes of it
    counts for the next one. `report` is called about webhook secrets that cannot be used.
    """

    def __init__(
        self,
        client: "SecretsManagerClient",
        secret_id: str,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        report: Report = lambda _: None,
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._monotonic = monotonic
        self._report = report
        self._contents: _Contents | None = None
        self._attempted_at = float("-inf")

    def webhook_secrets(self, *, fresh: bool = False) -> tuple[str, ...]:
        """Current first. Empty until the secret is filled in: no webhook is accepted until then.

        `fresh`: no signature fits those that were given; a second is spent on looking for newer ones.
        """
        contents = self._contents
        if contents is None:
            return self._read().webhook_secrets
        if self._is_due(contents, fresh=fresh):
            self._attempted_at = self._monotonic()
            reading = threading.Thread(target=self._refresh, daemon=True)
            reading.start()
            if fresh:
                reading.join(_PATIENCE)
        return (self._contents or contents).webhook_secrets

    def api_token(self, *, fresh: bool = False) -> str:
        """The bearer token. Raises NotFilledIn until the secret is filled in."""
        contents = self._contents
        if contents is None:
            contents = self._read()
        elif self._is_due(contents, fresh=fresh):
            self._attempted_at = self._monotonic()
            self._refresh()
            contents = self._contents or contents
        if not contents.api_token:
            raise NotFilledIn("the secret holds no api_token: fill it in (README, Deploying)")
        return contents.api_token

    def _is_due(self, contents: _Contents, *, fresh: bool) -> bool:
        now = self._monotonic()
        return now - contents.read_at > (_MIN_AGE if fresh else _MAX_AGE) and now - self._attempted_at > _MIN_AGE

    def _refresh(self) -> None:
        """Read it again; what was read before stays where that fails."""
        try:
            self._read()
        except Exception as error:  # whatever it is, there is a secret to go on with
            logger.warning(
                "the secret cannot be read: using the one read before",
                extra={"reason": f"{type(error).__name__}: {error}"},
            )

    def _read(self) -> _Contents:
        now = self._monotonic()
        answer = self._client.get_secret_value(SecretId=self._secret_id)
        try:
            token, secrets = _parse(answer["SecretString"])
        except RetryLater as error:
            self._report(str(error))
            raise
        faults = list(_faults(secrets))
        for fault in faults:
            self._report(fault)
        usable = tuple(secret.strip() for secret in secrets if isinstance(secret, str) and not _fault(secret))
        self._contents = contents = _Contents(token.strip(), usable, now)
        return contents


def _parse(text: str) -> tuple[str, list[object]]:
    try:
        fields = json.loads(text)
        token, secrets = fields["api_token"], fields["webhook_secrets"]
    except (ValueError, KeyError, TypeError) as error:
        raise RetryLater('the secret is not of the form {"api_token": "…", "webhook_secrets": […]}') from error
    if not isinstance(token, str) or not isinstance(secrets, list):
        raise RetryLater("the secret holds a value of the wrong type: api_token is a string, webhook_secrets a list")
    return token, secrets


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
