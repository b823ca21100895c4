"""How documents of each kind are fetched, listed and filed: one object per kind, on the ports of service/ports.py.

What a kind is (its events, its lines, its dates) is in domain/documents.py. A further kind is a class here, entered in
`SOURCES`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from autobook.domain.documents import DocumentContent, DocumentKind, Unreadable, last_change
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.sweeping import Progress, Reach, created_since, descends, incoming_filter
from autobook.service.ports import DocumentFiles, DocumentLists, Documents


@dataclass(frozen=True, slots=True)
class ListView:
    """One way to walk a list: the API's name of the order, and documents per page.

    A server may lose documents with equal sort keys at the border of a page, and those whose key is empty. So no two
    walks in a row are alike, and the orders are by keys that every document has, wherever the list offers such keys.
    """

    sort: str
    page_size: int


type Listed[C] = Iterator[C | Unreadable]
"""Documents of a list, and what of it cannot be read."""

type OnPage = Callable[[str | None], None]
"""Called with the next cursor, None after the last page, when every document of a page was taken."""


class DocumentSource[C: DocumentContent](Protocol):
    """One kind of document in Kanbert. Every method may raise what the ports raise."""

    def fetch(self, kanbert: Documents, document_id: str) -> C:
        """The present state. Raises NotFound."""

    def bookable(self, content: C) -> IncomingInvoice | None:
        """The invoice that rules are about; None where documents of this kind are only announced."""

    def file(self, kanbert: DocumentFiles, document_id: str) -> bytes | None:
        """The document's file as it is; None where Kanbert offers none. Raises NotFound where there is none (yet)."""

    def all(
        self, kanbert: DocumentLists, number: int = 0, cursor: str | None = None, on_page: OnPage | None = None
    ) -> Listed[C]:
        """Every document from the cursor on, lazily, in another order than any sweep's; which one, `number` says."""

    def since(self, kanbert: DocumentLists, since: datetime) -> Listed[C]:
        """Those dated (`KindFacts.dated_by`) since then, lazily; perhaps a few that are older."""

    def due(self, kanbert: DocumentLists, progress: Progress, on_page: OnPage) -> Listed[C]:
        """Those that a sweep has to look at, from the cursor of its progress on."""

    def is_ours(self, content: C, horizon: datetime) -> bool:
        """False for a document from before our time: it is looked after only if it is known."""

    def is_in_order(self, page: Sequence[C], progress: Progress) -> bool:
        """False if this page is not in the order that a sweep asked for."""

    def ends(self, page: Sequence[C], progress: Progress) -> bool:
        """True if nothing that a sweep has to look at comes after this page."""


class IncomingInvoiceSource:
    """Suppliers' invoices: open ones are always due. The list is filtered by status and date of creation."""

    _SWEPT: Final = (
        ListView("created_at", 100),
        ListView("-created_at", 89),
        ListView("title", 97),
        ListView("-sum_gross", 83),
    )
    _WHOLE: Final = (ListView("-sum_net", 71), ListView("-title", 67))

    def fetch(self, kanbert: Documents, document_id: str) -> IncomingInvoice:
        """The present state. Raises NotFound."""
        return kanbert.get_incoming_invoice(document_id)

    def bookable(self, content: IncomingInvoice) -> IncomingInvoice | None:
        """The invoice itself."""
        return content

    def file(self, kanbert: DocumentFiles, document_id: str) -> bytes | None:
        """The file that was scanned or uploaded, where Kanbert offers it."""
        return kanbert.incoming_invoice_pdf(document_id)

    def all(
        self, kanbert: DocumentLists, number: int = 0, cursor: str | None = None, on_page: OnPage | None = None
    ) -> Listed[IncomingInvoice]:
        """Every incoming invoice."""
        return self._list(kanbert, None, _of(self._WHOLE, number), cursor, on_page)

    def since(self, kanbert: DocumentLists, since: datetime) -> Listed[IncomingInvoice]:
        """Those created since then."""
        return self._list(kanbert, created_since(since), self._SWEPT[0])

    def due(self, kanbert: DocumentLists, progress: Progress, on_page: OnPage) -> Listed[IncomingInvoice]:
        """The open ones, and whatever was created since the last complete passes."""
        view = _of(self._SWEPT, progress.view)
        return self._list(kanbert, incoming_filter(progress), view, progress.cursor, on_page)

    def is_ours(self, content: IncomingInvoice, horizon: datetime) -> bool:  # noqa: ARG002
        """True: the filter lists none that is not due."""
        return True

    def is_in_order(self, page: Sequence[IncomingInvoice], progress: Progress) -> bool:  # noqa: ARG002
        """True: nothing depends on the order."""
        return True

    def ends(self, page: Sequence[IncomingInvoice], progress: Progress) -> bool:  # noqa: ARG002
        """Never: the filter lists none that is not due."""
        return False

    @staticmethod
    def _list(
        kanbert: DocumentLists,
        wanted: str | None,
        view: ListView,
        cursor: str | None = None,
        on_page: OnPage | None = None,
    ) -> Listed[IncomingInvoice]:
        return kanbert.list_incoming_invoices(
            filter=wanted, sort=view.sort, page_size=view.page_size, cursor=cursor, on_page=on_page
        )


