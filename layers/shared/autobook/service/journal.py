"""Provenance while a run writes: before each request the values that it carries, after them what became of them.

So whatever ends a run, the next one knows what was certainly written, what may have been, and what was not.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.service.ports import ProvenanceStore


@dataclass(slots=True)
class Journal:
    """`record` as it was saved last. `known`: values of this run, and of the one that it resumes, that are not sent."""

    provenance: ProvenanceStore
    record: ProvenanceRecord
    known: list[Written]
    _side_effects: list[Written] = field(default_factory=list)

    def intend(self, writes: Iterable[Written]) -> None:
        """Before these are sent: from now on they may have been written."""
        self._save(self._with(writes))

    def confirm(self, writes: Iterable[Written], side_effects: Iterable[Written] = ()) -> None:
        """Kanbert has shown these, and what it changed along with them. Saved with the next call."""
        self.known += [replace(write, confirmed=True) for write in writes]
        self._side_effects += side_effects

    def close(self, in_doubt: Iterable[Written] = ()) -> None:
        """After the last request. What is neither confirmed nor in doubt was certainly not written."""
        record = self._with(in_doubt)
        if record != self.record:
            self._save(record)

    def _with(self, sent: Iterable[Written]) -> ProvenanceRecord:
        return self.record.with_pending((*self.known, *sent), self._side_effects)

    def _save(self, record: ProvenanceRecord) -> None:
        self.record, self._side_effects = self.provenance.put(record), []
