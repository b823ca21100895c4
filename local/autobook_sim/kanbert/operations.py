"""The API as data: every operation with its scopes, its parameters and the fields it takes.

docs/kanbert-api.md says which of it is documented. The contract tests compare the documented operations with the table
that was extracted from Kanbert's API reference.
"""

from dataclasses import dataclass
from typing import Final, Literal

type Type = Literal["string", "number", "boolean", "date-time", "uri", "md5", "file", "strings", "vats", "bookings"]
PREFIX: Final = "/api/v1"
MAX_FILE: Final = 15 * 1024 * 1024
"""Bytes; "15MB" as a Laravel validation counts."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a request body. `exists` names the collection that an id must be found in."""

    name: str
    type: Type = "string"
    required: bool = False
    nullable: bool = False
    max_length: int | None = None
    enum: tuple[str, ...] = ()
    exists: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `filters` names the table of filter fields (`filters.py`)."""

    id: str
    method: str
    path: str
    scopes: tuple[str, ...] = ()
    body: tuple[Field, ...] = ()
    media_type: str | None = None
    sorts: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    filters: str | None = None
    computed: bool = False
    paged: bool = False
    find_by: bool = False
    documented: bool = True
    status: int = 200


def _text(name: str, *, nullable: bool = True, max_length: int | None = 255, required: bool = False) -> Field:
    return Field(name, nullable=nullable, max_length=max_length, required=required)


def _ref(name: str, exists: str, *, nullable: bool = True, required: bool = False) -> Field:
    return Field(name, nullable=nullable, exists=exists, required=required)


_TYPES = ("Invoice", "Credit")
_DATES = tuple(
    Field(name, "date-time", nullable=True) for name in ("date_of_invoice", "due_date", "date_of_start", "date_of_end")
)
_DETAILS = (
    _text("invoice_number"),
    _text("notes", max_length=10_000),
    *_DATES,
    Field("net_value", "number", nullable=True),
    Field("vat_value", "number", nullable=True),
    _ref("supplier_id", "suppliers"),
    _ref("editor_id", "users"),
    _ref("payment_account_id", "payment_accounts"),
    Field("tags", "strings", nullable=True),
    Field("vats", "vats", nullable=True),
)
BOOKING_TYPES: Final = ("account", "reference", "account_staff", "account_other")
BOOKING: Final = (
    Field("value", "number"),
    _text("title"),
    Field("type", enum=BOOKING_TYPES),
    _ref("chart_of_account_id", "chart_of_accounts"),
    _ref("position_id", "positions"),
    _ref("project_id", "projects"),
    _ref("client_id", "clients"),
)
_READ, _WRITE = ("incoming-invoice:read",), ("incoming-invoice:write",)
_BOOKING_SCOPES = ("incoming-invoice:write", "chart-of-accounts:write")
_OUT = ("outgoing-invoice:read",)
_JSON, _FORM = "application/json", "multipart/form-data"
_SUMS = ("sum_net", "sum_tax", "sum_external_costs", "sum_gross")
_OUT_INCLUDES = ("external_costs", "line_items", "discounts")

OPERATIONS: Final = (
    Operation(
        "incoming.index", "GET", "/incoming-invoices", _READ, paged=True, filters="incoming",
        sorts=("title", "date_of_invoice", "due_date", "sum_net", "sum_tax", "sum_gross", "created_at"),
    ),
    Operation(
        "incoming.store", "POST", "/incoming-invoices", _WRITE, media_type=_FORM, status=201,
        body=(
            _text("external_id"), _text("external_origin", nullable=False), _text("title"),
            Field("type", nullable=True, enum=_TYPES), *_DETAILS,
            Field("file_was_preprocessed", "boolean", nullable=True), Field("file", "file"),
            # Announced by the reference without a field: the name and the shape are a guess (README, Assumptions).
            Field("bookings", "bookings", nullable=True),
        ),
    ),
    Operation("incoming.show", "GET", "/incoming-invoices/{id}", _READ),
    Operation(
        "incoming.update", "PATCH", "/incoming-invoices/{id}", _WRITE, media_type=_JSON,
        body=(
            _text("title", nullable=False), Field("type", enum=_TYPES),
            Field("status", enum=("open", "ready_for_accounting")),
            Field("payment_status", enum=("open", "paid", "partial")), *_DETAILS,
        ),
    ),
    Operation(
        "incoming.check_duplicate", "POST", "/incoming-invoices/check-duplicate", _READ, media_type=_FORM,
        body=(Field("hash", "md5"), Field("file", "file")),
    ),
    Operation(
        "booking.update", "PATCH", "/incoming-invoices/{invoiceId}/bookings/{bookingId}", _BOOKING_SCOPES,
        media_type=_JSON, body=BOOKING,
    ),
    Operation(
        "booking.destroy", "DELETE", "/incoming-invoices/{invoiceId}/bookings/{bookingId}", _BOOKING_SCOPES, status=204
    ),
    Operation("incoming.pdf", "GET", "/incoming-invoices/{id}/pdf", _READ, documented=False),
    Operation(
        "outgoing.index", "GET", "/outgoing-invoices", _OUT, paged=True, filters="outgoing", computed=True,
        sorts=("invoice_number", "title", "date_of_invoice", *_SUMS, "created_at", "updated_at"),
        includes=_OUT_INCLUDES,
    ),
    Operation(
        "master.index", "GET", "/outgoing-invoices/master", _OUT, paged=True, filters="master", computed=True,
        sorts=("title", "performance_range_start", "performance_range_end", *_SUMS, "created_at", "updated_at"),
        includes=_OUT_INCLUDES,
    ),
    Operation("master.show", "GET", "/outgoing-invoices/master/{id}", _OUT, find_by=True),
    Operation("outgoing.show", "GET", "/outgoing-invoices/{id}", _OUT, find_by=True),
    Operation(
        "outgoing.line_items", "GET", "/outgoing-invoices/{id}/line-items", _OUT, paged=True, find_by=True,
        filters="line_items",
        sorts=(
            "title", "price", "total_net_base", "total_net_without_discount", "total_net", "total_gross_base",
            "total_gross_without_discount", "total_gross", "purchase_total", "purchase_total_base", "purchase_price",
            "created_at", "updated_at",
        ),
    ),
    Operation(
        "outgoing.external", "POST", "/outgoing-invoices/external", ("outgoing-invoice:upload",), media_type=_FORM,
        status=201,
        body=(
            _text("external_id"), _text("external_origin", nullable=False),
            _ref("client_id", "clients", nullable=False, required=True),
            Field("title", required=True), Field("status", required=True, enum=("booked",)),
            Field("invoice_number"),
            *(
                Field(name, "date-time", required=True)
                for name in ("date_of_invoice", "performance_range_start", "performance_range_end", "payment_due_date")
            ),
            Field("booked_at", "date-time"), Field("currency", required=True, enum=("EUR",)),
            Field("sum_net", "number", required=True), Field("sum_tax", "number"),
            Field("taxation_enabled", "boolean"), Field("is_credit", "boolean"),
            Field("address"), Field("reference"), Field("po_number"),
            _ref("project_id", "projects", nullable=False), _ref("company_id", "companies", nullable=False),
            _ref("editor_id", "users", nullable=False),
            Field("file_url", "uri"), Field("file", "file"), Field("vats", "vats"),
        ),
    ),
    Operation("outgoing.pdf", "GET", "/outgoing-invoices/{id}/pdf", _OUT, find_by=True),
    Operation(
        "accounts.index", "GET", "/chart-of-accounts", ("chart-of-accounts:read",), paged=True, filters="accounts",
        sorts=("code", "title", "type", "priority", "created_at"), includes=("positions",),
    ),
    Operation("projects.index", "GET", "/projects", paged=True, filters="projects", sorts=("title", "shortcode")),
    Operation("clients.index", "GET", "/clients", paged=True, filters="clients", sorts=("name", "shortcode")),
    Operation("suppliers.index", "GET", "/suppliers", _READ, paged=True, filters="suppliers", sorts=("name",)),
    Operation(
        "webhooks.index", "GET", "/webhooks", ("integration",), paged=True, filters="webhooks",
        sorts=("url", "is_active", "created_at"),
    ),
    Operation(
        "webhooks.store", "POST", "/webhooks", ("integration",), media_type=_JSON, status=201,
        # Only url and is_active are known to exist (README, Assumptions).
        body=(
            Field("url", "uri", required=True), Field("is_active", "boolean"), Field("events", "strings"),
            Field("secret"),
        ),
    ),
)  # fmt: skip

SCOPES: Final = tuple(sorted({scope for operation in OPERATIONS for scope in operation.scopes}))
