"""Lists, page by page: a page is fetched when it is needed, and only one is held (docs/kanbert-api.md, Conventions).

A filter is text in Kanbert's filter language (docs/kanbert-api.md, Filter language). Whoever has a syntax tree prints
it (`domain.conditions`); the functions that only page through lists do not load the language.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from autobook.adapters.http_client import (
    ApiCall,
    ApiGiveUp,
    ApiRetryLater,
    Connection,
    Undecodable,
    broken_paging,
    gives_up,
)
from autobook.adapters.kanbert.api import KanbertCall
from autobook.adapters.kanbert.page_sizes import PageSize, Query, is_of_the_page
from autobook.domain.documents import Unreadable
from autobook.domain.filter_text import literal, one_of

logger = logging.getLogger("autobook.kanbert")

_ADDRESSES: Final[tuple[str, ...]] = ("next_cursor_url", "next_page_url")
_PAGING: Final[tuple[str, ...]] = ("next_cursor", *_ADDRESSES, "current_page", "last_page", "has_more")

type Names = str | Sequence[str]
"""`"-created_at,title"` or `["-created_at", "title"]`."""


def equals(field: str, text: str) -> str:
    """The filter `field = "text"`, whatever the text holds."""
    return f"{field} = {literal(text)}"


def equals_or_contains(field: str, text: str) -> str:
    """The filter for a text in upper, lower or mixed case, whether or not Kanbert's operators regard it."""
    spellings = one_of((text, text.upper(), text.lower(), text.capitalize()))
    return f"{field} in {spellings} or {field} contains {literal(text)}"


def _joined(names: Names) -> str:
    return names if isinstance(names, str) else ",".join(names)


def query(
    *,
    filter: str | None = None,  # noqa: A002 - the API's name
    sort: Names | None = None,
    include: Names | None = None,
    computed_fields: Mapping[str, str] | None = None,
    page_size: int | None = None,
) -> tuple[tuple[str, str], ...]:
    """The query of a list; `filter` in either form of the filter language."""
    params: list[tuple[str, str]] = []
    if filter is not None:
        params.append(("filter", filter))
    if sort:
        params.append(("sort", _joined(sort)))
    if include:
        params.append(("include", _joined(include)))
    params += [(f"computed_fields[{alias}]", each) for alias, each in (computed_fields or {}).items()]
    if page_size is not None:
        params.append(("page[size]", str(page_size)))
    return tuple(params)


def items[T](
    connection: Connection,
    path: str,
    params: tuple[tuple[str, str], ...],
    read: Callable[[Any], T],
    cursor: str | None = None,
    on_page: Callable[[str | None], None] | None = None,
) -> Iterator[T]:
    """Every element from `cursor` on, to the last page.

    `on_page` is called with the next cursor (None after the last page) once every element of a page was taken, so
    that interrupted work can resume from there. Of the cursors seen, eight bytes each are kept. Raises BrokenPaging
    where a cursor comes a second time, Kanbert refuses one that it gave (400, 422), or fails at one document, which is
    an element that cannot be read; GiveUp for what is no list. A page that Kanbert fails at is asked for in small ones
    (page_sizes.py).
    """
    seen = set() if cursor is None else {_digest(cursor)}
    size = PageSize(params, passed=0 if cursor is None else None)
    failed: ApiRetryLater | ApiGiveUp | None = None
    while True:
        request = KanbertCall("GET", path, _with_cursor(size.params, cursor))
        try:
            page = _page(connection, request, resumed=cursor is not None)
        except (ApiRetryLater, ApiGiveUp) as error:
            if not is_of_the_page(error):
                raise
            failed = failed or error
            if not size.is_smallest:
                size = size.smallest()
                continue
            following = size.cursor_after_next(cursor)
            if not any(_gives(connection, path, each) for each in size.ends):
                raise failed from None
            yield read(Undecodable(None, f"a document that no list shows: {error}"))
            if following is None:
                message = f"{error.failure.message} (a page of one document; the walk begins anew, in another order)"
                raise broken_paging(replace(error.failure, message=message)) from None
            page = {"data": [None], "meta": {"next_cursor": following}}
        else:
            for element in page["data"]:
                yield read(element)
        cursor, failed = _next_cursor(request, page), None
        size = size.after(len(page["data"]))
        if on_page is not None:
            on_page(cursor)
        if cursor is None:
            return
        if _digest(cursor) in seen:
            raise broken_paging(request.failure(200, "a cursor came a second time"))
        seen.add(_digest(cursor))


def _digest(cursor: str) -> bytes:
    return blake2b(cursor.encode(), digest_size=8).digest()


def _with_cursor(params: Query, cursor: str | None) -> Query:
    return (*params, ("page[cursor]", cursor)) if cursor is not None else params


def _gives(connection: Connection, path: str, params: Query) -> bool:
    """True if this page comes: what fails is a document, and not the server."""
    try:
        _page(connection, KanbertCall("GET", path, params), resumed=False)
    except (ApiRetryLater, ApiGiveUp):
        return False
    return True


def readable[M](elements: Iterator[M | Unreadable]) -> Iterator[M]:
    """Without those that cannot be read, which are logged: one odd account holds up no look-up."""
    for element in elements:
        if isinstance(element, Unreadable):
            logger.warning("left out", extra={"reason": element.reason})
        else:
            yield element


def _page(connection: Connection, request: ApiCall, *, resumed: bool) -> dict[str, Any]:
    try:
        page = connection.json(request)
    except ApiGiveUp as error:
        if resumed and error.failure.status in (400, 422):
            raise broken_paging(error.failure) from None
        raise
    data = page.get("data") if isinstance(page, dict) else None
    if isinstance(data, dict) and all(key.isdigit() for key in data):
        data = list(data.values())  # a PHP array with gaps
    if not isinstance(page, dict) or not isinstance(data, list):
        raise gives_up(request.failure(200, "unexpected list response: no data"))
    return {**page, "data": data}


def _next_cursor(request: ApiCall, page: dict[str, Any]) -> str | None:
    """A text, a number, or what the next page's address holds; None after the last page.

    GiveUp where there is a next page, and no cursor leads there: what comes after it would be missed in silence.
    """
    meta, links = (part if isinstance(part := page.get(name), dict) else {} for name in ("meta", "links"))
    # Laravel's paginators have these beside `data` where no resource wraps them.
    meta = {name: page[name] for name in _PAGING if name in page} | meta
    following = meta.get("next_cursor")
    if isinstance(following, int | Decimal) and not isinstance(following, bool):
        return str(following)
    if isinstance(following, str) and following:
        return following
    address = None if "next_cursor" in meta else next(filter(None, map(meta.get, _ADDRESSES)), links.get("next"))
    parameters = parse_qs(urlsplit(address).query) if isinstance(address, str) else {}
    if named := parameters.get("page[cursor]") or parameters.get("cursor"):
        return named[0]
    if following or address or _has_more_pages(meta):
        raise gives_up(request.failure(200, "unexpected list response: a next page, and no cursor that leads there"))
    return None


def _has_more_pages(meta: dict[str, Any]) -> bool:
    current, last = meta.get("current_page"), meta.get("last_page")
    return (isinstance(current, int) and isinstance(last, int) and current < last) or meta.get("has_more") is True
