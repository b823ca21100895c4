"""Finding documents whose webhook never arrived: Kanbert's lists, page by page, compared with the provenance.

Safe at any point: a document is queued before that is remembered, a page is dealt with before the next one's cursor
is saved. At worst a document is queued twice, and then found unchanged. Two sweeps at once do the same work twice.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from autobook.domain.documents import Change, Document, DocumentContent, DocumentKind, DocumentMessage, Unreadable
from autobook.domain.errors import BrokenPaging
from autobook.domain.sweeping import KnownState, ListedDocument, Progress, dedup_key, needs_processing, unreadable_key
from autobook.service.document_sources import PAGE, SOURCES
from autobook.service.ports import Clock, DocumentLists, DocumentQueue, SweepState

TIME_FOR_A_PAGE = 20.0
"""Seconds; with less time left no further page is begun."""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a run did: documents looked at and queued; `complete` when every list was walked to its end."""

    seen: int = 0
    queued: int = 0
    complete: bool = True


class _EndOfRun(Exception):
    """This run need not walk the list any further."""


@dataclass(frozen=True, slots=True)
class SweepDocuments:
    """The use case. It may raise RetryLater; what was done until then is kept.

    `remaining` gives the seconds left. `first_days`: how far back the very first sweep looks.
    """

    kanbert: DocumentLists
    sweep_state: SweepState
    queue: DocumentQueue
    clock: Clock
    remaining: Callable[[], float]
    first_days: int

    def __call__(self) -> SweepResult:
        """Walk every list, as far as time allows, from where the last run was interrupted."""
        seen = queued = 0
        complete = True
        for kind in DocumentKind:
            walk = _Walk(self, self.progress(kind).begun(self.clock()))
            walk.run()
            seen, queued = seen + walk.seen, queued + walk.queued
            complete = complete and walk.complete
        return SweepResult(seen, queued, complete)

    def progress(self, kind: DocumentKind) -> Progress:
        """How far the sweep of a kind's list has come; at first, back to where it is to begin."""
        return self.sweep_state.progress(kind) or Progress(kind, self.clock() - timedelta(days=self.first_days))

    def find(self, since: datetime) -> Iterator[ListedDocument]:
        """Every document created (outgoing: changed) since, page by page; nothing is queued and nothing remembered."""
        for kind, source in SOURCES.items():
            yield from self._compared(kind, source.since(self.kanbert, since))

    def _compared(self, kind: DocumentKind, listed: Iterable[DocumentContent | Unreadable]) -> Iterator[ListedDocument]:
        page: list[DocumentContent | Unreadable] = []
        for content in listed:
            page.append(content)
            if len(page) == PAGE:
                yield from self.compare(kind, page)
                page = []
        yield from self.compare(kind, page)

    def compare(self, kind: DocumentKind, page: Iterable[DocumentContent | Unreadable]) -> list[ListedDocument]:
        """A page against the provenance, in one request; what cannot be read and has no id is left out."""
        contents = {Document(kind, content.id): content for content in page if content.id is not None}
        known = self.sweep_state.known(contents) if contents else {}
        return [
            _compared(document, content, known.get(document, KnownState())) for document, content in contents.items()
        ]

    def submit(self, found: ListedDocument) -> None:
        """Queue a document, then remember that."""
        now = self.clock().isoformat()
        change = DocumentMessage(found.document.kind, found.document.id, Change.UPDATE, now, f"sweep-{now}")
        self.queue.send(change)
        self.sweep_state.remember_queued(found.document, found.dedup_key)

    def reach_back(self, since: datetime) -> None:
        """From now on look at documents as old as this; a pass under way begins again."""
        for kind in DocumentKind:
            progress = self.progress(kind)
            self.sweep_state.save_progress(progress.restarted().reaching_back(since))


def _compared(document: Document, content: DocumentContent | Unreadable, known: KnownState) -> ListedDocument:
    if isinstance(content, Unreadable):
        key = unreadable_key(content)
        return ListedDocument(document, key, known.queued != key, "")
    key = dedup_key(content, known)
    return ListedDocument(document, key, needs_processing(content, known), content.status or "")


class _Walk:
    """One list, one run."""

    def __init__(self, sweep: SweepDocuments, progress: Progress) -> None:
        self._sweep = sweep
        self._progress = progress
        self._source = SOURCES[progress.kind]
        self._page: list[DocumentContent | Unreadable] = []
        self.seen = 0
        self.queued = 0
        self.complete = False

    def run(self) -> None:
        resumed = self._progress.cursor is not None
        try:
            for content in self._source.due(self._sweep.kanbert, self._progress, self._finish_page):
                since = self._progress.since or self._progress.horizon
                if not isinstance(content, Unreadable) and self._source.is_behind(content, since):
                    self._finish_page(None)
                self._page.append(content)
        except _EndOfRun:
            return
        except BrokenPaging:
            if not resumed:
                raise
            self._sweep.sweep_state.save_progress(self._progress.restarted())

    def _finish_page(self, cursor: str | None) -> None:
        """Deal with the page, then save the next one's cursor. Raises _EndOfRun when the run ends here."""
        for found in self._sweep.compare(self._progress.kind, self._page):
            self.seen += 1
            if found.needs_processing:
                self._sweep.submit(found)
                self.queued += 1
        self._page = []
        saved = self._sweep.sweep_state.save_progress(self._progress.after_page(cursor))
        self.complete = cursor is None
        # Another sweep that was faster resumes here by itself.
        if saved is None or cursor is None or self._sweep.remaining() < TIME_FOR_A_PAGE:
            raise _EndOfRun
        self._progress = saved
