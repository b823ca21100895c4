"""What other systems are told: CloudEvents 1.0 in JSON. Schemas: docs/schemas/, made from these models.

Amounts are strings, so that no reader rounds them. An event's id is derived from the document, the state that it speaks
of, the type and what is said: the same fact has the same id for ever, two different facts never share one (rules may be
edited between a run that is cut off and its repetition), and a consumer can de-duplicate without a clock. "State" is
provenance's revision, so that a document that goes from A to B and back to A is announced three times, with three ids.
"""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.decision import Correction, Problem
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import GiveUp
from autobook.domain.kanbert.incoming import IncomingInvoice
from autobook.domain.provenance import Written

SOURCE = "autobook"


class Data(BaseModel):
    """What an event says."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DocumentRef(Data):
    """Which document, in which state (`state`: SHA-256 of what it says, see canonical.fingerprint)."""

    kind: Literal["incoming_invoice", "outgoing_invoice"]
    id: str
    state: str


class InvoiceSummary(Data):
    """Enough to recognise the invoice; the rest is in Kanbert and in the archive."""

    type: str
    title: str
    status: str
    invoice_number: str | None
    supplier: str | None
    date_of_invoice: datetime | None
    sum_net: str
    sum_tax: str
    sum_gross: str


class SetValue(Data):
    """A value and the rule that gave it. `booking_id` null: on the invoice itself, or a line that does not exist."""

    booking_id: str | None
    field: str
    value: str | list[str] | None
    before: str | list[str] | None
    rule_id: str


class ReviewReason(Data):
    """Why a person has to look; `code` is one of decision.Reason, `message` a sentence."""

    code: str
    message: str
    booking_id: str | None
    field: str | None
    rule_ids: list[str]


class CorrectedValue(Data):
    """`ours` was written by `rule_id`; a person put `present` in its place."""

    booking_id: str | None
    field: str
    ours: str | list[str] | None
    present: str | list[str] | None
    rule_id: str


class ArchivedObject(Data):
    """One object of the archive; `size` in bytes."""

    key: str
    sha256: str
    size: int
    media_type: str


class DocumentSeen(Data):
    """Data of `invoice.received`, `invoice.changed`, `outgoing_invoice.changed` and `invoice.deleted`."""

    document: DocumentRef
    invoice: InvoiceSummary | None


class InvoiceBooked(Data):
    """Data of `invoice.booked`: what was written, by which rule, and what was there before."""

    document: DocumentRef
    invoice: InvoiceSummary
    values: list[SetValue]


class InvoiceSuggested(Data):
    """Data of `invoice.suggested`: what rules in mode `suggest` would have written."""

    document: DocumentRef
    invoice: InvoiceSummary
    values: list[SetValue]


class InvoiceNeedsReview(Data):
    """Data of `invoice.needs_review`; `would_book` is the booking that we would have made, had there been a line."""

    document: DocumentRef
    invoice: InvoiceSummary
    reasons: list[ReviewReason]
    would_book: list[SetValue]


class BookingCorrected(Data):
    """Data of `booking.corrected`."""

    document: DocumentRef
    invoice: InvoiceSummary
    corrections: list[CorrectedValue]


class DocumentArchived(Data):
    """Data of `invoice.archived` and `outgoing_invoice.archived`. `file`: whether Kanbert offered the document's."""

    document: DocumentRef
    objects: list[ArchivedObject]
    file: Literal["archived", "not_offered"]
    retain_until: datetime


type EventType = Literal[
    "invoice.received",
    "invoice.changed",
    "invoice.booked",
    "invoice.suggested",
    "invoice.needs_review",
    "invoice.archived",
    "invoice.deleted",
    "booking.corrected",
    "outgoing_invoice.changed",
    "outgoing_invoice.archived",
]

DATA: dict[str, type[Data]] = {
    "invoice.received": DocumentSeen,
    "invoice.changed": DocumentSeen,
    "invoice.booked": InvoiceBooked,
    "invoice.suggested": InvoiceSuggested,
    "invoice.needs_review": InvoiceNeedsReview,
    "invoice.archived": DocumentArchived,
    "invoice.deleted": DocumentSeen,
    "booking.corrected": BookingCorrected,
    "outgoing_invoice.changed": DocumentSeen,
    "outgoing_invoice.archived": DocumentArchived,
}
"""The shape of each type's `data`."""


class Event(BaseModel):
    """The envelope (CloudEvents 1.0, structured JSON). `traceid` is an extension attribute."""

    model_config = ConfigDict(frozen=True)

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(pattern="^[0-9a-f]{64}$")
    source: str
    type: EventType
    subject: str = Field(pattern="^(incoming_invoice|outgoing_invoice)/[A-Za-z0-9_-]{1,64}$")
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    traceid: str
    data: dict[str, Any]

    @property
    def document(self) -> Document:
        """The document it is about."""
        kind, _, identifier = self.subject.partition("/")
        return Document(DocumentKind(kind), identifier)

    @property
    def trace_id(self) -> str:
        """What follows the document through the logs."""
        return self.traceid

    def to_json(self) -> str:
        """As published."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """As delivered. Raises GiveUp for what is not one of our events."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise GiveUp(f"not an event of ours: {error.error_count()} faults") from error


def event(type_: EventType, data: Data, document: Document, *, state: str, now: datetime, trace_id: str) -> Event:
    """One event about one document. The id is derived from type, document, `state` and `data`, nothing else."""
    said = DATA[type_].model_validate(data).model_dump(mode="json")
    return Event(
        id=sha256(canonical_json([type_, document.kind, document.id, state, _unordered(said)])),
        source=SOURCE,
        type=type_,
        subject=f"{document.kind}/{document.id}",
        time=now,
        traceid=trace_id,
        data=said,
    )


def _unordered(said: dict[str, Any]) -> dict[str, Any]:
    """Values are told in the order in which they were written; another order is no other fact."""
    return {
        name: sorted(canonical_json(one).decode() for one in each) if isinstance(each, list) else each
        for name, each in said.items()
    }


def summary(invoice: IncomingInvoice) -> InvoiceSummary:
    """An invoice in short."""
    return InvoiceSummary(
        type=invoice.type,
        title=invoice.title,
        status=invoice.status,
        invoice_number=invoice.invoice_number,
        supplier=invoice.supplier.name if invoice.supplier else None,
        date_of_invoice=invoice.date_of_invoice,
        sum_net=format(invoice.sum_net, "f"),
        sum_tax=format(invoice.sum_tax, "f"),
        sum_gross=format(invoice.sum_gross, "f"),
    )


def _plain(value: str | tuple[str, ...] | None) -> str | list[str] | None:
    return list(value) if isinstance(value, tuple) else value


def set_value(written: Written) -> SetValue:
    """A written value as events tell it."""
    return SetValue(
        booking_id=written.booking_id,
        field=written.field,
        value=_plain(written.value),
        before=_plain(written.before),
        rule_id=written.rule_id,
    )


def review_reason(problem: Problem) -> ReviewReason:
    """A problem as events tell it."""
    return ReviewReason(
        code=problem.reason,
        message=problem.message,
        booking_id=problem.booking_id,
        field=problem.field,
        rule_ids=list(problem.rule_ids),
    )


def corrected_value(correction: Correction) -> CorrectedValue:
    """A correction as events tell it."""
    ours = correction.ours
    return CorrectedValue(
        booking_id=ours.booking_id,
        field=ours.field,
        ours=_plain(ours.value),
        present=_plain(correction.present),
        rule_id=ours.rule_id,
    )
