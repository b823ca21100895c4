"""Billomat's reference of incomings as a table: every operation, parameter, element and value that it names.

Source: Billomat's API documentation, page *Incomings* (docs/billomat-api.md). Types are the reference's words.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class BodyField:
    """An element of a request, as the table of *Create an incoming* describes it."""

    type: str
    mandatory: bool = False
    default: str = ""


@dataclass(frozen=True)
class Described:
    """An operation: its heading, what it takes and what its example answers, with the `type` attributes."""

    heading: str
    method: str
    path: str
    query: dict[str, str]
    answers: dict[str, str]
    body: dict[str, BodyField]
    root: tuple[str, ...] = ()
    """Name and attributes of the root element, where the reference shows them."""


BODY = {
    "supplier_id": BodyField("INT", mandatory=True),
    "address": BodyField("ALNUM", default="Supplier's address"),
    "number": BodyField("ALNUM", mandatory=True),
    "date": BodyField("DATE", mandatory=True),
    "due_date": BodyField("DATE"),
    "note": BodyField("ALNUM"),
    "total_net": BodyField("FLOAT"),
    "total_gross": BodyField("FLOAT"),
    "currency_code": BodyField("ISO currency code", default="Supplier's currency"),
    "quote": BodyField("FLOAT", default="1.0000"),
    "base64file": BodyField("BASE64FILE"),
    "expense_account_number": BodyField("INT"),
    "label": BodyField("ALNUM"),
    "client_number": BodyField("ALNUM"),
    "category": BodyField("ALNUM"),
}
SINGLE = {
    "id": "integer",
    "supplier_id": "integer",
    "created": "datetime",
    "date": "date",
    "due_date": "date",
    "address": "",
    "status": "",
    "total_gross": "float",
    "total_net": "float",
    "paid_amount": "float",
    "open_amount": "float",
    "quote": "float",
    "expense_account_number": "float",
}
CREATED = {"id": "integer", "supplier_id": "integer", "created": "datetime", "date": "date", "note": ""}
FILTERS = {
    "supplier_id": "ID of the supplier",
    "incoming_number": "incoming number",
    "status": "OPEN,PAID,OVERDUE",
    "from": "YYYY-MM-DD",
    "to": "YYYY-MM-DD",
    "note": "free text",
    "tags": "comma separated",
    # Not in the table of filters, but in the example above it.
    "number": "part of the number",
}
GROUPS = "supplier,status,day,week,month,year"
REFERENCE = (
    Described(
        "List all incomings", "GET", "/incomings", FILTERS, SINGLE, {}, ("incomings", "page", "per_page", "total")
    ),
    Described(
        "Aggregated list of incomings", "GET", "/incomings", {"group_by": GROUPS, **FILTERS},
        {"total_gross": "float", "total_net": "float", "supplier_id": "integer"}, {},
        ("incoming-groups", "currency_code"),
    ),
    Described("Get a single incoming", "GET", "/incomings/{id}", {}, SINGLE, {}),
    Described("Create an incoming", "POST", "/incomings", {}, CREATED, BODY),
    Described("Edit incoming", "PUT", "/incomings/{id}", {}, {}, BODY),
    Described("Delete incoming", "DELETE", "/incomings/{id}", {}, {}, {}),
    Described(
        "Open pdf of an incoming", "GET", "/incomings/{id}/pdf", {"format": "pdf"},
        {"id": "integer", "created": "datetime", "incoming_id": "integer", "base64file": ""}, {},
    ),
)  # fmt: skip
STATUSES = ("OPEN", "PAID")
"""What a single incoming can be."""

EXAMPLE = """<?xml version="1.0" encoding="UTF-8"?>
<incoming>
    <id type="integer">1</id>
    <supplier_id type="integer">123</supplier_id>
    <created type="datetime">2007-12-13T12:12:00+01:00</created>
    <date type="date">2009-10-14</date>
    <due_date type="date">2009-10-24</due_date>
    <status>OPEN</status>
    <total_gross type="float">107.1</total_gross>
    <total_net type="float">90.0</total_net>
    <paid_amount type="float">20.0</paid_amount>
    <open_amount type="float">99.0</open_amount>
    <quote type="float">1.0000</quote>
    <expense_account_number type="float">12345</expense_account_number>
</incoming>"""
"""The values of the reference's example of a single incoming."""
GROUPED_EXAMPLE = """<?xml version="1.0" encoding="UTF-8"?>
<incoming-groups type="array" currency_code="USD">
    <incoming-group>
        <total_gross type="float">347.28</total_gross>
        <total_net type="float">291.83</total_net>
        <supplier_id type="integer">476</supplier_id>
        <incoming-params><supplier_id type="integer">476</supplier_id></incoming-params>
    </incoming-group>
    <incoming-group>
        <total_gross type="float">1127.53</total_gross>
        <total_net type="float">947.50</total_net>
        <supplier_id type="integer">477</supplier_id>
        <incoming-params><supplier_id type="integer">477</supplier_id></incoming-params>
    </incoming-group>
</incoming-groups>"""

GOOD: dict[str, tuple[Any, ...]] = {
    "INT": (1, 7380),
    "ALNUM": ("x", "Straße 1 & 2 <b>\nDritte Zeile"),
    "DATE": (date(2026, 2, 28),),
    "FLOAT": ("107.10", "-12.34", "1.000001"),
    "ISO currency code": ("EUR", "CHF"),
    "BASE64FILE": (b"%PDF-1.4 %%EOF", b"\x89PNG\r\n\x1a\n"),
}
"""Values that an element of a type takes."""
BAD: dict[str, tuple[Any, ...]] = {
    "INT": ("x", "1.5", "-1"),
    "ALNUM": (),
    "DATE": ("2026-02-30", "31.01.2026", "x"),
    "FLOAT": ("x", "NaN", "1e5", "1,5"),
    "ISO currency code": ("EURO", "eur", "€"),
    "BASE64FILE": ("%PDF", "AAAA"),
}
"""Texts in XML that it does not."""
