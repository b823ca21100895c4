"""What is remembered of an invoice's export to Billomat: its incomings there, and what may be there besides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from autobook.domain.billomat.mapping import WantedIncoming
from autobook.domain.billomat.records import Incoming
from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.documents import Document

REMOVED: Final = 0
"""In place of an id: a person deleted the incoming in Billomat; it is not created again."""


@dataclass(frozen=True, slots=True)
class BillomatExport:
    """The export of one document; `version` as saved, 0 for one that never was.

    `incomings` has Billomat's id of each slot. `sent` is the state that was exported last, empty while a run may have
    changed something since. `attempted` are suppliers and numbers under which an incoming may have been created whose
    id nobody knows: without an answer it may be there all the same. `files` has the SHA-256 of the file that each
    incoming was given, by its id. `unlisted` are slots whose incoming Billomat said to have created, and does not list.
    `missing_since` is when Kanbert first said that the document is not there; None while it is.
    """

    document: Document
    version: int = 0
    incomings: Mapping[str, int] = field(default_factory=dict)
    sent: str = ""
    attempted: tuple[tuple[int, str], ...] = ()
    files: Mapping[int, str] = field(default_factory=dict)
    unlisted: tuple[str, ...] = ()
    missing_since: datetime | None = None

    @property
    def lacks_a_file(self) -> bool:
        """Whether it was exported, and an incoming is without its file."""
        return any(each != REMOVED and each not in self.files for each in self.incomings.values())

    def file_of(self, wanted: Sequence[WantedIncoming]) -> str:
        """The SHA-256 of the file that all of these have; empty where one has none, or another."""
        there = {self.incomings.get(each.slot) for each in wanted} - {REMOVED}
        found = {self.files.get(each, "") if each is not None else "" for each in there}
        return found.pop() if len(found) == 1 else ""

    def has(self, state: str) -> bool:
        """Whether Billomat has this state, for certain."""
        return bool(state) and self.sent == state

    def with_attempt(self, wanted: Sequence[WantedIncoming]) -> Self:
        """These are about to be written."""
        pairs = [*self.attempted, *((each.supplier_id, each.number) for each in wanted)]
        return replace(self, sent="", attempted=tuple(dict.fromkeys(pairs)))

    def with_incomings(self, incomings: Mapping[str, int]) -> Self:
        """Billomat's ids are these."""
        files = {each: digest for each, digest in self.files.items() if each in incomings.values()}
        unlisted = tuple(each for each in self.unlisted if each not in incomings)
        return replace(self, incomings=dict(incomings), files=files, unlisted=unlisted)

    def with_unlisted(self, slot: str) -> Self:
        """Its incoming was created, and is not listed."""
        return replace(self, unlisted=(*self.unlisted, slot))

    def without_unlisted(self, slot: str) -> Self:
        """A person looks for it: the next run may create it."""
        return replace(self, unlisted=tuple(each for each in self.unlisted if each != slot))

    def with_file(self, incoming_id: int, digest: str) -> Self:
        """It has this file."""
        return replace(self, files={**self.files, incoming_id: digest})

    def with_sent(self, state: str) -> Self:
        """All of it was written and answered."""
        return replace(self, sent=state, attempted=())

    def next_version(self) -> Self:
        """As saved."""
        return replace(self, version=self.version + 1)


def exported_state(wanted: Sequence[WantedIncoming], file: str, tags: Sequence[str]) -> str:
    """All that is exported of an invoice, in 64 hexadecimal digits. `file`: the file's own SHA-256, or empty."""
    return sha256(canonical_json([[[each.slot, each.state] for each in wanted], file, list(tags)]))


def assigned(
    wanted: Sequence[WantedIncoming], known: Mapping[str, int], found: Sequence[Incoming]
) -> tuple[dict[str, int], tuple[int, ...]]:
    """Which incoming is to become which slot, and the ids that are known and left over.

    An incoming stays what it is known as. A new slot takes one that was found in Billomat on the same account, then
    one that is known as a slot which is not wanted any more (a line moved to another account), then any that was
    found; slots without one are to be created.
    """
    slots = {each.slot: each for each in wanted}
    taken = {slot: incoming_id for slot, incoming_id in known.items() if slot in slots}
    spare = [incoming_id for slot, incoming_id in known.items() if slot not in slots and incoming_id != REMOVED]
    there = {each.id: each for each in found if each.id not in known.values()}
    for slot in [each for each in slots if each not in taken]:
        account = slots[slot].fields["expense_account_number"]
        same = next((each.id for each in there.values() if each.expense_account_number == account), None)
        if same is not None:
            taken[slot] = same
            del there[same]
    for slot in [each for each in slots if each not in taken]:
        if spare:
            taken[slot] = spare.pop(0)
        elif there:
            taken[slot] = there.pop(min(there)).id
    return taken, tuple(spare)
