"""Access tokens by OAuth 2.0 client credentials (RFC 6749, 4.4; docs/hypatos-api.md, Access).

A token is kept in memory until shortly before it expires. Neither it nor the client's secret is ever in a log or in an
error: what the server says is masked.
"""

import base64
import inspect
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, cast
from urllib.parse import quote_plus

import httpx

from autobook.adapters.http_client import (
    ApiAccessRefused,
    ApiNotFound,
    ApiRefused,
    Connection,
    RemoteApi,
    RetryPolicy,
)
from autobook.adapters.hypatos.api import HypatosCall, error_message
from autobook.domain.errors import AccessRefused, GiveUp

_MARGIN: Final = 60.0
"""Seconds before its end at which a token is renewed; of one that lasts less than five minutes, a fifth of its time."""
_WITHOUT_EXPIRY: Final = 300.0
"""Seconds that a token is kept whose answer does not say for how long it is valid."""
_LONGEST: Final = 86_400.0
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, repr=False)
class ClientCredentials:
    """The OAuth client that Hypatos knows us as."""

    client_id: str
    client_secret: str

    def basic(self) -> str:
        """Both as RFC 6749, 2.3.1, has them in `Authorization: Basic`."""
        if not self.client_id or not self.client_secret:
            raise AccessRefused("the client id or secret of Hypatos is empty")
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
        return base64.b64encode(pair.encode()).decode()


class CredentialSource(Protocol):
    """Gives the credentials. `fresh` asks again at the source: those that were given have just been refused."""

    def __call__(self, *, fresh: bool = False) -> ClientCredentials:
        """The credentials that a token is asked for with."""


@dataclass(frozen=True, slots=True, repr=False)
class _Token:
    text: str
    until: float
    """On the monotonic clock."""


class AccessTokens:
    """The token that requests carry. A token source of `Connection`: `fresh` after the token was refused.

    `token_url` is the token endpoint. Raises AccessRefused where Hypatos refuses the credentials, and what a
    connection raises.
    """

    def __init__(
        self,
        token_url: str,
        credentials: CredentialSource | Callable[[], ClientCredentials] | ClientCredentials,
        *,
        remaining: Callable[[], float] | None = None,
        transport: httpx.BaseTransport | None = None,
        retry_policy: RetryPolicy | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._credentials = credentials
        self._monotonic = monotonic
        self._token: _Token | None = None
        self._secrets: set[str] = set()
        base_url, _, last = token_url.rstrip("/").rpartition("/")
        self._path = f"/{last}"
        api = RemoteApi(
            HypatosCall.system,
            _basic,
            format="an access token",
            message=self._message,
            credential="client id and secret",
        )
        self._connection = Connection(
            api, base_url, self._basic, remaining=remaining, transport=transport, retry_policy=retry_policy
        )

    def __call__(self, *, fresh: bool = False) -> str:
        """The token. `fresh` gets a new one whatever the old one says."""
        if self._token is None or fresh or self._monotonic() >= self._token.until:
            self._token = None
            self._token = self._new_token()
        return self._token.text

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _new_token(self) -> _Token:
        asked_at = self._monotonic()
        call = HypatosCall("POST", self._path, content=b"grant_type=client_credentials", content_type=_FORM)
        try:
            answer = self._connection.decoded(call, _decoded)
        except (ApiRefused, ApiNotFound) as error:  # no invoice is at fault
            raise _access_refused(error, error.failure.message) from None
        if answer is None:
            raise AccessRefused("Hypatos issued no access token")
        kind = answer.get("token_type")
        if isinstance(kind, str) and kind.lower() != "bearer":
            raise AccessRefused(f"Hypatos issued a token of type {kind[:40]!r}, not Bearer")
        lifetime = _lifetime(answer.get("expires_in"))
        return _Token(answer["access_token"], asked_at + lifetime - min(_MARGIN, lifetime / 5))

    def _basic(self, *, fresh: bool = False) -> str:
        source = self._credentials
        if isinstance(source, ClientCredentials):
            found = source
        elif "fresh" in inspect.signature(source).parameters:
            found = cast("CredentialSource", source)(fresh=fresh)
        else:
            found = source()
        self._secrets = {found.client_secret, quote_plus(found.client_secret)}
        return found.basic()

    def _message(self, body: bytes) -> str:
        text = error_message(body)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _basic(credential: str) -> Mapping[str, str]:
    return {"Authorization": f"Basic {credential}", "Accept": "application/json"}


def _access_refused(error: GiveUp, message: str) -> ApiAccessRefused:
    refused = ApiAccessRefused(f"Hypatos issues no access token: {message}")
    refused.failure = replace(getattr(error, "failure"), message=message)  # noqa: B009 - both classes have it
    return refused


def _decoded(body: bytes) -> Mapping[str, Any]:
    """The answer. ValueError where it holds no token."""
    answer = json.loads(body)
    if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str) or not answer["access_token"]:
        raise ValueError("no access_token")
    return answer


def _lifetime(expires_in: object) -> float:
    """Seconds. A number, or a number as a text; anything else says nothing."""
    if isinstance(expires_in, str | int | float) and not isinstance(expires_in, bool):
        try:
            seconds = float(expires_in)
        except (ValueError, OverflowError):
            return _WITHOUT_EXPIRY
        return min(max(seconds, 0.0), _LONGEST) if seconds == seconds else _WITHOUT_EXPIRY
    return _WITHOUT_EXPIRY
