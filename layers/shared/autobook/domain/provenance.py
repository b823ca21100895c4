"""Who set what: the record of the values that we wrote into a document, and by which rule."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from autobook.domain.canonical import sha256
from autobook.domain.documents import Document

type FieldValue = str | tuple[str, ...] | None

type FieldPlace = tuple[str | None, str]
"""(booking id, or None for the invoice itself; field as rules name it)."""


@dataclass(frozen=True, slots=True)
class Written:
    """A value that we wrote, or are about to write."""

    booking_id: str | None
    field: str
    value: FieldValue
    before: FieldValue
    rule_id: str

    @property
    def place(self) -> FieldPlace:
        """Where."""
        return self.booking_id, self.field


@dataclass(frozen=True, slots=True)
class ProvenanceRecord:
    """What we know of one document.

    `fingerprint` is the state in which the last complete run left it, None while a run is incomplete.
    `revision` is the chain of those states, "" before the first: A after B is another revision than A before B.
    `written` are values of complete runs; `pending` those that an incomplete run set out to write: after a crash it is
    known what was ours, and `written` still says what stood there before.
    `human_owned` are the places that a person decided: never written again.
    `status` is Kanbert's, in that state.
    `version` counts saves; a save on top of another's is refused.
    """

    document: Document
    fingerprint: str | None = None
    revision: str = ""
    written: tuple[Written, ...] = ()
    pending: tuple[Written, ...] = ()
    human_owned: frozenset[FieldPlace] = frozenset()
    deleted: bool = False
    status: str = ""
    version: int = 0

    def with_pending(self, writes: Iterable[Written]) -> Self:
        """Before the first write: what is about to be written, and what was there before. Nothing else is forgotten."""
        return replace(self, fingerprint=None, pending=tuple(writes))

    def with_written(self, writes: Iterable[Written]) -> Self:
        """With these values written, in place of what was written at the same places before."""
        writes = tuple(writes)
        places = {write.place for write in writes}
        return replace(self, written=tuple(w for w in self.written if w.place not in places) + writes, pending=())

    def revision_after(self, fingerprint: str) -> str:
        """The revision that a run from here to this state comes to; the same however often it is tried."""
        return sha256(f"{self.revision}:{fingerprint}".encode())

    def completed(self, fingerprint: str, *, status: str = "", deleted: bool = False) -> Self:
        """After a complete run."""
        return replace(
            self,
            fingerprint=fingerprint,
            revision=self.revision_after(fingerprint),
            pending=(),
            deleted=deleted,
            status=status,
        )

    def next_version(self) -> Self:
        """As it is saved."""
        return replace(self, version=self.version + 1)
