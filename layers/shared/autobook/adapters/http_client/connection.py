"""One HTTP connection to a system: authorised, bounded in time and size; what only reads is repeated.

Never followed: redirects and URLs inside payloads. Plain HTTP is refused, but for a loopback address: nothing on the
way can read a credential that does not leave the machine, and the tests and the local stack have no certificate.
Proxies and `.netrc` of the environment are ignored: the latter would replace our `Authorization`.
"""

import inspect
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, Protocol, cast

import httpx

from autobook.adapters.http_client.base_url import checked_base_url
from autobook.adapters.http_client.body import ACCEPTED_ENCODING, Broken, TooLong, read_body
from autobook.adapters.http_client.decoding import TooManyValues, decode
from autobook.adapters.http_client.errors import Failure, error_for, gives_up, no_time_left, presentable
from autobook.adapters.http_client.exact_json import to_json
from autobook.adapters.http_client.exchange import MAX_ERROR, MAX_JSON, Answer, ApiCall, NoAnswer, RemoteApi, Repeat
from autobook.adapters.http_client.field_errors import field_messages
from autobook.adapters.http_client.network import CallDeadline, DeadlineTransport
from autobook.adapters.http_client.rate_limit import TokenBucket
from autobook.adapters.http_client.retry import RetryPolicy
from autobook.domain.errors import AccessRefused

_CONNECT, _READ, _WRITE = 3.0, 10.0, 10.0
"""Seconds without a byte; all of them together have what is left of the run."""
_LONGEST_SLEEP: Final = 3.0
"""Seconds in all, for one call. For a longer wait the message goes back to its queue: asleep, the run would hold up
every other one."""
_PATIENCE: Final = 60.0
"""Seconds per call where the caller set no budget, and for a JSON answer to a GET in any case."""
_MIN_TIME: Final = 0.2
"""With less than this many seconds left nothing is sent any more."""


class TokenSource(Protocol):
    """Gives the credential. `fresh` asks again at the source: the one that was given has just been refused."""

    def __call__(self, *, fresh: bool = False) -> str:
        """The credential that a request carries."""


