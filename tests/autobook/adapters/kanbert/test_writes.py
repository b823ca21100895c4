"""What a write that did not work has left behind: it is never sent a second time, and its error says what is known."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from autobook.adapters.kanbert import (
    BookingUpdate,
    IncomingInvoiceUpdate,
    IncomingInvoiceUpload,
    KanbertClient,
    OutgoingInvoiceUpload,
    UploadFile,
    WebhookCreate,
)
from autobook.domain.errors import AutobookError, NotFound, Refused, RetryLater, Unanswered
from tests.autobook.adapters.kanbert.conftest import PDF, Waits
from tests.autobook.adapters.kanbert.test_connection import answers, client

type Write = Callable[[KanbertClient], object]
_DATES = ("date_of_invoice", "performance_range_start", "performance_range_end", "payment_due_date")
_EXTERNAL = OutgoingInvoiceUpload.model_validate(
    {"client_id": "c1", "title": "x", "status": "booked", "invoice_number": "E-1", "currency": "EUR", "sum_net": 1}
    | dict.fromkeys(_DATES, "2026-01-31T12:00:00Z")
)
WRITES: dict[str, Write] = {
    "invoice": lambda c: c.patch_incoming_invoice("a", {"title": "x"}),
    "typed invoice": lambda c: c.update_incoming_invoice("a", IncomingInvoiceUpdate(title="x")),
    "line": lambda c: c.patch_booking("a", "b", {"title": "x"}),
    "typed line": lambda c: c.update_booking("a", "b", BookingUpdate(title="x")),
    "deletion": lambda c: c.delete_booking("a", "b"),
    "upload": lambda c: c.upload_incoming_invoice(IncomingInvoiceUpload(title="x")),
    "outgoing": lambda c: c.upload_outgoing_invoice(_EXTERNAL, UploadFile.of("o.pdf", PDF)),
    "webhook": lambda c: c.create_webhook(WebhookCreate.model_validate({"url": "https://a.example/"})),
}
UNSENT: dict[str, Exception] = {
    "no connection": httpx.ConnectError("refused"),
    "no name": httpx.ConnectError("the name kanbert.example is not found"),
    "TLS": httpx.ConnectError("certificate verify failed"),
    "no connection in time": httpx.ConnectTimeout("slow"),
    "no free connection": httpx.PoolTimeout("busy"),
}
UNANSWERED: dict[str, Exception] = {
    "half sent": httpx.WriteError("reset"),
    "sent too slowly": httpx.WriteTimeout("slow"),
    "no answer in time": httpx.ReadTimeout("slow"),
    "connection lost": httpx.ReadError("reset"),
    "closed without an answer": httpx.RemoteProtocolError("server disconnected"),
}
REFUSED = (400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 423, 425, 429)
UNCLEAR = (301, 302, 303, 307, 308, 500, 502, 503, 504, 520)
_WAIT = {"Retry-After": "1", "Location": "https://kanbert.example/api/v1/elsewhere"}


def outcome(write: Write, response: httpx.Response | Exception) -> tuple[AutobookError, int, list[float]]:
    """The error of a write that is answered so, how often it was sent, and how long the client waited."""
    waits, (answer, asked) = Waits(), answers(*[response] * 3)
    with client(answer, retry_policy=waits.retry_policy()) as kanbert, pytest.raises(AutobookError) as raised:
        write(kanbert)
    return raised.value, len(asked), waits.seconds


def test_every_write_is_here() -> None:
    """A method of the client that writes has its cases here."""
    writing = ("patch_", "update_", "delete_", "upload_", "create_")
    assert len([name for name in dir(KanbertClient) if name.startswith(writing)]) == len(WRITES)


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("status", REFUSED)
def test_answered_4xx(name: str, status: int) -> None:
    """A write that was turned away, whether for good or for now, was certainly not carried out."""
    error, sent, waited = outcome(WRITES[name], httpx.Response(status, headers=_WAIT, json={"message": "no"}))
    assert (sent, waited) == (1, [])
    assert not isinstance(error, Unanswered)


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("fault", UNSENT)
def test_unsent(name: str, fault: str) -> None:
    """Nor was one that never left."""
    error, sent, waited = outcome(WRITES[name], UNSENT[fault])
    assert (sent, waited) == (1, [])
    assert isinstance(error, RetryLater)
    assert not isinstance(error, Unanswered)


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("fault", [*UNANSWERED, *UNCLEAR])
def test_unanswered(name: str, fault: str | int) -> None:
    """One that was sent and not answered, or by a server's fault or a redirect, may have been carried out."""
    answer = httpx.Response(fault, headers=_WAIT) if isinstance(fault, int) else UNANSWERED[fault]
    error, sent, waited = outcome(WRITES[name], answer)
    assert (sent, waited) == (1, [])
    assert isinstance(error, Unanswered)


