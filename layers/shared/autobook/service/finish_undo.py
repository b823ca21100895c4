"""Bringing an undo that has begun to its end: write what stood there before, look, record, announce.

It makes no difference who does so, or how often it takes: only where our value still stands is anything written, and
what has become of each value is read from the invoice (docs/decisions/undone-until-the-rule-changes.md).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from autobook.domain.action_fields import BY_NAME, FOLLOWERS, STATUS, FieldValues
from autobook.domain.decision import Decision
from autobook.domain.documents import DocumentKind
from autobook.domain.errors import GiveUp, NotFound, Refused
from autobook.domain.events import EventContext
from autobook.domain.fingerprints import state_of
from autobook.domain.object_names import object_names
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.domain.run_events import undo_events
from autobook.domain.summaries import snapshot_of
from autobook.domain.undo import LINE_DELETED, PERSONS_VALUE, Kept, body, is_restored, stands
from autobook.service.announcing import record_and_announce
from autobook.service.invoice_writer import FRESH
from autobook.service.ports import Clock, EventPublisher, IncomingInvoices, ProvenanceStore

_LEFT_AS_IT_WAS = "Kanbert answered without an error and left the field as it was"


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What an undo has done to one document: values of ours that are gone, and those that stay, with the reason."""

    restored: tuple[Written, ...] = ()
    kept: tuple[Kept, ...] = ()


@dataclass(slots=True)
class _Look:
    values: FieldValues
    at: datetime

    @property
    def is_open(self) -> bool:
        return self.values.invoice.status == STATUS.initial


@dataclass(frozen=True, slots=True)
class FinishUndo:
    """The rest of an undo. It may raise RetryLater, and NotFound where the invoice is gone; then it is not over."""

    kanbert: IncomingInvoices
    provenance: ProvenanceStore
    publisher: EventPublisher
    clock: Clock
    source: str
    """Names the stack in events (a URI)."""

    def __call__(self, record: ProvenanceRecord, trace_id: str) -> tuple[ProvenanceRecord, UndoResult]:
        """Finish what `record.undoing` has begun; the record as it is saved then, and what was done."""
        pending = record.undoing
        if pending is None or record.document.kind is not DocumentKind.INCOMING_INVOICE:
            return record, UndoResult()
        first = self._look(record)
        refused = self._write(record, first, pending.values)
        last = self._look(record)
        along = {each.place for each in record.side_effects}
        ours = tuple(each for each in pending.values if each.place not in along)
        return self._record(record, last, self._judged(last, ours, refused), trace_id)

    def _look(self, record: ProvenanceRecord) -> _Look:
        return _Look(FieldValues(self.kanbert.get_incoming_invoice(record.document.id)), self.clock())

    def _write(self, record: ProvenanceRecord, look: _Look, values: tuple[Written, ...]) -> dict[Written, str]:
        """A request per line, then one for the invoice; returns what Kanbert refused, and with which message."""
        refused: dict[Written, str] = {}
        places = dict.fromkeys(each.booking_id for each in values)
        for booking_id in sorted(places, key=lambda place: place is None):
            wanted = [each for each in values if each.booking_id == booking_id]
            while wanted and look.is_open:
                if self.clock() - look.at > FRESH:
                    look = self._look(record)
                wanted = [each for each in wanted if each not in refused and stands(look.values, each)]
                if not wanted or not look.is_open:
                    break
                try:
                    self._patch(record.document.id, booking_id, wanted, look.values)
                except Refused as error:
                    refused |= _named(wanted, error)
                except NotFound:
                    refused |= dict.fromkeys(wanted, LINE_DELETED)
                except GiveUp as error:
                    refused |= dict.fromkeys(wanted, str(error))
                else:
                    break
        return refused

    def _patch(self, invoice_id: str, booking_id: str | None, wanted: Iterable[Written], values: FieldValues) -> None:
        fields = body(wanted, values)
        if booking_id is None:
            self.kanbert.patch_incoming_invoice(invoice_id, fields)
        else:
            self.kanbert.patch_booking(invoice_id, booking_id, fields)

    def _judged(self, look: _Look, values: tuple[Written, ...], refused: dict[Written, str]) -> UndoResult:
        """What has become of each."""
        restored, kept = list[Written](), list[Kept]()
        for each in values:
            if each.booking_id is not None and look.values.booking(each.booking_id) is None:
                kept.append(Kept(each, LINE_DELETED))
            elif stands(look.values, each):
                closed = "" if look.is_open else f"the invoice is {look.values.invoice.status}, not open"
                kept.append(Kept(each, refused.get(each) or closed or _LEFT_AS_IT_WAS))
            elif is_restored(look.values, each) or BY_NAME[each.field].appended:
                restored.append(each)
            else:
                kept.append(Kept(each, PERSONS_VALUE))
        return UndoResult(tuple(restored), tuple(kept))

    def _record(
        self, record: ProvenanceRecord, look: _Look, result: UndoResult, trace_id: str
    ) -> tuple[ProvenanceRecord, UndoResult]:
        places = {each.place for each in result.restored}
        stays = {(each.ours.place, record.undoing.at) for each in result.kept} if record.undoing else set()
        undone = tuple(each for each in record.undone if (each.place, each.at) not in stays)
        over = replace(record, undoing=None, undone=undone)
        if not result.restored:
            return self.provenance.put(over), result
        left = replace(over, written=tuple(each for each in over.written if each.place not in places))
        left = left.with_written((), _effects(left, look.values, result))
        invoice, now = look.values.invoice, self.clock()
        state = state_of(invoice)
        names = object_names(invoice, record.written, {}, {})
        revision = record.revision_after(f"undo:{state.fingerprint}")
        context = EventContext(record.document, revision, now, trace_id, self.source)
        by = record.undoing.by if record.undoing else ""
        events = undo_events(
            context, state.fingerprint, invoice, Decision(record, names=names), by, names.named(result.restored)
        )
        completed = left.completed(state, now, revision, by_edit=True)
        if record.depended_on is not None:  # decided again, on what stands there now
            completed = replace(completed, depended_on=replace(record.depended_on, state=state.fingerprint, outcome=""))
        completed = replace(completed, snapshot=snapshot_of(invoice, state.fingerprint, names))
        return record_and_announce(self.provenance, self.publisher, completed, events), result


def _effects(left: ProvenanceRecord, values: FieldValues, result: UndoResult) -> Iterator[Written]:
    """Values of ours that Kanbert emptied along with what was taken back: no person has corrected them."""
    ours = {each.place: each for each in left.written}
    for lead in result.restored:
        for row in FOLLOWERS[lead.field]:
            written = ours.get((lead.booking_id, row.name))
            if written is not None and values.present(*written.place) in {None, row.initial}:
                yield replace(lead, field=row.name, value=None, before=written.value, value_name=None, before_name=None)


def _named(wanted: list[Written], error: Refused) -> dict[Written, str]:
    """Those that a refusal names; all of them where it names none."""
    messages = {each: error.fields.get(BY_NAME[each.field].api_name) for each in wanted}
    named = {each: message for each, message in messages.items() if message is not None}
    return named or dict.fromkeys(wanted, str(error))
