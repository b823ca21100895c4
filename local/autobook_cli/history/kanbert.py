"""Past invoices from Kanbert's list, with what provenance knows of each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from itertools import batched, chain
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from autobook.domain.documents import Document, Unreadable
from autobook.domain.errors import AccessRefused, BrokenPaging, Forbidden, GiveUp, NotFound, RetryLater
from autobook.domain.fingerprints import shows_lines
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import ProvenanceRecord
from autobook.service.ports import CodeResolver, ListedDocuments
from autobook_cli.history.entry import Entry, blank_record, is_since
from autobook_cli.history.names import Names
from autobook_cli.history.patience import Patience

_PAGE_SIZE: Final = 100
_MOST_WALKS: Final = 3
"""Walks through a list whose cursors lead nowhere."""
_VIEWS: Final = (("created_at", _PAGE_SIZE), ("-created_at", 89))
"""Order and page size of each walk: what one of them misses at the border of a page, the other finds."""
_FILTERED: Final = range(1901, 2200)
"""Years that Kanbert is asked for; the days of others are compared here alone."""


class KnownRecords(Protocol):
    """What provenance knows of many invoices at once."""

    def __call__(self, documents: Iterable[Document], /) -> Mapping[Document, ProvenanceRecord]:
        """Records of those that are known."""


@dataclass
class KanbertHistory:
    """The list, page after page, in the order in which the invoices came; then those that this order has missed.

    A list that has to wait (rate, an outage) is gone on with; `notes` says what could not be had.
    """

    kanbert: ListedDocuments
    records: KnownRecords
    codes: CodeResolver
    names: Names
    since: date | None
    zone: ZoneInfo
    patience: Patience = field(default_factory=Patience)
    notes: list[str] = field(default_factory=list)
    _cursor: str | None = None
    _waits: int = 0

    @property
    def total(self) -> int | None:
        """Kanbert's lists do not say."""
        return None

    def entries(self) -> Iterator[Entry | Unreadable]:
        """Each invoice once."""
        for batch in batched(self._invoices(), _PAGE_SIZE, strict=False):
            documents = [blank_record(each.id).document for each in batch if isinstance(each, IncomingInvoice)]
            known = self.patience(partial(self.records, documents))
            for each in batch:
                if isinstance(each, Unreadable):
                    yield each
                else:
                    blank = blank_record(each.id)
                    yield Entry(each, known.get(blank.document, blank))

    def _invoices(self) -> Iterator[IncomingInvoice | Unreadable]:
        seen: set[str] = set()
        for each in chain.from_iterable(self._listed(*view) for view in _VIEWS):
            if isinstance(each, Unreadable):
                key = each.id or each.reason
                if key not in seen:
                    yield each
                seen.add(key)
            elif each.id not in seen and is_since(each, self.since, self.zone):
                whole = each if shows_lines(each) else self._whole(each.id)
                if whole is not None:
                    yield whole
                seen.add(each.id)

    def _listed(self, sort: str, page_size: int) -> Iterator[IncomingInvoice | Unreadable]:
        """The list, walked on after a wait, and anew where its cursors lead nowhere."""
        wanted, walks, self._cursor = filter_since(self.since), 1, None
        while True:
            try:
                yield from self.kanbert.list_incoming_invoices(
                    filter=wanted,
                    sort=sort,
                    page_size=page_size,
                    cursor=self._cursor,
                    on_page=self._taken,
                )
                return
            except BrokenPaging as error:
                if walks == _MOST_WALKS:
                    self.notes.append(f"Kanbert's list broke off, some invoices may be missing: {error}")
                    return
                walks, self._cursor = walks + 1, None
            except RetryLater as error:
                self.patience.wait(error, self._waits)
                self._waits += 1
            except GiveUp:
                if wanted is None or self._cursor is not None:
                    raise
                wanted = None  # a filter that Kanbert does not take: all are listed, and compared here

    def _taken(self, cursor: str | None) -> None:
        self._cursor, self._waits = cursor, 0

    def _whole(self, invoice_id: str) -> IncomingInvoice | Unreadable | None:
        """With its lines, where the list leaves them out. None where it is gone meanwhile."""
        try:
            return self.patience(partial(self.kanbert.get_incoming_invoice, invoice_id))
        except NotFound:
            return None
        except AccessRefused as error:
            if not isinstance(error, Forbidden):
                raise
            return Unreadable(invoice_id, str(error))
        except (GiveUp, RetryLater) as error:
            return Unreadable(invoice_id, str(error))


def filter_since(since: date | None) -> str | None:
    """Kanbert's filter for the invoices of that day and later; it finds a few more.

    An invoice without a date is of the day on which it came. In parentheses: which of `and` and `or` binds closer is
    not documented, nor is which midnight a day begins with.
    """
    if since is None or since.year not in _FILTERED:
        return None
    day = since - timedelta(days=1)
    return f'(date_of_invoice >= "{day}") or (created_at >= "{day}")'
