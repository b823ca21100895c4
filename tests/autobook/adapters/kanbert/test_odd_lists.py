"""Lists in which one thing is odd: the documents beside it are read, and no page is left out in silence."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from autobook.adapters.kanbert import KanbertClient, RetryPolicy
from autobook.domain.documents import VALID_ID, Unreadable
from autobook.domain.errors import GiveUp, RetryLater, UnreadableDocument
from tests.fake_kanbert import booking, incoming, outgoing

type Answer = Callable[[httpx.Request], object]


def client_of(answer: Answer) -> KanbertClient:
    """A client of a Kanbert that answers with this JSON."""

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=json.dumps(answer(request), default=str).encode())

    transport = httpx.MockTransport(handle)
    return KanbertClient("https://kanbert.test/api/v1", "secret-token", transport=transport, retry_policy=RetryPolicy())


def ids(listed: list[Any]) -> list[str | None]:
    return [each.id for each in listed]


@pytest.mark.parametrize("odd", [" ", "a b", "a/b", "ä", "\x00", "a" * 65, "9" * 5000, "0000-00-00 00:00:00"])
def test_id_that_can_name_no_document(odd: str) -> None:
    """It would be refused as a queue's group or as a key: the element is one without an id."""
    documents = [incoming("a"), incoming("b") | {"id": odd}, incoming("c")]
    found = list(client_of(lambda _: {"data": documents, "meta": {}}).list_incoming_invoices())
    assert ids(found) == ["a", None, "c"]
    assert isinstance(found[1], Unreadable)
    assert "id: expected an id, found" in found[1].reason
    assert len(found[1].reason) < 300
    others = [outgoing("a"), outgoing("b") | {"id": odd}, outgoing("c")]
    assert ids(list(client_of(lambda _: {"data": others, "meta": {}}).list_outgoing_invoices())) == ["a", None, "c"]
    assert not VALID_ID.fullmatch(odd)


def test_list_with_gaps() -> None:
    """PHP writes a list with gaps as an object; any other object is no list."""
    documents = {"0": incoming("a"), "2": incoming("b")}
    assert ids(list(client_of(lambda _: {"data": documents}).list_incoming_invoices())) == ["a", "b"]
    for data in ({"items": [incoming("a")]}, None, "", 1, incoming("a")):
        with pytest.raises(GiveUp, match="no data"):
            list(client_of(lambda _, data=data: {"data": data}).list_incoming_invoices())  # type: ignore[misc]


_NEXT = "https://kanbert.test/api/v1/incoming-invoices?page%5Bsize%5D=1&page%5Bcursor%5D=a%2Fb"


@pytest.mark.parametrize(
    ("more", "cursor"),
    [
        ({"meta": {"next_cursor": "a/b"}}, "a/b"),
        ({"meta": {"next_cursor": 2}}, "2"),
        ({"meta": {"next_cursor": 2.5}}, "2.5"),
        ({"meta": {"next_cursor_url": _NEXT}}, "a/b"),
        ({"links": {"next": _NEXT}}, "a/b"),
        ({"meta": [], "links": {"next": "/x?cursor=c"}}, "c"),
        ({"next_cursor": "a/b", "next_page_url": _NEXT}, "a/b"),
        ({"next_cursor": "a/b", "meta": {"per_page": 1}}, "a/b"),
        ({"next_page_url": _NEXT}, "a/b"),
        ({"meta": {"next_page_url": _NEXT}}, "a/b"),
    ],
)
def test_ways_to_the_next_page(more: dict[str, Any], cursor: str) -> None:
    """The cursor as a text or a number, or in the next page's address alone."""
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> object:
        asked.append(request.url.params.get("page[cursor]"))
        return {"data": [incoming(f"d{len(asked)}")], **(more if len(asked) == 1 else {"meta": {"next_cursor": None}})}

    assert ids(list(client_of(answer).list_incoming_invoices())) == ["d1", "d2"]
    assert asked == [None, cursor]


