"""A document's way into the archive: its PDF and canonical JSON under their SHA-256, a manifest line each, an event.

Safe to repeat at every step: a key carries its content's hash, a manifest line is looked up by its key before it is
made, the event's id is derived from what was stored.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from autobook.domain import events
from autobook.domain.canonical import canonical_json, fingerprint, sha256
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import NotFound
from autobook.domain.events import ArchivedObject, DocumentArchived, DocumentRef, Event, EventType
from autobook.domain.retention import retain_until
from autobook.service.ports import Archive, Clock, DocumentFiles, EventPublisher, Manifest

JSON = "application/json"
_FILE_TYPES = (
    (b"%PDF-", "pdf", "application/pdf"),
    (b"\x89PNG", "png", "image/png"),
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (b"II*\x00", "tif", "image/tiff"),
    (b"MM\x00*", "tif", "image/tiff"),
)
"""First bytes, suffix, media type. Kanbert takes PDFs and pictures (seed: kanbert-incoming-invoices.txt, `file`)."""


class Dated(Protocol):
    """What every document has."""

    @property
    def date_of_invoice(self) -> datetime | None:
        """The day that the document bears."""

    @property
    def created_at(self) -> datetime:
        """When it came into Kanbert."""


@dataclass(frozen=True, slots=True)
class ArchiveResult:
    """The keys under which a document is stored; none when it is gone."""

    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchiveDocument:
    """The use case. It may raise RetryLater or GiveUp."""

    kanbert: DocumentFiles
    archive: Archive
    manifest: Manifest
    publisher: EventPublisher
    clock: Clock
    jurisdiction: str
    zone: ZoneInfo

    def __call__(self, cause: Event) -> ArchiveResult:
        """Archive the document as it is now, because this was announced of it."""
        document = cause.document
        try:
            content = self._content(document)
        except NotFound:
            return ArchiveResult()  # deleted since; that is announced by itself
        file = self._file(document)
        until = retain_until(_date(content), self.jurisdiction, self.zone)
        year = _date(content).astimezone(self.zone).year
        files = [(canonical_json(content), "json", JSON)]
        if file is not None:
            files.insert(0, (file, *_file_type(file)))
        objects = tuple(self._store(document, year, *each, until) for each in files)
        self._announce(cause, fingerprint(content), objects, until)
        self.manifest.settle(document, fingerprint(content))
        return ArchiveResult(tuple(o.key for o in objects))

    def _content(self, document: Document) -> Any:
        if document.kind is DocumentKind.OUTGOING_INVOICE:
            return self.kanbert.get_outgoing_invoice(document.id)
        return self.kanbert.get_incoming_invoice(document.id)

    def _file(self, document: Document) -> bytes | None:
        try:
            if document.kind is DocumentKind.OUTGOING_INVOICE:
                return self.kanbert.outgoing_invoice_pdf(document.id)
            return self.kanbert.incoming_invoice_pdf(document.id)
        except NotFound:
            return None  # a draft may have none; what the document says is kept all the same

    def _store(
        self, document: Document, year: int, content: bytes, suffix: str, media_type: str, until: datetime
    ) -> ArchivedObject:
        digest = sha256(content)
        key = f"{document.kind}/{year}/{document.id}/{digest}.{suffix}"
        lock = until if until > self.clock() else None  # S3 refuses to lock until a moment that has passed
        self.archive.store(key, content, media_type, lock)
        line = self.manifest.line(key, digest, len(content), until)
        self.archive.store(f"manifest/{line.number:012}.json", line.to_json(), JSON, lock)
        return ArchivedObject(key=key, sha256=digest, size=len(content), media_type=media_type)

    def _announce(self, cause: Event, state: str, objects: tuple[ArchivedObject, ...], until: datetime) -> None:
        document = cause.document
        incoming = document.kind is DocumentKind.INCOMING_INVOICE
        type_: EventType = "invoice.archived" if incoming else "outgoing_invoice.archived"
        data = DocumentArchived(
            document=DocumentRef(kind=document.kind.value, id=document.id, state=state),
            objects=list(objects),
            file="archived" if len(objects) > 1 else "not_offered",
            retain_until=until,
        )
        stored = ",".join(o.key for o in objects)
        self.publisher.publish(
            [events.event(type_, data, document, state=stored, now=self.clock(), trace_id=cause.trace_id)]
        )


def _date(content: Dated) -> datetime:
    return content.date_of_invoice or content.created_at


def _file_type(content: bytes) -> tuple[str, str]:
    """Suffix and media type."""
    for beginning, suffix, media_type in _FILE_TYPES:
        if content.startswith(beginning):
            return suffix, media_type
    return "bin", "application/octet-stream"
