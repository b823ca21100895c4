"""One run's writes into one invoice, and what Kanbert has shown of each.

Kanbert's API has neither locks nor versions: what a person does between a look and the PATCH after it cannot be seen.
So that this window stays short, a look that is older than `FRESH` is repeated, and so is the one before the invoice's
own fields and the status. A value is written only where the last look found what the decision was made on
(docs/decisions/write-ahead-provenance.md). No request is repeated.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from autobook.domain.action_fields import BY_NAME, STATUS, FieldValues
from autobook.domain.errors import AutobookError, NotFound, Refused, Unanswered
from autobook.domain.fingerprints import fingerprint
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.known_invoice import KnownInvoice
from autobook.domain.provenance import FieldValue, Written
from autobook.domain.refusals import RefusedWrite
from autobook.domain.written_values import as_it_stands, changed_along
from autobook.service.journal import Journal
from autobook.service.ports import Clock, IncomingInvoices

FRESH: Final = timedelta(seconds=2)
"""How old the look may be on which a PATCH relies."""
_LEFT_EMPTY: Final = "Kanbert answered without an error and left the field empty"
_LEFT_AS_IT_WAS: Final = "Kanbert answered without an error and left the field as it was"


@dataclass(frozen=True, slots=True)
class _Sent:
    """Writes that were taken, with what the answer shows of each, where it shows anything."""

    booking_id: str | None
    writes: tuple[Written, ...]
    answered: Mapping[str, FieldValue] = field(default_factory=dict)


@dataclass(slots=True)
class InvoiceWriter:
    """`known` is the state that the writes led to, `latest` the last look, which was at `looked_at`."""

    kanbert: IncomingInvoices
    journal: Journal
    clock: Clock
    known: KnownInvoice
    latest: FieldValues
    looked_at: datetime
    written: list[Written] = field(default_factory=list)
    refused: list[RefusedWrite] = field(default_factory=list)
    side_effects: list[Written] = field(default_factory=list)
    intended: tuple[Written, ...] = ()
    """What provenance says may be sent."""
    sending: tuple[Written, ...] = ()
    """Sent, without an answer so far."""
    unshown: list[_Sent] = field(default_factory=list)
    """Answered, without showing what became of them."""
    patched: bool = False
    closed: bool = False
    """True once the invoice was seen in a status that is not `open`: nothing more is written."""
    left_out: bool = False
    """True where something was not written because a person was faster."""

    @property
    def in_doubt(self) -> tuple[Written, ...]:
        """What may have been written."""
        return self.sending + tuple(replace(write, accepted=True) for sent in self.unshown for write in sent.writes)

    def write_lines(self, lines: Mapping[str, list[Written]]) -> None:
        """Line by line, by their ids."""
        if lines:
            self._intend(write for writes in lines.values() for write in writes)
        for booking_id, writes in lines.items():
            self._send(booking_id, tuple(writes))
        self._show()

    def write_own(self, writes: list[Written]) -> None:
        """The invoice's own fields but for the status, in one request."""
        if writes and self.patched:
            self._look()  # no answer about a line shows whether the invoice is open
        wanted = self._wanted(writes)
        if wanted and not self.closed:
            self._intend(wanted)
            self._send(None, wanted)
            self._show()

    def write_status(self, writes: list[Written]) -> None:
        """Alone, if everything before it is done and nothing else has changed."""
        if not writes or self.closed or self.refused or self.left_out:
            return
        if self.patched:
            self._look()
        wanted = self._wanted(writes)
        if wanted and not self.closed:
            self._intend(wanted)
            self._send(None, wanted)
            self._show()

    def _intend(self, writes: Iterable[Written]) -> None:
        self.intended = tuple(writes)
        self.journal.intend(self.intended)

    def _intend_without(self, refused: Iterable[Written]) -> None:
        """What is left is sent by itself: it must not seem to have gone in one request with what was refused."""
        answered = {write.place for write in (*refused, *self.journal.known)}
        accepted = {write.place for sent in self.unshown for write in sent.writes}
        left = (write for write in self.intended if write.place not in answered)
        self._intend(replace(write, accepted=write.place in accepted) for write in left)

    def _send(self, booking_id: str | None, writes: tuple[Written, ...]) -> None:
        """One request; another for what is left of it where Kanbert's refusal names fields."""
        while writes and not self.closed:
            if self.clock() - self.looked_at > FRESH:
                self._look()
            writes = self._wanted(writes)
            if not writes or self.closed:
                return
            self.sending, self.patched = writes, True
            try:
                answer = self._patch(booking_id, writes)
            except Unanswered:
                raise
            except Refused as error:
                self.sending, writes = (), self._turned_down(writes, error)
                if writes:
                    self._intend_without(each.write for each in self.refused)
            except AutobookError:
                self.sending = ()
                raise
            else:
                self.sending = ()
                self._take(_Sent(booking_id, writes), answer)
                return

    def _patch(self, booking_id: str | None, writes: tuple[Written, ...]) -> IncomingInvoice | Booking | None:
        rows = ((BY_NAME[write.field], write) for write in writes)
        body = {row.api_name: row.after_writing(write.value, write.before) for row, write in rows}
        if booking_id is None:
            return self.kanbert.patch_incoming_invoice(self.known.id, body)
        return self.kanbert.patch_booking(self.known.id, booking_id, body)

    def _wanted(self, writes: Iterable[Written]) -> tuple[Written, ...]:
        """Those at whose places stands what the decision was made on."""
        writes = tuple(writes)
        wanted = tuple(wanted for write in writes if (wanted := self._as_wanted(write)) is not None)
        self.left_out |= len(wanted) < len(writes)
        return wanted

    def _as_wanted(self, write: Written) -> Written | None:
        """The write; None where a person was faster. What is appended goes below whatever they wrote.

        A position goes with its account, and the status with everything: it is decided anew if any of that has changed.
        """
        holder, known = _holder(self.latest, write.booking_id), self.known.holder(write.booking_id)
        if holder is None or known is None:
            return None
        field, present = BY_NAME[write.field], self.latest.present(*write.place)
        if field.name == STATUS.name and fingerprint(self.latest.invoice) != fingerprint(self.known.whole()):
            return None
        if any(BY_NAME[lead].read(holder) != BY_NAME[lead].read(known) for lead in field.follows):
            return None
        if field.appended and not field.holds(present, write.value) and field.fits(write.value, present):
            return replace(write, before=present)
        return write if field.is_as_before(present, write.before) else None

    def _turned_down(self, writes: tuple[Written, ...], error: Refused) -> tuple[Written, ...]:
        """Those that the refusal does not name; none where it names nothing that was sent."""
        messages = {write: error.fields.get(BY_NAME[write.field].api_name) for write in writes}
        rest = tuple(write for write, message in messages.items() if message is None)
        if len(rest) == len(writes):
            messages, rest = dict.fromkeys(writes, str(error)), ()
        self.refused += [RefusedWrite(write, message) for write, message in messages.items() if message is not None]
        return rest

    def _take(self, sent: _Sent, answer: IncomingInvoice | Booking | None) -> None:
        """What the answer shows; the rest waits for a look."""
        if answer is None or answer.id != (sent.booking_id or self.known.id):
            self.unshown.append(sent)
            return
        present = {write.field: BY_NAME[write.field].read(answer) for write in sent.writes}
        stand = {write: as_it_stands(BY_NAME[write.field], write.value, present[write.field]) for write in sent.writes}
        if rest := tuple(write for write, value in stand.items() if value is None):
            self.unshown.append(_Sent(sent.booking_id, rest, present))
        self._confirm([write.with_value(value) for write, value in stand.items() if value is not None], answer)
        holder = _holder(self.latest, sent.booking_id)
        if holder is not None:
            self._keep_side_effects(changed_along(sent.writes, holder, answer, answered=True), answer)
        if isinstance(answer, IncomingInvoice) and "status" in answer.model_fields_set:
            self._check_open(answer, sent.writes)

    def _show(self) -> None:
        """One look for all that no answer has shown. A line that is gone brings the document back later."""
        if not self.unshown:
            return
        found = FieldValues(self.kanbert.get_incoming_invoice(self.known.id))
        holders = [(sent, _holder(found, sent.booking_id)) for sent in self.unshown]
        if missing := [sent.booking_id for sent, holder in holders if holder is None]:
            raise NotFound(f"the line {missing[0]} was deleted while it was being booked")
        for sent, holder in holders:
            if holder is not None:
                self._compare(sent, holder)
        writes = [write for sent in self.unshown for write in sent.writes]
        self.unshown = []
        self._seen(found, writes)

    def _compare(self, sent: _Sent, holder: IncomingInvoice | Booking) -> None:
        for write in sent.writes:
            self._judge(write, sent.answered.get(write.field), holder)
        former = _holder(self.latest, sent.booking_id)
        if former is not None and not sent.answered:
            self._keep_side_effects(changed_along(sent.writes, former, holder, answered=False), holder)

    def _judge(self, write: Written, answered: FieldValue, holder: IncomingInvoice | Booking) -> None:
        """What a look says of a write that Kanbert took."""
        row = BY_NAME[write.field]
        present = row.read(holder)
        stands = as_it_stands(row, write.value, present)
        if stands is None and present == answered != write.before:
            stands = present  # Kanbert's answer had it too: it made that of our value
        if stands is not None:
            passed_on = row.order and present != write.value  # by a person: the next look finds that
            self._confirm([write.with_value(stands)], None if passed_on else holder)
        elif present is None or present == write.before:
            message = _LEFT_EMPTY if present is None else _LEFT_AS_IT_WAS
            self.refused.append(RefusedWrite(write, message))
            if present != write.before:
                self._keep_side_effects([replace(write, value=None)], holder)
        else:
            self._confirm([write], None)  # a person has changed it since: the next look finds the correction

    def _confirm(self, writes: Iterable[Written], source: IncomingInvoice | Booking | None) -> None:
        """These are written. `source` shows them; None where something else stands there by now."""
        writes = list(writes)
        self.written += writes
        self.journal.confirm(writes)
        if source is not None:
            self.known.adopt([write.field for write in writes], source)

    def _keep_side_effects(self, effects: Iterable[Written], source: IncomingInvoice | Booking) -> None:
        """Those that left something are known from now on; an emptied place is looked at again: a rule may fill it."""
        effects = list(effects)
        self.side_effects += effects
        self.journal.confirm((), effects)
        self.known.adopt([effect.field for effect in effects if effect.value is not None], source)

    def _look(self) -> None:
        self._seen(FieldValues(self.kanbert.get_incoming_invoice(self.known.id)), ())

    def _seen(self, found: FieldValues, writes: Iterable[Written]) -> None:
        self.latest, self.looked_at = found, self.clock()
        self._check_open(found.invoice, writes)

    def _check_open(self, found: IncomingInvoice, writes: Iterable[Written]) -> None:
        ours = any(write.field == STATUS.name for write in writes)
        self.closed |= not ours and found.status != STATUS.initial


def _holder(values: FieldValues, booking_id: str | None) -> IncomingInvoice | Booking | None:
    """The line, or the invoice itself; None for a line that is not there."""
    return values.invoice if booking_id is None else values.booking(booking_id)