@pytest.mark.parametrize(
    "more",
    [
        {"meta": {"next_cursor": {"id": "a"}}},
        {"meta": {"next_cursor": True}},
        {"meta": {"current_page": 1, "last_page": 3}},
        {"meta": {"next_cursor_url": "https://kanbert.test/api/v1/incoming-invoices?page=2"}},
        {"links": {"next": {"href": _NEXT}}},
        {"current_page": 1, "last_page": 3},
        {"next_page_url": "https://kanbert.test/api/v1/incoming-invoices?page=2"},
        {"has_more": True},
    ],
)
def test_no_way_to_the_next_page(more: dict[str, Any]) -> None:
    """What comes after it is not missed in silence."""
    with pytest.raises(GiveUp, match="a next page, and no cursor that leads there"):
        list(client_of(lambda _: {"data": [incoming("a")], **more}).list_incoming_invoices())


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"meta": None, "links": None},
        {"meta": [], "links": []},
        {"meta": {"next_cursor": ""}},
        {"meta": {"next_cursor": None}, "links": {"next": _NEXT}},
        {"meta": {"next_cursor_url": None}, "links": {"next": None}},
        {"meta": {"current_page": 3, "last_page": 3}},
        {"next_cursor": None, "next_page_url": None},
        {"next_cursor": "c", "meta": {"next_cursor": None}},
        {"current_page": 3, "last_page": 3, "has_more": False},
    ],
)
def test_last_page(more: dict[str, Any]) -> None:
    """No cursor, however it is missing; a documented one that is null counts for more than an address."""
    assert ids(list(client_of(lambda _: {"data": [incoming("a")], **more}).list_incoming_invoices())) == ["a"]


@pytest.mark.parametrize("name", ["chart_of_accounts", "projects", "clients", "suppliers"])
@pytest.mark.parametrize("status", [404, 410])
def test_master_data_that_is_not_there(name: str, status: int) -> None:
    """It may be back soon: what needs it waits, and becomes no dead letter."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status))
    client = KanbertClient("https://kanbert.test/api/v1", "secret-token", transport=transport)
    with pytest.raises(RetryLater, match=str(status)):
        list(getattr(client, name)())


def test_answer_about_another_document() -> None:
    """It is not taken for the one that was asked for: neither booked nor recorded under its id."""
    client = client_of(lambda _: incoming("b"))
    with pytest.raises(UnreadableDocument, match="IncomingInvoice a is unreadable: id: the answer is about b"):
        client.get_incoming_invoice("a")
    assert client.get_incoming_invoice("b").id == "b"
    with pytest.raises(UnreadableDocument, match="OutgoingInvoice a is unreadable"):
        client_of(lambda _: {"data": outgoing("b")}).get_outgoing_invoice("a")
    found = client_of(lambda _: outgoing("b")).get_outgoing_invoice("a", find_by="external_id", origin="shop")
    assert found.id == "b"
    assert client_of(lambda _: incoming("7") | {"id": 7}).get_incoming_invoice("7").id == "7"


def test_patch_answered_with_another_document() -> None:
    """The write was carried out; what the answer shows of another document or line says nothing about it."""
    client = client_of(lambda _: incoming("b", title="x"))
    assert client.patch_incoming_invoice("a", {"title": "x"}) is None
    assert client.patch_incoming_invoice("b", {"title": "x"}) is not None
    lines = client_of(lambda _: booking("b2", title="x"))
    assert lines.patch_booking("a", "b1", {"title": "x"}) is None
    assert lines.patch_booking("a", "b2", {"title": "x"}) is not None


@pytest.mark.parametrize(
    "wrap",
    [
        lambda it: {"data": it},
        lambda it: {"data": [it]},
        lambda it: {"data": {"data": it}},
        lambda it: {"invoice": it},
        lambda it: {"success": True, "user": {"id": "u1"}, "incoming_invoice": it},
        lambda it: {"data": {"invoice": it}},
    ],
)
def test_wrapped_document(wrap: Callable[[Any], Any]) -> None:
    """A document is found in what it is wrapped in, by its id; an answer without it is no document."""
    assert client_of(lambda _: wrap(incoming("a"))).get_incoming_invoice("a").id == "a"
    with pytest.raises(UnreadableDocument):
        client_of(lambda _: wrap(incoming("b"))).get_incoming_invoice("a")
