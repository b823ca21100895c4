"""JSON from another system, decoded within bounds: whatever one document holds, the others of its page are read.

Nothing in here can be refused later for its size or form. A number that no amount can be, a text that no UTF-8 can
say and a part nested too deeply are read as text, not as an error: where a rule needs the value its document is
unreadable, elsewhere nobody minds.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

MOST_DIGITS: Final = 30
"""Digits of a number, and powers of ten: no amount has more, and written out a number such as 1e999999999 could
fill the memory. DynamoDB takes 38."""
DEEPEST: Final = 64
"""Levels of lists and objects; what lies below is left out."""
TOO_DEEP: Final = f"(left out: nested more than {DEEPEST} levels deep)"

MOST_VALUES: Final = 1_000_000
"""Values in an answer. Decoded, a number takes a hundred bytes, however short it was: a few megabytes of `1.5,` would
fill the memory. An invoice of 5,000 lines has half as many."""

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_REPLACEMENT: Final = "�"


def decode(body: bytes) -> Any:
    """The decoded answer: numbers as `int` or `Decimal`, those out of bounds as the text that stood there.

    Raises ValueError where the body as a whole is no JSON (incomplete, HTML). An element of the list `data` that
    cannot be decoded by itself becomes `Undecodable`. TooManyValues, a ValueError, before anything is decoded.
    """
    if sum(body.count(sign) for sign in _BEFORE_A_VALUE) > MOST_VALUES:
        raise TooManyValues(f"more than {MOST_VALUES:,} values")
    text = body.decode("utf-8-sig", errors="replace")
    try:
        decoded = _loads(text)
    except (ValueError, RecursionError):
        decoded = _element_by_element(text)
    if _too_deep(body):
        decoded = _cut(decoded, DEEPEST)
    if _ESCAPED_SURROGATE.search(body):
        decoded = _repaired(decoded)
    return decoded


_BEFORE_A_VALUE: Final = (b",", b"[", b"{")
"""Some also stand in texts: the count is an upper bound."""


class TooManyValues(ValueError):
    """Decoded, the answer would take too much memory."""


class Undecodable:
    """An element of a list that is no JSON by itself; `id` is its own, as far as it can be made out."""

    __slots__ = ("id", "reason")

    def __init__(self, identifier: str | None, reason: str) -> None:
        self.id = identifier
        self.reason = reason


def bounded_number(text: str) -> Decimal | str:
    """The number that a text says; the text itself where it has too many digits or powers of ten."""
    if len(text) <= 2 * MOST_DIGITS:
        try:
            number = Decimal(text)
        except InvalidOperation:  # an exponent beyond what Decimal itself takes
            return text
        exponent = number.as_tuple().exponent
        # A number that `Decimal` reads from a JSON number is finite, so that its exponent is one.
        if number.adjusted() < MOST_DIGITS and cast("int", exponent) > -MOST_DIGITS:
            return number if len(number.as_tuple().digits) <= MOST_DIGITS else text
    return text


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= MOST_DIGITS else text


def _loads(text: str) -> Any:
    # A constant such as NaN is no JSON, but some encoders write it: a text, as any other number out of bounds.
    # Raw control characters are no JSON either, and harm nobody.
    return json.loads(text, strict=False, parse_float=bounded_number, parse_int=_integer, parse_constant=str)


def _too_deep(body: bytes) -> bool:
    """Whether it may be nested too deeply: a cheap upper bound that most answers stay below."""
    depth = deepest = 0
    for sign in body.translate(None, delete=_ALL_BUT_BRACKETS):
        if sign in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest > DEEPEST


_ALL_BUT_BRACKETS: Final = bytes(each for each in range(256) if each not in b"[]{}")


def _cut(value: Any, levels: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return TOO_DEEP
    if isinstance(value, dict):
        return {key: _cut(each, levels - 1) for key, each in value.items()}
    return [_cut(each, levels - 1) for each in value]


def _repaired(value: Any) -> Any:
    """Without the halves of surrogate pairs, which no UTF-8 can say."""
    match value:
        case str():
            return _LONE_SURROGATE.sub(_REPLACEMENT, value)
        case dict():
            return {_repaired(key): _repaired(each) for key, each in value.items()}
        case list():
            return [_repaired(each) for each in value]
    return value


# --- a page of which one element is broken -------------------------------------------------------------------------

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{},:]|[^\s"\[\]{},:]++', re.DOTALL)


def _element_by_element(text: str) -> Any:
    """The answer with the elements of `data` decoded one by one. ValueError where it is no object with such a list,
    or does not end."""
    whole = dict(_members(text))
    data = whole.pop("data", None)
    decoded: dict[str, Any] = {name: _decoded(raw) for name, raw in whole.items()}
    if data is None:
        raise ValueError("the answer is no JSON object with data")
    if data.startswith("["):
        decoded["data"] = [_element(raw) for raw in _parts(data)]
    else:
        decoded["data"] = _element(data)
    return decoded


def _decoded(raw: str) -> Any:
    try:
        return _loads(raw)
    except RecursionError:
        return TOO_DEEP


def _element(raw: str) -> Any:
    try:
        return _loads(raw)
    except RecursionError:
        return _shallow(raw)
    except ValueError as error:
        return Undecodable(_id_of(raw), f"no JSON: {error}")


def _shallow(raw: str) -> Any:
    """An object of which one part is nested too deeply for the decoder: the others, and a mark in its place."""
    try:
        return {name: _decoded(part) for name, part in _members(raw)}
    except ValueError as error:
        return Undecodable(_id_of(raw), f"no JSON: {error}")


def _id_of(raw: str) -> str | None:
    """The element's own id, from what can be read of it."""
    try:
        for name, part in _members(raw, whole=False):
            if name == "id":
                first = _TOKEN.match(part)
                found = _loads(first[0]) if first else None
                return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else None
    except (ValueError, RecursionError):
        pass
    return None


def _members(raw: str, *, whole: bool = True) -> Iterator[tuple[str, str]]:
    """Names of an object, and the source of their values. ValueError where it does not end (unless not `whole`)."""
    name: str | None = None
    for start, end in _spans(raw, "{", "}", whole=whole):
        part = raw[start:end].strip()
        found = _TOKEN.match(part)
        if found is None or not found[0].startswith('"'):
            raise ValueError("a member without a name")
        name = json.loads(found[0])
        rest = part[found.end() :].lstrip()
        if not rest.startswith(":"):
            raise ValueError("a name without a value")
        yield str(name), rest[1:].strip()


def _parts(raw: str) -> Iterator[str]:
    for start, end in _spans(raw, "[", "]", whole=True):
        yield raw[start:end].strip()


def _spans(raw: str, opening: str, closing: str, *, whole: bool) -> Iterator[tuple[int, int]]:
    """Where the parts of a list or an object stand, split at the commas of its own level."""
    depth, start, empty = 0, 0, True
    for token in _TOKEN.finditer(raw):
        sign = token[0]
        if depth == 0:
            if sign != opening:
                raise ValueError(f"{opening} expected")
            depth, start = 1, token.end()
            continue
        if depth == 1 and sign in (",", closing):
            if not empty or sign == ",":
                yield start, token.start()
            start, empty = token.end(), True
            if sign == closing:
                if opening == "{" and whole and raw[token.end() :].strip():
                    raise ValueError("something follows the end")
                return
            continue
        empty = False
        if sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
    if whole:
        raise ValueError("it does not end")
