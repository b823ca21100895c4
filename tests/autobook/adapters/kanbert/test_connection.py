"""Answers that no simulator would give: redirects, odd waits, endless lists, and what is never sent at all."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from autobook.adapters.http_client.retry import retry_after
from autobook.adapters.kanbert import KanbertClient, RetryPolicy
from autobook.domain.errors import (
    AccessRefused,
    BrokenPaging,
    Forbidden,
    GiveUp,
    NotFound,
    NoTimeLeft,
    Refused,
    RetryLater,
)
from tests.autobook.adapters.kanbert.conftest import Waits

BASE = "https://kanbert.example/api/v1"
TOKEN = "connection-test-token"
INVOICE = {
    "id": "a", "type": "Pro forma", "title": "x", "status": "new status", "payment_status": "open", "sum_net": 1,
    "sum_tax": 0.1, "sum_gross": 1.1, "created_at": "2026-01-31T12:00:00", "colour": "red",
}  # fmt: skip
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def client(answer: Callable[[httpx.Request], httpx.Response], **options: Any) -> KanbertClient:
    """A client of that server."""
    return KanbertClient(BASE, TOKEN, transport=httpx.MockTransport(answer), **options)


def answers(*responses: httpx.Response | Exception) -> tuple[Callable[[httpx.Request], httpx.Response], list[str]]:
    """A server that answers in this order, and the paths that it was asked for."""
    rest, asked = iter(responses), list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        response = next(rest)
        if isinstance(response, Exception):
            raise response
        return response

    return answer, asked


@pytest.mark.parametrize(
    "url",
    [
        "http://api.kanbert.com/api/v1", "http://127.0.0.1.nip.example/", "ftp://127.0.0.1/", "api.kanbert.com", "",
        "https://user:secret@api.kanbert.com/", "https://api.kanbert.com/?a=b", "http://10.0.0.1/", "https://[::1",
    ],
)  # fmt: skip
def test_base_url_that_would_leak_the_token(url: str) -> None:
    """Plain HTTP to another machine, and what is no plain address, is refused before anything is sent."""
    with pytest.raises(GiveUp, match="base URL"):
        KanbertClient(url, TOKEN)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/api/v1", "http://localhost/", "http://[::1]:1", BASE])
def test_base_url(url: str) -> None:
    """https, or plain http that does not leave the machine."""
    KanbertClient(url, TOKEN).close()


@pytest.mark.parametrize("location", ["https://evil.example/", "http://kanbert.example/api/v1/x", "/elsewhere"])
def test_redirect_is_not_followed(location: str) -> None:
    """No redirect is followed: RetryLater, and the token goes nowhere else."""
    answer, asked = answers(httpx.Response(302, headers={"Location": location}))
    with client(answer) as kanbert, pytest.raises(RetryLater, match="redirect"):
        kanbert.get_incoming_invoice("x")
    assert asked == ["/api/v1/incoming-invoices/x"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("Sat, 31 Jan 2026 12:00:30 GMT", 30.0),
        ("Sat, 31 Jan 2026 11:00:00 GMT", 0.0),
        ("999999999999", 86_400.0),
        ("soon", None),
        ("-1", None),
        ("٣", None),
        (None, None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    """Seconds or a date, at most a day; None where it makes no sense."""
    assert retry_after(header, NOW) == seconds


@pytest.mark.parametrize("header", ["2", "Sat, 31 Jan 2026 12:00:02 GMT"])
def test_asked_to_wait_for_a_moment(header: str) -> None:
    """A wait of a moment is waited for, then the call is made again."""
    waits = Waits()
    retry_policy = RetryPolicy(sleep=waits.seconds.append, now=lambda: NOW, jitter=lambda: 1.0)
    answer, asked = answers(httpx.Response(429, headers={"Retry-After": header}), httpx.Response(200, json=INVOICE))
    with client(answer, retry_policy=retry_policy, remaining=lambda: 30.0) as kanbert:
        kanbert.get_incoming_invoice("a")
    assert (waits.seconds, len(asked)) == ([2.0], 2)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked_for", [4, 59, 120, 43_200])
def test_asked_to_wait_for_longer(status: int, asked_for: int) -> None:
    """A longer wait is handed to the caller at once, also in a run that has the time: it would hold up others."""
    waits = Waits()
    answer, asked = answers(httpx.Response(status, headers={"Retry-After": str(asked_for)}))
    with (
        client(answer, retry_policy=waits.retry_policy(), remaining=lambda: 60.0 * 60) as kanbert,
        pytest.raises(RetryLater) as raised,
    ):
        kanbert.get_incoming_invoice("a")
    assert (raised.value.after, waits.seconds, len(asked)) == (float(asked_for), [], 1)


def test_short_waits_add_up() -> None:
    """Three waits of two seconds are too long as well."""
    waits = Waits()
    answer, asked = answers(*[httpx.Response(429, headers={"Retry-After": "2"})] * 4)
    with (
        client(answer, retry_policy=waits.retry_policy(), remaining=lambda: 60.0) as kanbert,
        pytest.raises(RetryLater) as raised,
    ):
        kanbert.get_incoming_invoice("a")
    assert (raised.value.after, sum(waits.seconds), len(asked)) == (2.0, 2.0, 2)


def test_next_document_after_a_long_wait() -> None:
    """While Kanbert asks us to wait, the next document is not sent for either: it learns how long that is."""
    waits = Waits()
    answer, asked = answers(httpx.Response(429, headers={"Retry-After": "59"}))
    with client(answer, retry_policy=waits.retry_policy(), remaining=lambda: 60.0) as kanbert:
        for name in ("a", "b"):
            with pytest.raises(RetryLater) as raised:
                kanbert.get_incoming_invoice(name)
            assert raised.value.after == pytest.approx(59, abs=1)
    assert (waits.seconds, len(asked)) == ([], 1)


def test_slowed_down_a_call_comes_soon() -> None:
    """However often Kanbert refuses us, the next call is at most a moment away: a run that makes two comes to both."""
    waits, clock = Waits(), [0.0]

    def sleep(seconds: float) -> None:
        waits.seconds.append(seconds)
        clock[0] += seconds

    policy = RetryPolicy(sleep=sleep, jitter=lambda: 1.0, monotonic=lambda: clock[0])
    answer, _ = answers(*[httpx.Response(429)] * 20, *[httpx.Response(200, json=INVOICE)] * 10)
    with client(answer, retry_policy=policy, remaining=lambda: 60.0) as kanbert:
        for _ in range(20):
            clock[0] += 10
            with pytest.raises(RetryLater):
                kanbert.patch_incoming_invoice("a", {"title": "x"})
        clock[0] += 10
        waits.seconds.clear()
        for _ in range(10):
            kanbert.get_incoming_invoice("a")
    assert 0 < max(waits.seconds) <= 3


@pytest.mark.parametrize(
    "refusal",
    [
        httpx.Response(429),
        httpx.Response(429, headers={"Retry-After": "1"}),
        httpx.Response(503),
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadTimeout("slow"),
    ],
    ids=repr,
)
def test_no_write_is_repeated(refusal: httpx.Response | Exception) -> None:
    """A write that does not succeed is not sent again: the caller reads the document first, after whatever wait."""
    waits = Waits()
    answer, asked = answers(refusal)
    with client(answer, retry_policy=waits.retry_policy()) as kanbert, pytest.raises(RetryLater):
        kanbert.patch_incoming_invoice("a", {"title": "x"})
    assert (waits.seconds, len(asked)) == ([], 1)


def test_write_with_a_replaced_token() -> None:
    """Nor is one that our former token was refused for; the next attempt has the new one, at once."""
    tokens = iter(["former", "new"])

    def token(*, fresh: bool = False) -> str:
        del fresh
        return next(tokens)

    answer, asked = answers(httpx.Response(401))
    with (
        KanbertClient(BASE, token, transport=httpx.MockTransport(answer)) as kanbert,
        pytest.raises(RetryLater) as raised,
    ):
        kanbert.patch_incoming_invoice("a", {"title": "x"})
    assert not isinstance(raised.value, AccessRefused)
    assert (raised.value.after, len(asked)) == (0, 1)


def test_wait_that_an_unanswered_write_is_given() -> None:
    """`Retry-After` of a 503 reaches the caller also where it is unknown whether the write was carried out."""
    with (
        client(lambda _: httpx.Response(503, headers={"Retry-After": "90"})) as kanbert,
        pytest.raises(RetryLater) as raised,
    ):
        kanbert.patch_incoming_invoice("a", {"title": "x"})
    assert raised.value.after == 90


def test_no_time_left() -> None:
    """Without time nothing is sent."""
    answer, asked = answers()
    with client(answer, remaining=lambda: 0.0) as kanbert, pytest.raises(NoTimeLeft, match="no time left"):
        kanbert.get_incoming_invoice("a")
    assert asked == []


def test_waits_grow() -> None:
    """Between attempts the wait doubles; after the last one the caller gets the error."""
    waits = Waits()
    answer, asked = answers(*[httpx.ConnectError("refused")] * 4)
    with client(answer, retry_policy=waits.retry_policy()) as kanbert, pytest.raises(RetryLater, match="no connection"):
        kanbert.get_incoming_invoice("a")
    assert (waits.seconds, len(asked)) == ([0.25, 0.5, 1.0], 4)


def test_jitter() -> None:
    """Waits differ between half and all of the span."""
    assert [RetryPolicy(jitter=lambda share=share: share).delay(3) for share in (0.0, 1.0)] == [0.5, 1.0]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, GiveUp), (401, AccessRefused), (403, Forbidden), (404, NotFound), (405, GiveUp), (408, RetryLater),
     (409, RetryLater), (410, NotFound), (413, GiveUp), (422, GiveUp), (423, RetryLater), (500, RetryLater),
     (502, RetryLater)],
)  # fmt: skip
def test_status(status: int, error: type[Exception]) -> None:
    """What each status asks of the caller, with method, path, status and message, and never the token."""
    body = {"message": f"no, {TOKEN}", "errors": {"title": ["too long", "too red"]}}
    with (
        client(lambda _: httpx.Response(status, json=body), retry_policy=Waits().retry_policy(1)) as kanbert,
        pytest.raises(error) as raised,
    ):
        kanbert.patch_incoming_invoice("a", {"title": "x"})
    message = f"Kanbert: PATCH /incoming-invoices/a answered {status}: no, ***; title: too long; title: too red"
    assert str(raised.value) == message
    failure = raised.value.failure  # type: ignore[attr-defined]
    assert (failure.method, failure.path, failure.status) == ("PATCH", "/incoming-invoices/a", status)


def test_message_that_no_utf8_can_say() -> None:
    """A text that PHP has cut in the middle of a character: logs, tables and queues would refuse the whole reason."""
    body = rb'{"message": "no \ud83d", "errors": {"title": ["\udc00"], "\ud83d": ["x"]}}'
    with client(lambda _: httpx.Response(422, content=body)) as kanbert, pytest.raises(Refused) as raised:
        kanbert.patch_incoming_invoice("a", {"title": "x"})
    assert str(raised.value).endswith("answered 422: no ?; title: ?; ?: x")
    assert raised.value.fields == {"title": "?"}


def test_tolerant_reader() -> None:
    """Unknown fields and enum values are kept, absent lists stay absent, the source is exact, date-times aware."""
    body = json.dumps(INVOICE).replace("0.1,", "0.10000000000000000001,")
    with client(lambda _: httpx.Response(200, content=body)) as kanbert:
        invoice = kanbert.get_incoming_invoice("a")
    assert (invoice.type, invoice.status, invoice.bookings) == ("Pro forma", "new status", None)
    assert invoice.source["colour"] == "red"
    assert invoice.source["sum_tax"] == Decimal("0.10000000000000000001")
    assert invoice.sum_tax == Decimal("0.10"), "an amount is one to the cent"
    assert invoice.created_at is not None
    assert invoice.created_at.tzinfo is not None


def test_answer_of_another_shape() -> None:
    """JSON that is no invoice is a GiveUp that names the fields; it is not taken for one."""
    with (
        client(lambda _: httpx.Response(200, json={"id": "a", "sum_net": "ten", "bookings": 7})) as kanbert,
        pytest.raises(GiveUp, match=r"IncomingInvoice a is unreadable: sum_net: expected a number.*; bookings: "),
    ):
        kanbert.get_incoming_invoice("a")


def test_repeated_cursor_is_an_error() -> None:
    """A server whose cursors go round in a circle is left after one round, and said so; pages come when needed."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        cursor = request.url.params.get("page[cursor]", "")
        asked.append(cursor)
        following = {"": "1", "1": "2", "2": "1"}[cursor]
        return httpx.Response(200, json={"data": [{**INVOICE, "id": cursor}], "meta": {"next_cursor": following}})

    with client(answer) as kanbert:
        found: Iterator[Any] = kanbert.list_incoming_invoices()
        next(found)
        assert asked == [""]
        assert [next(found).id, next(found).id] == ["1", "2"]
        with pytest.raises(BrokenPaging, match="a cursor came a second time"):
            next(found)
    assert asked == ["", "1", "2"]


