"""Where a document differs: what a list, a record or the archive suggests, confirmed by asking for it by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from autobook.domain.documents import (
    Change,
    Document,
    DocumentContent,
    DocumentKind,
    DocumentMessage,
    Unreadable,
    last_change,
)
from autobook.domain.errors import AccessRefused, Forbidden, GiveUp, NotFound, NoTimeLeft, RetryLater
from autobook.domain.events import Event, EventContext, archive_request
from autobook.domain.fingerprints import fingerprint, short_status
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.reconciling import IN_FLIGHT, Difference, DifferenceKind, digest
from autobook.domain.sweeping import KnownState, Queued, differs
from autobook.service.document_sources import SOURCES

if TYPE_CHECKING:
    from autobook.service.reconcile import ReconcileDocuments

_MOST_UNANSWERED: Final = 3
"""Documents in a row that cannot be asked for; with another one it may not be the documents' fault."""


@dataclass(slots=True)
class Checks:
    """The checks of one call. `note` is called with every difference, `skip` with the names of what is only counted.

    `check_time` raises where no time is left to ask for another document; what it keeps of `asked` lets the next call
    go on there, however slow the documents are.
    """

    use_case: "ReconcileDocuments"
    note: Callable[[Difference], None]
    skip: Callable[[Sequence[str]], None]
    check_time: Callable[[], None]
    asked: set[bytes]
    """Digests of documents of the present page that were asked for, and need not be again."""
    _unanswered: int = field(default=0, init=False)

    def listed(self, kind: DocumentKind, page: Sequence[DocumentContent | Unreadable]) -> None:
        """A page of a list against the provenance."""
        contents = {Document(kind, content.id): content for content in page if content.id is not None}
        known = self.use_case.sweep_state.known(contents) if contents else {}
        progress = self.use_case.sweep_state.progress(kind)
        horizon = progress.horizon if progress else None
        for content in page:
            if content.id is None:
                self.skip(["unidentified"])
        for document, content in contents.items():
            state = known.get(document, KnownState())
            if not isinstance(content, Unreadable) and not differs(content, state.record):
                continue
            seen = state.record is not None and (state.record.was_seen or state.record.given_up is not None)
            if not seen and not isinstance(content, Unreadable) and self._is_before(kind, content, horizon):
                self.skip(["before_horizon"])
            elif self._in_flight(state, content):
                self.skip(["in_flight"])
            elif (key := digest(document.key)) not in self.asked:
                self._confirm(document, state.record)
                self.asked.add(key)

    def recorded(self, record: ProvenanceRecord, archived: str | None, is_listed: bool, is_stored: bool) -> None:
        """A record of the provenance against what the lists and the archive have shown.

        `archived` is the state that the archive was given last, "" while the document's file is still looked for.
        """
        whole = archived is not None and archived == record.fingerprint and is_stored
        if is_listed and archived == "" and is_stored and record.fingerprint is not None:
            self._look_for_file(record)
            return
        if is_listed and (whole or record.fingerprint is None):
            return  # an incomplete run is the lists' affair
        key = digest(record.document.key)
        if key in self.asked:
            return
        state = self.use_case.sweep_state.known([record.document]).get(record.document, KnownState(record))
        if self._in_flight(state, None):
            self.skip(["in_flight"])
            return
        dealt_with = not is_listed and self._confirm(record.document, state.record)
        if not dealt_with and not whole and record.fingerprint is not None:
            self._confirm_unarchived(record, archived, is_stored)
        self.asked.add(key)

    def repair(self, difference: Difference) -> None:
        """Queue a document once more, where its difference is dealt with."""
        document, now = difference.document, self.use_case.clock()
        if difference.kind is DifferenceKind.NOT_ARCHIVED:
            self.use_case.archive_requests.send(_request(difference, now, self.use_case.source))
        else:
            trace_id = f"reconcile-{now.isoformat()}"
            message = DocumentMessage(document.kind, document.id, Change.UPDATE, now.isoformat(), trace_id)
            self.use_case.queue.send(message)
        self.use_case.sweep_state.remember_queued(document, Queued(f"reconcile:{difference.state}", now))

    def _look_for_file(self, record: ProvenanceRecord) -> None:
        """Kanbert did not give the file when the document was archived: the archive looks once more. No difference."""
        self.skip(["files_missing"])
        if self.use_case.repairs:
            difference = Difference(record.document, DifferenceKind.NOT_ARCHIVED, state=record.fingerprint or "")
            self.use_case.archive_requests.send(_request(difference, self.use_case.clock(), self.use_case.source))

    def _is_before(self, kind: DocumentKind, content: DocumentContent, horizon: datetime | None) -> bool:
        """True for a document from before our time that is not open."""
        dated = kind.facts.dated_by(content)
        if horizon is None:
            return True
        return dated is not None and dated < horizon and not (kind.facts.always_due and content.status == "open")

    def _in_flight(self, state: KnownState, content: DocumentContent | Unreadable | None) -> bool:
        """True if something has happened lately: to the document, or to a message about it.

        A look that found nothing new is nothing: else what is looked at every hour would never be compared.
        """
        moments = [
            None if content is None or isinstance(content, Unreadable) else last_change(content),
            *(state.record.runs if state.record else ()),
            state.queued.at if state.queued else None,
        ]
        recent = self.use_case.clock() - IN_FLIGHT
        return any(moment is not None and moment > recent for moment in moments)

    def _confirm(self, document: Document, record: ProvenanceRecord | None) -> bool:
        """Ask for the document. True if it differs, is dead, or cannot be asked for."""
        self.check_time()
        known = record is not None and record.was_seen and not record.deleted
        given_up = record.given_up if record else None
        if given_up is not None and not given_up.has_dead_letter(self.use_case.clock()):
            given_up = None
        try:
            content = SOURCES[document.kind].fetch(self.use_case.kanbert, document.id)
        except RetryLater as error:
            self._pass_over(document.kind, error)
            return True
        except NotFound:
            self._unanswered = 0
            if known and record:
                self.note(Difference(document, DifferenceKind.GONE, record.status))
            return known
        except GiveUp:
            self._unanswered = 0
            if given_up is not None:
                self.skip(["dead"])
            else:
                self.note(Difference(document, DifferenceKind.STALE if known else DifferenceKind.MISSING))
            return True
        self._unanswered = 0
        state, status = fingerprint(content), short_status(content)
        if record is not None and record.fingerprint == state:
            return False
        if given_up is not None and given_up.state == state:
            self.skip(["dead"])
        elif known:
            self.note(Difference(document, DifferenceKind.STALE, status, state))
        else:
            vanished = record is None and bool(self.use_case.inventory.archived([document]))
            self.note(Difference(document, DifferenceKind.MISSING, status, state, vanished))
        return True

    def _pass_over(self, kind: DocumentKind, error: RetryLater) -> None:
        """Documents that Kanbert refuses to give, or fails to, do not keep the run from all others.

        After a few in a row a list is asked for: where Kanbert gives it, the fault is the documents'; else it raises.
        """
        if isinstance(error, NoTimeLeft) or (isinstance(error, AccessRefused) and not isinstance(error, Forbidden)):
            raise error
        self._unanswered += 1
        if self._unanswered > _MOST_UNANSWERED and not isinstance(error, Forbidden):
            next(SOURCES[kind].all(self.use_case.kanbert), None)
            self._unanswered = 0
        self.skip(["unconfirmed"])

    def _confirm_unarchived(self, record: ProvenanceRecord, archived: str | None, is_stored: bool) -> None:
        """Look again: the archive was listed a while ago, and the document may have gone since."""
        document, state = record.document, record.fingerprint or ""
        marked = archived == record.fingerprint
        if marked and self.use_case.archive.holds(document):
            return
        if self._confirm(document, record):
            return
        vanished = marked or (archived is None and is_stored)
        self.note(Difference(document, DifferenceKind.NOT_ARCHIVED, record.status, state, vanished))


def _request(difference: Difference, now: datetime, source: str) -> Event:
    """Asks the archive for a document; sent to its queue alone, so that no consumer gets the event twice."""
    document = difference.document
    trace_id = f"reconcile-{now.isoformat()}"
    context = EventContext(document, f"reconcile:{difference.state}:{now.isoformat()}", now, trace_id, source)
    return archive_request(context, difference.state)
