"""Answers without an end, packed zeros by the gigabyte, and JSON that is larger in memory than on the way.

Each is read by a process that has 512 MB, as the smallest function would: what it cannot hold ends it.
"""

import gzip
import json
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator

import httpx
import pytest

from autobook.adapters.http_client.decoding import MOST_VALUES
from autobook.adapters.http_client.exact_json import to_json
from autobook.adapters.http_client.exchange import MAX_ERROR, MAX_JSON
from autobook.adapters.kanbert import KanbertClient
from autobook.adapters.kanbert.download import MAX_DOWNLOAD
from autobook.domain.errors import GiveUp, RetryLater
from tests.autobook.adapters.kanbert.test_connection import INVOICE, TOKEN, client
from tests.functions.loading import ROOT
from tests.functions.loads import environment
from tests.slow_servers import Peer, listening

MIB = 1024 * 1024
MEMORY = 512 * MIB

_READ = f"""
import resource, sys
from autobook.bootstrap import archive, process
from autobook.adapters.kanbert import KanbertClient
from autobook.domain.errors import AutobookError
resource.setrlimit(resource.RLIMIT_DATA, ({MEMORY}, {MEMORY}))
call, url = sys.argv[1:]
kanbert = KanbertClient(url, "token", incoming_pdf=True)
try:
    match call:
        case "get": found = kanbert.get_incoming_invoice("a")
        case "list": found = sum(1 for _ in kanbert.list_incoming_invoices())
        case "pdf": found = len(kanbert.incoming_invoice_pdf("a"))
        case "patch": found = kanbert.patch_incoming_invoice("a", {{"title": "x"}})
    print("read", found)
except AutobookError as error:
    print(type(error).__name__, error)
# Not getrusage: that begins with the size of the process which started this one.
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def read(call: str, *parts: bytes, then: Iterator[bytes] | None = None, head: str = "", status: str = "200 OK") -> str:
    """What a process with little memory makes of an answer of these parts, and then of those."""

    def serve(peer: Peer) -> None:
        while True:
            peer.read_request()
            peer.send(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{head}\r\n".encode())
            for part in parts:
                peer.send(part)
            for part in then or ():
                peer.send(part)
            if "Content-Length" not in head:
                return

    with listening(serve) as server:
        run = subprocess.run(  # noqa: S603 - our own interpreter and text
            [sys.executable, "-c", _READ, call, f"http://127.0.0.1:{server.port}"],
            cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    outcome, kilobytes = run.stdout.splitlines()
    assert int(kilobytes) < MEMORY // 1024
    return outcome


def endless(part: bytes) -> Iterator[bytes]:
    while True:
        yield part


def bomb(gigabytes: int) -> Iterator[bytes]:
    """Zeros, packed: a thousand times smaller."""
    packer = zlib.compressobj(9, wbits=31)
    yield packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(gigabytes * 1024):
        yield block


@pytest.mark.parametrize("call", ["get", "list", "pdf"])
def test_endless(call: str) -> None:
    """An answer without an end is cut at the limit of its kind."""
    outcome = read(call, then=endless(b" " * 65_536))
    limit = MAX_DOWNLOAD if call == "pdf" else MAX_JSON
    assert outcome.startswith("ApiFileUnavailable" if call == "pdf" else "ApiGiveUp"), outcome
    assert outcome.endswith(f"more than {limit:,} bytes")


@pytest.mark.parametrize("call", ["get", "list", "pdf"])
def test_packed_zeros(call: str) -> None:
    """Four gigabytes of zeros in four megabytes are cut where they reach the limit, in the middle of a block."""
    outcome = read(call, then=bomb(4), head="Content-Encoding: gzip\r\n")
    assert outcome.startswith("ApiFileUnavailable" if call == "pdf" else "ApiGiveUp"), outcome
    assert "more than" in outcome


def test_empty_blocks_without_an_end() -> None:
    """Packed blocks that hold nothing, for ever: what arrives is bounded too."""
    packer = zlib.compressobj(wbits=31)
    beginning = packer.compress(b"{") + packer.flush(zlib.Z_FULL_FLUSH)
    empty = b"\x00\x00\x00\xff\xff" * 10_000
    outcome = read("get", beginning, then=endless(empty), head="Content-Encoding: gzip\r\n")
    assert outcome.endswith(f"more than {MAX_JSON:,} bytes")


@pytest.mark.parametrize("status", ["500 Internal Server Error", "404 Not Found", "429 Too Many Requests"])
def test_endless_error(status: str) -> None:
    """Of an error without an end the beginning is read: what it means is in its status, not in its length."""
    outcome = read("get", then=endless(b"<p>" * 20_000), status=status)
    expected = {"5": "ApiRetryLater", "404": "ApiNotFound", "429": "ApiRetryLater"}
    assert outcome.startswith(expected[status[:3] if status[0] == "4" else "5"]), outcome
    assert f"answered {status[:3]}" in outcome
    assert f"not JSON ({MAX_ERROR} bytes)" in outcome


def test_endless_answer_to_a_write() -> None:
    """A write that was answered 2xx was carried out, whatever the answer: it does not tell, that is all."""
    assert read("patch", then=endless(b" " * 65_536)) == "read None"


def _padded(beginning: bytes, part: bytes, end: bytes, most: int) -> bytes:
    return beginning + b",".join([part] * ((most - len(beginning) - len(end)) // (len(part) + 1))) + end


def _few(part: bytes) -> Callable[[], bytes]:
    """As many values as are taken, and no more."""
    return lambda: b'{"id":"a","x":[' + b",".join([part] * (MOST_VALUES - 10 - MOST_VALUES % 2)) + b"]}"


LARGE: dict[str, Callable[[], bytes]] = {
    "empty lists": lambda: b'{"id":"a","x":[' + b",".join([b"[]"] * (MOST_VALUES // 2 - 10)) + b"]}",
    "numbers with half a character": lambda: _few(b"1.5")()[:-1] + b',"y":"\\ud83d"}',
    "one text of wide characters": lambda: (
        b'{"id":"a","y":"\\ud83d","x":"' + "\U0001f9fe".encode() * (MAX_JSON // 4 - 100) + b'"}'
    ),
    "too many numbers": lambda: _padded(b'{"id":"a","x":[', b"1.5", b"]}", MAX_JSON),
    "too many empty objects": lambda: _padded(b'{"data":[', b"{}", b"]}", MAX_JSON),
    "broken, with many parts": lambda: _padded(b'{"data":[', b'{"id":"a","x":01}', b"]}", 5 * MIB),
}


@pytest.mark.parametrize("large", LARGE)
def test_largest_json(large: str) -> None:
    """The JSON that takes the most memory for its length is read, or refused for the number of its values."""
    body = LARGE[large]()
    assert len(body) <= MAX_JSON
    call = "list" if body.startswith(b'{"data"') else "get"
    outcome = read(call, body, head=f"Content-Length: {len(body)}\r\n")
    assert outcome.startswith(("read", "ApiGiveUp")), outcome
    assert ("values" in outcome) == large.startswith("too many")


def test_largest_file() -> None:
    """A file of the largest size is read, also when it has to be fetched twice because it looks incomplete."""
    body = b"%PDF-1.7 " + b"x" * (MAX_DOWNLOAD - 9)
    assert read("pdf", body, head=f"Content-Length: {len(body)}\r\n") == f"read {MAX_DOWNLOAD}"


# --- packed answers that are well ----------------------------------------------------------------------------------


def packed(body: bytes, encoding: str = "gzip") -> Callable[[httpx.Request], httpx.Response]:
    """A server that packs; httpx does not unpack what a stream brings."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Accept-Encoding"] == "gzip"
        return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=httpx.ByteStream(body))

    return answer


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "identity", ""])
def test_packed(encoding: str) -> None:
    """A packed answer is read as it was before."""
    plain = to_json(INVOICE)
    body = gzip.compress(plain) if "gzip" in encoding.lower() else plain
    with client(packed(body, encoding)) as kanbert:
        assert kanbert.get_incoming_invoice("a").id == "a"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(to_json(INVOICE))[:-9], "gzip"),
        (b"no gzip at all", "gzip"),
        (to_json(INVOICE), "br"),
        (to_json(INVOICE), "gzip, gzip"),
    ],
)
def test_packed_badly(body: bytes, encoding: str) -> None:
    """One that ends too early, is not what it says or is packed in a way that nobody asked for may come well later."""
    with client(packed(body, encoding)) as kanbert, pytest.raises(RetryLater, match="incomplete answer"):
        kanbert.get_incoming_invoice("a")


def test_many_small_values_are_no_document() -> None:
    """A document with more values than any has is given up by name, before it is decoded."""
    body = json.dumps({"id": "a", "x": [1] * MOST_VALUES}).encode()
    with (
        client(lambda _: httpx.Response(200, content=body)) as kanbert,
        pytest.raises(GiveUp, match=r"/incoming-invoices/a answered 200: more than 1,000,000 values"),
    ):
        kanbert.get_incoming_invoice("a")


def test_token_is_still_sent() -> None:
    """Our own headers stand beside the encoding that we take."""
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json=INVOICE)

    with KanbertClient("https://kanbert.example", TOKEN, transport=httpx.MockTransport(answer)) as kanbert:
        kanbert.get_incoming_invoice("a")
    assert seen[0]["Authorization"] == f"Bearer {TOKEN}"