class OutgoingInvoiceSource:
    """Invoices to clients: announced and archived. The list has no filter by date; a sweep begins with the latest."""

    _SWEPT: Final = (
        ListView("-updated_at", 100),
        ListView("-created_at", 89),
        ListView("-updated_at", 97),
        ListView("-created_at", 83),
    )
    _WHOLE: Final = (ListView("created_at", 71), ListView("-created_at", 67))

    def fetch(self, kanbert: Documents, document_id: str) -> DocumentContent:
        """The present state. Raises NotFound."""
        return kanbert.get_outgoing_invoice(document_id)

    def bookable(self, content: DocumentContent) -> IncomingInvoice | None:  # noqa: ARG002
        """None: rules are not about outgoing invoices."""
        return None

    def file(self, kanbert: DocumentFiles, document_id: str) -> bytes | None:
        """The PDF; a draft may have none."""
        return kanbert.outgoing_invoice_pdf(document_id)

    def all(
        self, kanbert: DocumentLists, number: int = 0, cursor: str | None = None, on_page: OnPage | None = None
    ) -> Listed[DocumentContent]:
        """Every outgoing invoice."""
        return self._list(kanbert, _of(self._WHOLE, number), cursor, on_page)

    def since(self, kanbert: DocumentLists, since: datetime) -> Listed[DocumentContent]:
        """Those changed since then. The whole list is walked for them: nothing is known of its order."""
        for content in self._list(kanbert, self._SWEPT[0]):
            if isinstance(content, Unreadable) or self.is_ours(content, since):
                yield content

    def due(self, kanbert: DocumentLists, progress: Progress, on_page: OnPage) -> Listed[DocumentContent]:
        """From the cursor on; `ends` says where to stop."""
        return self._list(kanbert, _of(self._SWEPT, progress.view), progress.cursor, on_page)

    def is_ours(self, content: DocumentContent, horizon: datetime) -> bool:
        """True if it has changed since then, or does not say when it has."""
        changed = last_change(content)
        return changed is None or changed >= horizon

    def is_in_order(self, page: Sequence[DocumentContent], progress: Progress) -> bool:
        """True if each has changed, or come, before the one in front of it."""
        return descends(self._dates(page, progress))

    def ends(self, page: Sequence[DocumentContent], progress: Progress) -> bool:
        """True if the page leads down to what has not changed since, in an order that can be relied on.

        Once a day, never: the order of the list is the server's affair, and so is whether a date is ever touched.
        """
        dates = self._dates(page, progress)
        if progress.reach is Reach.DAILY or not progress.ordered or not dates or None in dates:
            return False
        first, last = dates[0], dates[-1]
        return first is not None and last is not None and first > last and last < (progress.since or progress.horizon)

    def _dates(self, page: Sequence[DocumentContent], progress: Progress) -> list[datetime | None]:
        changed = _of(self._SWEPT, progress.view).sort == "-updated_at"
        return [each.updated_at if changed else each.created_at for each in page]

    @staticmethod
    def _list(
        kanbert: DocumentLists, view: ListView, cursor: str | None = None, on_page: OnPage | None = None
    ) -> Listed[DocumentContent]:
        parts = DocumentKind.OUTGOING_INVOICE.facts.parts
        return kanbert.list_outgoing_invoices(
            sort=view.sort, include=parts, page_size=view.page_size, cursor=cursor, on_page=on_page
        )


def _of(views: Sequence[ListView], number: int) -> ListView:
    return views[number % len(views)]


SOURCES: Final[Mapping[DocumentKind, DocumentSource[Any]]] = {
    DocumentKind.INCOMING_INVOICE: IncomingInvoiceSource(),
    DocumentKind.OUTGOING_INVOICE: OutgoingInvoiceSource(),
}
"""The source of each kind."""
