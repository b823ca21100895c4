"""One HTTP connection to Kanbert: authorised, bounded in time and size, repeated only where that is safe.

Never followed: redirects and URLs inside payloads. Plain HTTP is refused, but for a loopback address: nothing on the
way can read a token that does not leave the machine, and the tests and the local stack have no certificate.
Proxies and `.netrc` of the environment are ignored: the latter would replace our `Authorization`.
"""

import inspect
import ipaddress
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any, Final, Protocol, cast

import httpx

from autobook.adapters.kanbert.errors import Failure, error_for, gives_up, server_message
from autobook.adapters.kanbert.rate_limit import TokenBucket
from autobook.adapters.kanbert.retry import RetryPolicy, retry_after
from autobook.domain.errors import AccessRefused, GiveUp

MAX_JSON: Final = 32 * 1024 * 1024
"""Longest JSON answer in bytes; a page of 100 invoices with bookings takes well under one MiB."""
_CONNECT, _READ, _WRITE = 3.0, 10.0, 10.0
_PATIENCE: Final = 60.0
"""Seconds per call where the caller set no budget."""
_TOO_LITTLE: Final = 0.2
"""With less than this many seconds left nothing is sent any more."""


class TokenSource(Protocol):
    """Gives the API token. `fresh` asks again at the source: the one that was given has just been refused."""

    def __call__(self, *, fresh: bool = False) -> str: ...


class Repeat(Enum):
    """When a call may be sent again."""

    SAFE = auto()
    """Reading, and deleting: after any failure that may pass."""
    UNSENT = auto()
    """Writing: only when Kanbert has certainly not carried it out (no connection, or 429). After anything else the
    caller looks at the document again first: a person may have changed it meanwhile."""


