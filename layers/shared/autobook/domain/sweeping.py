"""What a sweep remembers and decides: how far it came, and whether a listed document needs a run."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from autobook.domain.canonical import sha256
from autobook.domain.documents import Change, Document, DocumentContent, DocumentKind, Unreadable, last_change
from autobook.domain.fingerprints import fingerprint, shows_lines, state_of
from autobook.domain.provenance import ProvenanceRecord

OVERLAP: Final = timedelta(days=1)
"""By which a pass looks back behind the start of an earlier one: clocks differ, and Kanbert filters by the day."""
VIEWS: Final = 4
"""Complete passes that a pass looks back over. Each walks the list in another order and with other page sizes, so that
what one of them misses at the border of a page, another finds."""
FOLLOWED: Final = timedelta(days=92)
"""How old documents are that are looked at once a day, whatever their status."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_FIRST_REPEAT, _LAST_REPEAT = _HOUR, _DAY


class Reach(StrEnum):
    """What a pass looks at."""

    OPEN = "open"
    """Documents that are open, and recent ones."""
    HOURLY = "hourly"
    """Those that wait to be booked, too."""
    DAILY = "daily"
    """Whatever came within the last months, too: corrections, bookings, reopened documents."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the sweep of one kind's list has come.

    `horizon`: documents that are neither open nor known are looked at only if they are as young as that.
    `watermarks`: the starts of the last complete passes, the oldest first. `started_at`, `since`, `reach` and `cursor`
    belong to the pass under way, `started_at` None when there is none: an interrupted pass resumes at its cursor, with
    the `since` that it began with. `ordered` is False once this pass has seen an order that is not the one asked for.
    `view` counts passes, begun anew or not. `hourly_at` and `daily_at` are the starts of the last complete passes of
    that reach. `version` counts saves; a save on top of another's is refused.
    """

    kind: DocumentKind
    horizon: datetime
    watermarks: tuple[datetime, ...] = ()
    started_at: datetime | None = None
    since: datetime | None = None
    reach: Reach = Reach.OPEN
    cursor: str | None = None
    ordered: bool = True
    view: int = 0
    hourly_at: datetime | None = None
    daily_at: datetime | None = None
    version: int = 0

    def begun(self, now: datetime) -> Self:
        """The pass under way, or a new one."""
        if self.started_at is not None:
            return self
        reach = Reach.OPEN
        if self.daily_at is None or now - self.daily_at >= _DAY:
            reach = Reach.DAILY
        elif self.hourly_at is None or now - self.hourly_at >= _HOUR:
            reach = Reach.HOURLY
        since = self.horizon
        if len(self.watermarks) == VIEWS:
            behind = self.watermarks[0] - OVERLAP
            since = max(self.horizon, min(behind, now - FOLLOWED) if reach is Reach.DAILY else behind)
        return replace(self, started_at=now, since=since, reach=reach, cursor=None, ordered=True)

    def after_page(self, cursor: str | None, *, ordered: bool = True) -> Self:
        """After a page: on to the next one, or the pass is complete."""
        if cursor is not None:
            return replace(self, cursor=cursor, ordered=self.ordered and ordered)
        started = self.started_at
        complete = (*self.watermarks, started)[-VIEWS:] if started else self.watermarks
        hourly = started if self.reach is not Reach.OPEN else self.hourly_at
        daily = started if self.reach is Reach.DAILY else self.daily_at
        return replace(self.restarted(), watermarks=complete, hourly_at=hourly, daily_at=daily)

    def restarted(self) -> Self:
        """Without the pass under way: the next one begins at the beginning, in another order."""
        view = self.view + (self.started_at is not None)
        return replace(self, started_at=None, since=None, reach=Reach.OPEN, cursor=None, ordered=True, view=view)

    def reaching_back(self, since: datetime) -> Self:
        """With a horizon that is no later than this; the next passes look at everything since then."""
        return replace(self, horizon=min(self.horizon, since), watermarks=(), daily_at=None)

    def next_version(self) -> Self:
        """As it is saved."""
        return replace(self, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class Queued:
    """What was queued of a document last: its deduplication key, when, and how many times in a row."""

    dedup_key: str
    at: datetime
    times: int = 1

    def is_due_again(self, now: datetime) -> bool:
        """True when it is time to queue the same once more: after an hour, then two, four … at most a day."""
        wait: timedelta = _FIRST_REPEAT * 2 ** min(self.times - 1, 10)
        return now - self.at >= min(_LAST_REPEAT, wait)


@dataclass(frozen=True, slots=True)
class KnownState:
    """What is known of a document, as far as a list is compared with it.

    `record` is provenance's, None for a document that was never seen; `has_values` is False where it is without the
    values that we wrote. `queued` is what was queued last.
    """

    record: ProvenanceRecord | None = None
    queued: Queued | None = None
    has_values: bool = True

    def left_no_trace(self) -> bool:
        """True if no run has had the document before it since it was queued."""
        seen_at = self.record.seen_at if self.record else None
        return self.queued is not None and (seen_at is None or seen_at < self.queued.at)

    def next_queued(self, dedup_key: str, now: datetime) -> Queued:
        """What is remembered when it is queued now."""
        again = self.queued is not None and self.queued.dedup_key == dedup_key
        return Queued(dedup_key, now, self.queued.times + 1 if self.queued and again else 1)


class Verdict(StrEnum):
    """What becomes of a listed document."""

    KNOWN = "known"
    """Nothing to do."""
    DUE = "due"
    """To be queued."""
    WAITS = "waits"
    """Queued in this state before; a run may still come to it, or it ended as a dead letter."""
    RESTLESS = "restless"
    """Changes all the time; processed later."""


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document in a list, compared with what is known.

    `queued` is what is remembered if it is queued now. `change` is what the message about it says: it has
    changed, or is to be decided again.
    """

    document: Document
    verdict: Verdict
    queued: Queued
    status: str
    change: Change = Change.UPDATE

    @property
    def needs_processing(self) -> bool:
        """True if it is to be queued."""
        return self.verdict is Verdict.DUE


def compared(
    document: Document, content: DocumentContent | Unreadable, known: KnownState, now: datetime, decide_again: str = ""
) -> ListedDocument:
    """A listed document against what is known. `decide_again` names why one that has not changed is to be queued.

    A state is queued once. It is queued again where no run came to it: a message may be lost, and a document may have
    been missing when its turn came. One that ended as a dead letter left a trace.
    """
    found = "" if isinstance(content, Unreadable) else fingerprint(content)
    changed = isinstance(content, Unreadable) or differs(content, known.record, found)
    key = unreadable_key(content) if isinstance(content, Unreadable) else dedup_key(content, found, known)
    key += "" if changed else f":{decide_again}"
    queued = known.next_queued(key, now)
    status = "" if isinstance(content, Unreadable) else content.status or ""
    verdict = Verdict.DUE
    if not changed and not decide_again:
        verdict = Verdict.KNOWN
    elif known.queued is not None and known.queued.dedup_key == key:
        due = (known.left_no_trace() or not changed) and known.queued.is_due_again(now)
        verdict = Verdict.DUE if due else Verdict.WAITS
    if verdict is Verdict.DUE and known.record is not None and known.record.slowed_until(now) is not None:
        verdict = Verdict.RESTLESS
    return ListedDocument(document, verdict, queued, status, Change.UPDATE if changed else Change.DECIDE)


def differs(content: DocumentContent, record: ProvenanceRecord | None, found: str | None = None) -> bool:
    """True if a listed document is new, or not in the state in which the last complete run left it.

    Where the list leaves lines out, header and `updated_at` have to tell: the header has the status in it. `found` is
    its fingerprint, where that is known already.
    """
    if record is None or record.fingerprint is None:
        return True
    if shows_lines(content):
        return record.fingerprint != (found or fingerprint(content))
    state = state_of(content)
    return (record.header, record.updated_at) != (state.header, state.updated_at)


def dedup_key(content: DocumentContent, found: str, known: KnownState) -> str:
    """Deduplication key of a document that is queued: its state (the fingerprint found), and provenance's revision.

    With `updated_at`, for a list may leave out what has changed.
    """
    changed = last_change(content)
    revision = known.record.revision if known.record else ""
    return f"{found}:{changed.isoformat() if changed else ''}:{revision}"


def unreadable_key(unreadable: Unreadable) -> str:
    """Names what came in place of a document."""
    return f"unreadable:{sha256(repr((unreadable.reason, unreadable.source)).encode('utf-8', 'replace'))}"


def incoming_filter(progress: Progress) -> str:
    """The incoming invoices that a pass looks at, in Kanbert's filter language: open ones however old they are."""
    since = progress.since or progress.horizon
    wanted = ['status = "open"', created_since(since)]
    if progress.reach is not Reach.OPEN:
        wanted.append(f'(status = "ready_for_accounting" and {created_since(progress.horizon)})')
    return " or ".join(wanted)


def created_since(since: datetime) -> str:
    """Everything created since, in Kanbert's filter language."""
    return f'created_at >= "{_day(since)}"'


def descends(dates: Iterable[datetime | None]) -> bool:
    """True if none of these dates is later than one before it; those that are not known are passed over."""
    known = [each for each in dates if each is not None]
    return known == sorted(known, reverse=True)


def _day(moment: datetime) -> date:
    # A day earlier: which midnight Kanbert means is not documented.
    return (moment - OVERLAP).date()
