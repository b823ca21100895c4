"""XML from outside: read within bounds, nothing fetched, nothing expanded; what we write is read back."""

from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autobook.adapters.billomat import BillomatClient
from autobook.adapters.billomat.records import plain
from autobook.adapters.billomat.xml import DEEPEST, MOST_ELEMENTS, document, parse
from autobook.adapters.http_client import TooManyValues
from autobook.domain.errors import AutobookError, GiveUp, RetryLater
from tests.autobook.adapters.kanbert.conftest import Waits

KEY = "xml-test-key"
READABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿")) | st.text("\t\n\r &<>\"']")


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,20}", fullmatch=True), READABLE, max_size=8))
def test_what_is_written_is_read(fields: dict[str, str]) -> None:
    """Every text comes back as it was, an empty one as None."""
    assert plain(parse(document("incoming", fields))) == {name: text or None for name, text in fields.items()}


@given(st.text())
def test_any_text_makes_xml(text: str) -> None:
    """Characters that XML cannot hold are replaced, never sent."""
    parse(document("incoming", {"note": text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")}))


@given(st.binary(max_size=200))
def test_bytes_are_xml_or_a_value_error(body: bytes) -> None:
    """Whatever comes, no other error leaves the reader."""
    with suppress(ValueError):
        parse(body)


DANGEROUS = {
    "file": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><incoming><id>1</id><note>&x;</note></incoming>',
    "network": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><incoming><id>1</id></incoming>',
    "bomb": b'<!DOCTYPE a [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]><incoming><id>1</id><note>&b;</note></incoming>',
    "doctype": b"<!DOCTYPE incoming><incoming><id>1</id></incoming>",
    "undefined": b"<incoming><id>1</id><note>&nbsp;</note></incoming>",
    "encoding": b'<?xml version="1.0" encoding="klingon"?><incoming><id>1</id></incoming>',
    "html": b"<html><body>maintenance<br></body></html>",
    "half": b"<incoming><id>1</id>",
    "two": b"<incoming><id>1</id></incoming><incoming/>",
    "empty": b"",
    "json": b'{"incoming": {"id": 1}}',
}


@pytest.mark.parametrize("body", DANGEROUS.values(), ids=DANGEROUS.keys())
def test_refused_documents(body: bytes) -> None:
    """A document type, an entity, an unknown encoding, half a document, something else: no answer, to be asked again;
    as the body of an error they cost the message only."""
    with _client(body) as client, pytest.raises(RetryLater, match="not XML"):
        client.get_incoming(1)
    with _client(body, status=400) as client, pytest.raises(GiveUp, match="400"):
        client.get_incoming(1)


def _client(body: bytes, status: int = 200) -> BillomatClient:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=body))
    return BillomatClient(
        "https://account.billomat.example/api", KEY, transport=transport, retry_policy=Waits().retry_policy(attempts=2)
    )


def test_bounds() -> None:
    """Too many elements give up before they fill the memory; what lies too deep is left out."""
    with pytest.raises(TooManyValues):
        parse(b"<a>" + b"<b/>" * MOST_ELEMENTS + b"</a>")
    with _client(b"<incoming>" + b"<b/>" * MOST_ELEMENTS + b"</incoming>") as client, pytest.raises(GiveUp):
        client.get_incoming(1)
    deep = parse(b"<a>" * 100_000 + b"x" + b"</a>" * 100_000)
    levels = 1
    while deep.children:
        deep, levels = deep.children[0], levels + 1
    assert levels == DEEPEST


@pytest.mark.parametrize(
    "body",
    [
        b"<incoming/>",
        b"<incoming><id/></incoming>",
        b"<incoming><id>x</id></incoming>",
        b"<incoming><id>0</id></incoming>",
        b"<supplier><name>x</name></supplier>",
        b"<incomings><incoming><id>1</id></incoming><incoming><id>2</id></incoming></incomings>",
    ],
)
def test_a_record_without_an_id(body: bytes) -> None:
    """It is of no use, and the reason names what is missing."""
    with _client(body) as client, pytest.raises(GiveUp, match=r"unreadable: id"):
        client.get_incoming(1)


ODD = "<incoming><id>7</id><{0}>{1}</{0}></incoming>"


@pytest.mark.parametrize("text", ["", " ", "x", "NaN", "1e999", "9" * 40, "0000-00-00", "<a><b>1</b></a>", "-", "1,5"])
@pytest.mark.parametrize(
    "name", ["total_gross", "date", "created", "expense_account_number", "supplier_id", "quote", "due_date"]
)
def test_odd_values_cost_their_field_only(name: str, text: str) -> None:
    """A value that a field cannot hold leaves it empty."""
    with _client(ODD.format(name, text).encode()) as client:
        assert getattr(client.get_incoming(7), name) is None


def _pages(*bodies: str) -> BillomatClient:
    answers: Iterator[str] = iter(bodies)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text=next(answers)))
    return BillomatClient("https://account.billomat.example/api", KEY, transport=transport)


def _list(*ids: int, attributes: str = "") -> str:
    return f"<incomings {attributes}>{''.join(f'<incoming><id>{each}</id></incoming>' for each in ids)}</incomings>"


@pytest.mark.parametrize(
    ("bodies", "ids"),
    [
        ([_list(1, 2, attributes='per_page="2" total="3"'), _list(3, attributes='per_page="2" total="3"')], [1, 2, 3]),
        ([_list(1, 2, attributes='per_page="2" total="3"'), _list(2, 3, attributes='total="3"')], [1, 2, 3]),
        ([_list(1, 2), _list(3), _list()], [1, 2, 3]),
        ([_list(attributes='total="0"')], []),
        ([_list()], []),
        (["<incoming><id>1</id></incoming>", "<incoming><id>1</id></incoming>"], [1]),
    ],
)
def test_walks_that_end(bodies: list[str], ids: list[int]) -> None:
    """Every record once, and no more pages than there are."""
    with _pages(*bodies) as client:
        assert [each.id for each in client.list_incomings(per_page=2)] == ids


@pytest.mark.parametrize(
    "bodies",
    [
        [_list(1, 2, attributes='total="4"'), _list(1, 2, attributes='total="4"')],
        [_list(1, 2, attributes='total="4"'), _list(attributes='total="4"')],
        [_list(1, 2, attributes='total="3"'), _list(2, 3, attributes='total="4"'), _list(attributes='total="4"')],
        [_list(1, 2), _list(1, 2)],
        ["<suppliers/>"],
        ["<errors><error>no</error></errors>"],
    ],
)
def test_walks_without_a_certain_end(bodies: list[str]) -> None:
    """A page that repeats or is empty although more must follow, and something else than a list, are errors."""
    with _pages(*bodies) as client, pytest.raises(AutobookError):
        list(client.list_incomings(per_page=2))
