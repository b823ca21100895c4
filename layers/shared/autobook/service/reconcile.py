"""Do Kanbert, provenance and archive agree? Compared document by document; what differs is queued once more.

Documents changed within the last hour are skipped: they may be in flight. Documents from before the sweep's horizon
are counted, and missed only if provenance has them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from autobook.domain.documents import (
    Change,
    Document,
    DocumentContent,
    DocumentKind,
    DocumentMessage,
    Unreadable,
    last_change,
)
from autobook.domain.events import Event, EventContext, document_seen
from autobook.domain.fingerprints import fingerprint
from autobook.domain.provenance import ProvenanceRecord
from autobook.service.document_sources import SOURCES
from autobook.service.ports import (
    ArchiveIndex,
    ArchiveRequests,
    Clock,
    DocumentLists,
    DocumentQueue,
    ProvenanceInventory,
    SweepState,
)

IN_FLIGHT = timedelta(hours=1)
"""A document that changed less than this ago is not counted as a difference."""


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
    """One document; `status` is Kanbert's."""

    document: Document
    kind: DifferenceKind
    status: str = ""


@dataclass(frozen=True, slots=True)
class ReconcileResult:
    """Counts by `kind status`, and what differs. `in_flight` and `before_horizon` count documents that were skipped."""

    kanbert: dict[str, int] = field(default_factory=dict)
    provenance: dict[str, int] = field(default_factory=dict)
    archive: dict[str, int] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    in_flight: int = 0
    before_horizon: int = 0
    repaired: int = 0

    @property
    def complete(self) -> bool:
        """True if Kanbert, provenance and archive agree."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class ReconcileDocuments:
    """The use case. It may raise RetryLater."""

    kanbert: DocumentLists
    sweep_state: SweepState
    inventory: ProvenanceInventory
    archive: ArchiveIndex
    queue: DocumentQueue
    archive_requests: ArchiveRequests
    clock: Clock

    def __call__(self) -> ReconcileResult:
        """Count, compare, and queue whatever differs once more."""
        reconciled = self.compare()
        for number, _ in enumerate(self.repair(reconciled), 1):
            reconciled = replace(reconciled, repaired=number)
        return reconciled

    def compare(self) -> ReconcileResult:
        """Count and compare; nothing is changed."""
        # Kanbert first: what is processed in between is in provenance then, and not missed.
        listed = dict(self._listed())
        recorded, archived = self.inventory.recorded(), self.inventory.archived()
        stored = _documents(self.archive.keys())
        comparison = _Comparison(self, recorded, {d: s for d, s in archived.items() if d in stored})
        for document, each in listed.items():
            comparison.add_listed(document, each)
        for document in recorded.keys() - listed.keys():
            comparison.add_absent(document)
        return comparison.result()

    def _listed(self) -> Iterator[tuple[Document, "_Listed"]]:
        for kind, source in SOURCES.items():
            for content in source.all(self.kanbert):
                if not isinstance(content, Unreadable):  # the sweep queues it, and its dead letter names the reason
                    yield Document(kind, content.id), _Listed.of(kind, content)

    def horizon(self, kind: DocumentKind) -> datetime | None:
        """How far back documents of this kind are to be there; None before the first sweep."""
        progress = self.sweep_state.progress(kind)
        return progress.horizon if progress else None

    def repair(self, reconciled: ReconcileResult) -> Iterator[Difference]:
        """Queue every document that differs, one by one."""
        recorded = self.inventory.recorded() if reconciled.differences else {}
        for difference in reconciled.differences:
            if difference.kind is DifferenceKind.NOT_ARCHIVED:
                self.archive_requests.send(self._request(recorded[difference.document]))
            else:
                now = self.clock().isoformat()
                document = difference.document
                self.queue.send(DocumentMessage(document.kind, document.id, Change.UPDATE, now, f"reconcile-{now}"))
            yield difference

    def _request(self, record: ProvenanceRecord) -> Event:
        """Asks the archive for a document; sent to its queue alone, so that no consumer gets the event twice."""
        document, now = record.document, self.clock()
        context = EventContext(document, f"reconcile:{record.revision}", now, f"reconcile-{now.isoformat()}")
        return document_seen(context, document.kind.facts.changed_event, record.fingerprint or "")


@dataclass(frozen=True, slots=True)
class _Listed:
    """As much of a listed document as is compared: a full account's documents do not fit into memory.

    `dated` is the date that is compared with the horizon. `whole` is False where the list left out the lines: what is
    left is no reason to call provenance wrong.
    """

    status: str
    fingerprint: str
    last_change: datetime | None
    dated: datetime | None
    whole: bool

    @classmethod
    def of(cls, kind: DocumentKind, content: DocumentContent) -> "_Listed":
        whole = getattr(content, kind.facts.lines, ()) is not None
        status, state = content.status or "", fingerprint(content)
        return cls(status, state, last_change(content), kind.facts.dated_by(content), whole)


class _Comparison:
    """The comparison while it is being made."""

    def __init__(
        self,
        reconcile: ReconcileDocuments,
        recorded: Mapping[Document, ProvenanceRecord],
        archived: Mapping[Document, str],
    ) -> None:
        self._recorded = recorded
        self._archived = archived
        self._recent = reconcile.clock() - IN_FLIGHT
        self._horizons = {kind: reconcile.horizon(kind) for kind in DocumentKind}
        self._kanbert = Counter[str]()
        self._differences: list[Difference] = []
        self._in_flight = 0
        self._before_horizon = 0

    def add_listed(self, document: Document, listed: _Listed) -> None:
        record = self._recorded.get(document)
        horizon = self._horizons[document.kind]
        if record is None and (horizon is None or (listed.dated is not None and listed.dated < horizon)):
            self._before_horizon += 1
            return
        self._kanbert[_key(document, listed.status)] += 1
        kind = self._difference(document, record, listed)
        if kind is None:
            return
        if listed.last_change is not None and listed.last_change > self._recent:
            self._in_flight += 1
            return
        self._differences.append(Difference(document, kind, listed.status))

    def _difference(
        self, document: Document, record: ProvenanceRecord | None, listed: _Listed
    ) -> DifferenceKind | None:
        if record is None:
            return DifferenceKind.MISSING
        if record.fingerprint is None or (listed.whole and record.fingerprint != listed.fingerprint):
            return DifferenceKind.STALE
        return None if self._archived.get(document) == record.fingerprint else DifferenceKind.NOT_ARCHIVED

    def add_absent(self, document: Document) -> None:
        record = self._recorded[document]
        if not record.deleted:
            self._differences.append(Difference(document, DifferenceKind.GONE, record.status))

    def result(self) -> ReconcileResult:
        present = {document: record for document, record in self._recorded.items() if not record.deleted}
        return ReconcileResult(
            kanbert=_sorted(self._kanbert),
            provenance=_sorted(Counter(_key(document, record.status) for document, record in present.items())),
            archive=_sorted(
                Counter(_key(document, present[document].status) for document in self._archived if document in present)
            ),
            differences=tuple(sorted(self._differences, key=lambda d: (d.kind, d.document.key))),
            in_flight=self._in_flight,
            before_horizon=self._before_horizon,
        )


def _key(document: Document, status: str) -> str:
    return f"{document.kind} {status or '-'}"


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _documents(keys: Iterator[str]) -> frozenset[Document]:
    """The documents of `{kind}/{year}/{id}/{sha256}.json` keys."""
    found = set()
    for key in keys:
        kind, _, rest = key.partition("/")
        parts = rest.split("/")
        if kind in set(DocumentKind) and len(parts) == 3 and parts[2].endswith(".json"):
            found.add(Document(DocumentKind(kind), parts[1]))
    return frozenset(found)
