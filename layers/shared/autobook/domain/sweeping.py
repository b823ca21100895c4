"""What a sweep remembers: how far it came, and which state of a document it has queued already."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Self

from autobook.domain.canonical import sha256
from autobook.domain.documents import Document, DocumentContent, DocumentKind, Unreadable, last_change
from autobook.domain.fingerprints import fingerprint

OVERLAP = timedelta(days=1)
"""By which a pass looks back behind the start of the one before: clocks differ, and Kanbert filters by the day."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the sweep of one kind's list has come.

    `horizon`: nothing older is looked at. `watermark`: the start of the last complete pass. `started_at`, `since` and
    `cursor` belong to the pass under way, None when there is none: an interrupted pass resumes at its cursor, with the
    `since` that it began with. `version` counts saves; a save on top of another's is refused.
    """

    kind: DocumentKind
    horizon: datetime
    watermark: datetime | None = None
    started_at: datetime | None = None
    since: datetime | None = None
    cursor: str | None = None
    version: int = 0

    def begun(self, now: datetime) -> Self:
        """The pass under way, or a new one."""
        if self.started_at is not None:
            return self
        since = max(self.horizon, self.watermark - OVERLAP) if self.watermark else self.horizon
        return replace(self, started_at=now, since=since, cursor=None)

    def after_page(self, cursor: str | None) -> Self:
        """After a page: on to the next one, or the pass is complete."""
        if cursor is not None:
            return replace(self, cursor=cursor)
        return replace(self, watermark=self.started_at, started_at=None, since=None, cursor=None)

    def restarted(self) -> Self:
        """Without the pass under way: the next one begins at the beginning."""
        return replace(self, started_at=None, since=None, cursor=None)

    def reaching_back(self, since: datetime) -> Self:
        """With a horizon that is no later than this."""
        return replace(self, horizon=min(self.horizon, since))

    def next_version(self) -> Self:
        """As it is saved."""
        return replace(self, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class KnownState:
    """What provenance knows of a document, as far as a sweep asks.

    `fingerprint` is None for a document that was never seen and for an incomplete run. `queued` is the deduplication
    key of what a sweep queued last.
    """

    fingerprint: str | None = None
    revision: str = ""
    queued: str = ""


def dedup_key(content: DocumentContent, known: KnownState) -> str:
    """Deduplication key of a document that a sweep queues: its state, and provenance's revision of it.

    With `updated_at`, for a list may leave out what has changed.
    """
    changed = last_change(content)
    return f"{fingerprint(content)}:{changed.isoformat() if changed else ''}:{known.revision}"


def unreadable_key(unreadable: Unreadable) -> str:
    """Deduplication key of a document that cannot be read: what came of it."""
    return f"unreadable:{sha256(repr((unreadable.reason, unreadable.source)).encode('utf-8', 'replace'))}"


def needs_processing(content: DocumentContent, known: KnownState) -> bool:
    """True if a document is new, or differs from what provenance has, and was not queued in this state before.

    A document that cannot be processed is thus queued once, not at every sweep.
    """
    return known.fingerprint != fingerprint(content) and known.queued != dedup_key(content, known)


def incoming_filter(horizon: datetime, since: datetime) -> str:
    """The open incoming invoices, and whatever was created since, in Kanbert's filter language."""
    return f'created_at >= "{_day(horizon)}" and (status = "open" or created_at >= "{_day(since)}")'


def created_since(since: datetime) -> str:
    """Everything created since, in Kanbert's filter language."""
    return f'created_at >= "{_day(since)}"'


def _day(moment: datetime) -> date:
    # A day earlier: which midnight Kanbert means is not documented.
    return (moment - OVERLAP).date()


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document in a list, compared with the provenance."""

    document: Document
    dedup_key: str
    needs_processing: bool
    status: str
