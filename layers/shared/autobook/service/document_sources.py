"""How documents of each kind are fetched, listed and filed: one object per kind, on the ports of service/ports.py.

What a kind is (its events, its lines, its dates) is in domain/documents.py. A further kind is a class here, entered in
`SOURCES`.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import takewhile
from typing import Any, Final, Protocol

from autobook.domain.documents import DocumentContent, DocumentKind, Unreadable, last_change
from autobook.domain.errors import NotFound
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.sweeping import Progress, created_since, incoming_filter
from autobook.service.ports import DocumentFiles, DocumentLists, Documents

PAGE: Final = 100
"""Documents per page of a list."""

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
        """The document's file as it is; None where Kanbert offers none."""

    def all(self, kanbert: DocumentLists) -> Listed[C]:
        """Every document, lazily."""

    def since(self, kanbert: DocumentLists, since: datetime) -> Listed[C]:
        """Those dated (`KindFacts.dated_by`) since then, lazily; perhaps a few that are older."""

    def due(self, kanbert: DocumentLists, progress: Progress, on_page: OnPage) -> Listed[C]:
        """Those that a sweep has to look at, from the cursor of its progress on."""

    def is_behind(self, content: C, since: datetime) -> bool:
        """True if neither this document in a list nor any after it is due."""


class IncomingInvoiceSource:
    """Suppliers' invoices: open ones are always due. The list is filtered by the date of creation."""

    def fetch(self, kanbert: Documents, document_id: str) -> IncomingInvoice:
        """The present state. Raises NotFound."""
        return kanbert.get_incoming_invoice(document_id)

    def bookable(self, content: IncomingInvoice) -> IncomingInvoice | None:
        """The invoice itself."""
        return content

    def file(self, kanbert: DocumentFiles, document_id: str) -> bytes | None:
        """The file that was scanned or uploaded, where Kanbert offers it."""
        try:
            return kanbert.incoming_invoice_pdf(document_id)
        except NotFound:
            return None

    def all(self, kanbert: DocumentLists) -> Listed[IncomingInvoice]:
        """Every incoming invoice."""
        return self._list(kanbert, None)

    def since(self, kanbert: DocumentLists, since: datetime) -> Listed[IncomingInvoice]:
        """Those created since then."""
        return self._list(kanbert, created_since(since))

    def due(self, kanbert: DocumentLists, progress: Progress, on_page: OnPage) -> Listed[IncomingInvoice]:
        """The open ones, and whatever was created since the last complete pass."""
        wanted = incoming_filter(progress.horizon, progress.since or progress.horizon)
        return self._list(kanbert, wanted, progress.cursor, on_page)

    def is_behind(self, content: IncomingInvoice, since: datetime) -> bool:  # noqa: ARG002
        """Never: the filter lists none that is not due."""
        return False

    @staticmethod
    def _list(
        kanbert: DocumentLists, wanted: str | None, cursor: str | None = None, on_page: OnPage | None = None
    ) -> Listed[IncomingInvoice]:
        return kanbert.list_incoming_invoices(
            filter=wanted, sort="created_at", page_size=PAGE, cursor=cursor, on_page=on_page
        )


class OutgoingInvoiceSource:
    """Invoices to clients: announced and archived. The list has no filter; it begins with what changed last."""

    def fetch(self, kanbert: Documents, document_id: str) -> DocumentContent:
        """The present state. Raises NotFound."""
        return kanbert.get_outgoing_invoice(document_id)

    def bookable(self, content: DocumentContent) -> IncomingInvoice | None:  # noqa: ARG002
        """None: rules are not about outgoing invoices."""
        return None

    def file(self, kanbert: DocumentFiles, document_id: str) -> bytes | None:
        """The PDF; a draft may have none."""
        try:
            return kanbert.outgoing_invoice_pdf(document_id)
        except NotFound:
            return None

    def all(self, kanbert: DocumentLists) -> Listed[DocumentContent]:
        """Every outgoing invoice."""
        return self._list(kanbert)

    def since(self, kanbert: DocumentLists, since: datetime) -> Listed[DocumentContent]:
        """Those changed since then."""
        return takewhile(
            lambda each: isinstance(each, Unreadable) or not self.is_behind(each, since), self._list(kanbert)
        )

    def due(self, kanbert: DocumentLists, progress: Progress, on_page: OnPage) -> Listed[DocumentContent]:
        """From the cursor on; `is_behind` says where to stop."""
        return self._list(kanbert, progress.cursor, on_page)

    def is_behind(self, content: DocumentContent, since: datetime) -> bool:
        """True of the first that has not changed since then."""
        changed = last_change(content)
        return changed is not None and changed < since

    @staticmethod
    def _list(
        kanbert: DocumentLists, cursor: str | None = None, on_page: OnPage | None = None
    ) -> Listed[DocumentContent]:
        parts = DocumentKind.OUTGOING_INVOICE.facts.parts
        return kanbert.list_outgoing_invoices(
            sort="-updated_at", include=parts, page_size=PAGE, cursor=cursor, on_page=on_page
        )


SOURCES: Final[Mapping[DocumentKind, DocumentSource[Any]]] = {
    DocumentKind.INCOMING_INVOICE: IncomingInvoiceSource(),
    DocumentKind.OUTGOING_INVOICE: OutgoingInvoiceSource(),
}
"""The source of each kind."""
