"""Kanbert in the small worlds: it tells the truth who writes what, and says when something has changed."""

from collections.abc import Callable, Mapping
from typing import Any, Self

from autobook.domain.action_fields import BY_NAME
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.provenance import FieldPlace
from tests.listing import ListingKanbert
from tests.programs.worlds.places import FIELDS, INVOICE, OWN_FIELDS, PLACES, STATUS, TAGS, read
from tests.programs.worlds.truth import Truth


class WorldKanbert(ListingKanbert):
    """`changed`: something has happened that Kanbert sends a webhook for. `on_page` is called before each page."""

    def __init__(self) -> None:
        super().__init__()
        self.truth = Truth()
        self.changed = False
        self.on_page: Callable[[], None] = lambda: None

    def clone(self, truth: Truth) -> Self:
        """The same, to go on from in another way."""
        made = type(self)()
        made.incoming = {name: _copied(each) for name, each in self.incoming.items()}
        made.pdfs, made.tags, made.shows_writes = self.pdfs, dict(self.tags), self.shows_writes
        made.patches, made.truth, made.changed, made._edits = list(self.patches), truth, self.changed, self._edits
        return made

    def values(self) -> dict[FieldPlace, str | None]:
        """What stands in every place."""
        invoice = self.incoming[INVOICE]
        return {place: read(invoice, place) for place in (*PLACES, STATUS, TAGS)}

    @property
    def state(self) -> str:
        """What the invoice says, but for when it was changed."""
        return repr({name: each for name, each in self.incoming[INVOICE].items() if name != "updated_at"})

    def fetch_page(self) -> None:
        """A page of a list."""
        super().fetch_page()
        self.on_page()

    # --- what Autobook writes

    def patch_booking(self, invoice_id: str, booking_id: str, fields: Mapping[str, object]) -> Booking | None:
        """Change a line."""
        before, status = self.values(), self.incoming[INVOICE]["status"]
        answer = super().patch_booking(invoice_id, booking_id, fields)
        for name, value in fields.items():
            place = (booking_id, FIELDS[name])
            self.truth.writes_ours(place, str(value), before[place], status, visible=self.shows_writes)
        return answer

    def patch_incoming_invoice(self, invoice_id: str, fields: Mapping[str, object]) -> IncomingInvoice | None:
        """Change the invoice."""
        before, status = self.values(), self.incoming[INVOICE]["status"]
        answer = super().patch_incoming_invoice(invoice_id, fields)
        for name, value in fields.items():
            place = (None, OWN_FIELDS[name])
            text = ",".join(value) if isinstance(value, list) else str(value)
            self.truth.writes_ours(place, text, before[place], status, visible=self.shows_writes)
        return answer

    # --- what people do

    def person_sets(self, place: FieldPlace, value: str | None) -> bool:
        """False where that changes nothing."""
        invoice = self.incoming[INVOICE]
        present = read(invoice, place)
        if present in {value, ""}:  # it stands there, or the line is not there
            return False
        line, field = place
        name = BY_NAME[field].api_name
        self.truth.person_sets(place, value)
        self.edit(INVOICE, line, **({"editor": _user(value)} if field == "editor" else {name: value}))
        return True

    def person_deletes(self, line: str) -> bool:
        """False where the line is not there."""
        invoice = self.incoming[INVOICE]
        kept = [each for each in invoice["bookings"] if each["id"] != line]
        if len(kept) == len(invoice["bookings"]):
            return False
        self.edit(INVOICE, bookings=kept)
        self.truth.person_deletes(line)
        return True

    def _touch(self, invoice: dict[str, Any], part: dict[str, Any], fields: Mapping[str, object]) -> None:
        super()._touch(invoice, part, fields)
        self.changed = True


def _user(identifier: str | None) -> dict[str, Any] | None:
    if identifier is None:
        return None
    return {"id": identifier, "first_name": "Ada", "last_name": "Byron", "email": "a@example.com", "type": "user",
            "space": {"id": "s1", "name": "Agency"}}  # fmt: skip


def _copied(invoice: dict[str, Any]) -> dict[str, Any]:
    """As deep as it is changed."""
    return invoice | {"bookings": [dict(line) for line in invoice["bookings"]]}
