"""The kinds of document that are followed, and references to documents: what travels in queues.

The document itself is always fetched. Standard library only: `receive` loads this.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, Self

from autobook.domain.errors import GiveUp
from autobook.domain.event_types import EventType
from autobook.domain.tracing import valid_traceparent

VALID_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
"""Kanbert's ids are short obfuscated strings; they become path segments, queue groups and object keys."""


class DocumentContent(Protocol):
    """What every kind of document says of itself, as Kanbert returns it (domain/kanbert)."""

    @property
    def id(self) -> str:
        """Kanbert's id."""

    @property
    def status(self) -> str | None:
        """As Kanbert names it; each kind has its own."""

    @property
    def date_of_invoice(self) -> datetime | None:
        """The date that the document bears."""

    @property
    def created_at(self) -> datetime | None:
        """When it came into Kanbert; None where it does not say."""

    @property
    def updated_at(self) -> datetime | None:
        """When it last changed; None where it never did."""

    @property
    def source(self) -> Mapping[str, Any]:
        """The decoded JSON that it was read from, with everything that we do not know."""

    def model_dump(self) -> dict[str, Any]:
        """All of it, by the API's names."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An element of a list that cannot be read: the others can.

    `id` is Kanbert's, None where it has none that could be one. `reason` names the fields. `source` is what came, as
    far as it could be decoded.
    """

    id: str | None
    reason: str
    source: object = None


def creation(content: DocumentContent) -> datetime | None:
    """When a document came into Kanbert; None where it does not say."""
    return content.created_at


def last_change(content: DocumentContent) -> datetime | None:
    """When a document last changed, or came; None where it does not say."""
    return content.updated_at or content.created_at


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFacts:
    """What is known of a kind of document."""

    received_event: EventType
    """Published when a document is seen for the first time."""
    changed_event: EventType
    deleted_event: EventType
    archived_event: EventType
    list_name: str
    """Names the kind's list where a sweep keeps how far it came."""
    dated_by: Callable[[DocumentContent], datetime | None]
    """The date that the list is ordered by, and that is compared with the sweep's horizon."""
    lines: str
    """The field of its lines. A list may leave it out; what is left says nothing about the state."""
    always_due: bool = False
    """Open documents are looked after however old they are."""
    parts: tuple[str, ...] = ()
    """Parts that a list leaves out unless it is asked for them, and a single document always has."""


class DocumentKind(StrEnum):
    """The kinds of document that are followed, each with its facts; the values are those of the webhook events.

    A member is all that the domain needs of a kind; how documents of it are fetched, listed and filed is in
    service/document_sources.py.
    """

    facts: KindFacts

    def __new__(cls, value: str, facts: KindFacts | None = None) -> Self:
        """A member, with its facts. (Looking one up by its value does not come here.)"""
        if facts is None:
            raise TypeError(f"{value} has no facts")
        kind = str.__new__(cls, value)
        kind._value_ = value
        kind.facts = facts
        return kind

    INCOMING_INVOICE = (
        "incoming_invoice",
        KindFacts(
            received_event="invoice.received",
            changed_event="invoice.changed",
            deleted_event="invoice.deleted",
            archived_event="invoice.archived",
            list_name="incoming",
            dated_by=creation,
            always_due=True,
            lines="bookings",
        ),
    )
    OUTGOING_INVOICE = (
        "outgoing_invoice",
        KindFacts(
            received_event="outgoing_invoice.changed",
            changed_event="outgoing_invoice.changed",
            deleted_event="outgoing_invoice.deleted",
            archived_event="outgoing_invoice.archived",
            list_name="outgoing",
            dated_by=last_change,
            lines="line_items",
            parts=("line_items", "discounts", "external_costs"),
        ),
    )


class Change(StrEnum):
    """What the sender says has happened to a document. A hint: the state is fetched."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    RESTORE = "restore"
    DECIDE = "decide"
    """Nothing has: it is to be decided again, by the rules as they stand when the message is sent."""


@dataclass(frozen=True, slots=True)
class Document:
    """Which document."""

    kind: DocumentKind
    id: str

    @property
    def key(self) -> str:
        """One string for it: provenance key, and group of FIFO queues (letters, digits, `_`, `-`, `:`; under 128)."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class DocumentMessage:
    """A message of `documents.fifo`. `received_at` is ISO 8601; `trace_id` follows the document through the logs.

    `traceparent` is the trace in X-Ray in which it was queued, as W3C Trace Context writes it, where there is one.
    """

    kind: DocumentKind
    id: str
    event: Change
    received_at: str
    trace_id: str
    traceparent: str | None = None

    @property
    def document(self) -> Document:
        """The document it is about."""
        return Document(self.kind, self.id)

    def to_json(self) -> str:
        """As sent."""
        fields = {
            "kind": self.kind,
            "id": self.id,
            "event": self.event,
            "received_at": self.received_at,
            "trace_id": self.trace_id,
        }
        return json.dumps(fields | ({"traceparent": self.traceparent} if self.traceparent else {}))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """As received. Raises GiveUp for anything that `to_json` does not write."""
        try:
            fields = json.loads(text)
            message = cls(
                DocumentKind(fields["kind"]),
                fields["id"],
                Change(fields["event"]),
                str(fields["received_at"]),
                str(fields["trace_id"]),
                valid_traceparent(fields.get("traceparent")),
            )
            if VALID_ID.fullmatch(message.id):
                return message
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            pass
        raise GiveUp("not a document message")
