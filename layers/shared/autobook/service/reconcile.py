"""Do Kanbert, provenance and archive agree? Compared page by page; what differs is queued once more.

A run goes on over several calls, and keeps after every page how far it came. Its memory does not grow with the account
but for eight bytes a document. Documents changed within the last hour are skipped: they may be in flight. What seems to
differ is asked for by itself before it counts (service/reconcile_checks.py).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import batched

from autobook.domain.documents import Document, DocumentContent, DocumentKind, Unreadable
from autobook.domain.errors import BrokenPaging
from autobook.domain.fingerprints import short_status
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.reconciling import Collection, Difference, Digests, ReconcileProgress, Step, digest, split
from autobook.service.document_sources import SOURCES
from autobook.service.ports import (
    ArchiveIndex,
    ArchiveRequests,
    Clock,
    DocumentQueue,
    ListedDocuments,
    ProvenanceInventory,
    ReconcileState,
    SweepState,
)
from autobook.service.reconcile_checks import Checks
from autobook.service.reconcile_result import ReconcileResult

TIME_FOR_A_PAGE = 30.0
"""Seconds; with less time left no further page is begun, and no further document is asked for."""
MOST_SHOWN = 1000
"""Differences that a result has one by one; all are counted."""
MOST_RESTARTS = 8
"""Walks of a list that may break in one run, before the run goes on without the rest of it."""
_KEYS_AT_ONCE = 1000
_OF_ASKED = ("unconfirmed", "dead")
"""Counts of documents that were asked for."""


class EndOfCall(Exception):
    """No time is left; the next call resumes."""


@dataclass(frozen=True, slots=True)
class ReconcileDocuments:
    """The use case. It may raise RetryLater; what was done until then is kept.

    `remaining` gives the seconds left. `repairs` False: differences are counted, and nothing is queued. `on_page` is
    called after every page with the numbers so far. `on_complete` is called with the result of a complete run before
    that is kept: should the call end in between, the next one comes to the same result and calls it again.
    """

    kanbert: ListedDocuments
    sweep_state: SweepState
    inventory: ProvenanceInventory
    archive: ArchiveIndex
    queue: DocumentQueue
    archive_requests: ArchiveRequests
    reconcile_state: ReconcileState
    clock: Clock
    remaining: Callable[[], float]
    source: str
    """Names the stack in events (a URI)."""
    repairs: bool = True
    on_page: Callable[[ReconcileResult], None] = lambda _: None
    on_complete: Callable[[ReconcileResult], None] = lambda _: None

    def __call__(self) -> ReconcileResult:
        """Go on with the run that is under way, or begin the next one if it is due, as far as time allows."""
        saved = self.reconcile_state.progress() or ReconcileProgress()
        progress = saved.begun(self.clock())
        if progress is None:
            return ReconcileResult(due=False)
        run = _Run(self, progress)
        with suppress(EndOfCall):
            run.walk()
        return run.result()


@dataclass
class _Run:
    """One call."""

    use_case: ReconcileDocuments
    progress: ReconcileProgress
    differences: list[Difference] = field(default_factory=list)
    complete: bool = False

    def __post_init__(self) -> None:
        self._before = Digests(self._digests(Collection.FOUND_BEFORE))
        self._skipped = Counter[str]()
        asked = set(split(self.progress.asked))
        self._checks = Checks(self.use_case, self.note, self._skipped.update, self._check_time, asked)

    def walk(self) -> None:
        """Step after step. Raises EndOfCall."""
        while not self.complete:
            step = self.progress.step
            match step:
                case Step.INCOMING | Step.OUTGOING:
                    self._walk_list(DocumentKind(step.value))
                case Step.ARCHIVE:
                    self._walk_archive()
                case Step.PROVENANCE:
                    self._walk_provenance()

    def result(self) -> ReconcileResult:
        """So far."""
        return ReconcileResult.of(self.progress.counts, self.differences, complete=self.complete)

    def note(self, difference: Difference) -> None:
        """Count a document that differs, then queue it.

        Counted first: once it is queued, the next look would find it in flight. Should the call end in between, that
        look finds it in the page's differences, and queues it without counting it again.
        """
        uncured = difference.vanished or self._before.has(difference.digest)
        if len(self.differences) < MOST_SHOWN:
            self.differences.append(difference)
        if not self.progress.has_found(difference):
            counts = {"found": 1, "repaired": int(self.use_case.repairs), "uncured": int(uncured)}
            self._save(replace(self.progress.with_counts(counts), found=self.progress.found + difference.digest))
        if self.use_case.repairs:
            self._checks.repair(difference)

    def _walk_list(self, kind: DocumentKind) -> None:
        page: list[DocumentContent | Unreadable] = []

        def finish(cursor: str | None) -> None:
            listed = [Document(kind, content.id) for content in page if content.id is not None]
            tally = Counter(f"kanbert {kind} {_status(content)}" for content in page)
            self._checks.listed(kind, page)
            page.clear()
            self._finish_page(cursor, tally, Collection.LISTED, listed)

        try:
            source = SOURCES[kind]
            for content in source.all(self.use_case.kanbert, self.progress.view, self.progress.cursor, finish):
                page.append(content)
        except BrokenPaging:
            anew = self.progress.restarted()
            if anew.broken < MOST_RESTARTS:
                self._save(anew)
                raise
            self._finish_page(None, {"unlisted": 1})  # what no walk has shown is asked for, document by document

    def _walk_archive(self) -> None:
        """Which documents have an object there, by the keys `{kind}/{year}/{id}/{sha256}.json`."""
        keys = self.use_case.archive.keys(self.progress.cursor)
        for batch in batched(keys, _KEYS_AT_ONCE, strict=False):
            stored = dict.fromkeys(document for key in batch if (document := _document(key)) is not None)
            cursor = batch[-1] if len(batch) == _KEYS_AT_ONCE else None
            self._finish_page(cursor, {}, Collection.STORED, stored)
            if cursor is None:
                return
        self._finish_page(None, {}, Collection.STORED, ())

    def _walk_provenance(self) -> None:
        listed, stored = Digests(self._digests(Collection.LISTED)), Digests(self._digests(Collection.STORED))
        while True:
            records, cursor = self.use_case.inventory.page(self.progress.cursor)
            present = [record for record in records if record.was_seen and not record.deleted]
            archived = self.use_case.inventory.archived([record.document for record in present])
            tally = Counter(f"provenance {_key(record)}" for record in present)
            for record in present:
                key = record.document.key
                self._checks.recorded(record, archived.get(record.document), key in listed, key in stored)
                if record.document in archived and key in stored:
                    tally[f"archive {_key(record)}"] += 1
            self._finish_page(cursor, tally)
            if cursor is None:
                return

    def _digests(self, collection: Collection) -> Iterator[bytes]:
        name = self.progress.name(collection)
        return self.use_case.reconcile_state.digests(name, self.progress.pages.get(name, 0))

    def _finish_page(
        self,
        cursor: str | None,
        tally: Mapping[str, int],
        collection: Collection | None = None,
        documents: Iterable[Document] = (),
    ) -> None:
        """Keep the page's digests, then how far the run came. Raises EndOfCall when the call ends here."""
        progress = self.progress.with_counts(tally).with_counts(self._skipped)
        self._skipped.clear()
        if collection is not None:
            progress = self._keep(progress, collection, b"".join(digest(document.key) for document in documents))
        progress = replace(self._keep(progress, Collection.FOUND, progress.found), found=b"", asked=b"")
        self._checks.asked.clear()
        following = progress.after_page(cursor)
        self.complete = following.started_at is None
        if self.complete:
            self.progress = progress
            self.use_case.on_complete(self.result())
        self._save(following)
        self.use_case.on_page(self.result())
        if not self.complete:
            self._check_time()

    def _keep(self, progress: ReconcileProgress, collection: Collection, digests: bytes) -> ReconcileProgress:
        if not digests:
            return progress
        name = progress.name(collection)
        self.use_case.reconcile_state.keep(name, progress.pages.get(name, 0), digests)
        return progress.with_page(collection)

    def _save(self, progress: ReconcileProgress) -> None:
        saved = self.use_case.reconcile_state.save_progress(progress)
        if saved is None:
            self.complete = False
            raise EndOfCall  # another call was faster, and goes on
        self.progress = saved

    def _check_time(self) -> None:
        if self.use_case.remaining() < TIME_FOR_A_PAGE:
            self._keep_asked()
            raise EndOfCall

    def _keep_asked(self) -> None:
        """What was asked for of the present page, with what became of it; the rest is counted when it is finished."""
        if self._checks.asked:
            counts = {name: self._skipped[name] for name in _OF_ASKED}
            asked = b"".join(self._checks.asked)
            self._save(replace(self.progress.with_counts(counts), asked=asked))


def _status(content: DocumentContent | Unreadable) -> str:
    return "unreadable" if isinstance(content, Unreadable) else short_status(content) or "-"


def _key(record: ProvenanceRecord) -> str:
    return f"{record.document.kind} {record.status or '-'}"


def _document(key: str) -> Document | None:
    """The document of a key of its JSON; None for any other key."""
    kind, *rest = key.split("/")
    if kind not in set(DocumentKind) or len(rest) != 3 or not rest[2].endswith(".json"):
        return None
    return Document(DocumentKind(kind), rest[1])
