"""Downloads a document's file: complete, not an error page. It is kept for years: a doubtful one is fetched twice."""

from typing import Final

from autobook.adapters.http_client import (
    Answer,
    ApiAccessRefused,
    ApiCall,
    ApiGiveUp,
    ApiNotFound,
    ApiRetryLater,
    Connection,
    Failure,
    file_unavailable,
)

MAX_DOWNLOAD: Final = 50 * 1024 * 1024
"""Bytes."""
_TAIL = 2048
_HEAD = 1024
_TEXT_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/json", "application/problem+json"})
_BOM = b"\xef\xbb\xbf"


def download(connection: Connection, request: ApiCall) -> bytes:
    """The file as it is: what a person gave to Kanbert, in most cases a PDF, else a picture, rarely something broken.

    One that does not look complete is fetched again, and accepted when it comes the same. Raises NotFound where there
    is none, FileUnavailable where a page or half a file came, or nothing that can be used; what concerns every call
    (401, 403, 429, no connection, no time) as for any other.
    """
    try:
        answer = connection.send(request)
        if _is_file(answer) and (_looks_complete(answer.body) or connection.send(request).body == answer.body):
            return answer.body
    except ApiNotFound:
        raise
    except ApiRetryLater as error:
        if error.failure.status == 429 or _concerns_every_call(error.failure):
            raise
        raise file_unavailable(error.failure, after=error.after) from None
    except ApiGiveUp as error:
        raise file_unavailable(error.failure) from None
    size = f"{len(answer.body):,} bytes"
    if _is_file(answer):
        raise file_unavailable(request.failure(answer.status, f"the file is truncated after {size}", incomplete=True))
    raise file_unavailable(request.failure(answer.status, f"expected a file, got {size} of text"))


def download_where_offered(connection: Connection, request: ApiCall) -> bytes | None:
    """The same on a path that we guess: None where Kanbert does not offer it, NotFound (404) where it may not yet.

    401 and 429 wait as for any other call; a redirect, any other 4xx (403: our token may lack a scope that nobody
    documents), and a page instead of a file say that there is none. What is left (5xx, half an answer) raises
    FileUnavailable.
    """
    try:
        return download(connection, request)
    except (ApiAccessRefused, ApiRetryLater) as error:
        if _says_not_offered(error.failure):
            return None
        raise


def _concerns_every_call(failure: Failure) -> bool:
    """Nothing was sent, or nothing came back: no connection, no time, too many calls."""
    return failure.status is None and not failure.incomplete


def _says_not_offered(failure: Failure) -> bool:
    status = failure.status
    if status is None or failure.incomplete or status in (401, 429):
        return False
    return status < 500  # success, too: a page in place of a file


def _is_file(answer: Answer) -> bool:
    """False for a page, or an answer of the API. What it begins with counts for more than what it is called."""
    if _has_known_beginning(answer.body):
        return True
    text = answer.body[:_HEAD].removeprefix(_BOM).lstrip().lower()
    if text.startswith(b"<?xml"):
        return b"<html" not in text
    return answer.status != 204 and answer.media_type not in _TEXT_TYPES and text[:1] not in (b"<", b"{", b"[")


def _has_known_beginning(body: bytes) -> bool:
    return body.startswith((b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*"))


def _looks_complete(body: bytes) -> bool:
    if body.startswith(b"%PDF-"):
        return b"%%EOF" in body[-_TAIL:]
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return b"IEND" in body[-_TAIL:]
    return body.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in body[-_TAIL:]
