"""A document's way into the archive: canonical JSON and file under their SHA-256, a manifest line each, an event.

Safe to repeat at every step: a key carries its content's hash, a manifest line is looked up by its key before it is
made, the event's id is derived from what was stored. The JSON comes first, whatever becomes of the file; and it is
stored as it came, whether or not we can read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from autobook.domain.absence import BETWEEN_LOOKS, wait_for_second_look
from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.documents import Document
from autobook.domain.errors import FileUnavailable, NotFound, RetryLater, UnreadableDocument
from autobook.domain.event_fields import ArchivedObject, FileState
from autobook.domain.events import Event, EventContext, document_archived
from autobook.domain.fingerprints import fingerprint
from autobook.domain.kanbert import moment_or_none
from autobook.domain.retention import ArchivedState, Retention
from autobook.service.chained_store import JSON, store_chained
from autobook.service.document_sources import SOURCES
from autobook.service.ports import Archive, Clock, DocumentFiles, EventPublisher, Manifest

_FILE_TYPES = (
    (b"%PDF-", "pdf", "application/pdf"),
    (b"\x89PNG", "png", "image/png"),
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (b"II*\x00", "tif", "image/tiff"),
    (b"MM\x00*", "tif", "image/tiff"),
    (b"<?xml", "xml", "application/xml"),
    (b"\xef\xbb\xbf<?xml", "xml", "application/xml"),
)
"""First bytes, suffix, media type. Kanbert takes PDFs and pictures (docs/kanbert-api.md, "Incoming invoices")."""

FILE_PATIENCE: Final = timedelta(minutes=15)
"""For so long after the event the file is tried again and again, before the document is announced without it."""
FILE_SECOND_LOOK: Final = 30.0
"""Seconds from the first 404 for a file to the second, which is believed."""
FILE_LOOKED_FOR: Final = timedelta(days=7)
"""For so long reconcile has a missing file looked for, every night."""


@dataclass(frozen=True, slots=True)
class ArchiveResult:
    """The keys under which a document is stored; none when it is gone.

    `file` says what became of its file; `implausible_date` is set where the document's date was not believed, and
    `unreadable` where the document was stored though it cannot be read.
    """

    keys: tuple[str, ...] = ()
    file: FileState | None = None
    implausible_date: str | None = None
    unreadable: str | None = None


@dataclass(frozen=True, slots=True)
class _Content:
    """What is archived of a document: `source` as it came, `state` its fingerprint."""

    source: Mapping[str, Any]
    state: str
    unreadable: str | None = None


@dataclass(frozen=True, slots=True)
class _StoredObject:
    """An object in the archive, and until when it is locked."""

    object: ArchivedObject
    until: datetime


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
    source: str
    """Names the stack in events (a URI)."""

    def __call__(self, cause: Event) -> ArchiveResult:
        """Archive the document as it is now, because this was announced of it."""
        document = cause.document
        before = self.manifest.archived(document)
        try:
            content = self._content(document)
        except NotFound as error:
            self._check_gone(cause, before, error)
            return ArchiveResult()  # deleted since; that is announced by itself
        if before.missing_since is not None:  # the next 404 is a first one, whatever becomes of this run
            before = replace(before, missing_since=None)
            self.manifest.mark_archived(document, before)
        retention = self._retention(content)
        json = self._store(document, retention, canonical_json(content.source), "json", JSON)
        stored, file, missing_since = self._file(cause, before, retention)
        objects = tuple(each.object for each in (*stored, json))
        until = min(each.until for each in (*stored, json))
        keys = tuple(each.key for each in objects)
        stored_as = ",".join(keys)
        context = EventContext(document, stored_as, self.clock(), cause.trace_id, self.source, cause.traceparent)
        event = document_archived(context, content.state, objects, file, until, retention.implausible)
        self.publisher.publish([event])
        self._mark(document, content.state, file, missing_since)
        implausible = retention.implausible.isoformat() if retention.implausible is not None else None
        return ArchiveResult(keys, file, implausible, content.unreadable)

    def _content(self, document: Document) -> _Content:
        try:
            content = SOURCES[document.kind].fetch(self.kanbert, document.id)
        except UnreadableDocument as error:
            source = error.source
            if not isinstance(source, Mapping) or str(source.get("id")) != document.id:
                raise  # not the document: nothing that could be kept as it
            return _Content(source, sha256(canonical_json(source)), str(error))
        return _Content(content.source, fingerprint(content))

    def _check_gone(self, cause: Event, before: ArchivedState, error: NotFound) -> None:
        """Raises RetryLater while the 404 may be a passing one: after the first look, and soon after the event."""
        now = self.clock()
        if before.missing_since is None:
            self.manifest.mark_archived(cause.document, replace(before, missing_since=now))
        wait = wait_for_second_look(cause.time, before.missing_since, now)
        if wait is not None:
            raise RetryLater(f"believed when it is seen again: {error}", after=wait)

    def _retention(self, content: _Content) -> Retention:
        dated, created = (moment_or_none(content.source.get(name)) for name in ("date_of_invoice", "created_at"))
        return Retention.of(dated, created, self.clock(), self.jurisdiction, self.zone)

    def _file(
        self, cause: Event, before: ArchivedState, retention: Retention
    ) -> tuple[tuple[_StoredObject, ...], FileState, datetime | None]:
        """The stored file where there is one, what became of it, and since when it is missing."""
        document = cause.document
        try:
            file = SOURCES[document.kind].file(self.kanbert, document.id)
        except FileUnavailable:
            if self.clock() - cause.time < FILE_PATIENCE:
                raise
            return (), "missing", before.file_missing_since or self.clock()
        except NotFound as error:
            return (), "not_offered", self._missing_since(document, before, error)
        if file is None:
            return (), "not_offered", None
        return (self._store(document, retention, file, *_file_type(file)),), "archived", None

    def _missing_since(self, document: Document, before: ArchivedState, error: NotFound) -> datetime:
        """Since when there is no file. Raises RetryLater after the first look: a 404 may be a passing one."""
        since, now = before.file_missing_since, self.clock()
        if since is None:
            self.manifest.mark_archived(document, ArchivedState("", now))
        if since is None or now - since < BETWEEN_LOOKS:
            raise RetryLater(f"believed when it is seen again: {error}", after=FILE_SECOND_LOOK)
        return since

    def _mark(self, document: Document, state: str, file: FileState, missing_since: datetime | None) -> None:
        """A file that is missing is looked for again by reconcile, for which the state is left open."""
        looked_for = file == "missing" and missing_since is not None and self.clock() - missing_since < FILE_LOOKED_FOR
        self.manifest.mark_archived(document, ArchivedState("" if looked_for else state, missing_since))

    def _store(
        self, document: Document, retention: Retention, content: bytes, suffix: str, media_type: str
    ) -> _StoredObject:
        digest = sha256(content)
        key = f"{document.kind}/{retention.year}/{document.id}/{digest}.{suffix}"
        until = store_chained(self.archive, self.manifest, key, content, media_type, retention.until)
        return _StoredObject(ArchivedObject(key=key, sha256=digest, size=len(content), media_type=media_type), until)


def _file_type(content: bytes) -> tuple[str, str]:
    """Suffix and media type."""
    for beginning, suffix, media_type in _FILE_TYPES:
        if content.startswith(beginning):
            return suffix, media_type
    return "bin", "application/octet-stream"
