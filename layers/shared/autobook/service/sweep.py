"""Finding documents whose webhook never arrived, and open invoices that the rules would now decide differently.

Kanbert's lists are compared, page by page, with the provenance, and with the rules as they stand.

Safe at any point: a document is queued before that is remembered, a page is dealt with before the next one's cursor
is saved. At worst a document is queued twice, and then found unchanged. Two sweeps at once do the same work twice.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched

from autobook.domain.documents import Document, DocumentContent, DocumentKind, DocumentMessage, Unreadable
from autobook.domain.errors import BrokenPaging, RetryLater
from autobook.domain.sweeping import KnownState, ListedDocument, Progress, Verdict, compared, unreadable_key
from autobook.service.decision_basis import DecisionBasis
from autobook.service.document_sources import SOURCES
from autobook.service.ports import Clock, CodeResolver, DocumentLists, DocumentQueue, RuleRepository, SweepState

TIME_FOR_A_PAGE = 20.0
"""Seconds; with less time left no further page is begun."""
_COMPARED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a run did.

    Documents looked at, queued, and not queued because they change all the time; walks that have to begin anew, because
    Kanbert's cursors led nowhere; `unidentified` are the reasons of elements that have no id, each the first time that
    it was met. `basis_unread` says why open invoices were not compared with the rules or codes, "" where they
    were. `complete` when every list was walked to its end. `newest` is when the newest incoming invoice came of those
    that were looked at; None where no list says so.
    """

    seen: int = 0
    queued: int = 0
    restless: int = 0
    restarted: int = 0
    unidentified: tuple[str, ...] = ()
    basis_unread: str = ""
    complete: bool = True
    newest: datetime | None = field(default=None, compare=False)


class _EndOfRun(Exception):
    """This run need not walk the list any further."""


@dataclass(frozen=True, slots=True)
class SweepDocuments:
    """The use case. It may raise RetryLater or GiveUp; what was done until then is kept.

    `remaining` gives the seconds left. `first_days`: how far back the very first sweep looks for documents that are no
    longer open. `report_unidentified` is called with the reason of each element that has no id, before that is
    remembered: whatever ends the run, it was reported.
    """

    kanbert: DocumentLists
    rule_repository: RuleRepository
    code_resolver: CodeResolver
    sweep_state: SweepState
    queue: DocumentQueue
    clock: Clock
    remaining: Callable[[], float]
    first_days: int
    report_unidentified: Callable[[str], None] = lambda _: None

    def __call__(self) -> SweepResult:
        """Walk every list, as far as time allows, from where the last run was interrupted.

        Each by itself: what is wrong with one does not keep the other from being walked, and is raised after that.
        """
        walks, errors = [], []
        basis = self._basis()
        for kind in DocumentKind:
            walk = _Walk(self, kind, basis)
            walks.append(walk)
            try:
                walk.run()
            except Exception as error:
                errors.append(error)
        if errors:
            raise min(errors, key=lambda error: isinstance(error, RetryLater))  # what does not pass by itself first
        return SweepResult(
            seen=sum(walk.seen for walk in walks),
            queued=sum(walk.queued for walk in walks),
            restless=sum(walk.restless for walk in walks),
            restarted=sum(walk.restarted for walk in walks),
            unidentified=tuple(reason for walk in walks for reason in walk.unidentified),
            basis_unread=basis.unread,
            complete=all(walk.complete for walk in walks),
            newest=max((walk.newest for walk in walks if walk.newest), default=None),
        )

    def progress(self, kind: DocumentKind) -> Progress:
        """How far the sweep of a kind's list has come; at first, back to where it is to begin."""
        return self.sweep_state.progress(kind) or Progress(kind, self.clock() - timedelta(days=self.first_days))

    def find(self, since: datetime) -> Iterator[ListedDocument]:
        """Every document created (outgoing: changed) since, page by page; nothing is queued and nothing remembered."""
        basis = self._basis()
        for kind, source in SOURCES.items():
            for page in batched(source.since(self.kanbert, since), _COMPARED_AT_ONCE, strict=False):
                yield from self.compare(kind, page, basis)

    def compare(
        self,
        kind: DocumentKind,
        page: Iterable[DocumentContent | Unreadable],
        basis: DecisionBasis,
        horizon: datetime | None = None,
    ) -> list[ListedDocument]:
        """A page against the provenance, in one request; what cannot be read and has no id is left out.

        Left out too are documents from before the horizon that nobody knows.
        """
        contents = {Document(kind, content.id): content for content in page if content.id is not None}
        known = self.sweep_state.known(contents) if contents else {}
        now, found = self.clock(), []
        again = basis.decide_again(contents, known, now)
        for document, content in contents.items():
            state = known.get(document)
            foreign = state is None and horizon is not None and not isinstance(content, Unreadable)
            if not foreign or SOURCES[kind].is_ours(content, horizon or now):
                found.append(compared(document, content, state or KnownState(), now, again.get(document, "")))
        return found

    def _basis(self) -> DecisionBasis:
        basis = DecisionBasis(self.rule_repository, self.code_resolver)
        basis.read_rules(self.clock())
        return basis

    def submit(self, found: ListedDocument) -> None:
        """Queue a document, then remember that."""
        now = self.clock().isoformat()
        change = DocumentMessage(found.document.kind, found.document.id, found.change, now, f"sweep-{now}")
        self.queue.send(change)
        self.sweep_state.remember_queued(found.document, found.queued)

    def reach_back(self, since: datetime) -> None:
        """From now on look at documents as old as this; a pass under way begins again."""
        for kind in DocumentKind:
            progress = self.progress(kind)
            self.sweep_state.save_progress(progress.restarted().reaching_back(since))


