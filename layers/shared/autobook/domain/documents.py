"""A reference to a document in Kanbert: what travels in queues. The document itself is always fetched."""

import json
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

from autobook.domain.errors import GiveUp

VALID_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
"""Kanbert's ids are short obfuscated strings; they become path segments, queue groups and object keys."""


class DocumentKind(StrEnum):
    """The two kinds of document that are followed; the values are those of the webhook events."""

    INCOMING_INVOICE = "incoming_invoice"
    OUTGOING_INVOICE = "outgoing_invoice"


class Change(StrEnum):
    """What the sender says has happened to a document. A hint: the state is fetched."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    RESTORE = "restore"


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
    """A message of `documents.fifo`. `received_at` is ISO 8601; `trace_id` follows the document through the logs."""

    kind: DocumentKind
    id: str
    event: Change
    received_at: str
    trace_id: str

    @property
    def document(self) -> Document:
        """The document it is about."""
        return Document(self.kind, self.id)

    def to_json(self) -> str:
        """As sent."""
        return json.dumps(asdict(self))

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
            )
            if VALID_ID.fullmatch(message.id):
                return message
        except (ValueError, TypeError, KeyError, RecursionError):
            pass
        raise GiveUp("not a document message")
