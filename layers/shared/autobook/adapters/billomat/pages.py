"""Lists, page by page: a page is fetched when it is needed (docs/billomat-api.md, Lists).

A lookup before a write rests on these lists: an end that is not certain is an error, never an end.
"""

from collections.abc import Callable, Iterator
from typing import Final

from pydantic import BaseModel

from autobook.adapters.billomat.api import BillomatCall
from autobook.adapters.billomat.records import read
from autobook.adapters.billomat.xml import Element
from autobook.adapters.http_client import ApiCall, broken_paging, gives_up
from autobook.domain.documents import Unreadable
from autobook.domain.errors import GiveUp

MAX_XML: Final = 16 * 1024 * 1024
"""Longest answer in bytes, files apart."""
DEFAULT_PER_PAGE: Final = 100
MOST_PER_PAGE: Final = 1000
"""Documented: no page has more."""


def items[M: BaseModel](
    root_of: Callable[[ApiCall], Element],
    path: str,
    names: tuple[str, str],
    params: tuple[tuple[str, str], ...],
    model: type[M],
    *,
    per_page: int | None = None,
    page: int = 1,
) -> Iterator[M | Unreadable]:
    """Every record from `page` on, each once, also where a record moves from one page to the next meanwhile.

    `names` are those of the list's and of a record's element. `total` ends the walk where the answer has it; else a
    page that brings nothing new. Raises BrokenPaging where a page brings nothing new although more must follow, also
    because a record was added meanwhile.
    """
    if not 1 <= (per_page or 1) <= MOST_PER_PAGE or page < 1:
        raise GiveUp(f"a list has pages from 1 on, of 1 to {MOST_PER_PAGE:,} records each")
    paging = (("per_page", str(per_page)),) if per_page is not None else ()
    seen: set[str] = set()
    position: int | None = None
    while True:
        request = BillomatCall("GET", path, (*params, *paging, ("page", str(page))), max_bytes=MAX_XML)
        root = root_of(request)
        elements = _elements(request, root, names)
        size = _number(root, "per_page") or per_page or DEFAULT_PER_PAGE
        total = _number(root, "total")
        position = (page - 1) * size if position is None else position
        fresh = [each for each in elements if not (key := _id(each)) or key not in seen]
        position += len(fresh)
        seen.update(map(_id, fresh))
        for element in fresh:
            yield read(model, element)
        # Beyond the end comes nothing, or the last page again. The first one again may mean that `page` is ignored.
        seems_over = not fresh and (page > 2 or len(elements) < size)
        if position >= total if total is not None else seems_over:
            return
        if not fresh:
            raise broken_paging(request.failure(200, f"page {page} brings nothing new, although more must follow"))
        page += 1


def _elements(request: ApiCall, root: Element, names: tuple[str, str]) -> list[Element]:
    """The records of a page; a list of one may come as the record itself."""
    list_name, name = names
    if root.name == name:
        return [root]
    if root.name != list_name:
        raise gives_up(request.failure(200, f"unexpected list response: <{root.name[:40]}> instead of <{list_name}>"))
    return list(root.named(name))


def _id(element: Element) -> str:
    return next((each.text.strip() for each in element.named("id")), "")


def _number(root: Element, attribute: str) -> int | None:
    text = root.attributes.get(attribute, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
