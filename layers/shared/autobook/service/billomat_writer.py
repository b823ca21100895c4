"""Brings the incomings of one document in Billomat into the state that is wanted: looked up, edited, created, deleted.

Never doubled: before anything is created the record says under which supplier and number, and they are looked up; an
incoming belongs to the document that claimed it first. A file is sent to each incoming once.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from autobook.domain.billomat import REMOVED, BillomatExport, Incoming, WantedIncoming, assigned
from autobook.domain.canonical import sha256
from autobook.domain.documents import Document, Unreadable
from autobook.domain.errors import GiveUp, NotFound, RetryLater
from autobook.domain.plain_text import plain_text
from autobook.service.export_ports import BillomatDocuments, BillomatExports

UNANSWERED_WAIT: Final = 120.0
"""Seconds until a write without an answer is looked for: Billomat may still be at it, and list it a little later."""
_CLEARED: Final = {"total_net": 0, "total_gross": 0}


@dataclass(slots=True)
class BillomatWriter:
    """One document's incomings; `record` is what is known of them, saved with every step."""

    billomat: BillomatDocuments
    exports: BillomatExports
    record: BillomatExport
    tags: Sequence[str]
    deletes: bool
    """Whether what is not wanted any more is deleted."""

    def write(self, wanted: Sequence[WantedIncoming], file: bytes | None) -> None:
        """Edit what is there, create what is not; the ids are saved one by one."""
        self.record = self.exports.put(self.record.with_attempt(wanted))
        slots = {each.slot: each for each in wanted}
        found = [] if slots.keys() <= self.record.incomings.keys() else self._found()
        incomings, surplus = assigned(wanted, self.record.incomings, found)
        spare = {f"surplus:{each}": each for each in surplus}
        self._know(incomings | spare)
        for slot, each in slots.items():
            incoming_id = incomings.get(slot)
            if incoming_id == REMOVED:
                continue
            if incoming_id is None:
                incoming_id = self._created(each, file)
            elif not self._edited(incoming_id, each.fields, file):
                incoming_id = REMOVED
            incomings[slot] = incoming_id
            self._know(incomings | spare)
            if incoming_id != REMOVED:
                self._tag(incoming_id)
        self._clear(surplus)
        self._know(incomings)

    def delete(self) -> None:
        """Delete all that is there, also what may have been created without an answer."""
        there = {*self.record.incomings.values(), *(each.id for each in self._found())} - {REMOVED}
        for incoming_id in sorted(there):
            self._delete(incoming_id)

    def _know(self, incomings: Mapping[str, int]) -> None:
        """Save which incoming is which, where that is news."""
        if incomings != self.record.incomings:
            self.record = self.exports.put(self.record.with_incomings(incomings))

    def _found(self) -> list[Incoming]:
        """The incomings under every supplier and number that may have been written, claimed for this document.

        GiveUp where one belongs to another document, or cannot be read: creating would double it.
        """
        found: dict[int, Incoming] = {}
        for supplier_id, number in self.record.attempted:
            for each in self.billomat.find_incomings(supplier_id, number):
                if isinstance(each, Unreadable):
                    raise GiveUp(f"an incoming {number} of supplier {supplier_id} cannot be read: {each.reason}")
                if plain_text(each.number or "") == plain_text(number) and each.supplier_id == supplier_id:
                    self._claim(each.id, number)
                    found[each.id] = each
        return list(found.values())

    def _claim(self, incoming_id: int, number: str) -> None:
        owner: Document = self.exports.claim(incoming_id, self.record.document)
        if owner != self.record.document:
            raise GiveUp(
                f"incoming {incoming_id} in Billomat has the number {number} already, from document {owner.id}: "
                "the invoice may be in Kanbert twice"
            )

    def _created(self, wanted: WantedIncoming, file: bytes | None) -> int:
        if wanted.slot in self.record.unlisted:
            self.record = self.exports.put(self.record.without_unlisted(wanted.slot))
            raise GiveUp(
                f"the incoming {wanted.number} was created in Billomat, and is not listed there: look for it. "
                "Redriven, it is created anew where it cannot be found"
            )
        fields = {name: value for name, value in wanted.fields.items() if value is not None}
        created = self.billomat.post_incoming(fields | _file_field(file))
        if created is None:
            known = set(self.record.incomings.values())
            account = wanted.fields["expense_account_number"]
            fresh = [each for each in self._found() if each.id not in known]
            created = next((each for each in fresh if each.expense_account_number == account), None)
        if created is None:
            self.record = self.exports.put(self.record.with_unlisted(wanted.slot))
            raise RetryLater(f"the incoming {wanted.number} was created, and is not listed yet", after=UNANSWERED_WAIT)
        self._claim(created.id, wanted.number)
        if file is not None:
            self.record = self.record.with_file(created.id, sha256(file))
        return created.id

    def _edited(self, incoming_id: int, fields: Mapping[str, Any], file: bytes | None) -> bool:
        """False where a person has deleted it."""
        digest = sha256(file) if file is not None else ""
        is_there = file is not None and (self.record.files.get(incoming_id) == digest or self._has(incoming_id, digest))
        try:
            self.billomat.put_incoming(incoming_id, {**fields, **_file_field(None if is_there else file)})
            if is_there and not self._has(incoming_id, digest):  # an edit that does not name the file may remove it
                self.billomat.put_incoming(incoming_id, {**fields, **_file_field(file)})
        except NotFound:
            return False
        if file is not None:
            self.record = self.record.with_file(incoming_id, digest)
        return True

    def _has(self, incoming_id: int, digest: str) -> bool:
        """Whether its file is this one."""
        there = self.billomat.incoming_file(incoming_id)
        return there is not None and sha256(there) == digest

    def _tag(self, incoming_id: int) -> None:
        if self.tags:
            listed = self.billomat.list_incoming_tags(incoming_id)
            there = {each.name for each in listed if not isinstance(each, Unreadable)}
            for name in self.tags:
                if name not in there:
                    self.billomat.post_incoming_tag(incoming_id, name)

    def _clear(self, surplus: Sequence[int]) -> None:
        """Incomings whose account is not booked any more: deleted, or of no amount, as the parameter says."""
        for incoming_id in surplus:
            if self.deletes:
                self._delete(incoming_id)
            else:
                with suppress(NotFound):
                    self.billomat.put_incoming(incoming_id, _CLEARED)

    def _delete(self, incoming_id: int) -> None:
        with suppress(NotFound):  # which is what was wanted
            self.billomat.delete_incoming(incoming_id)


def _file_field(file: bytes | None) -> dict[str, bytes]:
    return {"base64file": file} if file is not None else {}
