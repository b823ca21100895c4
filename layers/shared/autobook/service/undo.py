"""Taking back what was written into one invoice: look, intend, and then as finish_undo.py brings it to its end."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import PendingUndo, ProvenanceRecord, Written
from autobook.domain.resumption import without
from autobook.domain.undo import UndoPlan, Wanted, plan_undo
from autobook.domain.undone import Undone
from autobook.service.announcing import announce
from autobook.service.finish_undo import UndoResult
from autobook.service.process import ProcessDocument

_MOST_RULES = 20
"""Rules of one invoice that would write the same value one after another."""


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What an undo would do now. `interrupted`: one that was interrupted is brought to its end first."""

    invoice: IncomingInvoice
    plan: UndoPlan
    interrupted: PendingUndo | None = None


@dataclass(frozen=True, slots=True)
class UndoValues:
    """The use case, on what `process` is made of. It may raise RetryLater or GiveUp; it is safe to repeat."""

    process: ProcessDocument

    def preview(self, invoice_id: str, wanted: Wanted) -> UndoPreview:
        """What would be taken back, and what stays for which reason. Writes nothing."""
        record = self.process.provenance.get(Document(DocumentKind.INCOMING_INVOICE, invoice_id))
        invoice = self.process.kanbert.get_incoming_invoice(invoice_id)
        begun = {each.place for each in record.undoing.values} if record.undoing else set()
        left = replace(record, written=tuple(each for each in record.written if each.place not in begun))
        return UndoPreview(invoice, plan_undo(invoice, left, wanted), record.undoing)

    def __call__(self, invoice_id: str, wanted: Wanted, by: str, trace_id: str) -> UndoResult:
        """Take back the values that are meant, under the name of who does so; one that was interrupted comes first."""
        process = self.process
        record = process.provenance.get(Document(DocumentKind.INCOMING_INVOICE, invoice_id))
        if record.pending:
            raise RetryLater("a run over it was interrupted; it is resumed within minutes, repeat the undo then")
        if record.unpublished:
            record = announce(process.provenance, process.publisher, record)
        record, before = process.finish_undo(record, trace_id)
        invoice, now = process.kanbert.get_incoming_invoice(invoice_id), process.clock()
        plan = plan_undo(invoice, record, wanted)
        if not plan.values:
            return UndoResult(before.restored, plan.kept)
        undone = self._undone(invoice, record, plan.values, by, now)
        record = process.provenance.put(
            replace(record, fingerprint=None, undoing=PendingUndo(by, now, (*plan.values, *plan.along)), undone=undone)
        )
        _, done = process.finish_undo(record, trace_id)
        return UndoResult((*before.restored, *done.restored), (*plan.kept, *done.kept))

    def _undone(
        self,
        invoice: IncomingInvoice,
        record: ProvenanceRecord,
        values: Collection[Written],
        by: str,
        now: datetime,
    ) -> tuple[Undone, ...]:
        """The rules' versions that are silent from now on: those that wrote the values, and any that would again."""
        taken = {each.place: each for each in values}
        before = without(invoice, tuple(values))
        bare = replace(record, written=tuple(each for each in record.written if each.place not in taken))
        found = {each.key: each for each in record.undone}
        again: Iterable[Written] = values
        for _ in range(_MOST_RULES):
            silent = [_silent(each, by, now) for each in again]
            found = {each.key: each for each in silent} | found
            would = self.process.deciding.values(before, replace(bare, undone=tuple(found.values())))
            again = [each for each in would if each.place in taken and each.value == _as_sent(taken[each.place])]
            if not again:
                break
        return tuple(found.values())


def _silent(written: Written, by: str, now: datetime) -> Undone:
    return Undone(*written.place, written.rule_id, written.rule_version, by, now)


def _as_sent(written: Written) -> object:
    """The value as a rule would write it once more, in whatever form Kanbert has it."""
    return written.value if written.sent is None else written.sent
