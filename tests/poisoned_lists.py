"""A Kanbert whose lists fail, each time anew, at every page that has one of some documents in it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from autobook.adapters.kanbert import KanbertClient, RetryPolicy
from autobook.domain.documents import Unreadable
from autobook.domain.errors import BrokenPaging
from tests.fake_kanbert import incoming

FAILURES: dict[str, Callable[[], httpx.Response]] = {
    "500": lambda: httpx.Response(500, json={"message": "Server Error"}),
    "504": lambda: httpx.Response(504, text="Gateway Timeout"),
    "no JSON": lambda: httpx.Response(200, content=b'{"data": [{"id": '),
    "too long": lambda: httpx.Response(200, content=b" " * (16 * 1024 * 1024 + 1)),
}


@dataclass
class Poisoned:
    """Lists documents, and fails at every page that has one of the poisoned; cursors name a document, or count."""

    poisoned: frozenset[str]
    documents: int = 30
    offsets: bool = False
    most_together: int = 1000
    """Documents of a page from which on it fails."""
    failure: Callable[[], httpx.Response] = FAILURES["500"]
    asked: list[tuple[int, str | None]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """A page; no outgoing invoices."""
        query = request.url.params
        if request.url.path.endswith("/outgoing-invoices"):
            return httpx.Response(200, json={"data": [], "meta": {"next_cursor": None}})
        size, cursor = int(query["page[size]"]), query.get("page[cursor]")
        self.asked.append((size, cursor))
        ids = [f"d{number:02}" for number in range(self.documents)]
        if query["sort"].startswith("-"):
            ids.reverse()
        start = 0 if cursor is None else int(cursor) if self.offsets else ids.index(cursor) + 1
        page = ids[start : start + size]
        if self.poisoned.intersection(page) or len(page) > self.most_together:
            return self.failure()
        following = None
        if start + size < len(ids):
            following = str(start + size) if self.offsets else page[-1]
        data = [incoming(each) for each in page]
        return httpx.Response(200, content=json.dumps({"data": data, "meta": {"next_cursor": following}}, default=str))

    @property
    def client(self) -> KanbertClient:
        """A client of it, which does not sleep."""
        policy = RetryPolicy(sleep=lambda _: None, attempts=2)
        return KanbertClient(
            "https://kanbert.test/api/v1", "a-token", transport=httpx.MockTransport(self), retry_policy=policy
        )

    def walk(self, sort: str = "title", size: int = 10) -> tuple[list[str | None], list[str | None]]:
        """Ids and cursors, up to where it breaks; a BrokenPaging is the last cursor."""
        ids: list[str | None] = []
        cursors: list[str | None] = []
        try:
            for each in self.client.list_incoming_invoices(sort=sort, page_size=size, on_page=cursors.append):
                ids.append(each.id)
                assert not isinstance(each, Unreadable) or "a document that no list shows" in each.reason
        except BrokenPaging as error:
            cursors.append(str(error))
        return ids, cursors