def test_list_is_taken_up_again() -> None:
    """A cursor that `on_page` was called with continues where the work was interrupted."""
    cursors: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        following = {"": "1", "1": None}[request.url.params.get("page[cursor]", "")]
        return httpx.Response(200, json={"data": [INVOICE], "meta": {"next_cursor": following}})

    with client(answer) as kanbert:
        first = kanbert.list_incoming_invoices(on_page=cursors.append)
        next(first)
        assert cursors == []
        next(first)
        assert cursors == ["1"]
        assert len(list(kanbert.list_incoming_invoices(cursor="1"))) == 1


@pytest.mark.parametrize("invoice_id", ["", ".", ".."])
def test_id_that_is_none(invoice_id: str) -> None:
    """What would lead to another path is refused."""
    answer, asked = answers()
    with client(answer) as kanbert, pytest.raises(GiveUp):
        kanbert.get_incoming_invoice(invoice_id)
    assert asked == []


def test_id_is_quoted() -> None:
    """A slash or a question mark in an id stays part of the id."""
    asked: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path)
        return httpx.Response(404)  # what it says does not matter here

    with client(answer) as kanbert, pytest.raises(NotFound):
        kanbert.get_incoming_invoice("a/../b?c")
    assert asked == [b"/api/v1/incoming-invoices/a%2F..%2Fb%3Fc"]


