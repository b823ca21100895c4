"""Servers that send a byte at a time, or nothing: no call outlasts its deadline, whichever part is slow."""

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from autobook.adapters.http_client.exact_json import to_json
from autobook.adapters.kanbert import IncomingInvoiceUpload, KanbertClient, UploadFile
from autobook.domain.errors import NoTimeLeft, RetryLater
from tests.autobook.adapters.kanbert.test_connection import INVOICE, TOKEN
from tests.slow_servers import Peer, Serve, listening, ok

SECONDS = 1.2
"""What the run has left."""
LATE = 1.5
"""Seconds over the deadline at which somebody would have noticed, on a busy machine."""
BODY = to_json(INVOICE)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def run(act: Callable[[], object]) -> float:
    """The seconds that it took to fail."""
    began = time.monotonic()
    with pytest.raises(RetryLater):
        act()
    return time.monotonic() - began


def hurried(url: str) -> KanbertClient:
    """A client in a run that will soon be over."""
    until = time.monotonic() + SECONDS
    return KanbertClient(url, TOKEN, remaining=lambda: until - time.monotonic())


def after_request(act: Callable[[Peer], None]) -> Serve:
    def serve(peer: Peer) -> None:
        peer.read_request()
        act(peer)

    return serve


def status_line(peer: Peer) -> None:
    """A byte of the status line at a time."""
    peer.trickle(HEAD + b"\r\n")


def headers(peer: Peer) -> None:
    """A byte of the headers at a time."""
    peer.send(HEAD)
    peer.trickle(b"X-Long: " + b"x" * 1000)


def informational(peer: Peer) -> None:
    """Interim answers without an end."""
    while not peer.over.wait(0.01):
        peer.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")


def body(peer: Peer) -> None:
    """A byte of the body at a time."""
    peer.send(HEAD + b"Content-Length: 1000\r\n\r\n")
    peer.trickle(b"{" + b" " * 999)


def chunks(peer: Peer) -> None:
    """A chunk of one byte at a time."""
    peer.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while not peer.over.wait(0.2):
        peer.send(b"1\r\n \r\n")


def chunk_size(peer: Peer) -> None:
    """A digit of a chunk's size at a time."""
    peer.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    peer.trickle(b"0" * 1000)


def error_page(peer: Peer) -> None:
    """A byte of an error's body at a time."""
    peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n")
    peer.trickle(b" " * 1000)


def nothing(peer: Peer) -> None:
    """Silence."""
    peer.hang()


PARTS = [status_line, headers, informational, body, chunks, chunk_size, error_page, nothing]


@pytest.mark.parametrize("part", PARTS)
def test_slow_part(part: Callable[[Peer], None]) -> None:
    """Whichever part of the answer trickles, the call ends with the run, and says that it may be tried again."""
    with listening(after_request(part)) as server, hurried(f"http://127.0.0.1:{server.port}") as kanbert:
        assert run(lambda: kanbert.get_incoming_invoice("a")) < SECONDS + LATE


def test_deadline_of_a_later_call() -> None:
    """On a connection that is kept every call has a deadline of its own."""

    def serve(peer: Peer) -> None:
        for _ in range(3):
            peer.read_request()
            time.sleep(0.6)
            peer.send(ok(BODY))
        peer.read_request()
        headers(peer)

    until = time.monotonic() + 60
    with (
        listening(serve) as server,
        KanbertClient(f"http://127.0.0.1:{server.port}", TOKEN, remaining=lambda: until - time.monotonic()) as kanbert,
    ):
        for _ in range(3):
            assert kanbert.get_incoming_invoice("a").id == "a"
        until = time.monotonic() + SECONDS
        assert run(lambda: kanbert.get_incoming_invoice("a")) < SECONDS + LATE
        assert len(server.connections) == 1


def test_slow_to_take_an_upload() -> None:
    """A server that reads a byte at a time does not hold the run either."""

    def serve(peer: Peer) -> None:
        while not peer.over.wait(0.2):
            peer.connection.recv(1)

    file = UploadFile.of("a.pdf", b"%PDF-" + bytes(14 * 1024 * 1024))
    with listening(serve) as server, hurried(f"http://127.0.0.1:{server.port}") as kanbert:
        upload = IncomingInvoiceUpload(title="x")
        assert run(lambda: kanbert.upload_incoming_invoice(upload, file)) < SECONDS + LATE


