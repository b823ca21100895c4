"""What people made of the values that we wrote: corrected, deleted with their line, or left as they are. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from autobook.domain.action_fields import BY_NAME, FOLLOWERS, FieldValues
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import FieldPlace, FieldValue, ProvenanceRecord, Written
from autobook.domain.resumption import Resumed


@dataclass(frozen=True, slots=True)
class Correction:
    """A value of ours that a person changed; `line_deleted`: it went with its line."""

    ours: Written
    present: FieldValue
    line_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Reviewed:
    """`record` without the values that are no longer ours, and with the places that are a person's from now on."""

    record: ProvenanceRecord
    corrections: tuple[Correction, ...] = ()


def review(found: IncomingInvoice, record: ProvenanceRecord, resumed: Resumed) -> Reviewed:
    """Compare what we wrote, in complete runs and in the one that is resumed, with what stands there.

    A correction is a person's: of a value that certainly stood there, and that neither Kanbert changed along with one
    of ours nor an incomplete run replaced.
    """
    values = FieldValues(found)
    passed_on = {w.place for w in (*record.written, *resumed.done) if _is_passed_on(values, w)}
    effects = {effect.place: effect for effect in (*record.side_effects, *_emptied(values, record, resumed))}
    replaced = {write.place for write in (*resumed.done, *resumed.lost)}
    kept, corrections = list[Written](), list[Correction]()
    for written in record.written:
        if written.place in replaced or _is_hidden(values, written.booking_id):
            kept.append(written)
        elif written.place in effects or written.place in passed_on:
            continue
        elif _is_deleted(values, written.booking_id) or not values.still_holds(written):
            corrections.append(_correction(values, written))
        else:
            kept.append(written)
    corrections += [_correction(values, lost) for lost in resumed.lost]
    lost_places = {lost.place for lost in resumed.lost}
    human_owned = (
        record.human_owned
        | passed_on
        | {each.ours.place for each in corrections if not each.line_deleted}
        | {write.place for write in (*resumed.replaced, *resumed.unknown)}
    )
    return Reviewed(
        replace(
            record,
            written=tuple(written for written in kept if written.place not in lost_places),
            side_effects=tuple(e for e in effects.values() if values.present(*e.place) == e.value is not None),
            human_owned=human_owned,
        ),
        tuple(corrections),
    )


def _correction(values: FieldValues, ours: Written) -> Correction:
    ours = replace(ours, confirmed=False, accepted=False)
    if _is_deleted(values, ours.booking_id):
        return Correction(ours, None, line_deleted=True)
    return Correction(ours, values.present(*ours.place))


def _is_deleted(values: FieldValues, booking_id: str | None) -> bool:
    return booking_id is not None and values.invoice.bookings is not None and values.booking(booking_id) is None


def _is_hidden(values: FieldValues, booking_id: str | None) -> bool:
    """The answer left the lines out: they may be as they were."""
    return booking_id is not None and values.invoice.bookings is None


def _is_passed_on(values: FieldValues, written: Written) -> bool:
    """A later value in Kanbert's own order: a person went on from ours, which corrects nothing."""
    changed = values.present(*written.place) != written.value
    return bool(BY_NAME[written.field].order) and changed and values.still_holds(written)


def _emptied(values: FieldValues, record: ProvenanceRecord, resumed: Resumed) -> Iterator[Written]:
    """Values of ours that Kanbert emptied along with a value that the incomplete run wrote, before it could say so."""
    ours = {written.place: written for written in record.written}
    sent: set[FieldPlace] = {write.place for write in record.pending}
    for lead in resumed.done:
        for field in FOLLOWERS[lead.field]:
            written = ours.get((lead.booking_id, field.name))
            if written is None or written.place in sent or values.still_holds(written):
                continue
            present = values.present(*written.place)
            if present is None or present == BY_NAME[field.name].initial:
                version = lead.rule_version
                yield Written(*written.place, present, written.value, lead.rule_id, rule_version=version)
