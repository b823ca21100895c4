"""Export of booked incoming invoices to Billomat: once each, in their present state.

An event says which document to look at; the invoice is fetched. What is exported follows from the invoice, the mappings
and the parameters alone, so that events that come twice, late or again from the topic's archive change nothing.

Never doubled: before anything is created the record says under which supplier and number, and they are looked up; an
incoming belongs to the document that claimed it first.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from autobook.domain.absence import wait_for_unseen
from autobook.domain.billomat import (
    REMOVED,
    BillomatExport,
    BillomatParameters,
    Incoming,
    SupplierMapping,
    WantedIncoming,
    account_codes,
    assigned,
    exported_state,
    is_booked,
    wanted_incomings,
)
from autobook.domain.canonical import sha256
from autobook.domain.documents import Document, DocumentKind, Unreadable
from autobook.domain.errors import FileUnavailable, GiveUp, NotFound, RetryLater
from autobook.domain.events import Event
from autobook.domain.kanbert import IncomingInvoice
from autobook.service.export_ports import BillomatDocuments, BillomatExports, BillomatMappings
from autobook.service.ports import Clock, DocumentFiles

type BillomatOutcome = Literal["exported", "unchanged", "not_booked", "deleted", "kept", "not_for_us"]

MAPPING_WAIT: Final = 900.0
"""Seconds until a missing mapping is looked for again."""
MAPPING_PATIENCE: Final = timedelta(days=10)
"""For so long after the event it is looked for. A queue keeps a message for 14 days, and a dead letter anew."""
FILE_WAIT: Final = timedelta(minutes=15)
"""For so long after the event an invoice waits for its file, before it is exported without."""
_FILES: Final = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")
_MAX_FILE: Final = 15 * 1024 * 1024
_CLEARED: Final = {"total_net": 0, "total_gross": 0}


class _Unmapped(Exception):
    """What Kanbert has cannot be named in Billomat."""


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
        document = cause.document
        if document.kind is not DocumentKind.INCOMING_INVOICE:
            return BillomatExportResult("not_for_us")
        try:
            invoice = self.kanbert.get_incoming_invoice(document.id)
        except NotFound as error:
            return BillomatExportResult(self._deleted(cause, error))
        if not is_booked(invoice):
            return BillomatExportResult("not_booked")
        wanted = self._wanted(cause, invoice)
        file = self._file(cause)
        record = self.exports.get(document)
        state = exported_state(wanted, sha256(file) if file else "", self.parameters.tags)
        if record.has(state):
            return BillomatExportResult("unchanged")
        record = self.exports.put(record.with_attempt(wanted))
        record = self._write(record, wanted, {"base64file": file} if file else {})
        self.exports.put(record.with_sent(state))
        return BillomatExportResult("exported")

    def _wanted(self, cause: Event, invoice: IncomingInvoice) -> tuple[WantedIncoming, ...]:
        """What Billomat is to have. Without a mapping it waits for one, for days, then as a dead letter."""
        try:
            supplier = self._supplier(invoice)
            accounts = {code: self._expense_account(code) for code in account_codes(invoice)}
        except _Unmapped as error:
            if self.clock() - cause.time > MAPPING_PATIENCE:
                raise GiveUp(f"{error}, then redrive") from None
            raise RetryLater(str(error), after=MAPPING_WAIT) from None
        return wanted_incomings(invoice, supplier, accounts, self.parameters)

    def _expense_account(self, code: str) -> int:
        mapped = self.mappings.expense_account(code)
        if mapped is not None:
            return mapped
        if code.isascii() and code.isdigit() and len(code) <= 12:
            return int(code)
        raise _Unmapped(f"no Billomat expense account for account {code}: add a mapping")

    def _supplier(self, invoice: IncomingInvoice) -> SupplierMapping:
        """The mapped one, else the only one of that name."""
        supplier = invoice.supplier
        if supplier is None or not supplier.id:
            raise _Unmapped(f"invoice {invoice.id} has no supplier: set it in Kanbert")
        mapped = self.mappings.supplier(supplier.id)
        if mapped is not None:
            return mapped
        name = (supplier.name or "").strip()
        found = [
            each.id
            for each in (self.billomat.find_suppliers(name) if name else ())
            if not isinstance(each, Unreadable) and (each.name or "").strip().casefold() == name.casefold()
        ]
        if len(found) == 1:
            return SupplierMapping(supplier_id=found[0])
        several = f"{len(found)} Billomat suppliers are called" if found else "no Billomat supplier for"
        raise _Unmapped(f"{several} {name[:200] or 'it'} (supplier {supplier.id}): add a mapping")

    def _file(self, cause: Event) -> bytes | None:
        """The file, if Billomat takes it; None where there is none, or none in time."""
        if not self.parameters.file:
            return None
        try:
            content = self.kanbert.incoming_invoice_pdf(cause.document.id)
        except FileUnavailable:
            if self.clock() - cause.time < FILE_WAIT:
                raise
            return None
        return content if content and content.startswith(_FILES) and len(content) <= _MAX_FILE else None

    def _write(
        self, record: BillomatExport, wanted: Sequence[WantedIncoming], file: Mapping[str, Any]
    ) -> BillomatExport:
        """Edit what is there, create what is not; the ids are saved one by one."""
        slots = {each.slot: each for each in wanted}
        is_complete = slots.keys() <= record.incomings.keys()
        found = [] if is_complete else self._found(record)
        incomings, surplus = assigned(wanted, record.incomings, found)
        spare = {f"surplus:{each}": each for each in surplus}
        if incomings | spare != record.incomings:
            record = self.exports.put(record.with_incomings(incomings | spare))
        for slot, each in slots.items():
            fields = {**each.fields, **file}
            incoming_id = incomings.get(slot)
            if incoming_id == REMOVED:
                continue
            if incoming_id is None:
                incoming_id = self._created(record, each, fields)
            elif not self._edited(incoming_id, fields):
                incoming_id = REMOVED
            if incoming_id != incomings.get(slot):
                incomings[slot] = incoming_id
                record = self.exports.put(record.with_incomings(incomings | spare))
            if incoming_id != REMOVED:
                self._tag(incoming_id)
        return self._without_surplus(record, incomings, surplus)

    def _found(self, record: BillomatExport) -> list[Incoming]:
        """The incomings under every supplier and number that may have been written, claimed for this document.

        GiveUp where one belongs to another document, or cannot be read: creating would double it.
        """
        found: dict[int, Incoming] = {}
        for supplier_id, number in record.attempted:
            for each in self.billomat.find_incomings(supplier_id, number):
                if isinstance(each, Unreadable):
                    raise GiveUp(f"an incoming {number} of supplier {supplier_id} cannot be read: {each.reason}")
                if each.number == number and each.supplier_id == supplier_id:
                    self._claim(each.id, record.document, number)
                    found[each.id] = each
        return list(found.values())

    def _claim(self, incoming_id: int, document: Document, number: str) -> None:
        owner = self.exports.claim(incoming_id, document)
        if owner != document:
            raise GiveUp(
                f"incoming {incoming_id} in Billomat has the number {number} already, from document {owner.id}: "
                "the invoice may be in Kanbert twice"
            )

    def _created(self, record: BillomatExport, wanted: WantedIncoming, fields: Mapping[str, Any]) -> int:
        created = self.billomat.post_incoming({name: value for name, value in fields.items() if value is not None})
        if created is None:
            known = set(record.incomings.values())
            account = wanted.fields["expense_account_number"]
            fresh = [each for each in self._found(record) if each.id not in known]
            created = next((each for each in fresh if each.expense_account_number == account), None)
        if created is None:
            raise RetryLater(f"the incoming {wanted.number} was created, and is not listed yet")
        self._claim(created.id, record.document, wanted.number)
        return created.id

    def _edited(self, incoming_id: int, fields: Mapping[str, Any]) -> bool:
        """False where a person has deleted it."""
        try:
            self.billomat.put_incoming(incoming_id, fields)
        except NotFound:
            return False
        return True

    def _tag(self, incoming_id: int) -> None:
        if self.parameters.tags:
            listed = self.billomat.list_incoming_tags(incoming_id)
            there = {each.name for each in listed if not isinstance(each, Unreadable)}
            for name in self.parameters.tags:
                if name not in there:
                    self.billomat.post_incoming_tag(incoming_id, name)

    def _without_surplus(
        self, record: BillomatExport, incomings: Mapping[str, int], surplus: Sequence[int]
    ) -> BillomatExport:
        """Incomings whose account is not booked any more: deleted, or of no amount, as the parameter says."""
        for incoming_id in surplus:
            if self.parameters.delete:
                self._delete(incoming_id)
            else:
                self._edited(incoming_id, _CLEARED)
        return self.exports.put(record.with_incomings(incomings)) if surplus else record

    def _deleted(self, cause: Event, error: NotFound) -> BillomatOutcome:
        """Once the deletion is announced; until then a 404 may be a passing one."""
        if cause.type != cause.document.kind.facts.deleted_event:
            wait = wait_for_unseen(self.clock() - cause.time)
            if wait is not None:
                raise RetryLater(f"believed when it is seen again: {error}", after=wait)
            return "kept"
        record = self.exports.get(cause.document)
        if not self.parameters.delete:
            return "kept"
        there = {*record.incomings.values(), *(each.id for each in self._found(record))} - {REMOVED}
        for incoming_id in sorted(there):
            self._delete(incoming_id)
        if record.incomings or record.attempted:
            self.exports.put(record.with_incomings({}).with_sent(""))
        return "deleted"

    def _delete(self, incoming_id: int) -> None:
        with suppress(NotFound):  # which is what was wanted
            self.billomat.delete_incoming(incoming_id)
