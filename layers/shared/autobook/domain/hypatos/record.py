"""What is remembered of an invoice's export: what Hypatos has for certain, and what it may have."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Self

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.documents import Document
from autobook.domain.hypatos.invoice import HypatosInvoice

_MOST_EVENTS: Final = 50
"""Events that are remembered by their id; an older one is seen to be done by the state it leads to."""


def state_of_invoice(invoice: HypatosInvoice) -> str:
    """What is sent, in 64 hexadecimal digits."""
    return sha256(canonical_json(invoice.wire()))


@dataclass(frozen=True, slots=True)
class HypatosRecord:
    """The export of one document; `version` as saved, 0 for one that never was.

    `body` is what was sent last, as on the wire. `sent` is the state that Hypatos took last; `attempted` those that
    were sent since and may have been taken. `fields` are the invoice's fields that Hypatos may have. `posted_on` is the
    day on which it was sent first. `events` were dealt with under the parameters whose digest is `basis`.
    `missing_since` is when Kanbert first said that the document is not there; None while it is.
    """

    document: Document
    version: int = 0
    body: Mapping[str, Any] | None = None
    sent: str = ""
    attempted: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()
    posted_on: date | None = None
    events: tuple[str, ...] = ()
    basis: str = ""
    missing_since: datetime | None = None

    def is_done(self, event_id: str, basis: str) -> bool:
        """Whether the event was dealt with, under these parameters: with others, a replay sends the invoice anew."""
        return self.basis == basis and event_id in self.events

    @property
    def may_exist(self) -> bool:
        """Whether Hypatos may have the invoice, in whatever state."""
        return bool(self.sent or self.attempted)

    def has(self, invoice: HypatosInvoice) -> bool:
        """Whether Hypatos has it in this state, for certain."""
        return not self.attempted and self.sent == state_of_invoice(invoice)

    def is_unanswered(self, invoice: HypatosInvoice) -> bool:
        """Whether Hypatos can have it in no other state than this one, if it has it at all."""
        return not self.sent and set(self.attempted) == {state_of_invoice(invoice)}

    def removed(self, invoice: HypatosInvoice) -> frozenset[str]:
        """Fields that Hypatos may have, and the invoice has not."""
        return self.fields - invoice.wire().keys()

    def with_attempt(self, invoice: HypatosInvoice, posted_on: date) -> Self:
        """It is about to be sent."""
        state, body = state_of_invoice(invoice), invoice.wire()
        attempted = (*(each for each in self.attempted if each != state), state)
        fields = self.fields | body.keys()
        return replace(self, body=body, attempted=attempted, fields=fields, posted_on=self.posted_on or posted_on)

    def with_sent(self, invoice: HypatosInvoice) -> Self:
        """Hypatos took it."""
        body = invoice.wire()
        sent = state_of_invoice(invoice)
        return replace(self, body=body, sent=sent, attempted=(), fields=frozenset(body))

    def with_event(self, event_id: str, basis: str) -> Self:
        """What this event announced is done, under these parameters."""
        before = self.events if basis == self.basis else ()
        return replace(self, events=(*before, event_id)[-_MOST_EVENTS:], basis=basis)

    def next_version(self) -> Self:
        """As saved."""
        return replace(self, version=self.version + 1)
