"""Decoding what Kanbert sends: one broken value or element never costs the others."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autobook.adapters.http_client.decoding import DEEPEST, MOST_DIGITS, TOO_DEEP, Undecodable, decode

DEEP = b"[" * 100_000 + b"]" * 100_000


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(-(10**20), 10**20),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
        max_leaves=30,
    )
)
def test_plain_json_is_decoded_as_it_is(value: Any) -> None:
    """Whatever is within bounds comes out unchanged."""
    assert decode(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.50", Decimal("1.50")),
        ("-0.01", Decimal("-0.01")),
        ("120.11999999999999", Decimal("120.11999999999999")),
        ("1e3", Decimal("1e3")),
        ("9" * MOST_DIGITS, int("9" * MOST_DIGITS)),
        ("9" * (MOST_DIGITS + 1), "9" * (MOST_DIGITS + 1)),
        ("9" * 5000, "9" * 5000),
        ("0." + "1" * 31, "0." + "1" * 31),
        ("1e300000000", "1e300000000"),
        ("-1e-300000000", "-1e-300000000"),
        ("1e99999999999999999999", "1e99999999999999999999"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
    ],
)
def test_numbers_are_bounded(text: str, expected: object) -> None:
    """A number that no amount can be stays the text that stood there."""
    assert decode(f'{{"a": {text}}}'.encode()) == {"a": expected}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'"\ud83d"', "\ufffd"),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (rb'"a\udfffb"', "a\ufffdb"),
        (b'"a\xffb"', "a\ufffdb"),
        (b'"a\nb"', "a\nb"),
        (b'\xef\xbb\xbf"a"', "a"),
    ],
)
def test_texts_can_be_written_as_utf8(body: bytes, expected: str) -> None:
    """Halves of surrogate pairs and bytes that are no UTF-8 are replaced; a name is a text as well."""
    assert decode(body) == expected
    assert decode(b"{" + body.removeprefix(b"\xef\xbb\xbf") + b": 1}") == {expected: 1}
    json.dumps(decode(body), ensure_ascii=False).encode()


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("levels", [DEEPEST + 1, 900, 100_000])
def test_nesting_is_bounded(opening: str, levels: int) -> None:
    """A part that is nested too deeply is left out, its element and the others are read."""
    closing = "]" if opening == "[" else "}"
    deep = (opening * levels + "1" + closing * levels).encode()
    page = decode(b'{"data": [{"id": "a", "x": ' + deep + b', "y": 1}, {"id": "b"}], "meta": {"next_cursor": "c"}}')
    assert [each["id"] for each in page["data"]] == ["a", "b"]
    assert page["data"][0]["y"] == 1
    assert TOO_DEEP in json.dumps(page["data"][0], default=str)
    assert page["meta"] == {"next_cursor": "c"}


@pytest.mark.parametrize(
    "broken",
    [b'{"id": "b", "sum": tru}', b'{"id": "b", "x": [1, }', b'{"id": "b" "x": 1}', b'{"id": "b", "x": 01}'],
)
def test_an_element_that_is_no_json_costs_no_other(broken: bytes) -> None:
    """It is named by its id; those before and after it are read."""
    page = decode(b'{"data": [{"id": "a"}, ' + broken.replace(b"[1, }", b"[1, ]}") + b', {"id": "c"}], "meta": {}}')
    first, second, third = page["data"]
    assert (first, third) == ({"id": "a"}, {"id": "c"})
    assert isinstance(second, Undecodable)
    assert second.id == "b"
    assert "no JSON" in second.reason


def test_an_element_without_a_readable_id() -> None:
    """It has none, and a reason."""
    (element,) = decode(b'{"data": [{"x": tru}]}')["data"]
    assert isinstance(element, Undecodable)
    assert element.id is None


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"data": [{"id": "a"}, {"id":', b'{"data": [{"id": "a"}]', b"nul"])
def test_what_is_cut_off_is_no_answer(body: bytes) -> None:
    """An answer that does not end, or is no JSON at all, is an error of the whole: it may come again."""
    with pytest.raises(ValueError):  # noqa: PT011 - json's own, or ours
        decode(body)


def test_deep_and_cut_off() -> None:
    """Not even together do they end the process."""
    with pytest.raises(ValueError):  # noqa: PT011 - json's own, or ours
        decode(b'{"data": [{"id": "a", "x": ' + DEEP)