@pytest.mark.parametrize("name", WRITES)
def test_no_time(name: str) -> None:
    """In a run that is over nothing is sent, and the error says no more than that."""
    answer, asked = answers()
    with client(answer, remaining=lambda: 0.1) as kanbert, pytest.raises(RetryLater) as raised:
        WRITES[name](kanbert)
    assert asked == []
    assert not isinstance(raised.value, Unanswered)


ERRORS: dict[str, tuple[Any, dict[str, str]]] = {
    "as Laravel has them": (
        {"chart_of_account_id": ["is closed", "and old"], "title": ["is bad"]},
        {"chart_of_account_id": "is closed and old", "title": "is bad"},
    ),
    "one text": ({"title": "is bad"}, {"title": "is bad"}),
    "within a path": ({"bookings.0.project_id": ["ended"]}, {"project_id": "ended"}),
    "nested": ({"booking": {"project_id": {"0": ["ended"]}}}, {"project_id": "ended"}),
    "without _id": ({"chart_of_account": ["is closed"]}, {"chart_of_account_id": "is closed"}),
    "with an index": ({"title[0]": ["odd"]}, {"title": "odd"}),
    "between slashes": ({"/data/project_id": ["ended"]}, {"project_id": "ended"}),
    "in another spelling": ({"projectId": ["ended"], "TITLE": ["is bad"]}, {"project_id": "ended", "title": "is bad"}),
    "entries": (
        [{"field": "project_id", "message": "ended"}, {"title": ["is bad"]}],
        {"project_id": "ended", "title": "is bad"},
    ),
    "entries with a source": (
        [{"source": {"pointer": "/data/attributes/project_id"}, "title": "Invalid", "detail": "ended"}],
        {"project_id": "ended"},
    ),
    "entries without a field": ([{"code": "x", "title": "Invalid", "detail": "ended"}], {}),
    "null beside another": ({"title": None, "project_id": ["ended"]}, {"project_id": "ended"}),
    "another field": ({"value": ["missing"]}, {}),
    "no object": (["bad"], {}),
    "none": (None, {}),
}


@pytest.mark.parametrize("shape", ERRORS)
def test_fields_of_a_refusal(shape: str) -> None:
    """A 422 that names fields tells what it says about each of those that were sent."""
    errors, expected = ERRORS[shape]
    response = httpx.Response(422, json={"message": "The given data was invalid.", "errors": errors})
    error, _, _ = outcome(
        lambda c: c.patch_booking("a", "b", {"title": "x", "chart_of_account_id": "acc", "project_id": "p"}), response
    )
    assert isinstance(error, Refused)
    assert error.fields == expected


def test_fields_that_the_reference_does_not_allow() -> None:
    """What we know to be wrong is not sent, and named in the same way."""
    answer, asked = answers()
    with client(answer) as kanbert, pytest.raises(Refused) as raised:
        kanbert.patch_booking("a", "b", {"title": "x" * 256, "project_id": "p"})
    assert list(raised.value.fields) == ["title"]
    assert asked == []


def test_secret_in_a_refusal() -> None:
    """A server that repeats our token in a message about a field does not bring it into an event."""
    response = httpx.Response(422, json={"errors": {"title": ["for connection-test-token"]}})
    error, _, _ = outcome(WRITES["line"], response)
    assert isinstance(error, Refused)
    assert error.fields == {"title": "for ***"}


def test_line_that_is_gone() -> None:
    """A deleted line is not found a second time."""
    error, _, _ = outcome(WRITES["deletion"], httpx.Response(404))
    assert isinstance(error, NotFound)
