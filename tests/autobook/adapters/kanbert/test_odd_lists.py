"""Lists in which one thing is odd: the documents beside it are read, and no page is left out in silence."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from autobook.adapters.kanbert import KanbertClient, RetryPolicy
from autobook.domain.documents import VALID_ID, Unreadable
from tests.fake_kanbert import incoming, outgoing

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
