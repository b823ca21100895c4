"""The types of event that are published. Standard library only: `receive` loads this with the kinds of document."""

from typing import Literal

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
