"""What the objects in an invoice are called: accounts, positions, projects, clients, editors, payment accounts.

Known from what rules name by a code, from the document itself where it shows an object, and from what was written
before. Names say nothing about a fact: they are shown with it, and no event's id depends on them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from autobook.domain.action_fields import BY_NAME, FieldKind, FieldValues
from autobook.domain.codes import LONGEST_NAME, Candidate, Code, ObjectName
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import FieldValue, Written

type ObjectKey = tuple[str, str]
"""(field, id)."""

_SHOWN_ON_LINES: Final = {
    "account": "chart_of_account",
    "position": "position",
    "project": "project",
    "client": "client",
}
_SHOWN: Final = {"editor": "editor", "payment_account": "payment_account"}


@dataclass(frozen=True, slots=True)
class ObjectNames:
    """Names by field and id."""

    known: Mapping[ObjectKey, ObjectName] = field(default_factory=dict)

    def of(self, field: str, value: FieldValue) -> ObjectName | None:
        """What the object is called; None where that is not known, or it is no object."""
        return self.known.get((field, value)) if isinstance(value, str) else None

    def named(self, writes: Iterable[Written]) -> tuple[Written, ...]:
        """The same values, with the names of what was written and of what stood there before."""
        return tuple(self._named(write) for write in writes)

    def _named(self, write: Written) -> Written:
        value = self.of(write.field, write.value) or write.value_name
        before = self.of(write.field, write.before) or write.before_name
        if (value, before) == (write.value_name, write.before_name):
            return write
        return replace(write, value_name=value, before_name=before)


def object_names(
    invoice: IncomingInvoice,
    written: Iterable[Written],
    candidates: Mapping[Code, Sequence[Candidate]],
    remembered: Mapping[ObjectKey, ObjectName],
) -> ObjectNames:
    """The names that are known: what was looked up for this decision counts most, what was written before least."""
    known = dict[ObjectKey, ObjectName]()
    looked_up = best_names((code[0], each) for code, found in candidates.items() for each in found)
    for names in (dict(_of_written(written)), remembered, _of_document(invoice), looked_up):
        for key, name in names.items():
            before = known.get(key, ObjectName())
            known[key] = ObjectName(name.code or before.code, name.title or before.title)
    return ObjectNames(known)


def best_names(found: Iterable[tuple[str, Candidate]]) -> Mapping[ObjectKey, ObjectName]:
    """The names of what was found (field, candidate). A position may be found by its title as well as by its code."""
    names = dict[ObjectKey, ObjectName]()
    for name, candidate in found:
        key, known = (name, candidate.id), names.get((name, candidate.id))
        names[key] = known if known is not None and known.code else candidate.name
    return names


def objects_in(invoice: IncomingInvoice, *writes: Iterable[Written]) -> frozenset[ObjectKey]:
    """Every object that may have to be named."""
    values, found = FieldValues(invoice), set[ObjectKey]()
    for each in (write for some in writes for write in some):
        if BY_NAME[each.field].kind is FieldKind.REFERENCE:
            found |= {(each.field, value) for value in (each.value, each.before) if isinstance(value, str)}
    for line in invoice.bookings or ():
        for name in _SHOWN_ON_LINES:
            if isinstance(value := values.present(line.id, name), str):
                found.add((name, value))
    return frozenset(found)


def _of_written(written: Iterable[Written]) -> Iterator[tuple[ObjectKey, ObjectName]]:
    for each in written:
        for value, name in ((each.before, each.before_name), (each.value, each.value_name)):
            if isinstance(value, str) and name is not None:
                yield (each.field, value), name


def _of_document(invoice: IncomingInvoice) -> Mapping[ObjectKey, ObjectName]:
    source = invoice.source
    lines = source.get("bookings")
    lines = lines.values() if isinstance(lines, Mapping) else lines if isinstance(lines, list) else ()
    found = dict(_names_in(source, _SHOWN))
    for line in lines:
        if isinstance(line, Mapping):
            found |= _names_in(line, _SHOWN_ON_LINES)
    return found


def _names_in(holder: Mapping[str, Any], attributes: Mapping[str, str]) -> Iterator[tuple[ObjectKey, ObjectName]]:
    for name, attribute in attributes.items():
        related = holder.get(attribute)
        if isinstance(related, Mapping) and isinstance(related.get("id"), str | int):
            person = " ".join(str(related[part]) for part in ("first_name", "last_name") if related.get(part))
            made = _name(
                related.get("code") or related.get("shortcode"),
                related.get("title") or related.get("name") or person or related.get("email"),
            )
            if made != ObjectName():
                yield (name, str(related["id"])), made


def _name(code: object, title: object) -> ObjectName:
    return ObjectName(_text(code), _text(title))


def _text(name: object) -> str | None:
    """As far as it is text: half a surrogate pair, which JSON may hold, is none."""
    text = str(name).strip()[:LONGEST_NAME] if isinstance(name, str | int) and not isinstance(name, bool) else ""
    return text.encode("utf-8", "replace").decode() or None
