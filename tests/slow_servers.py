"""Servers on the loopback that answer a byte at a time, without an end, or not at all."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

type Serve = Callable[["Peer"], None]


@dataclass
class Peer:
    """One connection: what a server does with it, until the test is over."""

    connection: socket.socket
    over: threading.Event

    def send(self, data: bytes) -> None:
        """At once."""
        self.connection.sendall(data)

    def trickle(self, data: bytes, pause: float = 0.2) -> None:
        """A byte at a time."""
        for number in range(len(data)):
            if self.over.wait(pause):
                return
            self.connection.sendall(data[number : number + 1])

    def read_request(self) -> bytes:
        """Head and body of a request."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._some()
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while len(body) < int(lengths[0] if lengths else 0):
            body += self._some()
        return head + b"\r\n\r\n" + body

    def _some(self) -> bytes:
        if chunk := self.connection.recv(65_536):
            return chunk
        raise ConnectionError("the client has gone")

    def hang(self) -> None:
        """Nothing, until the test is over."""
        self.over.wait(60)


@dataclass
class Server:
    """What listens, and how many connections came."""

    port: int
    connections: list[socket.socket] = field(default_factory=list)


@contextmanager
def listening(serve: Serve, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server that does this with every connection; with a context it speaks TLS."""
    over, threads = threading.Event(), list[threading.Thread]()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])
        listener.settimeout(0.1)

        def work(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                secured = context.wrap_socket(connection, server_side=True) if context else connection
                with secured:
                    serve(Peer(secured, over))

        def accept() -> None:
            while not over.is_set():
                with suppress(TimeoutError):
                    connection, _ = listener.accept()
                    connection.settimeout(60)
                    server.connections.append(connection)
                    threads.append(threading.Thread(target=work, args=(connection,), daemon=True))
                    threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            over.set()
            accepting.join(5)
            for connection in server.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(5)


def hanging(peer: Peer) -> None:
    """Takes the request, and says nothing."""
    peer.read_request()
    peer.hang()


def ok(body: bytes, *, media_type: str = "application/json", more: str = "") -> bytes:
    """A complete answer."""
    return f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body
