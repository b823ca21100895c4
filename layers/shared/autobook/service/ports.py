"""What the use cases need from outside, as small protocols named by need. Adapters implement them.

Every method may raise RetryLater (or its AccessRefused) and GiveUp (domain/errors.py); what else it raises is a bug.
Nothing is imported at run time: a use case loads the rules, or pydantic, only if it needs them itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from autobook.domain.codes import Candidate, Code, ObjectName
    from autobook.domain.documents import Document, DocumentContent, DocumentKind, DocumentMessage, Unreadable
    from autobook.domain.events import Event
    from autobook.domain.hypatos import HypatosInvoice, HypatosRecord
    from autobook.domain.kanbert import Booking, IncomingInvoice
    from autobook.domain.provenance import ProvenanceRecord
    from autobook.domain.reconciling import ReconcileProgress
    from autobook.domain.retention import ArchivedState, ManifestLine
    from autobook.domain.rule_history import HistoryEntry
    from autobook.domain.rules import RuleSet
    from autobook.domain.sweeping import KnownState, Progress, Queued
    from autobook.domain.watching import Watched


class Clock(Protocol):
    """The time."""

    def __call__(self) -> datetime:
        """Now, aware."""


class DocumentQueue(Protocol):
    """Where documents wait to be processed, in order per document."""

    def send(self, message: DocumentMessage) -> None:
        """Queue it. Returns only when it is safely stored."""


class Secrets(Protocol):
    """The secrets that webhooks may be signed with."""

    def webhook_secrets(self, *, fresh: bool = False) -> tuple[str, ...]:
        """Current first. `fresh` asks again at the source, unless that was done a moment ago."""


class IncomingInvoices(Protocol):
    """Incoming invoices in Kanbert."""

    def get_incoming_invoice(self, invoice_id: str) -> IncomingInvoice:
        """The present state. Raises NotFound, or UnreadableDocument with what came."""

    def patch_incoming_invoice(self, invoice_id: str, fields: Mapping[str, object]) -> IncomingInvoice | None:
        """Write these fields, named as in the API, and no others; None where the answer does not show them.

        Sent once. Raises Unanswered where it may have been carried out; any other error (NotFound, Refused, …) says
        that nothing was changed.
        """

    def patch_booking(self, invoice_id: str, booking_id: str, fields: Mapping[str, object]) -> Booking | None:
        """Write these fields of a line, named as in the API, and no others; None where the answer does not show them.

        Sent once, and raises as above.
        """


class OutgoingInvoices(Protocol):
    """Outgoing invoices in Kanbert."""

    def get_outgoing_invoice(self, invoice_id: str) -> DocumentContent:
        """The present state. Raises NotFound, or UnreadableDocument with what came."""


class Documents(IncomingInvoices, OutgoingInvoices, Protocol):
    """Documents of every kind, one at a time."""


class DocumentFiles(Documents, Protocol):
    """Documents with their PDF."""

    def incoming_invoice_pdf(self, invoice_id: str) -> bytes | None:
        """The file as it is; None where Kanbert does not offer it. NotFound, FileUnavailable: it may come."""

    def outgoing_invoice_pdf(self, invoice_id: str) -> bytes:
        """The file as it is. Raises NotFound, and FileUnavailable where it may come later."""


class DocumentLists(Protocol):
    """Kanbert's lists, lazily, page after page.

    A document that cannot be read is listed as Unreadable. `on_page` is called with the next cursor (None after the
    last page) when every document of a page was taken. Raises BrokenPaging where the walk has to begin anew.
    """

    def list_incoming_invoices(
        self,
        *,
        filter: str | None,  # noqa: A002 - the API's name
        sort: str,
        page_size: int,
        cursor: str | None,
        on_page: Callable[[str | None], None] | None,
    ) -> Iterator[IncomingInvoice | Unreadable]:
        """Those that match the filter, from the cursor on."""

    def list_outgoing_invoices(
        self,
        *,
        sort: str,
        include: Sequence[str],
        page_size: int,
        cursor: str | None,
        on_page: Callable[[str | None], None] | None,
    ) -> Iterator[DocumentContent | Unreadable]:
        """All, from the cursor on, with those of their parts that are asked for."""


class ListedDocuments(Documents, DocumentLists, Protocol):
    """Documents one at a time, and the lists of them."""


class SweepState(Protocol):
    """What the sweep compares with, and how far it came."""

    def known(self, documents: Iterable[Document]) -> Mapping[Document, KnownState]:
        """What is known of these; nothing of one that was never seen."""

    def remember_queued(self, document: Document, queued: Queued) -> None:
        """Remember what was queued."""

    def was_reported(self, key: str) -> bool:
        """True if something was reported under this key before."""

    def mark_reported(self, key: str) -> None:
        """Something was reported under this key."""

    def progress(self, kind: DocumentKind) -> Progress | None:
        """How far the sweep of this kind's list came; None before the first."""

    def save_progress(self, progress: Progress) -> Progress | None:
        """Save it over `progress.version`; returns it with the next version, None if another was faster."""


class WatchState(Protocol):
    """What the sweep watches."""

    def watched(self) -> Watched | None:
        """What was saved; None before the first time. `reconciled_at` is the reconciliation's own."""

    def save(self, watched: Watched) -> None:
        """Save it."""


