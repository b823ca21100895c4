"""A document's file: what is one, what is none, and what may come later; on the path that we guess and the other."""

from collections.abc import Iterator
from itertools import chain, repeat

import httpx
import pytest

from autobook.adapters.kanbert import KanbertClient, RetryPolicy
from autobook.domain.errors import AccessRefused, FileUnavailable, NotFound, RetryLater

PDF = b"%PDF-1.4 a whole one %%EOF"
XML = b'\xef\xbb\xbf<?xml version="1.0"?><Invoice>XRechnung</Invoice>'
HTML = b"<!DOCTYPE html><html><body>Anmelden</body></html>"
XHTML = b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"/>'

type Answer = httpx.Response | Exception


def answers(*given: Answer) -> KanbertClient:
    """A client of a Kanbert that answers so, the last for ever."""
    queue: Iterator[Answer] = chain(given, repeat(given[-1]))

    def answer(_: httpx.Request) -> httpx.Response:
        found = next(queue)
        if isinstance(found, Exception):
            raise found
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    return KanbertClient(
        "https://kanbert.example/api/v1",
        "a-token-for-tests",
        incoming_pdf=True,
        transport=httpx.MockTransport(answer),
        retry_policy=RetryPolicy(sleep=lambda _: None),
    )


def page(content: bytes, media_type: str = "application/octet-stream", status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=content, headers={"Content-Type": media_type})


NOT_OFFERED: dict[str, Answer] = {
    **{str(status): page(b"{}", status=status) for status in (301, 302, 307, 400, 403, 404, 405, 406, 409, 410, 422)},
    "html": page(HTML, "text/html; charset=UTF-8"),
    "html by content": page(b"  \n" + HTML),
    "html that does not look so": page(b"Please log in", "text/html"),
    "xhtml": page(XHTML, "application/xml"),
    "json": page(b'{"message": "not here"}', "application/json"),
    "json by content": page(b"[]"),
    "no content": httpx.Response(204),
}
LATER: dict[str, Answer] = {
    **{str(status): page(HTML, "text/html", status) for status in (500, 502, 503, 504)},
    "incomplete": httpx.ReadError("half of it"),
    "no answer": httpx.ReadTimeout("too slow"),
}
WAITS: dict[str, Answer] = {
    "401": page(b"{}", status=401),
    "429": page(b"{}", status=429),
    "no connection": httpx.ConnectError("refused"),
}


NOT_THERE = ("404", "410")


@pytest.mark.parametrize("answer", [each for each in NOT_OFFERED if each not in NOT_THERE])
def test_not_offered(answer: str) -> None:
    """On the guessed path a redirect, 4xx but for 401, 404, 410 and 429, and a page say that there is no file."""
    assert answers(NOT_OFFERED[answer]).incoming_invoice_pdf("inv1") is None


@pytest.mark.parametrize("answer", [each for each in NOT_OFFERED if each not in ("403", *NOT_THERE)])
def test_documented_path(answer: str) -> None:
    """On the documented path the same is no reason to believe that there is none: it may come later."""
    with pytest.raises(FileUnavailable):
        answers(NOT_OFFERED[answer]).outgoing_invoice_pdf("out1")


@pytest.mark.parametrize("answer", NOT_THERE)
def test_not_there(answer: str) -> None:
    """On either path 404 says that there is none, which may be so for a moment only: the caller asks again."""
    for call in (answers(NOT_OFFERED[answer]).incoming_invoice_pdf, answers(NOT_OFFERED[answer]).outgoing_invoice_pdf):
        with pytest.raises(NotFound):
            call("inv1")


def test_documented_path_refused() -> None:
    """There 403 says that our token lacks the scope."""
    with pytest.raises(AccessRefused):
        answers(NOT_OFFERED["403"]).outgoing_invoice_pdf("out1")


@pytest.mark.parametrize("answer", LATER)
def test_later(answer: str) -> None:
    """A server that fails, or half an answer, is no reason to believe that there is no file, on either path."""
    with pytest.raises(FileUnavailable):
        answers(LATER[answer]).incoming_invoice_pdf("inv1")
    with pytest.raises(FileUnavailable):
        answers(LATER[answer]).outgoing_invoice_pdf("out1")


@pytest.mark.parametrize("answer", WAITS)
def test_waits(answer: str) -> None:
    """What concerns every call waits as it does for any other."""
    for call in (answers(WAITS[answer]).incoming_invoice_pdf, answers(WAITS[answer]).outgoing_invoice_pdf):
        with pytest.raises(RetryLater) as raised:
            call("inv1")
        assert not isinstance(raised.value, FileUnavailable)


@pytest.mark.parametrize("media_type", ["application/pdf", "application/octet-stream", "text/html", ""])
def test_content_counts(media_type: str) -> None:
    """What begins as a PDF is one, whatever it is called: PHP calls everything HTML unless it is told otherwise."""
    assert answers(page(PDF, media_type)).incoming_invoice_pdf("inv1") == PDF


def test_electronic_invoice() -> None:
    """An XML that is no page is a file."""
    assert answers(page(XML, "application/xml")).incoming_invoice_pdf("inv1") == XML


def test_truncated() -> None:
    """A file that ends early, each time elsewhere, may come in full later; the same twice is what there is."""
    with pytest.raises(FileUnavailable, match="truncated"):
        answers(page(PDF[:10]), page(PDF[:12])).incoming_invoice_pdf("inv1")
    assert answers(page(PDF[:10])).incoming_invoice_pdf("inv1") == PDF[:10]


def test_too_large() -> None:
    """A file that is too large for us is not taken for none."""
    with pytest.raises(FileUnavailable, match="more than"):
        answers(page(b"%PDF-" + bytes(51 * 1024 * 1024))).incoming_invoice_pdf("inv1")