@dataclass
class _Walk:
    """One list, one run."""

    sweep: SweepDocuments
    kind: DocumentKind
    basis: DecisionBasis
    seen: int = 0
    queued: int = 0
    restless: int = 0
    restarted: int = 0
    unidentified: list[str] = field(default_factory=list)
    complete: bool = False
    newest: datetime | None = None
    _page: list[DocumentContent | Unreadable] = field(default_factory=list)

    def run(self) -> None:
        self._progress = self.sweep.progress(self.kind).begun(self.sweep.clock())
        source = SOURCES[self.kind]
        try:
            for content in source.due(self.sweep.kanbert, self._progress, self._finish_page):
                self._page.append(content)
        except _EndOfRun:
            return
        except BrokenPaging:
            self.restarted = 1
            self._readable()  # what is left of the page is what the walk cannot pass
            self.sweep.sweep_state.save_progress(self._progress.restarted())
        except RetryLater:
            raise
        except Exception:
            # The next run asks in another way: should Kanbert refuse this order, it may take that one.
            self.sweep.sweep_state.save_progress(self._progress.restarted())
            raise

    def _finish_page(self, cursor: str | None) -> None:
        """Deal with the page, then save the next one's cursor. Raises _EndOfRun when the run ends here."""
        progress, source, queued_before = self._progress, SOURCES[self.kind], self.queued
        for found in self.sweep.compare(self.kind, self._page, self.basis, progress.horizon):
            self.seen += 1
            self.restless += found.verdict is Verdict.RESTLESS
            if found.needs_processing:
                self.sweep.submit(found)
                self.queued += 1
        readable = self._readable()
        self._note_newest(readable, queued=self.queued > queued_before)
        if source.ends(readable, progress):
            cursor = None
        following = progress.after_page(cursor, ordered=source.is_in_order(readable, progress))
        self._page = []
        saved = self.sweep.sweep_state.save_progress(following)
        self.complete = cursor is None
        # Another sweep that was faster resumes here by itself.
        if saved is None or cursor is None or self.sweep.remaining() < TIME_FOR_A_PAGE:
            raise _EndOfRun
        self._progress = saved

    def _note_newest(self, page: Sequence[DocumentContent], *, queued: bool) -> None:
        """When the newest invoice came. Where Kanbert does not say, one that is queued has come now."""
        if self.kind is not DocumentKind.INCOMING_INVOICE:
            return
        came = [each.created_at for each in page]
        known = [each for each in (*came, self.newest) if each is not None]
        if queued and None in came:
            known.append(self.sweep.clock())
        self.newest = max(known, default=None)

    def _readable(self) -> Sequence[DocumentContent]:
        """What of the page can be read; what cannot, and has no id, is reported once."""
        readable = []
        for content in self._page:
            if not isinstance(content, Unreadable):
                readable.append(content)
            elif content.id is None:
                self._report(content)
        return readable

    def _report(self, content: Unreadable) -> None:
        """Report what has no id, once: reported before it is marked, it may be reported twice, and is never lost."""
        key, state = unreadable_key(content), self.sweep.sweep_state
        if not state.was_reported(key):
            self.sweep.report_unidentified(content.reason)
            self.unidentified.append(content.reason)
            state.mark_reported(key)