class ReconcileState(Protocol):
    """How far a reconcile run came, and the digests that it keeps."""

    def progress(self) -> ReconcileProgress | None:
        """How far it came; None before the first run."""

    def save_progress(self, progress: ReconcileProgress) -> ReconcileProgress | None:
        """Save it over `progress.version`; returns it with the next version, None if another was faster."""

    def keep(self, name: str, number: int, digests: bytes) -> None:
        """Keep this page of a collection, in place of what was kept there before."""

    def digests(self, name: str, pages: int) -> Iterator[bytes]:
        """The first pages of a collection."""


class ProvenanceInventory(Protocol):
    """Everything in the provenance, for counting."""

    def page(self, cursor: str | None) -> tuple[Sequence[ProvenanceRecord], str | None]:
        """Some records without their values, from the cursor on, and the next cursor; None after the last."""

    def archived(self, documents: Iterable[Document]) -> Mapping[Document, str]:
        """The state (fingerprint) that was archived last, of those of these documents that are archived."""


class ArchiveIndex(Protocol):
    """What lies in the archive."""

    def keys(self, after: str | None = None) -> Iterator[str]:
        """Every key of a document's object, in order, behind this one."""

    def holds(self, document: Document) -> bool:
        """True if an object of this document is there now."""


class ArchiveRequests(Protocol):
    """Where documents wait to be archived."""

    def send(self, event: Event) -> None:
        """Queue it. Returns only when it is safely stored."""


class CodeResolver(Protocol):
    """Finds what has the codes that people know; which of it is meant, domain/code_resolution.py decides."""

    def candidates(self, codes: Collection[Code], *, fresh: bool = False) -> Mapping[Code, Sequence[Candidate]]:
        """Everything in Kanbert that has each of these codes (`account`, `7380`), whenever it is or was current.

        An answer may be some minutes old unless it is `fresh`, or empty.
        """

    def names(self, objects: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], ObjectName]:
        """What these objects (field and id) are called, as far as that is remembered: nothing is asked."""


class RuleRepository(Protocol):
    """The booking rules."""

    def rules(self, since: datetime | None = None) -> RuleSet:
        """The rules as they stand, at most a short while old, and not as they stood before `since`."""


class RuleItems(Protocol):
    """The items of the rules table, for who checks them."""

    def read(self) -> Mapping[str, Mapping[str, Any]]:
        """Every item as it is now, plain fields by `rule_id`."""

    def write_check(self, rule_id: str, check: Mapping[str, Any] | None) -> bool | None:
        """Write the verdict into the item as it was read, or take it out of it.

        False if it has been changed or deleted since: then nothing is written. None if it does not fit into the item.
        """


class RuleHistory(Protocol):
    """What the archive keeps of the rules."""

    def entry_keys(self) -> Iterator[str]:
        """The key of every entry, for each rule in the order of time."""

    def entry(self, key: str) -> HistoryEntry:
        """The entry under this key."""


class ProvenanceStore(Protocol):
    """Who set what."""

    def get(self, document: Document) -> ProvenanceRecord:
        """The record, or a blank one of version 0."""

    def put(self, record: ProvenanceRecord) -> ProvenanceRecord:
        """Save it over `record.version`; returns it with the next version. RetryLater if another was faster."""


class EventPublisher(Protocol):
    """Where events go."""

    def publish(self, events: Iterable[Event]) -> None:
        """Publish in this order. Safe to repeat: the ids stay."""


class Manifest(Protocol):
    """The list of everything in the archive, each line chained to the one before."""

    def line(self, key: str, digest: str, size: int, retain_until: datetime) -> ManifestLine:
        """The line of this object; made at the end of the chain unless it has one."""

    def halt(self, reason: str) -> None:
        """Add no further line: `line` raises RetryLater until a person has looked at it."""

    def archived(self, document: Document) -> ArchivedState:
        """How far the document is archived; blank where nothing is known of it."""

    def mark_archived(self, document: Document, archived: ArchivedState) -> None:
        """Remember it."""


class Archive(Protocol):
    """The tamper-proof store."""

    def store(self, key: str, content: bytes, media_type: str, retain_until: datetime) -> datetime:
        """Store under `key` unless it is there already. Returns until when it is locked: that of the first time.

        Raises ArchiveConflict where something else is there.
        """


class HypatosInvoices(Protocol):
    """Invoices in Hypatos."""

    def put_invoice(
        self, invoice: HypatosInvoice, *, may_exist: bool, unanswered: bool, removed: frozenset[str]
    ) -> None:
        """Make Hypatos have it as it is, once.

        `may_exist`: it may be there, in whatever state; `unanswered`: if it is, then in this very one. `removed`:
        fields that it may have there, and has no longer. Unanswered where it may have been taken.
        """


class HypatosRecords(Protocol):
    """What is remembered of the export to Hypatos."""

    def get(self, document: Document) -> HypatosRecord:
        """The record, or a blank one of version 0."""

    def put(self, record: HypatosRecord) -> HypatosRecord:
        """Save it over `record.version`; returns it with the next version. RetryLater if another was faster."""


class TopicArchives(Protocol):
    """The archives that topics keep of their messages."""

    def keep(self, topic: str, days: int) -> None:
        """Have the topic with this ARN keep its messages for so many days. Raises NotFound."""

    def clear(self, topic: str) -> None:
        """Have it keep none, and forget those it has. Raises NotFound."""
