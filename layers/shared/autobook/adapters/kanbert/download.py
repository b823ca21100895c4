"""Downloads a document's file: complete, not an error page. It is kept for years: a doubtful one is fetched twice."""

from typing import Final

from autobook.adapters.kanbert.connection import Connection
from autobook.adapters.kanbert.errors import error_for, gives_up
from autobook.adapters.kanbert.exchange import ApiCall

MAX_DOWNLOAD: Final = 50 * 1024 * 1024
"""Bytes."""
_TAIL = 2048
_TEXT_STARTS = (b"<", b"{", b"[")


def download(connection: Connection, request: ApiCall) -> bytes:
    """The file as it is: what a person gave to Kanbert, in most cases a PDF, else a picture, rarely something broken.

    One that does not look complete is fetched again, and accepted when it comes the same. RetryLater when it differs
    (it was truncated), GiveUp for text where a file was expected.
    """
    body = connection.send(request).body
    if _looks_complete(body):
        return body
    if body and connection.send(request).body == body:
        if body.lstrip()[:1] in _TEXT_STARTS:
            raise gives_up(request.failure(200, f"expected a file, got {len(body):,} bytes of text"))
        return body
    raise error_for(request.failure(200, f"the file is truncated after {len(body):,} bytes"))


def _looks_complete(body: bytes) -> bool:
    if body.startswith(b"%PDF-"):
        return b"%%EOF" in body[-_TAIL:]
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return b"IEND" in body[-_TAIL:]
    return body.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in body[-_TAIL:]
