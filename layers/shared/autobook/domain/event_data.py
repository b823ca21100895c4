"""What each type of event says. JSON Schemas: docs/schemas/, made from these models.

Amounts are strings, so that no reader rounds them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from autobook.domain.documents import DocumentKind
from autobook.domain.event_types import EventType

KindName = Annotated[
    DocumentKind, WithJsonSchema({"enum": [kind.value for kind in DocumentKind], "title": "Kind", "type": "string"})
]


class Data(BaseModel):
    """What an event says. A field that has a default came later, and is left out where it has nothing to say."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DocumentRef(Data):
    """Which document, in which state (`state`: SHA-256 of what it says, see domain/fingerprints.py)."""

    kind: KindName
    id: str
    state: str


class Split(Data):
    """What may be too long for one event: it comes in as many as it takes, numbered from 1, each with an id of its own.

    `part` and `parts` are there only if there is more than one. What is about one line is in one part, unless that
    alone is too long.
    """

    part: int | None = None
    parts: int | None = None


class InvoiceSummary(Data):
    """Enough to recognise the invoice; the rest is in Kanbert and in the archive.

    Texts are cut after 1,000 characters; one that is empty in Kanbert is empty here, a sum that is, null.
    """

    type: str
    title: str
    status: str
    invoice_number: str | None
    supplier: str | None
    date_of_invoice: datetime | None
    sum_net: str | None
    sum_tax: str | None
    sum_gross: str | None


class SetValue(Data):
    """A value and the rule that gave it. `booking_id` null: on the invoice itself, or a line that does not exist.

    A suggestion of the field `review` is the text of a rule that would have a person look.
    """

    booking_id: str | None
    field: str
    value: str | list[str] | None
    before: str | list[str] | None
    rule_id: str


class ReviewReason(Data):
    """Why a person has to look; `code` is one of decision.ProblemCode, `message` a sentence."""

    code: str
    message: str
    booking_id: str | None
    field: str | None
    rule_ids: list[str]


class CorrectedValue(Data):
    """`ours` was written by `rule_id`; a person put `present` in its place (cut after 10,000 characters).

    `line_deleted`: a person deleted the line that it stood on; `present` is null then.
    """

    booking_id: str | None
    field: str
    ours: str | list[str] | None
    present: str | list[str] | None
    rule_id: str
    line_deleted: bool = False


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


class InvoiceBooked(Split):
    """Data of `invoice.booked`: what was written, by which rule, and what was there before."""

    document: DocumentRef
    invoice: InvoiceSummary
    values: list[SetValue]


class InvoiceSuggested(Split):
    """Data of `invoice.suggested`: what rules in mode `suggest` would have written."""

    document: DocumentRef
    invoice: InvoiceSummary
    values: list[SetValue]


class InvoiceNeedsReview(Split):
    """Data of `invoice.needs_review`; `would_book` is the booking that we would have made, had there been a line."""

    document: DocumentRef
    invoice: InvoiceSummary
    reasons: list[ReviewReason]
    would_book: list[SetValue]


class BookingCorrected(Split):
    """Data of `booking.corrected`."""

    document: DocumentRef
    invoice: InvoiceSummary
    corrections: list[CorrectedValue]


type FileState = Literal["archived", "not_offered", "missing"]


class DocumentArchived(Data):
    """Data of `invoice.archived` and `outgoing_invoice.archived`.

    `file`: whether the document's file is among the objects, Kanbert offers none, or it could not be had (`missing`; it
    is looked for again, and announced when it came). Until `retain_until` none of the objects can be deleted.
    `implausible_date`: the date that the document bears, where the retention was not counted from it.
    """

    document: DocumentRef
    objects: list[ArchivedObject]
    file: FileState
    retain_until: datetime
    implausible_date: datetime | None = None


DATA: Final[Mapping[EventType, type[Data]]] = {
    **{kind.facts.received_event: DocumentSeen for kind in DocumentKind},
    **{kind.facts.changed_event: DocumentSeen for kind in DocumentKind},
    **{kind.facts.deleted_event: DocumentSeen for kind in DocumentKind},
    **{kind.facts.archived_event: DocumentArchived for kind in DocumentKind},
    "invoice.booked": InvoiceBooked,
    "invoice.suggested": InvoiceSuggested,
    "invoice.needs_review": InvoiceNeedsReview,
    "booking.corrected": BookingCorrected,
}
"""The shape of each type's `data`."""
