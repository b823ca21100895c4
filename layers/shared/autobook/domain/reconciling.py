"""What a reconcile run remembers and counts: how far it came, what it found, and what the run before had found."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Final, Self

from autobook.domain.documents import Document, DocumentKind

IN_FLIGHT: Final = timedelta(hours=1)
"""A document that changed, or was queued, less than this ago is not counted as a difference."""
BETWEEN_RUNS: Final = timedelta(hours=10)
"""From the start of a complete run to the next one."""
HASH_SIZE: Final = 8
"""Bytes kept of each document: at a million documents two of them are taken for one once in 40 million accounts."""


class DifferenceKind(StrEnum):
    """How a document differs."""

    MISSING = "missing"
    """In Kanbert, not in the provenance."""
    STALE = "stale"
    """Provenance has another state than Kanbert, or an incomplete run."""
    GONE = "gone"
    """In the provenance, no longer in Kanbert."""
    NOT_ARCHIVED = "not archived"
    """Processed, but its state is not in the archive."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One document. `status` is Kanbert's; `state` is the fingerprint that is missing somewhere, "" where unknown.

    `vanished`: provenance or archive had the document and have it no longer, which nothing in the normal course does.
    """

    document: Document
    kind: DifferenceKind
    status: str = ""
    state: str = ""
    vanished: bool = False

    @property
    def digest(self) -> bytes:
        """The same when another run finds the same difference."""
        return digest(f"{self.kind}:{self.document.key}:{self.state}")


def digest(text: str) -> bytes:
    """Eight bytes that stand for a text."""
    return blake2b(text.encode(), digest_size=HASH_SIZE).digest()


def split(digests: bytes) -> Iterator[bytes]:
    """One by one."""
    return (digests[start : start + HASH_SIZE] for start in range(0, len(digests), HASH_SIZE))


class Digests:
    """A set of digests, eight bytes each."""

    def __init__(self, chunks: Iterable[bytes] = ()) -> None:
        found = array("Q")
        for chunk in chunks:
            found.frombytes(chunk)
        self._sorted = array("Q", sorted(found))

    def __contains__(self, text: str) -> bool:
        """True if the digest of this text is among them."""
        return self.has(digest(text))

    def has(self, each: bytes) -> bool:
        """True if this digest is among them."""
        value = array("Q", each)[0]
        place = bisect_left(self._sorted, value)
        return place < len(self._sorted) and self._sorted[place] == value


class Step(StrEnum):
    """The steps of a run, in order."""

    INCOMING = DocumentKind.INCOMING_INVOICE.value
    OUTGOING = DocumentKind.OUTGOING_INVOICE.value
    """Kanbert's lists against the provenance."""
    ARCHIVE = "archive"
    """Which documents have an object in the archive."""
    PROVENANCE = "provenance"
    """Provenance's records against what the steps before have seen."""


class Collection(StrEnum):
    """What digests are kept of, page by page."""

    LISTED = "listed"
    STORED = "stored"
    FOUND = "found"
    FOUND_BEFORE = "found before"
    """Differences of this run, and of the one before."""


@dataclass(frozen=True, slots=True)
class ReconcileProgress:
    """How far a run has come, kept after every page, so that the next call resumes there.

    `number` counts runs, `restarts` walks that had to begin anew, `broken` those of this step. `started_at` is None
    when no run is under way; `completed_at` is the start of the last complete one. `pages` says how many pages of
    digests there are, `counts` what was counted so far (`kanbert incoming_invoice open` and the like, and numbers of a
    ReconcileResult). `found` are the digests of the present page's differences, `asked` those of its documents that
    were asked for and need not be again. `version` counts saves; a save on top of another's is refused.
    """

    number: int = 0
    restarts: int = 0
    started_at: datetime | None = None
    completed_at: datetime | None = None
    step: Step = Step.INCOMING
    cursor: str | None = None
    pages: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    found: bytes = b""
    asked: bytes = b""
    broken: int = 0
    version: int = 0

    def begun(self, now: datetime) -> Self | None:
        """The run under way, or a new one; None when none is due."""
        if self.started_at is not None:
            return self
        if self.completed_at is not None and now - self.completed_at < BETWEEN_RUNS:
            return None
        before = {self.name(Collection.FOUND): self.pages.get(self.name(Collection.FOUND), 0)}
        begun = replace(self, number=self.number + 1, started_at=now, step=Step.INCOMING, cursor=None)
        return replace(begun, pages=before, counts={}, found=b"", asked=b"", broken=0)

    def restarted(self) -> Self:
        """With the walk of this step's list at its beginning, in another order."""
        kept = {name: count for name, count in self.counts.items() if not name.startswith(f"kanbert {self.step}")}
        anew = replace(self, cursor=None, restarts=self.restarts + 1, broken=self.broken + 1)
        return replace(anew, counts=kept, asked=b"")

    def has_found(self, difference: Difference) -> bool:
        """True if the present page's differences have this one."""
        return difference.digest in split(self.found)

    @property
    def view(self) -> int:
        """In which order lists are walked."""
        return self.number + self.restarts

    def after_page(self, cursor: str | None) -> Self:
        """After a page: on to the next one, the next step, or the end."""
        if cursor is not None:
            return replace(self, cursor=cursor)
        steps = list(Step)
        following = steps.index(self.step) + 1
        if following < len(steps):
            return replace(self, step=steps[following], cursor=None, broken=0)
        return replace(self, started_at=None, completed_at=self.started_at, cursor=None)

    def name(self, collection: Collection) -> str:
        """Under which name a collection is kept: what was found takes turns, so that the last run's is still there."""
        if collection in (Collection.FOUND, Collection.FOUND_BEFORE):
            return f"found{(self.number + (collection is Collection.FOUND_BEFORE)) % 2}"
        return collection.value

    def with_counts(self, counts: Mapping[str, int]) -> Self:
        """With these counted, too."""
        names = {*self.counts, *counts}
        return replace(self, counts={name: self.counts.get(name, 0) + counts.get(name, 0) for name in names})

    def with_page(self, collection: Collection) -> Self:
        """With one page of digests more."""
        name = self.name(collection)
        return replace(self, pages={**self.pages, name: self.pages.get(name, 0) + 1})

    def next_version(self) -> Self:
        """As it is saved."""
        return replace(self, version=self.version + 1)
