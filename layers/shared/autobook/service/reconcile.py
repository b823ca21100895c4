"""Whether everything is there: what Kanbert has, provenance has and the archive has, document by document.

Nothing is held against a document that was touched a moment ago: it may be under way. Documents from before the
sweep's horizon are counted, and missed only where provenance knows them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from autobook.domain import events
from autobook.domain.canonical import fingerprint
from autobook.domain.documents import Change, Document, DocumentKind, DocumentMessage
from autobook.domain.events import DocumentRef, DocumentSeen, Event, EventType
from autobook.domain.kanbert.incoming import IncomingInvoice
from autobook.domain.kanbert.outgoing import PARTS
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.sweeping import InvoiceList, touched
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
"""A document that changed less than this ago is not held to be a difference."""
PAGE = 100


class Fault(StrEnum):
    """How a document differs."""

    MISSING = "missing"
    """In Kanbert, not in the provenance."""
    STALE = "stale"
    """Provenance has another state than Kanbert, or a run that did not come to its end."""
    GONE = "gone"
    """In the provenance, no longer in Kanbert."""
    NOT_ARCHIVED = "not archived"
    """Processed, but its state is not in the archive."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One document; `status` is Kanbert's."""

    document: Document
    fault: Fault
    status: str = ""


@dataclass(frozen=True, slots=True)
class ReconcileResult:
    """Counts by `kind status`, and what differs. `in_flight` and `before_horizon` are documents left out of account."""

    kanbert: dict[str, int] = field(default_factory=dict)
    provenance: dict[str, int] = field(default_factory=dict)
    archive: dict[str, int] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    in_flight: int = 0
    before_horizon: int = 0
    corrected: int = 0

    @property
    def complete(self) -> bool:
        """Whether everything is everywhere."""
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
        reconciled = self.look()
        for number, _ in enumerate(self.repair(reconciled), 1):
            reconciled = replace(reconciled, corrected=number)
        return reconciled

    def look(self) -> ReconcileResult:
        """Count and compare; nothing is changed."""
        # Kanbert first: what comes in between is in provenance then, and not missed.
        listed = dict(self._listed())
        recorded, archived = self.inventory.recorded(), self.inventory.archived()
        stored = _documents(self.archive.keys())
        tally = _Tally(self, recorded, {d: s for d, s in archived.items() if d in stored})
        for document, each in listed.items():
            tally.compare(document, each)
        for document in recorded.keys() - listed.keys():
            tally.absent(document)
        return tally.reconciled()

    def _listed(self) -> Iterator[tuple[Document, Any]]:
        incoming = self.kanbert.list_incoming_invoices(
            filter=None, sort="created_at", page_size=PAGE, cursor=None, on_page=None
        )
        for each in incoming:
            yield Document(DocumentKind.INCOMING_INVOICE, each.id), _Listed.of(each)
        outgoing: Iterator[Any] = self.kanbert.list_outgoing_invoices(
            sort="-updated_at", include=PARTS, page_size=PAGE, cursor=None, on_page=None
        )
        for each in outgoing:
            yield Document(DocumentKind.OUTGOING_INVOICE, each.id), _Listed.of(each)

    def horizon(self, document: Document) -> datetime | None:
        """How far back documents of this kind are to be there; None before the first sweep."""
        incoming = document.kind is DocumentKind.INCOMING_INVOICE
        progress = self.sweep_state.progress(InvoiceList.INCOMING if incoming else InvoiceList.OUTGOING)
        return progress.horizon if progress else None

    def repair(self, reconciled: ReconcileResult) -> Iterator[Difference]:
        """Queue every document that differs, one by one."""
        recorded = self.inventory.recorded() if reconciled.differences else {}
        for difference in reconciled.differences:
            if difference.fault is Fault.NOT_ARCHIVED:
                self.archive_requests.send(self._request(recorded[difference.document]))
            else:
                now = self.clock().isoformat()
                document = difference.document
                self.queue.send(DocumentMessage(document.kind, document.id, Change.UPDATE, now, f"reconcile-{now}"))
            yield difference

    def _request(self, entry: ProvenanceRecord) -> Event:
        """What asks the archive for a document: goes to it alone, nobody else hears it twice."""
        document, now = entry.document, self.clock()
        incoming = document.kind is DocumentKind.INCOMING_INVOICE
        type_: EventType = "invoice.changed" if incoming else "outgoing_invoice.changed"
        ref = DocumentRef(kind=document.kind.value, id=document.id, state=entry.fingerprint or "")
        data = DocumentSeen(document=ref, invoice=None)
        trace = f"reconcile-{now.isoformat()}"
        return events.event(type_, data, document, state=f"reconcile:{entry.revision}", now=now, trace_id=trace)


@dataclass(frozen=True, slots=True)
class _Listed:
    """As much of a listed document as is compared: a full account's documents do not fit into memory."""

    status: str
    fingerprint: str
    touched: datetime
    created_at: datetime
    whole: bool

    @classmethod
    def of(cls, document: Any) -> "_Listed":
        # A list may leave out the lines; what is left is no reason to call provenance wrong.
        lines = "bookings" if isinstance(document, IncomingInvoice) else "line_items"
        whole = getattr(document, lines, ()) is not None
        status = str(getattr(document, "status", None) or "")
        return cls(status, fingerprint(document), touched(document), document.created_at, whole)


class _Tally:
    """The comparison while it is being made."""

    def __init__(self, reconcile: ReconcileDocuments, recorded: Any, archived: dict[Document, str]) -> None:
        self._recorded = recorded
        self._archived = archived
        self._recent = reconcile.clock() - IN_FLIGHT
        self._horizons = {kind: reconcile.horizon(Document(kind, "any")) for kind in DocumentKind}
        self._kanbert = Counter[str]()
        self._differences: list[Difference] = []
        self._under_way = 0
        self._before = 0

    def compare(self, document: Document, listed: _Listed) -> None:
        entry = self._recorded.get(document)
        horizon = self._horizons[document.kind]
        age = listed.created_at if document.kind is DocumentKind.INCOMING_INVOICE else listed.touched
        if entry is None and (horizon is None or age < horizon):
            self._before += 1
            return
        self._kanbert[_key(document, listed.status)] += 1
        fault = self._fault(document, entry, listed)
        if fault is None:
            return
        if listed.touched > self._recent:
            self._under_way += 1
            return
        self._differences.append(Difference(document, fault, listed.status))

    def _fault(self, document: Document, entry: ProvenanceRecord | None, listed: _Listed) -> Fault | None:
        if entry is None:
            return Fault.MISSING
        if entry.fingerprint is None or (listed.whole and entry.fingerprint != listed.fingerprint):
            return Fault.STALE
        return None if self._archived.get(document) == entry.fingerprint else Fault.NOT_ARCHIVED

    def absent(self, document: Document) -> None:
        entry: ProvenanceRecord = self._recorded[document]
        if not entry.deleted:
            self._differences.append(Difference(document, Fault.GONE, entry.status))

    def reconciled(self) -> ReconcileResult:
        present = {document: entry for document, entry in self._recorded.items() if not entry.deleted}
        return ReconcileResult(
            kanbert=_sorted(self._kanbert),
            provenance=_sorted(Counter(_key(document, entry.status) for document, entry in present.items())),
            archive=_sorted(
                Counter(_key(document, present[document].status) for document in self._archived if document in present)
            ),
            differences=tuple(sorted(self._differences, key=lambda d: (d.fault, d.document.key))),
            in_flight=self._under_way,
            before_horizon=self._before,
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
