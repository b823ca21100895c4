"""A document's way into the archive: its PDF and canonical JSON under their SHA-256, a manifest line each, an event.

Safe to repeat at every step: a key carries its content's hash, a manifest line is looked up by its key before it is
made, the event's id is derived from what was stored.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.documents import Document, document_date
from autobook.domain.errors import NotFound
from autobook.domain.event_data import ArchivedObject
from autobook.domain.events import Event, EventContext, document_archived
from autobook.domain.fingerprints import fingerprint
from autobook.domain.retention import retain_until
from autobook.service.document_sources import SOURCES
from autobook.service.ports import Archive, Clock, DocumentFiles, EventPublisher, Manifest

JSON = "application/json"
_FILE_TYPES = (
    (b"%PDF-", "pdf", "application/pdf"),
    (b"\x89PNG", "png", "image/png"),
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (b"II*\x00", "tif", "image/tiff"),
    (b"MM\x00*", "tif", "image/tiff"),
)
"""First bytes, suffix, media type. Kanbert takes PDFs and pictures (docs/kanbert-api.md, "Incoming invoices")."""


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
        document, source = cause.document, SOURCES[cause.document.kind]
        try:
            content = source.fetch(self.kanbert, document.id)
        except NotFound:
            return ArchiveResult()  # deleted since; that is announced by itself
        file = source.file(self.kanbert, document.id)
        date, state = document_date(content) or self.clock(), fingerprint(content)
        until = retain_until(date, self.jurisdiction, self.zone)
        year = date.astimezone(self.zone).year
        files = [(canonical_json(content.source), "json", JSON)]
        if file is not None:
            files.insert(0, (file, *_file_type(file)))
        objects = tuple(self._store(document, year, *each, until) for each in files)
        stored = ",".join(each.key for each in objects)
        context = EventContext(document, stored, self.clock(), cause.trace_id)
        self.publisher.publish([document_archived(context, state, objects, until)])
        self.manifest.mark_archived(document, state)
        return ArchiveResult(tuple(each.key for each in objects))

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


def _file_type(content: bytes) -> tuple[str, str]:
    """Suffix and media type."""
    for beginning, suffix, media_type in _FILE_TYPES:
        if content.startswith(beginning):
            return suffix, media_type
    return "bin", "application/octet-stream"
