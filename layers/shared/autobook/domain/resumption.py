"""Resuming an incomplete run: what became of the values that it set out to write, and the invoice as it found it.

The decision is made on that earlier state once more. On the present one it could be another: a rule may ask for an
empty account that the run has filled, or the status that it set may end all booking.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from autobook.domain.action_fields import ACCOUNT, BY_NAME, STATUS, FieldValues
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.problems import NO_ACCOUNT, Problem
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.domain.written_values import as_it_stands


class _Became(Enum):
    """What became of a value that an incomplete run set out to write."""

    DONE = auto()
    """It stands there."""
    LOST = auto()
    """It stood there, and a person has done away with it."""
    NOT_DONE = auto()
    """What was there before is there, or the line has gone: as if it had never been written."""
    REPLACED = auto()
    """Something else stands there: a person's, whether or not our value stood there in between."""
    UNKNOWN = auto()
    """Nothing tells whether it was written: Kanbert does not show the field; or it accepted the value, and what stands
    there is what stood there before, which a person may have put back."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """`invoice` as it was before the run, `done` what the run had written of what it set out to write, as it stands.

    `lost` are values that it had certainly written and a person has changed since, `replaced` those in whose place
    something else stands and which may never have been written; of `unknown` ones nothing tells.
    """

    invoice: IncomingInvoice
    done: tuple[Written, ...] = ()
    lost: tuple[Written, ...] = ()
    replaced: tuple[Written, ...] = ()
    unknown: tuple[Written, ...] = ()

    @property
    def pending(self) -> tuple[Written, ...]:
        """What has to stay in provenance until a run is complete. What was replaced is a person's place from now on."""
        certain = (replace(write, confirmed=True, accepted=False) for write in (*self.done, *self.lost))
        return (*certain, *self.unknown)

    def remaining(self, writes: Iterable[Written]) -> tuple[Written, ...]:
        """The writes that are not done; none where the invoice, as it was found, is no longer open.

        The status is left to the next decision where the rules were edited in between: it may replace what was written.
        """
        writes = tuple(writes)
        overtaken = self.is_overtaken(writes)
        places = {write.place for write in (*self.done, *self.replaced, *self.unknown)}
        closed = any(write.field == STATUS.name for write in self.done)
        left = (write for write in writes if write.place not in places)
        return () if closed else tuple(write for write in left if write.field != STATUS.name or not overtaken)

    def unaccepted(self, suggestions: Iterable[Written]) -> tuple[Written, ...]:
        """The suggestions but for those that a person has accepted with the run."""
        accepted = {write.place for write in self.done if write.accepted_by}
        return tuple(each for each in suggestions if each.place not in accepted)

    def unsolved(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """The problems but for lines without an account that the run has given one.

        The rules need not give it any more: they were edited in between, or a person had accepted a suggestion.
        """
        given = {write.booking_id for write in self.done if write.field == ACCOUNT.name}
        return tuple(each for each in problems if each.code not in NO_ACCOUNT or each.booking_id not in given)

    def is_overtaken(self, writes: Iterable[Written]) -> bool:
        """True if a decision would by now write something else where the run has written: the rules were edited."""
        done = {write.place: write for write in self.done}
        return any(
            write.place in done and as_it_stands(BY_NAME[write.field], write.value, done[write.place].value) is None
            for write in writes
        )


def resume(found: IncomingInvoice, record: ProvenanceRecord) -> Resumed:
    """Find out what an incomplete run has written; without one that is nothing, and the invoice is as it is."""
    if not record.pending:
        return Resumed(found)
    outcomes = list(_outcomes(found, record.pending))
    by_outcome = {which: tuple(write for write, became in outcomes if became is which) for which in _Became}
    done = by_outcome[_Became.DONE]
    return Resumed(
        without(found, done),
        done,
        by_outcome[_Became.LOST],
        by_outcome[_Became.REPLACED],
        by_outcome[_Became.UNKNOWN],
    )


def _outcomes(found: IncomingInvoice, pending: tuple[Written, ...]) -> Iterator[tuple[Written, _Became]]:
    values = FieldValues(found)
    readable = [_outcome(write, values) for write in pending if BY_NAME[write.field].read_from is not None]
    others = [became for write, became in readable if write.field != STATUS.name]
    for write, became in readable:
        if write.field == STATUS.name and any(other not in {_Became.DONE, _Became.LOST} for other in others):
            # Our own is written last of all: one that stands there before the rest is done is a person's.
            yield write, _Became.REPLACED if became is _Became.DONE else became
        else:
            yield write, became
    for write in pending:
        if BY_NAME[write.field].read_from is None:
            yield write, _unreadable(write, readable)


def _outcome(write: Written, values: FieldValues) -> tuple[Written, _Became]:
    field = BY_NAME[write.field]
    if write.booking_id is not None and values.booking(write.booking_id) is None:
        if not write.confirmed:
            return write, _Became.NOT_DONE
        return write, _Became.DONE if values.invoice.bookings is None else _Became.LOST
    present = values.present(*write.place)
    if write.confirmed:
        return write, _Became.DONE if values.still_holds(write) else _Became.LOST
    if field.is_as_before(present, write.before):
        return write, _Became.UNKNOWN if write.accepted else _Became.NOT_DONE
    if field.order and present != write.value:
        return write, _Became.REPLACED  # a later status is a person's, who need not have gone on from ours
    stands = as_it_stands(field, write.value, present)
    return (write, _Became.REPLACED) if stands is None else (write.with_value(stands), _Became.DONE)


def _unreadable(write: Written, readable: Iterable[tuple[Written, _Became]]) -> _Became:
    """The fields that went in the same request, all or none, tell of one that Kanbert does not show.

    If some stand there and others do not, a person has been there, and nothing tells.
    """
    if write.confirmed or write.accepted:
        return _Became.DONE
    same = [
        became
        for other, became in readable
        if other.booking_id == write.booking_id and not other.confirmed and other.field != STATUS.name
    ]
    if _Became.NOT_DONE not in same:
        return _Became.DONE if _Became.DONE in same else _Became.UNKNOWN
    return _Became.NOT_DONE if all(became is _Became.NOT_DONE for became in same) else _Became.UNKNOWN


def without(found: IncomingInvoice, done: tuple[Written, ...]) -> IncomingInvoice:
    """The invoice as it was before these were written."""
    if not done:
        return found
    changes: dict[str, Any] = {}
    lines: dict[str, dict[str, Any]] = {}
    for write in done:
        before = BY_NAME[write.field].undone(write.before)
        if write.booking_id is None:
            changes |= before
        else:
            lines.setdefault(write.booking_id, {}).update(before)
    if lines:
        changes["bookings"] = tuple(line.model_copy(update=lines.get(line.id)) for line in found.bookings or ())
    return found.model_copy(update=changes)
