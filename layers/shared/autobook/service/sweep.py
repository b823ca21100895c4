"""Finding what no webhook told of: Kanbert's lists, walked page by page and compared with the provenance.

Safe at any point: a document is queued before that is remembered, a page is dealt with before its successor's cursor
is saved. At worst a document is queued twice, and then found unchanged. Two sweeps at once do the same work twice.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from autobook.domain.documents import Change, Document, DocumentKind, DocumentMessage
from autobook.domain.errors import GiveUp
from autobook.domain.kanbert.incoming import KanbertModel
from autobook.domain.kanbert.outgoing import PARTS
from autobook.domain.sweeping import (
    InvoiceList,
    KnownState,
    ListedDocument,
    Progress,
    created_since,
    dedup_key,
    incoming_filter,
    needs_processing,
    touched,
)
from autobook.service.ports import Clock, DocumentLists, DocumentQueue, SweepState

PAGE = 100
"""Documents per page."""
ENOUGH = 20.0
"""Seconds that are left for the page under way; with less no further one is begun."""
_KINDS = {InvoiceList.INCOMING: DocumentKind.INCOMING_INVOICE, InvoiceList.OUTGOING: DocumentKind.OUTGOING_INVOICE}


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a run did: documents looked at and queued; `complete` when both lists were walked to their end."""

    seen: int = 0
    queued: int = 0
    complete: bool = True


class _Enough(Exception):
    """The list need not be walked any further."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The use case. It may raise RetryLater; what was done until then is kept.

    `remaining` gives the seconds left. `first_days`: how far back the very first sweep looks.
    """

    kanbert: DocumentLists
    provenance: SweepState
    queue: DocumentQueue
    clock: Clock
    remaining: Callable[[], float]
    first_days: int

    def __call__(self) -> SweepResult:
        """Walk both lists, as far as time allows, from where the last run was cut off."""
        seen = queued = 0
        complete = True
        for route in InvoiceList:
            walk = _Walk(self, self.progress(route).begun(self.clock()))
            walk.run()
            seen, queued = seen + walk.seen, queued + walk.queued
            complete = complete and walk.complete
        return SweepResult(seen, queued, complete)

    def progress(self, route: InvoiceList) -> Progress:
        """How far the sweep of a list has come; at first, back to where it is to begin."""
        return self.provenance.progress(route) or Progress(route, self.clock() - timedelta(days=self.first_days))

    def find(self, since: datetime) -> Iterator[ListedDocument]:
        """Every document created (outgoing: changed) since, page by page; nothing is queued and nothing remembered."""
        incoming = self.kanbert.list_incoming_invoices(
            filter=created_since(since), sort="created_at", page_size=PAGE, cursor=None, on_page=None
        )
        yield from self._compared(InvoiceList.INCOMING, incoming)
        outgoing = self.kanbert.list_outgoing_invoices(
            sort="-updated_at", include=PARTS, page_size=PAGE, cursor=None, on_page=None
        )
        yield from self._compared(InvoiceList.OUTGOING, _until(outgoing, since))

    def _compared(self, route: InvoiceList, listed: Iterable[KanbertModel]) -> Iterator[ListedDocument]:
        page: list[KanbertModel] = []
        for document in listed:
            page.append(document)
            if len(page) == PAGE:
                yield from self.compare(route, page)
                page = []
        yield from self.compare(route, page)

    def compare(self, route: InvoiceList, page: list[Any]) -> list[ListedDocument]:
        """A page against the provenance, in one request."""
        documents = {Document(_KINDS[route], each.id): each for each in page}
        known = self.provenance.known(documents) if documents else {}
        return [
            ListedDocument(
                document,
                dedup_key(each, known.get(document, KnownState())),
                needs_processing(each, known.get(document, KnownState())),
                getattr(each, "status", ""),
            )
            for document, each in documents.items()
        ]

    def submit(self, found: ListedDocument) -> None:
        """Queue a document, then remember that."""
        now = self.clock().isoformat()
        change = DocumentMessage(found.document.kind, found.document.id, Change.UPDATE, now, f"sweep-{now}")
        self.queue.send(change)
        self.provenance.dedup_key(found.document, found.dedup_key)

    def reach_back(self, since: datetime) -> None:
        """From now on look at documents as old as this; a pass under way begins again."""
        for route in InvoiceList:
            progress = self.progress(route)
            self.provenance.save_progress(progress.restarted().reaching_back(since))


def _until[M: KanbertModel](listed: Iterable[M], since: datetime) -> Iterator[M]:
    """Of a list that begins with what changed last: as much as has changed since."""
    for each in listed:
        if touched(each) < since:  # type: ignore[arg-type]  # every document has both dates
            return
        yield each


class _Walk:
    """One list, one run."""

    def __init__(self, sweep: Sweep, progress: Progress) -> None:
        self._sweep = sweep
        self._progress = progress
        self._page: list[Any] = []
        self.seen = 0
        self.queued = 0
        self.complete = False

    def run(self) -> None:
        resumed = self._progress.cursor is not None
        try:
            for document in self._listed():
                if self._is_behind(document):
                    self._turn(None)
                self._page.append(document)
        except _Enough:
            return
        except GiveUp:
            if not resumed:
                raise
            # Kanbert may forget a cursor: begin again next time.
            self._sweep.provenance.save_progress(self._progress.restarted())

    def _listed(self) -> Iterator[Any]:
        progress, lists = self._progress, self._sweep.kanbert
        if progress.route is InvoiceList.OUTGOING:
            return lists.list_outgoing_invoices(
                sort="-updated_at", include=PARTS, page_size=PAGE, cursor=progress.cursor, on_page=self._turn
            )
        since = progress.since or progress.horizon
        return lists.list_incoming_invoices(
            filter=incoming_filter(progress.horizon, since),
            sort="created_at",
            page_size=PAGE,
            cursor=progress.cursor,
            on_page=self._turn,
        )

    def _is_behind(self, document: Any) -> bool:
        progress = self._progress
        return progress.route is InvoiceList.OUTGOING and touched(document) < (progress.since or progress.horizon)

    def _turn(self, cursor: str | None) -> None:
        """Deal with the page, then save the next one's cursor. Raises _Enough when the run ends here."""
        for found in self._sweep.compare(self._progress.route, self._page):
            self.seen += 1
            if found.news:
                self._sweep.submit(found)
                self.queued += 1
        self._page = []
        saved = self._sweep.provenance.save_progress(self._progress.turned(cursor))
        self.complete = cursor is None
        # Another sweep that was faster goes on from here by itself.
        if saved is None or cursor is None or self._sweep.remaining() < ENOUGH:
            raise _Enough
        self._progress = saved
