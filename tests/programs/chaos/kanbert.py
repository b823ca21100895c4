"""Kanbert in the chaos: webhooks that are dropped, doubled and late, and people who edit meanwhile."""

import hashlib
import hmac
import json
import random
from collections.abc import Callable, Mapping
from typing import Any

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.kanbert.incoming import Booking, IncomingInvoice
from tests.fake_kanbert import booking, incoming, outgoing
from tests.listing import ListingKanbert
from tests.programs.chaos.faults import Faults
from tests.programs.chaos.world import World

SECRET = "whsec"
DROPPED, DOUBLED = 0.2, 0.2

type Spot = tuple[str, str, str]
"""(invoice, line, field)."""


class ChaoticKanbert(ListingKanbert):
    """Keeps who set what, sends webhooks to `deliver` (False: not acknowledged, tried three times in all)."""

    def __init__(self, world: World, faults: Faults, *, webhooks: bool = True) -> None:
        super().__init__(page_size=7)
        self.world = world
        self.faults = faults
        self.webhooks = webhooks
        self.deliver: Callable[[bytes, str], bool] = lambda _body, _signature: False
        self.persons: dict[Spot, object] = {}
        """What a person put somewhere last; None where a person cleared a value of ours."""
        self.ours: set[Spot] = set()
        self.overruled: list[str] = []
        self.wrote_in_vain: list[str] = []
        self.deleted: set[str] = set()
        self._edits = 0

    def appear(self, number: int) -> None:
        """A document comes: every tenth an outgoing invoice."""
        rng = self.faults.draw(f"document {number}")
        now = self.world().isoformat()
        if number % 10 == 9:
            document = outgoing(f"doc{number}", created_at=now, updated_at=now)
        else:
            supplier = rng.choice(["Hetzner Online GmbH", "A1 Telekom", "Bipa", "Unknown Ltd"])
            lines = [booking(f"b{line}", title=None) for line in range(rng.choice([0, 1, 1, 2, 3]))]
            document = incoming(
                f"doc{number}",
                supplier={"id": "s", "name": supplier},
                bookings=lines,
                created_at=now,
                updated_at=now,
            )
        self.add(document, pdf=f"%PDF-1.7 {number}".encode())
        self.send_webhook(f"doc{number}", "create")

    # --- webhooks

    def send_webhook(self, identifier: str, change: str) -> None:
        """As Kanbert does: late, perhaps not at all, perhaps twice, in any order."""
        if not self.webhooks or self.faults.happens(f"webhook dropped {identifier}", DROPPED):
            return
        times = 2 if self.faults.happens(f"webhook doubled {identifier}", DOUBLED) else 1
        rng = self.faults.draw(f"webhook delay {identifier}")
        for _ in range(times):
            self._attempt(identifier, change, rng.uniform(0.1, 90), 3)

    def _attempt(self, identifier: str, change: str, delay: float, left: int) -> None:
        subject = "outgoing-invoice" if identifier in self.outgoing else "incoming-invoice"
        body = json.dumps({"event": f"{subject}:{change}", "data": {"id": identifier}}).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()

        def send() -> None:
            if not self.deliver(body, signature) and left > 1:
                self._attempt(identifier, change, 20.0 * (4 - left), left - 1)

        self.world.at(self.world.seconds + delay, send)

    # --- what Autobook writes

    def patch_booking(self, invoice_id: str, booking_id: str, fields: Mapping[str, object]) -> Booking | None:
        """Look first whose values are written over."""
        self._look(invoice_id, booking_id, self.line(invoice_id, booking_id), fields)
        answer = super().patch_booking(invoice_id, booking_id, fields)
        self.send_webhook(invoice_id, "update")
        return answer

    def patch_incoming_invoice(self, invoice_id: str, fields: Mapping[str, object]) -> IncomingInvoice | None:
        """Look first whose values are written over."""
        self._look(invoice_id, "", self.incoming[invoice_id], fields)
        answer = super().patch_incoming_invoice(invoice_id, fields)
        self.send_webhook(invoice_id, "update")
        return answer

    def _look(self, invoice_id: str, line: str, present: dict[str, Any], fields: Mapping[str, object]) -> None:
        for name, value in fields.items():
            spot = (invoice_id, line, name)
            if spot in self.persons and self.persons[spot] != value:
                self.overruled.append(f"{spot}: {self.persons[spot]!r} by {value!r}")
            if present.get(name) == value and not (name == "type" and value == "account"):
                self.wrote_in_vain.append(f"{spot}: {value!r}")
            self.ours.add(spot)

    # --- what people do

    def person_edits(self, rng: random.Random, *, may_clear: Callable[[Document], bool]) -> None:
        """Somebody sets or clears a field, changes a title, books or deletes an invoice."""
        identifiers = sorted(self.incoming)
        if not identifiers:
            return
        identifier = rng.choice(identifiers)
        lines = [str(line["id"]) for line in self.incoming[identifier]["bookings"]]
        what = rng.random()
        if what < 0.04:
            self._delete(identifier)
        elif what < 0.10:
            self._person_sets(identifier, "", "status", "booked")
        elif what < 0.25 or not lines:
            self.retitle(identifier)
        else:
            line, name = rng.choice(lines), rng.choice(["chart_of_account_id", "project_id", "title"])
            spot = (identifier, line, name)
            document = Document(DocumentKind.INCOMING_INVOICE, identifier)
            if rng.random() < 0.2 and spot in self.ours and spot not in self.persons and may_clear(document):
                self._person_sets(identifier, line, name, None)
            else:
                self._edits += 1
                self._person_sets(identifier, line, name, f"person-{self._edits}")

    def retitle(self, identifier: str) -> None:
        """Somebody changes the invoice's title, which no rule writes."""
        self._edits += 1
        self._person_sets(identifier, "", "title", f"person-{self._edits}")

    def _person_sets(self, identifier: str, line: str, name: str, value: object) -> None:
        self.faults.tell(f"person sets {identifier} {line} {name} = {value}")
        self.edit(identifier, line or None, **{name: value})
        self.persons[identifier, line, name] = value
        self.send_webhook(identifier, "update")

    def _delete(self, identifier: str) -> None:
        self.faults.tell(f"person deletes {identifier}")
        del self.incoming[identifier]
        self.deleted.add(identifier)
        self.send_webhook(identifier, "delete")

    def _touch(self, invoice: dict[str, Any], part: dict[str, Any], fields: Mapping[str, object]) -> None:
        super()._touch(invoice, part, fields)
        part["updated_at"] = invoice["updated_at"] = self.world().isoformat()
