"""Taking back what we wrote: which values of an invoice still stand as ours, and what belongs in their place. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from autobook.domain.action_fields import BY_NAME, FOLLOWERS, STATUS, FieldKind, FieldValues
from autobook.domain.kanbert import IncomingInvoice, is_mark
from autobook.domain.ownership import Ownership
from autobook.domain.provenance import FieldPlace, FieldValue, ProvenanceRecord, Written
from autobook.domain.written_values import as_it_stands

NOT_SHOWN: Final = "Kanbert does not show its tags: take them out there"
PERSONS_VALUE: Final = "a person has changed it since"
LINE_DELETED: Final = "the line was deleted"
_NOTE_CHANGED: Final = "the note no longer stands there as we wrote it"
_NO_ID: Final = "Kanbert has never shown the id of what stood there before"


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that is not taken back, and why."""

    ours: Written
    reason: str


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """`values` are ours that still stand, each with what is put in its place as `before`; `kept` stay, with the reason.

    `along` is what Kanbert put there by itself along with `values`, and goes with them. `closed` is the status of an
    invoice that is not open: nothing in it is touched. "" where it is.
    """

    values: tuple[Written, ...] = ()
    along: tuple[Written, ...] = ()
    kept: tuple[Kept, ...] = ()
    closed: str = ""


type Wanted = Callable[[Written], Written | None]
"""The value with what is to stand in its place, where it is to be taken back; None where it is not meant."""


def plan_undo(invoice: IncomingInvoice, record: ProvenanceRecord, wanted: Wanted) -> UndoPlan:
    """What an undo of the values that are meant would do now."""
    meant = [chosen for written in record.written if (chosen := wanted(written)) is not None]
    if not meant:
        return UndoPlan()
    if invoice.status != STATUS.initial:
        closed = invoice.status or "without a status"
        return UndoPlan(kept=tuple(Kept(each, f"the invoice is {closed}, not open") for each in meant), closed=closed)
    values, ownership = FieldValues(invoice), Ownership(record)
    planned = [_planned(values, each, ownership) for each in meant]
    going = {each.place for each in planned if isinstance(each, Written)}
    checked = [_without_followers(values, each, going, ownership) for each in planned]
    going = {each.place for each in checked if isinstance(each, Written)}
    return UndoPlan(
        values=tuple(each for each in checked if isinstance(each, Written)),
        along=tuple(each for each in record.side_effects if _goes_along(values, each, going)),
        kept=tuple(each for each in checked if isinstance(each, Kept)),
    )


def stands(values: FieldValues, ours: Written) -> bool:
    """True if our value is there as we wrote it, so that another may be put in its place."""
    row, present = BY_NAME[ours.field], values.present(*ours.place)
    if row.read_from is None or present is None:
        return False
    return _note_without(present, ours) is not None if row.appended else present == ours.value


def restored(values: FieldValues, ours: Written) -> FieldValue:
    """What is to stand there: what stood there before, of a note the rest of it."""
    if BY_NAME[ours.field].appended:
        return _note_without(values.present(*ours.place), ours) or None
    return ours.before


def is_restored(values: FieldValues, ours: Written) -> bool:
    """True if what stood there before stands there again, in whatever form Kanbert gives it."""
    row, present = BY_NAME[ours.field], values.present(*ours.place)
    if row.is_as_before(present, ours.before):
        return True
    return ours.before is not None and as_it_stands(row, ours.before, present) is not None and not row.appended


def body(ours: Iterable[Written], values: FieldValues) -> dict[str, str | list[str] | None]:
    """What the request carries: null empties a field, but for one that Kanbert itself puts something into."""
    fields: dict[str, str | list[str] | None] = {}
    for each in ours:
        row, value = BY_NAME[each.field], restored(values, each)
        fields[row.api_name] = row.initial if value is None else list(value) if isinstance(value, tuple) else value
    return fields


def _planned(values: FieldValues, ours: Written, ownership: Ownership) -> Written | Kept:
    row = BY_NAME[ours.field]
    if row.read_from is None:
        return Kept(ours, NOT_SHOWN)
    if ours.booking_id is not None and values.booking(ours.booking_id) is None:
        return Kept(ours, LINE_DELETED)
    if not stands(values, ours) or ours.place in ownership.human_owned:
        return Kept(ours, _NOTE_CHANGED if row.appended else PERSONS_VALUE)
    if row.kind is FieldKind.REFERENCE and isinstance(ours.before, str) and is_mark(ours.before):
        return Kept(ours, _NO_ID)
    return replace(ours, before=restored(values, ours))


def _goes_along(values: FieldValues, effect: Written, going: set[FieldPlace]) -> bool:
    follows = BY_NAME[effect.field].follows
    return any((effect.booking_id, lead) in going for lead in follows) and stands(values, effect)


def _without_followers(
    values: FieldValues, planned: Written | Kept, going: set[FieldPlace], ownership: Ownership
) -> Written | Kept:
    """A value stays with which a person's goes: Kanbert might empty that, too."""
    if isinstance(planned, Kept):
        return planned
    for name in _persons_followers(values, planned, ownership):
        if (planned.booking_id, name) not in going:
            return Kept(planned, f"a person has chosen the {name} that goes with it")
    return planned


def _persons_followers(values: FieldValues, lead: Written, ownership: Ownership) -> Iterator[str]:
    for row in FOLLOWERS[lead.field]:
        place = (lead.booking_id, row.name)
        present, ours = values.present(*place), ownership.ours.get(place)
        if present is None or (ours is not None and ours.value == present and place not in ownership.human_owned):
            continue
        if present != row.initial and not ownership.is_nobodys(place, present):
            yield row.name


def _note_without(present: FieldValue, ours: Written) -> str | None:
    """The note without the lines that we appended; None where they do not stand there once, as we wrote them."""
    if not isinstance(present, str):
        return None
    lines = present.replace("\r\n", "\n").split("\n")
    wanted = str(ours.value).replace("\r\n", "\n").split("\n")
    places = [at for at in range(len(lines) - len(wanted) + 1) if lines[at : at + len(wanted)] == wanted]
    if len(places) != 1:
        return None
    return "\n".join(lines[: places[0]] + lines[places[0] + len(wanted) :])
