"""Export of booked incoming invoices to Billomat: once each, in their present state.

An event says which document to look at; the invoice is fetched. What is exported follows from the invoice, the mappings
and the parameters alone, so that events that come twice, late, behind newer ones or again from the topic's archive
change nothing. Which of them were dealt with is not remembered: a mapping or a parameter that was corrected since
counts when the topic is replayed.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

from autobook.domain.absence import wait_for_second_look
from autobook.domain.billomat import (
    BillomatExport,
    BillomatParameters,
    exported_state,
    is_booked,
    wanted_incomings,
)
from autobook.domain.canonical import sha256
from autobook.domain.documents import DocumentKind
from autobook.domain.errors import FileUnavailable, NotFound, RetryLater, Unanswered
from autobook.domain.events import Event
from autobook.service.billomat_references import resolve_references
from autobook.service.billomat_writer import UNANSWERED_WAIT, BillomatWriter
from autobook.service.export_ports import BillomatDocuments, BillomatExports, BillomatMappings
from autobook.service.ports import Clock, DocumentFiles

type BillomatOutcome = Literal["exported", "unchanged", "not_booked", "deleted", "kept", "not_for_us"]

FILE_WAIT: Final = timedelta(minutes=15)
"""For so long after the event an invoice waits for its file, before it is exported without."""
MISSING_FILE_WAIT: Final = timedelta(minutes=1)
"""The same where Kanbert says that there is none (404), which may pass."""
_SECOND_LOOK: Final = 30.0
"""Seconds from a 404 for a file to the next look."""
_FILES: Final = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")
_MAX_FILE: Final = 15 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BillomatExportResult:
    """What became of an event.

    `not_booked`: a line has no account. `deleted`: gone from Kanbert, and from Billomat. `kept`: gone from Kanbert,
    left in Billomat as the parameter says. `not_for_us`: about another kind of document.
    """

    outcome: BillomatOutcome


@dataclass(frozen=True, slots=True)
class ExportToBillomat:
    """The use case. It may raise RetryLater or GiveUp."""

    kanbert: DocumentFiles
    billomat: BillomatDocuments
    mappings: BillomatMappings
    exports: BillomatExports
    clock: Clock
    parameters: BillomatParameters

    def __call__(self, cause: Event) -> BillomatExportResult:
        """Bring the document of this event up to date in Billomat."""
        if cause.document.kind is not DocumentKind.INCOMING_INVOICE:
            return BillomatExportResult("not_for_us")
        record = self.exports.get(cause.document)
        if cause.type == cause.document.kind.facts.archived_event and not record.lacks_a_file:
            return BillomatExportResult("unchanged")  # its file may be there now, and nothing else is news
        try:
            return BillomatExportResult(self._exported(cause, record))
        except Unanswered as error:
            raise RetryLater(str(error), after=max(error.after or 0.0, UNANSWERED_WAIT)) from error

    def _exported(self, cause: Event, record: BillomatExport) -> BillomatOutcome:
        try:
            invoice = self.kanbert.get_incoming_invoice(cause.document.id)
        except NotFound as error:
            return self._deleted(cause, record, error)
        if record.missing_since is not None:  # the next 404 is a first one, whatever becomes of this run
            record = self.exports.put(replace(record, missing_since=None))
        if not is_booked(invoice):
            return "not_booked"
        supplier, accounts = resolve_references(invoice, self.billomat, self.mappings)
        wanted = wanted_incomings(invoice, supplier, accounts, self.parameters)
        file = self._file(cause)
        digest = sha256(file) if file is not None else record.file_of(wanted)
        state = exported_state(wanted, digest, self.parameters.tags)
        if record.has(state):
            return "unchanged"
        writer = self._writer(record)
        writer.write(wanted, file)
        self.exports.put(writer.record.with_sent(state))
        return "exported"

    def _writer(self, record: BillomatExport) -> BillomatWriter:
        parameters = self.parameters
        return BillomatWriter(self.billomat, self.exports, record, parameters.tags, deletes=parameters.delete)

    def _file(self, cause: Event) -> bytes | None:
        """The file, if Billomat takes it; None where there is none, or none in time."""
        if not self.parameters.file:
            return None
        age = self.clock() - cause.time
        try:
            content = self.kanbert.incoming_invoice_pdf(cause.document.id)
        except FileUnavailable:
            if age < FILE_WAIT:
                raise
            return None
        except NotFound as error:
            if age < MISSING_FILE_WAIT:
                raise RetryLater(f"believed when it is seen again: {error}", after=_SECOND_LOOK) from None
            return None
        return content if content and content.startswith(_FILES) and len(content) <= _MAX_FILE else None

    def _deleted(self, cause: Event, record: BillomatExport, error: NotFound) -> BillomatOutcome:
        """Once the deletion is announced; until then a 404 may be a passing one."""
        if cause.type != cause.document.kind.facts.deleted_event:
            now = self.clock()
            if record.missing_since is None:
                self.exports.put(replace(record, missing_since=now))
            wait = wait_for_second_look(cause.time, record.missing_since, now)
            if wait is not None:
                raise RetryLater(f"believed when it is seen again: {error}", after=wait)
            return "kept"
        if not self.parameters.delete:
            return "kept"
        writer = self._writer(record)
        writer.delete()
        if record.incomings or record.attempted:
            self.exports.put(record.with_incomings({}).with_sent(""))
        return "deleted"
