"""The history of a document: what was announced of it, entry by entry, in words that a person can read as they stand.

An entry is made of an event: one for the event itself and one for each value, correction or reason in it. It is never
written again: its name is the event's id, which is derived from the fact (docs/decisions/event-ids-and-revisions.md).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from autobook.domain.events import Event

_WHAT: Final[Mapping[str, str]] = {
    "invoice.received": "seen for the first time",
    "invoice.changed": "changed",
    "invoice.deleted": "deleted in Kanbert",
    "invoice.archived": "archived",
    "outgoing_invoice.changed": "changed",
    "outgoing_invoice.deleted": "deleted in Kanbert",
    "outgoing_invoice.archived": "archived",
    "invoice.booked": "booked",
    "booking.corrected": "corrected by a person",
    "invoice.suggested": "suggested",
    "invoice.undone": "taken back",
    "invoice.needs_review": "needs a person",
    "invoice.review_resolved": "no longer needs a person",
    "rule.changed": "a rule was changed",
}
_LONGEST: Final = 200
"""Characters of a value that a sentence quotes; `details` have all of it."""
_PARTS: Final[Mapping[str, str]] = {
    "invoice.booked": "values",
    "invoice.suggested": "values",
    "invoice.undone": "values",
    "booking.corrected": "corrections",
    "invoice.needs_review": "reasons",
    "invoice.review_resolved": "reasons",
}
"""Where the parts of an event are that have entries of their own."""


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """One line of a document's history.

    `name` is unique within the document, and the same whenever the same fact is written again. `text` is a sentence for
    people. `rule_id` is the rule behind it, "" where there is none, `details` the part of the event that it tells.
    """

    document: str
    name: str
    at: datetime
    type: str
    text: str
    number: str = ""
    supplier: str = ""
    rule_id: str = ""
    details: Mapping[str, Any] | None = None

    @property
    def is_part(self) -> bool:
        """True if it is about one value, correction or reason; the event has an entry of its own."""
        return "#" in self.name

    @property
    def is_repeated(self) -> bool:
        """True if it says what another one says, for a further rule behind it."""
        return "+" in self.name


def entries(event: Event) -> Iterator[DocumentEntry]:
    """The entries of an event, itself first."""
    data, document = event.data, event.subject.replace("/", ":", 1)
    summary = data.get("invoice") or {}
    number = summary.get("invoice_number") or ""
    supplier = _name(summary.get("supplier") or summary.get("client"))
    parts = list(enumerate(data.get(_PARTS.get(event.type, ""), ()), 1))
    text = _event_text(event, len(parts))
    whole = DocumentEntry(
        document, event.id, event.time, event.type, text, number, supplier, details=_without_parts(event)
    )
    yield whole
    for place, part in parts:
        text = _part_text(event.type, part)
        for number, rule_id in enumerate(part.get("rule_ids") or [part.get("rule_id") or ""]):
            name = f"{event.id}#{place:05}" + (f"+{number}" if number else "")
            yield replace(whole, name=name, text=text, rule_id=rule_id, details=part)


def _without_parts(event: Event) -> dict[str, Any]:
    return {name: value for name, value in event.data.items() if name != _PARTS.get(event.type)}


def _event_text(event: Event, parts: int) -> str:
    data, what = event.data, _WHAT.get(event.type, event.type)
    if data.get("by"):
        what = f"{what} by {_cut(data['by'])}"
    if parts:
        return f"{what}: {parts} {'entry' if parts == 1 else 'entries'}"
    if changes := data.get("changes"):
        fields = [each["field"] for each in changes["fields"]]
        lines = len(changes["lines"])
        changed = [*fields, *([f"{lines} lines" if lines > 1 else "1 line"] if lines else [])]
        return f"{what}: {', '.join(changed)}" if changed else what
    if objects := data.get("objects"):
        return (
            f"{what}: {len(objects)} objects, file {data['file'].replace('_', ' ')}, until {data['retain_until'][:10]}"
        )
    return what


def _part_text(type_: str, part: Mapping[str, Any]) -> str:
    place = "" if part.get("booking_id") is None else f"line {part['booking_id']}, "
    match type_:
        case "invoice.booked" | "invoice.suggested":
            before = value_text(part.get("before"))
            was = f" (was {before})" if before else ""
            value = value_text(part.get("value"))
            accepted = f", accepted by {_cut(part['accepted_by'])}" if part.get("accepted_by") else ""
            return f"{place}{part['field']} = {value}{was}, by rule {part['rule_id']}{_because(part)}{accepted}"
        case "invoice.undone":
            ours, restored = value_text(part.get("ours")), value_text(part.get("restored")) or "empty"
            return f"{place}{part['field']}: {ours} of rule {part['rule_id']} was taken back, {restored} again"
        case "booking.corrected":
            present = (
                "the line was deleted" if part.get("line_deleted") else (value_text(part.get("present")) or "empty")
            )
            return f"{place}{part['field']}: {value_text(part.get('ours'))} of rule {part['rule_id']} became {present}"
    return f"{place}{part['message']}"


def _because(part: Mapping[str, Any]) -> str:
    return f", because {part['why']}" if part.get("why") else ""


def value_text(value: Mapping[str, Any] | None) -> str:
    """A value of an event as people know it: code and title, then the id."""
    if not value:
        return ""
    if value.get("texts") is not None:
        return ", ".join(_cut(each) for each in value["texts"])
    if value.get("text") is not None:
        return _cut(value["text"])
    known = " ".join(filter(None, [value.get("code"), value.get("title")]))
    identifier = value.get("id")
    return f"{known} ({identifier})" if known and identifier else known or identifier or ""


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _name(value: Mapping[str, Any] | None) -> str:
    return "" if not value else value.get("title") or value.get("code") or value.get("id") or ""
