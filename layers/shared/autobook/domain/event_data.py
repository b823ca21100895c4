"""What each type of event says. JSON Schemas: docs/schemas/, made from these models."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from autobook.domain.documents import DocumentKind
from autobook.domain.event_fields import (
    ArchivedObject,
    Changes,
    CorrectedValue,
    Data,
    DocumentRef,
    FileState,
    InvoiceSummary,
    OutgoingInvoiceSummary,
    ReviewReason,
    SetValue,
    UndoneValue,
)
from autobook.domain.event_types import EventType


class Split(Data):
    """What may be too long for one event: it comes in as many as it takes, numbered from 1, each with an id of its own.

    `part` and `parts` are there only if there is more than one. What is about one line is in one part, unless that
    alone is too long.
    """

    part: int | None = None
    parts: int | None = None


class InvoiceReceived(Data):
    """An incoming invoice was seen for the first time."""

    document: DocumentRef
    invoice: InvoiceSummary


class InvoiceChanged(Data):
    """An incoming invoice is in another state. `changes` is left out where the state before is not known."""

    document: DocumentRef
    invoice: InvoiceSummary
    changes: Changes | None = None


class InvoiceDeleted(Data):
    """An incoming invoice is gone from Kanbert; `invoice` as it was last, null where that is not known."""

    document: DocumentRef
    invoice: InvoiceSummary | None


class OutgoingInvoiceChanged(Data):
    """An outgoing invoice was seen for the first time, or is in another state."""

    document: DocumentRef
    invoice: OutgoingInvoiceSummary


class OutgoingInvoiceDeleted(Data):
    """An outgoing invoice is gone from Kanbert; `invoice` as it was last, null where that is not known."""

    document: DocumentRef
    invoice: OutgoingInvoiceSummary | None


class InvoiceBooked(Split):
    """Values were written: which, by which rule, and what was there before."""

    document: DocumentRef
    invoice: InvoiceSummary
    values: list[SetValue]


class InvoiceSuggested(Split):
    """What rules in mode `suggest` would have written."""

    document: DocumentRef
    invoice: InvoiceSummary
    values: list[SetValue]


class InvoiceUndone(Split):
    """Values of ours were taken back, by the person named: what stood there before stands there again."""

    document: DocumentRef
    invoice: InvoiceSummary
    values: list[UndoneValue]
    by: str


class InvoiceNeedsReview(Split):
    """A person has to look: every reason that stands.

    `would_book` is the booking that we would have made, had there been a line.
    """

    document: DocumentRef
    invoice: InvoiceSummary
    reasons: list[ReviewReason]
    would_book: list[SetValue]


class InvoiceReviewResolved(Split):
    """Reasons that were announced and stand no longer; `reasons_left` is the number of those that do.

    `invoice` is null where the invoice was deleted and is not known any more.
    """

    document: DocumentRef
    invoice: InvoiceSummary | None
    reasons: list[ReviewReason]
    reasons_left: int


class BookingCorrected(Split):
    """A person has changed values of ours."""

    document: DocumentRef
    invoice: InvoiceSummary
    corrections: list[CorrectedValue]


class DocumentArchived(Data):
    """A document is in the archive, as these objects.

    `file`: whether the document's file is among the objects, Kanbert offers none, or it could not be had (`missing`; it
    is looked for again, and announced when it came). Until `retain_until` none of the objects can be deleted.
    `implausible_date`: the date that the document bears, where the retention was not counted from it.
    """

    document: DocumentRef
    objects: list[ArchivedObject]
    file: FileState
    retain_until: datetime
    implausible_date: datetime | None = None


class RuleChanged(Data):
    """A rule was saved or deleted, or is broken or repaired without having been saved.

    `version` names what it says now, "deleted" where it is gone. `state` and `message` are the verdict on it
    (docs/rules.md, "The verdict"), null and empty where it was saved again before it was checked. `owner` is whom the
    rule names.
    """

    rule_id: str
    change: Literal["saved", "deleted", "broken", "repaired"]
    version: str
    state: Literal["ok", "warning", "error"] | None = None
    message: str = ""
    owner: str | None = None


DATA: Final[Mapping[EventType, type[Data]]] = {
    "invoice.received": InvoiceReceived,
    "invoice.changed": InvoiceChanged,
    "invoice.booked": InvoiceBooked,
    "invoice.suggested": InvoiceSuggested,
    "invoice.undone": InvoiceUndone,
    "invoice.needs_review": InvoiceNeedsReview,
    "invoice.review_resolved": InvoiceReviewResolved,
    "invoice.deleted": InvoiceDeleted,
    "booking.corrected": BookingCorrected,
    "outgoing_invoice.changed": OutgoingInvoiceChanged,
    "outgoing_invoice.deleted": OutgoingInvoiceDeleted,
    **{kind.facts.archived_event: DocumentArchived for kind in DocumentKind},
    "rule.changed": RuleChanged,
}
"""The shape of each type's `data`."""
