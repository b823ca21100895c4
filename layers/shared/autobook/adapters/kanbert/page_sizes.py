"""How many documents a page is asked to have: fewer where Kanbert cannot give a page, down to one.

A page may fail, each time anew, because of one document in it, or because it is too long. Asked for one by one, all
others are read. The one that is left can be passed over only where cursors are numbers of documents; else the walk has
to come from the other side, in another order.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

from autobook.adapters.http_client import ApiGiveUp, ApiRetryLater

_SIZE: Final = "page[size]"
_SORT: Final = "sort"
_USUAL: Final = 30
"""Documents of a page that does not say how many (docs/kanbert-api.md, Conventions)."""

type Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PageSize:
    """The size to ask for; None: as the query has it. `passed` counts documents up to the cursor, None: unknown."""

    query: Query
    now: int | None = None
    passed: int | None = 0

    @property
    def params(self) -> Query:
        """The query of the next page, without its cursor."""
        if self.now is None:
            return self.query
        return (*((name, value) for name, value in self.query if name != _SIZE), (_SIZE, str(self.now)))

    @property
    def is_smallest(self) -> bool:
        """True if a page has one document."""
        return self.now == 1

    def smallest(self) -> Self:
        """One document a page."""
        return replace(self, now=1)

    def after(self, documents: int) -> Self:
        """After a page that came, with so many documents: twice as many, up to what the query asks for."""
        size = None if self.now is None or self.now * 2 >= self._asked else self.now * 2
        return replace(self, now=size, passed=None if self.passed is None else self.passed + documents)

    def cursor_after_next(self, cursor: str | None) -> str | None:
        """The cursor behind the next document; None where cursors are not seen to be numbers of documents."""
        if cursor is None or self.passed is None or cursor != str(self.passed):
            return None
        return str(self.passed + 1)

    @property
    def ends(self) -> list[Query]:
        """The queries of the list's first and last document; of the first alone where no order is asked for."""
        others = tuple(pair for pair in self.query if pair[0] not in (_SORT, _SIZE))
        sort = dict(self.query).get(_SORT)
        if not sort or "," in sort:
            return [self.smallest().params]
        turned = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
        return [(*others, (_SORT, each), (_SIZE, "1")) for each in (turned, sort)]

    @property
    def _asked(self) -> int:
        return int(dict(self.query).get(_SIZE, _USUAL))


def is_of_the_page(error: ApiRetryLater | ApiGiveUp) -> bool:
    """True if a smaller page may come: the server fails at this one, or it is too long, in bytes or time."""
    failure = error.failure
    if isinstance(error, ApiRetryLater) and error.after is not None:
        return False  # the server says when it will be there again
    return failure.incomplete or (failure.status is not None and (failure.status == 200 or failure.status >= 500))
