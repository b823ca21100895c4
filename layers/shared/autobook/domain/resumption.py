"""Resuming an incomplete run: what it had written already, and the invoice as it found it.

The decision is made on that earlier state once more. On the present one it could be another: a rule may ask for an
empty account that the run has filled, or the status that it set may end all booking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from autobook.domain.action_fields import BY_NAME, FieldValues
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import ProvenanceRecord, Written


@dataclass(frozen=True, slots=True)
class Resumed:
    """`invoice` as it was before the run, `done` what the run had written of what it set out to write."""

    invoice: IncomingInvoice
    done: tuple[Written, ...]

    def remaining(self, writes: Iterable[Written]) -> tuple[Written, ...]:
        """The writes that are not done."""
        places = {write.place for write in self.done}
        return tuple(write for write in writes if write.place not in places)


def resume(found: IncomingInvoice, record: ProvenanceRecord) -> Resumed:
    """Find out what an incomplete run has written; without one that is nothing, and the invoice is as it is."""
    values = FieldValues(found)
    done = tuple(write for write in record.pending if _is_done(write, values))
    return Resumed(_undone(found, done), done)


def _is_done(write: Written, values: FieldValues) -> bool:
    # Tags cannot be read, so they never are: written again, to the same effect.
    return values.present(*write.place) != write.before and values.still_holds(write)


def _undone(found: IncomingInvoice, done: tuple[Written, ...]) -> IncomingInvoice:
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
