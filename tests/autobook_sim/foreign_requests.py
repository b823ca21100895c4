"""Requests of web pages that are none of a server's business, and those that are, for a server on 127.0.0.1."""

import http.client
from collections.abc import Iterable, Sequence

type Headers = Sequence[tuple[str, str]]

JSON = ("Content-Type", "application/json")
FOREIGN_IDS = (
    "foreign origin", "foreign origin with a port", "null origin", "origin of another port", "origin without a port",
    "https origin", "origin with the other name", "origin with our name in front", "origin with our name as user",
    "empty origin", "two origins", "preflight", "cross-site", "same-site", "cross-site link", "unknown site",
    "empty site", "two sites", "wrong host", "rebinding host", "rebinding host of the same origin",
    "host without a port", "host of another port", "host with our name in front", "host with our name as user",
    "host with a user", "host with a leading zero", "other loopback address", "any address", "short address",
    "address as a number", "IPv6 loopback", "IPv6 mapped", "subdomain of localhost", "bucket", "API", "localhost.",
    "empty host", "two hosts in one",
)  # fmt: skip


def foreign(port: int) -> dict[str, Headers]:
    """Headers of foreign requests, by what is foreign in them."""
    ours = f"127.0.0.1:{port}"
    host = ("Host", ours)

    def origin(*values: str) -> Headers:
        return [host, *(("Origin", value) for value in values)]

    def site(*values: str) -> Headers:
        return [host, *(("Sec-Fetch-Site", value) for value in values)]

    def named(value: str) -> Headers:
        return [("Host", value)]

    found: list[Headers] = [
        origin("https://evil.example"),
        origin(f"http://evil.example:{port}"),
        origin("null"),
        origin(f"http://127.0.0.1:{port - 1}"),
        origin("http://127.0.0.1"),
        origin(f"https://{ours}"),
        origin(f"http://localhost:{port}"),
        origin(f"http://{ours}.evil.example"),
        origin(f"http://{ours}@evil.example"),
        origin(""),
        origin(f"http://{ours}", "https://evil.example"),
        [*origin("https://evil.example"), ("Access-Control-Request-Method", "POST"),
         ("Access-Control-Request-Headers", "content-type")],
        site("cross-site"),
        site("same-site"),
        [*site("cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")],
        site("something-new"),
        site(""),
        site("same-origin", "cross-site"),
        named("evil.example"),
        named(f"evil.example:{port}"),
        [*named(f"evil.example:{port}"), ("Origin", f"http://evil.example:{port}"), ("Sec-Fetch-Site", "same-origin")],
        named("127.0.0.1"),
        named(f"127.0.0.1:{port - 1}"),
        named(f"{ours}.evil.example"),
        named(f"{ours}@evil.example"),
        named(f"user@{ours}"),
        named(f"127.0.0.1:0{port}"),
        named(f"127.0.0.2:{port}"),
        named(f"0.0.0.0:{port}"),
        named(f"127.1:{port}"),
        named(f"2130706433:{port}"),
        named(f"[::1]:{port}"),
        named(f"[::ffff:127.0.0.1]:{port}"),
        named(f"evil.localhost:{port}"),
        named(f"bucket.s3.localhost:{port}"),
        named(f"abc123.execute-api.localhost:{port}"),
        named(f"localhost.:{port}"),
        named(""),
        named(f"{ours},evil.example"),
    ]  # fmt: skip
    return dict(zip(FOREIGN_IDS, found, strict=True))


OWN_IDS = ("program", "program by name", "own page", "own page by name", "typed address", "upper case")


def own(port: int) -> dict[str, Headers]:
    """Headers of requests that are answered: of programs, of the server's own page, and of a person who types it."""
    ours, name = f"127.0.0.1:{port}", f"localhost:{port}"
    found: list[Headers] = [
        [("Host", ours)],
        [("Host", name)],
        [("Host", ours), ("Origin", f"http://{ours}"), ("Sec-Fetch-Site", "same-origin")],
        [("Host", name), ("Origin", f"http://{name}"), ("Sec-Fetch-Site", "same-origin")],
        [("Host", ours), ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate")],
        [("Host", name.upper())],
    ]
    return dict(zip(OWN_IDS, found, strict=True))


def status(port: int, method: str, path: str, headers: Iterable[tuple[str, str]], body: str = "") -> int:
    """The status that a request gets which has these headers and no others."""
    return answer(port, method, path, headers, body)[0]


def answer(
    port: int, method: str, path: str, headers: Iterable[tuple[str, str]], body: str = ""
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to a request that has these headers and no others."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body.encode())))
        connection.endheaders(body.encode())
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def upgraded(port: int, path: str, headers: Headers) -> int:
    """The status that a request gets which wants to become a WebSocket."""
    wish = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    return status(port, "GET", path, [*headers, *wish, ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")])
