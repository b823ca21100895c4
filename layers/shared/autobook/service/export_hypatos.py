"""Export of booked incoming invoices to Hypatos: once each, in their present state.

An event says which document to look at; the invoice is fetched. What is sent follows from the invoice and the
parameters alone, so that events that come twice, late or again from the topic's archive change nothing.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from autobook.domain.absence import wait_for_second_look
from autobook.domain.documents import DocumentKind
from autobook.domain.errors import NotFound, RetryLater, Unanswered
from autobook.domain.events import Event
from autobook.domain.hypatos import HypatosInvoice, HypatosParameters, HypatosRecord, hypatos_invoice, is_exported
from autobook.domain.kanbert import IncomingInvoice
from autobook.service.ports import Clock, HypatosInvoices, HypatosRecords, IncomingInvoices

type ExportOutcome = Literal["sent", "canceled", "unchanged", "repeated", "not_booked", "deleted", "not_for_us"]

UNANSWERED_WAIT: Final = 120.0
"""Seconds until an invoice is sent again that was not answered: Hypatos may still be at it."""


@dataclass(frozen=True, slots=True)
class HypatosExportResult:
    """What became of an event.

    `repeated`: it was dealt with before. `not_booked`: nothing to send yet. `deleted`: gone from Kanbert, and never
    sent, or its deletion is announced by another event. `not_for_us`: about another kind of document.
    """

    outcome: ExportOutcome


@dataclass(frozen=True, slots=True)
class ExportToHypatos:
    """The use case. It may raise RetryLater or GiveUp."""

    kanbert: IncomingInvoices
    hypatos: HypatosInvoices
    records: HypatosRecords
    clock: Clock
    parameters: HypatosParameters

    def __call__(self, cause: Event) -> HypatosExportResult:
        """Bring the document of this event up to date in Hypatos."""
        if cause.document.kind is not DocumentKind.INCOMING_INVOICE:
            return HypatosExportResult("not_for_us")
        record = self.records.get(cause.document)
        if record.is_done(cause.id, self.parameters.digest):
            return HypatosExportResult("repeated")
        try:
            invoice = self.kanbert.get_incoming_invoice(cause.document.id)
        except NotFound as error:
            return self._deleted(cause, record, error)
        if record.missing_since is not None:  # the next 404 is a first one, whatever becomes of this run
            record = self.records.put(replace(record, missing_since=None))
        return self._present(cause, record, invoice)

    def _present(self, cause: Event, record: HypatosRecord, invoice: IncomingInvoice) -> HypatosExportResult:
        """Sent when it is booked, and ever after: a line that lost its account is a change like any other."""
        if not record.may_exist and not is_exported(invoice, self.parameters):
            return HypatosExportResult("not_booked")
        posted_on = record.posted_on or cause.time.astimezone(self.parameters.zone).date()
        wanted = hypatos_invoice(invoice, self.parameters, posted_on)
        return HypatosExportResult(self._send(cause, record, wanted, posted_on, "sent"))

    def _deleted(self, cause: Event, record: HypatosRecord, error: NotFound) -> HypatosExportResult:
        """Canceled, once its deletion is announced; until then a 404 may be a passing one."""
        if cause.type != cause.document.kind.facts.deleted_event:
            now = self.clock()
            if record.missing_since is None:
                self.records.put(replace(record, missing_since=now))
            wait = wait_for_second_look(cause.time, record.missing_since, now)
            if wait is not None:
                raise RetryLater(f"believed when it is seen again: {error}", after=wait)
            return HypatosExportResult("deleted")
        if record.body is None or record.posted_on is None:
            return HypatosExportResult("deleted")
        wanted = HypatosInvoice.model_validate({**record.body, "isCanceled": True})
        return HypatosExportResult(self._send(cause, record, wanted, record.posted_on, "canceled"))

    def _send(
        self, cause: Event, record: HypatosRecord, wanted: HypatosInvoice, posted_on: date, outcome: ExportOutcome
    ) -> ExportOutcome:
        """Make Hypatos have it. Before the call the record says that it may be there, after it that it is."""
        if record.has(wanted):
            self.records.put(record.with_event(cause.id, self.parameters.digest))
            return "unchanged"
        may_exist, unanswered, removed = record.may_exist, record.is_unanswered(wanted), record.removed(wanted)
        record = self.records.put(record.with_attempt(wanted, posted_on))
        try:
            self.hypatos.put_invoice(wanted, may_exist=may_exist, unanswered=unanswered, removed=removed)
        except Unanswered as error:
            raise RetryLater(str(error), after=max(error.after or 0.0, UNANSWERED_WAIT)) from error
        self.records.put(record.with_sent(wanted).with_event(cause.id, self.parameters.digest))
        return outcome
