"""Connections that keep to the deadline of a call, however slowly a server sends.

httpx's time limits count from one byte to the next, so that a server which sends a byte a second is waited for for
ever; and looking up a name has no limit at all. Here every step (name, connection, TLS, each byte of headers and
body) gets what is left of the whole call.
"""

import selectors
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

from autobook.adapters.time_limit import TimeIsUp, within


class CallDeadline:
    """When the present call has to be over."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._at = float("inf")

    def start(self, seconds: float) -> None:
        """A call begins that has so many seconds."""
        self._at = self._monotonic() + seconds

    def left(self) -> float:
        """Seconds."""
        return self._at - self._monotonic()

    def bound(self, timeout: float | None, error: type[Exception]) -> float:
        """The time limit of a step. Raises the error where no time is left."""
        left = self.left()
        if left <= 0:
            raise error("no time left for this call")
        return left if timeout is None else min(timeout, left)


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's transport on connections that keep to the deadline. HTTP/1.1, no proxy."""

    def __init__(self, deadline: CallDeadline, context: ssl.SSLContext | None) -> None:
        # Where no TLS is spoken no certificates are loaded: that takes longer than everything else here.
        super().__init__(verify=context or False, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, keepalive_expiry=5.0, network_backend=DeadlineBackend(deadline)
        )


class DeadlineBackend(httpcore.NetworkBackend):
    """Makes the connections."""

    def __init__(self, deadline: CallDeadline) -> None:
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """To the first address of the host that answers; all of them together have the time limit."""
        del local_address, socket_options  # nobody sets them here
        until = time.monotonic() + self._deadline.bound(timeout, httpcore.ConnectTimeout)
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        addresses = self._addresses_of(host, port, until - time.monotonic())
        for number, (family, kind, protocol, _, address) in enumerate(addresses):
            share = (until - time.monotonic()) / (len(addresses) - number)
            if share <= 0:
                raise httpcore.ConnectTimeout("no connection in time")
            made = socket.socket(family, kind, protocol)
            try:
                made.settimeout(share)
                made.connect(address)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except TimeoutError as error:
                made.close()
                failed = httpcore.ConnectTimeout(str(error))
            except OSError as error:
                made.close()
                failed = httpcore.ConnectError(str(error))
            else:
                return DeadlineStream(made, self._deadline)
        raise failed

    @staticmethod
    def _addresses_of(host: str, port: int, seconds: float) -> list[Any]:
        try:
            return within(seconds, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except TimeIsUp as error:
            raise httpcore.ConnectTimeout(f"the name {host} is not found in time") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} is not found: {error}") from error


class DeadlineStream(httpcore.NetworkStream):
    """A connection of which every step keeps to the deadline.

    One step cannot outlast its time limit: Python counts a TLS handshake and the reading of a TLS record as one step
    each, over however many bytes they come.
    """

    def __init__(self, connection: socket.socket, deadline: CallDeadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes; none at the end."""
        self._connection.settimeout(self._deadline.bound(timeout, httpcore.ReadTimeout))
        try:
            return self._connection.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of it."""
        rest = memoryview(buffer)
        while rest:
            self._connection.settimeout(self._deadline.bound(timeout, httpcore.WriteTimeout))
            try:
                rest = rest[self._connection.send(rest) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        """Without a farewell, which would be waited for."""
        self._connection.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted."""
        try:
            self._connection.settimeout(self._deadline.bound(timeout, httpcore.ConnectTimeout))
            return DeadlineStream(
                ssl_context.wrap_socket(self._connection, server_hostname=server_hostname), self._deadline
            )
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            self.close()
            raise httpcore.ConnectError(str(error)) from error

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks for: whether an idle connection was closed by the server, and what TLS agreed on."""
        if info == "is_readable":
            with selectors.DefaultSelector() as selector:
                selector.register(self._connection, selectors.EVENT_READ)
                return bool(selector.select(0))
        if info == "ssl_object" and isinstance(self._connection, ssl.SSLSocket):
            return self._connection
        return None
