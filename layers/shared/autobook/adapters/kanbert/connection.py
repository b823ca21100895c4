"""One HTTP connection to Kanbert: authorised, bounded in time and size, repeated only where that is safe.

Never followed: redirects and URLs inside payloads. Plain HTTP is refused, but for a loopback address: nothing on the
way can read a token that does not leave the machine, and the tests and the local stack have no certificate.
Proxies and `.netrc` of the environment are ignored: the latter would replace our `Authorization`.
"""

import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, Protocol, cast

import httpx

from autobook.adapters.kanbert.base_url import checked_base_url
from autobook.adapters.kanbert.decoding import decode
from autobook.adapters.kanbert.errors import Failure, error_for, gives_up, server_message
from autobook.adapters.kanbert.exact_json import to_json
from autobook.adapters.kanbert.exchange import Answer, ApiCall, NoAnswer, Repeat
from autobook.adapters.kanbert.rate_limit import TokenBucket
from autobook.adapters.kanbert.retry import RetryPolicy, retry_after
from autobook.domain.errors import AccessRefused

_CONNECT, _READ, _WRITE = 3.0, 10.0, 10.0
"""Seconds."""
_PATIENCE: Final = 60.0
"""Seconds per call where the caller set no budget."""
_MIN_TIME: Final = 0.2
"""With less than this many seconds left nothing is sent any more."""


class TokenSource(Protocol):
    """Gives the API token. `fresh` asks again at the source: the one that was given has just been refused."""

    def __call__(self, *, fresh: bool = False) -> str:
        """The token that a request carries."""


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

    def json(self, request: ApiCall) -> Any:
        """The decoded answer (decoding.py); None for 204."""
        decoded: Any = None

        def check(body: bytes) -> None:
            nonlocal decoded
            decoded = decode(body)

        self.send(request, check=check)
        return decoded

    def send(self, request: ApiCall, check: Callable[[bytes], object] | None = None) -> Answer:
        """Send, and send again while that is safe, useful and in time.

        Raises RetryLater, AccessRefused, GiveUp or NotFound (see `errors`), and NoAnswer (only for `Repeat.UNSENT`).
        `check` raises ValueError where a body makes no sense.
        """
        left = self._budget()
        token = self._bearer(fresh=False)
        self._wait_for_turn(request, left)
        renewed = False
        attempts = 0
        while True:
            attempts += 1
            after, unknown_outcome = None, False
            try:
                with self._stream(request, token, left) as response:
                    body = self._read(request, response, left)
                    failure = self._judge(request, response.status_code, body, token, check)
                    if failure is None:
                        self._bucket.served()
                        return Answer(response.status_code, body, attempts, _media_type(response))
                    after = retry_after(response.headers.get("Retry-After"), self._retry_policy.now())
                    if failure.status == 429:
                        self._bucket.refused(after)
                    # A 5xx or a success that cannot be read leaves open whether it was carried out.
                    unknown_outcome = response.status_code >= 500 or response.is_success
            except httpx.ConnectError as error:
                failure = request.failure(None, f"no connection ({type(error).__name__})")
            except (httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                failure = request.failure(None, f"no connection in time ({type(error).__name__})")
            except (httpx.TransportError, httpx.DecodingError) as error:
                message = f"incomplete answer ({type(error).__name__})"
                failure, unknown_outcome = request.failure(None, message, incomplete=True), True
            if failure.status == 401 and not renewed and self._renewable:
                renewed, former = True, token
                token = self._bearer(fresh=True)
                if token != former:
                    continue
            may_pass = failure.status is None or failure.status == 429 or unknown_outcome
            if not may_pass:
                raise error_for(failure, after=after)
            if unknown_outcome and request.repeat is Repeat.UNSENT:
                raise NoAnswer(failure)
            wait = max(after or 0.0, self._retry_policy.delay(attempts))
            if attempts >= self._retry_policy.attempts or wait + _MIN_TIME >= left():
                raise error_for(failure, after=after)
            self._retry_policy.sleep(wait)

    def _wait_for_turn(self, request: ApiCall, left: Callable[[], float]) -> None:
        """Wait until the rate allows a call; RetryLater, saying when, where that is beyond this run."""
        wait = self._bucket.take()
        if wait and wait + _MIN_TIME >= left():
            self._bucket.give_back()
            raise error_for(request.failure(None, "not sent: rate limited by earlier calls"), after=wait)
        if wait:
            self._retry_policy.sleep(wait)

    def _judge(
        self, request: ApiCall, status: int, body: bytes, token: str, check: Callable[[bytes], object] | None
    ) -> Failure | None:
        if 300 <= status < 400:
            return request.failure(status, "a redirect, which is not followed")
        if not 200 <= status < 300:
            return request.failure(status, server_message(body, token))
        if check is not None and status != 204:
            try:
                check(body)
            except ValueError:
                return request.failure(status, f"the answer is not JSON ({len(body)} bytes)")
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
    def _stream(self, request: ApiCall, token: str, left: Callable[[], float]) -> Iterator[httpx.Response]:
        seconds = left()
        if seconds < _MIN_TIME:
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
    def _read(request: ApiCall, response: httpx.Response, left: Callable[[], float]) -> bytes:
        """The body, bounded in size (GiveUp) and, against a trickle, in time."""
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > request.max_bytes:
                message = f"more than {request.max_bytes:,} bytes"
                raise gives_up(request.failure(response.status_code, message, incomplete=True))
            if left() <= 0:
                raise httpx.ReadTimeout("no time left in this run")
        return bytes(body)


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