@pytest.mark.parametrize(
    "fields",
    [{"status": "booked"}, {"title": None}, {"colour": "red"}, {"title": "x" * 256}, {"net_value": "NaN"}, {}],
)
def test_write_that_kanbert_would_refuse(fields: dict[str, object]) -> None:
    """GiveUp before anything is sent."""
    answer, asked = answers()
    with client(answer) as kanbert, pytest.raises(GiveUp):
        kanbert.patch_incoming_invoice("a", fields)
    assert asked == []


def test_amounts_are_sent_digit_by_digit() -> None:
    """A `Decimal` goes out as a number with all its digits; fields that were not set do not go out."""
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(200, json=INVOICE)

    with client(answer) as kanbert:
        kanbert.patch_incoming_invoice("a", {"net_value": Decimal("0.10000000000000000001"), "notes": None})
    assert sent == [b'{"notes":null,"net_value":0.10000000000000000001}']


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "schlüssel"])
def test_token_that_is_none(token: str) -> None:
    """A token that no header can carry is refused access, and is not shown."""
    with KanbertClient(BASE, lambda: token) as kanbert, pytest.raises(AccessRefused) as raised:
        kanbert.get_incoming_invoice("a")
    assert not token or token not in str(raised.value)


def test_address_too_long() -> None:
    """A filter by a text that makes the address too long is a refusal, and nothing is sent."""
    answer, asked = answers(httpx.Response(200, json={"data": []}))
    with pytest.raises(Refused, match="too long"):
        list(client(answer).list_incoming_invoices(filter=f'title = "{"ä" * 20_000}"'))
    assert asked == []
