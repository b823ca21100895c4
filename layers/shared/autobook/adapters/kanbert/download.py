"""Downloading a document's file: whole, and really a file. It is kept for years: a doubtful one is asked for twice."""

from typing import Final

from autobook.adapters.kanbert.connection import Connection, Request
from autobook.adapters.kanbert.errors import error_for, gives_up

LARGEST_FILE: Final = 50 * 1024 * 1024
"""Bytes."""
_TAIL = 2048
_TEXT = (b"<", b"{", b"[")


def download(connection: Connection, request: Request) -> bytes:
    """The file as it is: what a person gave to Kanbert, in most cases a PDF, else a picture, rarely something broken.

    One that does not look whole is fetched again, and taken for what it is when it comes the same. RetryLater when it
    does not (it was cut off), GiveUp for a text where a file was asked for.
    """
    body = connection.send(request).body
    if _looks_whole(body):
        return body
    if body and connection.send(request).body == body:
        if body.lstrip()[:1] in _TEXT:
            raise gives_up(request.failure(200, f"{len(body):,} bytes of text, and no file"))
        return body
    raise error_for(request.failure(200, f"a file that is cut off after {len(body):,} bytes"))


def _looks_whole(body: bytes) -> bool:
    if body.startswith(b"%PDF-"):
        return b"%%EOF" in body[-_TAIL:]
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return b"IEND" in body[-_TAIL:]
    return body.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in body[-_TAIL:]