class NoAnswer(Exception):
    """The call may or may not have been carried out."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Request:
    """What to send. Either `json`, or `form` (multipart fields, with `files`)."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    json: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, Any] | None = None
    repeat: Repeat = Repeat.SAFE
    max_bytes: int = MAX_JSON

    def failure(self, status: int | None, message: str) -> Failure:
        """What goes into an error."""
        return Failure(self.method, self.path, status, message)


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer, read in full. `attempts` counts what was sent."""

    status: int
    body: bytes
    attempts: int


def checked_base_url(base_url: str) -> httpx.URL:
    """The base URL without a slash at the end. GiveUp if it is not https (or http to a loopback address)."""
    try:
        url = httpx.URL(base_url.rstrip("/"))
    except httpx.InvalidURL as error:
        raise GiveUp(f"the base URL of Kanbert is not a URL: {error}") from None
    if not url.host or url.userinfo or url.query or url.fragment:
        raise GiveUp("the base URL of Kanbert must be https://HOST/PATH, without user, query or fragment")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.host)):
        raise GiveUp("the base URL of Kanbert must be https (plain http only to a loopback address)")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Connection:
    """Sends requests. One per warm function: it keeps its TCP and TLS connection (HTTP/1.1 keep-alive)."""

    def __init__(
        self,
        base_url: str,
        token: TokenSource | Callable[[], str] | str,
        *,
        remaining: Callable[[], float] | None = None,
        transport: httpx.BaseTransport | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self._base = checked_base_url(base_url)
        self._token = token
        self._renewable = not isinstance(token, str) and "fresh" in inspect.signature(token).parameters
        self._remaining = remaining
        self._retry_policy = retry_policy or RetryPolicy()
        self._bucket = TokenBucket(self._retry_policy.monotonic)
        # Where no TLS is spoken no certificates are loaded: that takes longer than everything else here.
        secure = self._base.scheme == "https"
        self._http = httpx.Client(transport=transport, verify=secure, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def now(self) -> datetime:
        """The time, as waiting and uploads see it."""
        return self._retry_policy.now()

    def json(self, request: Request) -> Any:
        """The decoded answer, numbers with a point as `Decimal`; None for 204."""
        answer = self.send(request, check=_decoded)
        return None if answer.status == 204 else _decoded(answer.body)

    def send(self, request: Request, check: Callable[[bytes], object] | None = None) -> Answer:
        """Send, and send again while that is safe, useful and in time.

        Raises RetryLater, AccessRefused, GiveUp or NotFound (see `errors`), and NoAnswer (only for `Repeat.UNSENT`).
        `check` raises ValueError where a body makes no sense.
        """
        left = self._budget()
        token = self._bearer(fresh=False)
        self._wait_for_turn(request, left)
        renewed = False
        tried = 0
        while True:
            tried += 1
            after, open_end = None, False
            try:
                with self._stream(request, token, left) as response:
                    body = self._read(request, response, left)
                    failure = self._judge(request, response.status_code, body, token, check)
                    if failure is None:
                        self._bucket.served()
                        return Answer(response.status_code, body, tried)
                    after = retry_after(response.headers.get("Retry-After"), self._retry_policy.now())
                    if failure.status == 429:
                        self._bucket.refused(after)
                    # A 5xx or a success that cannot be read leaves open whether it was carried out.
                    open_end = response.status_code >= 500 or response.is_success
            except httpx.ConnectError as error:
                failure = request.failure(None, f"no connection ({type(error).__name__})")
            except (httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                failure = request.failure(None, f"no connection in time ({type(error).__name__})")
            except (httpx.TransportError, httpx.DecodingError) as error:
                failure, open_end = request.failure(None, f"no whole answer ({type(error).__name__})"), True
            if failure.status == 401 and not renewed and self._renewable:
                renewed, former = True, token
                token = self._bearer(fresh=True)
                if token != former:
                    continue
            passing = failure.status is None or failure.status == 429 or open_end
            if not passing:
                raise error_for(failure, after=after)
            if open_end and request.repeat is Repeat.UNSENT:
                raise NoAnswer(failure)
            wait = max(after or 0.0, self._retry_policy.delay(tried))
            if tried >= self._retry_policy.attempts or wait + _TOO_LITTLE >= left():
                raise error_for(failure, after=after)
            self._retry_policy.sleep(wait)

    def _wait_for_turn(self, request: Request, left: Callable[[], float]) -> None:
        """Wait until the rate allows a call; RetryLater, saying when, where that is beyond this run."""
        wait = self._bucket.take()
        if wait and wait + _TOO_LITTLE >= left():
            self._bucket.give_back()
            raise error_for(request.failure(None, "not sent: it refused earlier calls as too many"), after=wait)
        if wait:
            self._retry_policy.sleep(wait)

    def _judge(
        self, request: Request, status: int, body: bytes, token: str, check: Callable[[bytes], object] | None
    ) -> Failure | None:
        if 300 <= status < 400:
            return request.failure(status, "a redirect, which is not followed")
        if not 200 <= status < 300:
            return request.failure(status, server_message(body, token))
        if check is not None and status != 204:
            try:
                check(body)
            except (ValueError, RecursionError):
                return request.failure(status, f"the answer is no JSON ({len(body)} bytes)")
        return None

    def _budget(self) -> Callable[[], float]:
        if self._remaining is not None:
            return self._remaining
        until = time.monotonic() + _PATIENCE
        return lambda: until - time.monotonic()

    def _bearer(self, *, fresh: bool) -> str:
        if isinstance(self._token, str):
            token = self._token
        elif self._renewable:
            token = cast("TokenSource", self._token)(fresh=fresh)
        else:
            token = self._token()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise AccessRefused("the API token of Kanbert is empty or holds characters that a header cannot carry")
        return token

    @contextmanager
    def _stream(self, request: Request, token: str, left: Callable[[], float]) -> Iterator[httpx.Response]:
        seconds = left()
        if seconds < _TOO_LITTLE:
            raise error_for(request.failure(None, "no time left in this run"))
        timeout = httpx.Timeout(
            connect=min(_CONNECT, seconds), read=min(_READ, seconds), write=min(_WRITE, seconds), pool=seconds
        )
        content, headers = None, {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if request.json is not None:
            content, headers["Content-Type"] = to_json(request.json), "application/json"
        with self._http.stream(
            request.method,
            f"{self._base}{request.path}",
            params=list(request.params) or None,
            content=content,
            data=dict(request.form) if request.form is not None else None,
            files=request.files,
            headers=headers,
            timeout=timeout,
        ) as response:
            yield response

    @staticmethod
    def _read(request: Request, response: httpx.Response, left: Callable[[], float]) -> bytes:
        """The body, bounded in size (GiveUp) and, against a trickle, in time."""
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > request.max_bytes:
                raise gives_up(request.failure(response.status_code, f"more than {request.max_bytes:,} bytes"))
            if left() <= 0:
                raise httpx.ReadTimeout("no time left in this run")
        return bytes(body)


def to_json(value: Mapping[str, Any]) -> bytes:
    """JSON with `Decimal` written digit by digit, as numbers."""
    return _number_text(value).encode()


def _number_text(value: Any) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case Mapping():
            return "{" + ",".join(f"{json.dumps(str(key))}:{_number_text(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(_number_text(each) for each in value) + "]"
    return json.dumps(value)


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _decoded(body: bytes) -> Any:
    return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
