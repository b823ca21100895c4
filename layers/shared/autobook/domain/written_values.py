"""What Kanbert makes of a value that is written: taken, in another form, not at all; and what it changes along with it.

A text may come back trimmed, in other case, with other line ends. Ours is what stands there then, so a value that was
written has to be known again in the form that Kanbert gave it.
"""

from collections.abc import Iterable, Iterator

from autobook.domain.action_fields import FOLLOWERS, ActionField, FieldKind
from autobook.domain.kanbert import Booking, IncomingInvoice, is_mark
from autobook.domain.plain_text import plain_text
from autobook.domain.provenance import FieldValue, Written


def as_it_stands(field: ActionField, value: FieldValue, present: FieldValue) -> FieldValue:
    """The value that was written, in the form in which it stands there (`present`); None where it does not.

    Texts are compared without regard to blanks, line ends, case and Unicode form; ids and enums without blanks around
    them: two ids that differ in case are two objects. An object that is shown without its id is taken for ours. A text
    that was appended, tags and a status keep the form that they were written in.
    """
    if field.appended or field.order or not isinstance(value, str) or not isinstance(present, str):
        return value if field.holds(present, value) else None
    if field.kind is FieldKind.REFERENCE and is_mark(present):
        return present
    if field.kind is FieldKind.TEXT:
        return present if plain_text(value) == plain_text(present) else None
    return present if value.strip() == present.strip() else None


def changed_along(
    writes: Iterable[Written], before: Booking | IncomingInvoice, after: Booking | IncomingInvoice, *, answered: bool
) -> Iterator[Written]:
    """What Kanbert changed by itself along with these writes, as `provenance.ProvenanceRecord.side_effects` has it.

    In its answer to them any change of a field that follows one of them; in a later look only one that was emptied: a
    value may have come from a person since.
    """
    writes = tuple(writes)
    seen = {write.field for write in writes}
    for lead in writes:
        for field in FOLLOWERS[lead.field]:
            if field.name in seen or field.attribute not in after.model_fields_set:
                continue
            seen.add(field.name)
            old, new = field.read(before), field.read(after)
            emptied = old is not None and new in {None, field.initial}
            if old != new and (emptied or (answered and new != field.initial)):
                yield Written(lead.booking_id, field.name, new, old, lead.rule_id, rule_version=lead.rule_version)