def test_slow_tls() -> None:
    """A byte of the TLS handshake at a time."""
    hello = b"\x16\x03\x03\x20\x00\x02\x00\x1f\xfc\x03\x03" + bytes(8192)
    with (
        listening(lambda peer: peer.trickle(hello)) as server,
        hurried(f"https://127.0.0.1:{server.port}") as kanbert,
    ):
        assert run(lambda: kanbert.get_incoming_invoice("a")) < SECONDS + LATE


def test_slow_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that does not answer."""
    over = threading.Event()

    def lookup(*_given: object, **_named: object) -> list[object]:
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with hurried("https://kanbert.example/api/v1") as kanbert:
        assert run(lambda: kanbert.get_incoming_invoice("a")) < SECONDS + LATE
    over.set()


def test_name_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not exist is a connection that may come later."""

    def lookup(*_given: object, **_named: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with (
        hurried("https://kanbert.example/api/v1") as kanbert,
        pytest.raises(RetryLater, match=r"no connection"),
    ):
        kanbert.get_incoming_invoice("a")


def test_second_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first address refuses, the next one is tried."""
    with listening(after_request(lambda peer: peer.send(ok(BODY)))) as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
            for port in (closed.getsockname()[1], server.port)
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with hurried("http://localhost:1") as kanbert:
            assert kanbert.get_incoming_invoice("a").id == "a"


def test_connection_that_the_server_closed() -> None:
    """An idle connection that the server has closed meanwhile is not used: a write goes through on a new one."""

    def serve(peer: Peer) -> None:
        peer.read_request()
        peer.send(ok(BODY))

    with listening(serve) as server, hurried(f"http://127.0.0.1:{server.port}") as kanbert:
        kanbert.get_incoming_invoice("a")
        time.sleep(0.2)
        kanbert.patch_incoming_invoice("a", {"title": "x"})
        assert len(server.connections) == 2


# --- over TLS ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS, with a certificate made here, and a client's that trusts it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


@pytest.fixture
def trusted(contexts: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Clients trust the server's certificate."""
    monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: contexts[1])
    return contexts[0]


def test_tls(trusted: ssl.SSLContext) -> None:
    """Over TLS answers are read as over plain connections, several on one."""

    def serve(peer: Peer) -> None:
        for _ in range(3):
            peer.read_request()
            peer.send(ok(BODY))

    with listening(serve, trusted) as server, hurried(f"https://localhost:{server.port}") as kanbert:
        for _ in range(3):
            assert kanbert.get_incoming_invoice("a").id == "a"
        assert len(server.connections) == 1


@pytest.mark.parametrize("part", [status_line, headers, body, chunks, nothing])
def test_slow_part_over_tls(trusted: ssl.SSLContext, part: Callable[[Peer], None]) -> None:
    """The deadline holds there too."""
    with listening(after_request(part), trusted) as server, hurried(f"https://localhost:{server.port}") as kanbert:
        assert run(lambda: kanbert.get_incoming_invoice("a")) < SECONDS + LATE


def test_untrusted_certificate(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """A certificate that nobody vouches for is refused: the token is not sent."""
    received: list[bytes] = []

    def serve(peer: Peer) -> None:
        received.append(peer.read_request())

    with (
        listening(serve, contexts[0]) as server,
        hurried(f"https://localhost:{server.port}") as kanbert,
        pytest.raises(RetryLater, match=r"no connection"),
    ):
        kanbert.get_incoming_invoice("a")
    assert received == []


def test_trickle_in_a_long_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """One document that trickles does not use up the run: what is behind it has its turn."""
    monkeypatch.setattr("autobook.adapters.http_client.connection._PATIENCE", SECONDS)
    with (
        listening(after_request(body)) as server,
        KanbertClient(f"http://127.0.0.1:{server.port}", TOKEN, remaining=lambda: 600.0) as kanbert,
        pytest.raises(RetryLater) as raised,
    ):
        kanbert.get_incoming_invoice("a")
    assert not isinstance(raised.value, NoTimeLeft)