class Connection:
    """Sends requests. One per warm function: it keeps its TCP and TLS connection (HTTP/1.1 keep-alive)."""

    def __init__(
        self,
        api: RemoteApi,
        base_url: str,
        token: TokenSource | Callable[[], str] | str,
        *,
        remaining: Callable[[], float] | None = None,
        transport: httpx.BaseTransport | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self._api = api
        self._base = checked_base_url(base_url, api.name)
        self._token = token
        self._renewable = not isinstance(token, str) and "fresh" in inspect.signature(token).parameters
        self._remaining = remaining
        self._retry_policy = retry_policy or RetryPolicy()
        self._bucket = TokenBucket(self._retry_policy.monotonic)
        self._deadline = CallDeadline()
        if transport is None:
            secure = self._base.scheme == "https"
            context = httpx.create_ssl_context(trust_env=False) if secure else None
            transport = DeadlineTransport(self._deadline, context)
        self._http = httpx.Client(transport=transport, verify=False, follow_redirects=False, trust_env=False)  # noqa: S501 - the transport verifies

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def now(self) -> datetime:
        """The time, as waiting and uploads see it."""
        return self._retry_policy.now()

    def json(self, request: ApiCall) -> Any:
        """The decoded answer (decoding.py); None for 204."""
        return self.decoded(request, decode)

    def decoded[T](self, request: ApiCall, decode: Callable[[bytes], T]) -> T | None:
        """What `decode` makes of the answer (ValueError: it makes no sense); None for 204."""
        found: T | None = None

        def check(body: bytes) -> None:
            nonlocal found
            found = decode(body)

        self.send(request, check=check)
        return found

    def send(self, request: ApiCall, check: Callable[[bytes], object] | None = None) -> Answer:
        """Send, and send again while that is safe, useful and in time.

        Raises RetryLater, AccessRefused, GiveUp or NotFound (see `errors`), and NoAnswer (only for `Repeat.NEVER`).
        `check` raises ValueError where a body makes no sense.
        """
        left = self._budget(request)
        token = self._bearer(fresh=False)
        self._wait_for_turn(request, left)
        renewed, attempts, slept = False, 0, 0.0
        while True:
            attempts += 1
            after, unknown_outcome, redirected = None, False, False
            try:
                with self._stream(request, token, left) as response:
                    body = self._read(request, response, left)
                    failure = self._judge(request, response.status_code, body, token, check)
                    if failure is None:
                        self._bucket.served()
                        return Answer(response.status_code, body, attempts, _media_type(response))
                    after = self._api.wait(response.status_code, response.headers, self._retry_policy.now())
                    if failure.status == 429:
                        self._bucket.refused(after)
                    # A 5xx, or a success that cannot be read, leaves open whether it was carried out; so does a
                    # redirect, which may follow it.
                    redirected = 300 <= response.status_code < 400
                    unknown_outcome = response.status_code >= 500 or response.is_success
            except httpx.InvalidURL as error:  # an address that is too long, as of a filter by a very long text
                raise error_for(request.failure(414, f"not sent: {error}")) from None
            except httpx.ConnectError as error:
                failure = request.failure(None, f"no connection ({type(error).__name__})")
            except (httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                failure = request.failure(None, f"no connection in time ({type(error).__name__})")
            except (httpx.TransportError, Broken) as error:
                message = f"incomplete answer ({_name(error)})"
                failure, unknown_outcome = request.failure(None, message, incomplete=True), True
            if failure.status == 401 and not renewed and self._renewable:
                renewed, former = True, token
                token = self._bearer(fresh=True)
                if token != former:
                    if request.repeat is Repeat.NEVER:
                        raise error_for(
                            request.failure(None, f"the {self._api.credential} has just been replaced"), after=0
                        )
                    continue
            if request.repeat is Repeat.NEVER and (unknown_outcome or redirected):
                raise NoAnswer(failure, after)
            may_pass = failure.status is None or failure.status == 429 or unknown_outcome
            if not may_pass or request.repeat is Repeat.NEVER or attempts >= self._retry_policy.attempts:
                raise error_for(failure, after=after)
            wait = max(after or 0.0, self._retry_policy.delay(attempts))
            slept += wait
            if slept > _LONGEST_SLEEP or wait + _MIN_TIME >= left():
                raise error_for(failure, after=after)
            self._retry_policy.sleep(wait)

    def _wait_for_turn(self, request: ApiCall, left: Callable[[], float]) -> None:
        """Wait until the rate allows a call; RetryLater, saying when, where that is not soon."""
        wait = self._bucket.take()
        if wait > _LONGEST_SLEEP or (wait and wait + _MIN_TIME >= left()):
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
            messages = field_messages(body, request.json or request.form or ())
            fields = {name: presentable(message, token) for name, message in messages.items()}
            return request.failure(status, presentable(self._api.message(body), token), fields=fields)
        if check is not None and status != 204:
            try:
                check(body)
            except TooManyValues as error:
                raise gives_up(request.failure(status, str(error))) from None
            except ValueError:
                return request.failure(status, f"the answer is not {self._api.format} ({len(body)} bytes)")
        return None

    def _budget(self, request: ApiCall) -> Callable[[], float]:
        """Seconds left for a call. One JSON answer that trickles does not use up a long run, and those behind it."""
        until, remaining = time.monotonic() + _PATIENCE, self._remaining
        if remaining is None:
            return lambda: until - time.monotonic()
        if request.method == "GET" and request.max_bytes <= MAX_JSON:
            return lambda: min(remaining(), until - time.monotonic())
        return remaining

    def _bearer(self, *, fresh: bool) -> str:
        if isinstance(self._token, str):
            token = self._token
        elif self._renewable:
            token = cast("TokenSource", self._token)(fresh=fresh)
        else:
            token = self._token()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            name = f"the {self._api.credential} of {self._api.name}"
            raise AccessRefused(f"{name} is empty or holds characters that a header cannot carry")
        return token

    @contextmanager
    def _stream(self, request: ApiCall, token: str, left: Callable[[], float]) -> Iterator[httpx.Response]:
        seconds = left()
        if seconds < _MIN_TIME:
            raise no_time_left(request.failure(None, "no time left in this run"))
        self._deadline.start(seconds)
        timeout = httpx.Timeout(
            connect=min(_CONNECT, seconds), read=min(_READ, seconds), write=min(_WRITE, seconds), pool=seconds
        )
        content = request.content
        headers = {**self._api.headers(token), "Accept-Encoding": ACCEPTED_ENCODING}
        if request.json is not None:
            content, headers["Content-Type"] = to_json(request.json), "application/json"
        elif content is not None:
            headers["Content-Type"] = request.content_type
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
        """The body, bounded in size and time; the beginning of one that is no success.

        GiveUp for a success that is too long; if it answers a write, that was carried out: no body, as of a 204.
        """

        def check() -> None:
            if left() <= 0:
                raise httpx.ReadTimeout("no time left in this run")

        most = request.max_bytes if response.is_success else MAX_ERROR
        # The stream itself: httpx would unpack a whole chunk at once, however much comes out of it.
        chunks = cast("Iterable[bytes]", response.stream)
        try:
            return read_body(chunks, response.headers.get("Content-Encoding", ""), most, check)
        except TooLong as error:
            if not response.is_success:
                return error.beginning
            if request.repeat is Repeat.NEVER:
                return b""
            message = f"more than {most:,} bytes"
            raise gives_up(request.failure(response.status_code, message, incomplete=True)) from None
        except Broken:
            if response.is_success:
                raise
            return b""


def _name(error: Exception) -> str:
    return str(error) if isinstance(error, Broken) else type(error).__name__


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
