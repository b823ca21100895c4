"""The types of event that are published. Standard library only: `receive` loads this with the kinds of document.

In code a type has its short name. What is published has it behind `PREFIX`, and names the version of its data's schema.
"""

from typing import Final, Literal

PREFIX: Final = "autobook."
"""Begins every type as it is published: `autobook.invoice.booked`."""
VERSION: Final = 1
"""Of what the types say. Another one is not compatible with it (docs/consumers.md, "Versions")."""

type EventType = Literal[
    "invoice.received",
    "invoice.changed",
    "invoice.booked",
    "invoice.suggested",
    "invoice.undone",
    "invoice.needs_review",
    "invoice.review_resolved",
    "invoice.archived",
    "invoice.deleted",
    "booking.corrected",
    "outgoing_invoice.changed",
    "outgoing_invoice.deleted",
    "outgoing_invoice.archived",
    "rule.changed",
]


def published_name(type_: EventType) -> str:
    """The type as it is published."""
    return f"{PREFIX}{type_}"


def data_schema(type_: EventType) -> str:
    """The URI of the schema that the data of this type keeps to."""
    return f"urn:autobook:data:{type_}:{VERSION}"
