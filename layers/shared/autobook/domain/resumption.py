"""Taking up a run that did not come to its end: what it had done already, and the invoice as it found it.

The decision is made on that earlier state once more. On the present one it could be another: a rule may ask for an
empty account that the run has filled, or the status that it set may end all booking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from autobook.domain.action_fields import (
    BOOKING_FIELDS,
    INVOICE_FIELDS,
    READ_AS,
    STATUS_AT_FIRST,
    TYPE_AT_FIRST,
    FieldValues,
)
from autobook.domain.kanbert.incoming import IncomingInvoice
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


def resume(found: IncomingInvoice, entry: ProvenanceRecord) -> Resumed:
    """Tell apart what is done; without an unfinished run nothing is, and the invoice is as it is."""
    places = FieldValues(found)
    done = tuple(write for write in entry.pending if _is_done(write, places))
    return Resumed(_undone(found, done), done)


def _is_done(write: Written, places: FieldValues) -> bool:
    # Tags cannot be read, so they never are: written again, to the same effect.
    return places.present(*write.place) != write.before and places.still_holds(write)


def _undone(found: IncomingInvoice, done: tuple[Written, ...]) -> IncomingInvoice:
    if not done:
        return found
    changes: dict[str, Any] = {}
    lines: dict[str, dict[str, Any]] = {}
    for write in done:
        if write.booking_id is None:
            changes |= _invoice_before(write)
        else:
            lines.setdefault(write.booking_id, {}).update(_line_before(write))
    if lines:
        changes["bookings"] = tuple(line.model_copy(update=lines.get(line.id)) for line in found.bookings or ())
    return found.model_copy(update=changes)


def _invoice_before(write: Written) -> dict[str, Any]:
    if write.field in READ_AS:
        # What stood there before is known by its id alone: the object is left as it is unless there was none.
        return {READ_AS[write.field]: None} if write.before is None else {}
    first = {"status": STATUS_AT_FIRST, "invoice_title": ""}.get(write.field)
    return {INVOICE_FIELDS[write.field]: write.before or first}


def _line_before(write: Written) -> dict[str, Any]:
    before = {BOOKING_FIELDS[write.field]: write.before}
    if write.field == "booking_type":
        return {"type": write.before or TYPE_AT_FIRST}
    if write.field == "account":
        return before | {"chart_of_account": None}
    return before
