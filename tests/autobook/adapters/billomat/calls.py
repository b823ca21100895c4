"""A call of the client for every operation of the simulator, and the records that they need."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from autobook.adapters.billomat import BillomatClient, IncomingCreate, IncomingFilter, IncomingTagCreate, IncomingUpdate
from autobook.domain.billomat import GroupKey, Incoming

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
type Call = Callable[[BillomatClient, Incoming], Any]


def create(number: str = "RE-1", **fields: Any) -> IncomingCreate:
    """An incoming to create; every field is given."""
    given = {
        "supplier_id": 1,
        "number": number,
        "date": date(2026, 1, 31),
        "due_date": date(2026, 2, 14),
        "address": "Hostwerk GmbH\nBeispielstraße 1 & 2",
        "note": "Phone bill <January>",
        "total_net": Decimal("90.00"),
        "total_gross": Decimal("107.10"),
        "currency_code": "EUR",
        "quote": Decimal("1.0000"),
        "base64file": PDF,
        "expense_account_number": 7380,
        "label": "Hosting",
        "client_number": "KD-4711",
        "category": "it",
    }
    return IncomingCreate(**{**given, **fields})


CALLS: dict[str, Call] = {
    "incomings.index": lambda c, _: list(c.list_incomings(IncomingFilter(number="RE"))),
    "incomings.create": lambda c, _: c.create_incoming(create("RE-2")),
    "incomings.show": lambda c, i: c.get_incoming(i.id),
    "incomings.edit": lambda c, i: c.edit_incoming(i.id, IncomingUpdate(note="new")),
    "incomings.delete": lambda c, i: c.delete_incoming(i.id),
    "incomings.pdf": lambda c, i: c.incoming_pdf(i.id),
    "suppliers.index": lambda c, _: list(c.list_suppliers()),
    "suppliers.show": lambda c, _: c.get_supplier(1),
    "tags.index": lambda c, i: list(c.list_incoming_tags(i.id)),
    "tags.create": lambda c, i: c.tag_incoming(IncomingTagCreate(incoming_id=i.id, name="autobook")),
}
OTHER_FORMS: dict[str, tuple[str, Call]] = {
    "grouped": ("incomings.index", lambda c, _: c.group_incomings([GroupKey.SUPPLIER])),
    "pdf-file": ("incomings.pdf", lambda c, i: c.incoming_pdf_file(i.id)),
}
"""More calls of an operation, with its id."""
WRITES = {"incomings.create", "incomings.edit", "tags.create"}


def incoming(client: BillomatClient) -> Incoming:
    """One that is there, whatever its creation answered."""
    client.create_incoming(create())
    (found,) = client.list_incomings(IncomingFilter(incoming_number="RE-1", supplier_id=1))
    assert isinstance(found, Incoming)
    return found
