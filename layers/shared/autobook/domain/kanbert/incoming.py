"""Incoming invoices as Kanbert returns them (docs/kanbert-api.md, "Incoming invoices": `IncomingInvoiceData`).

Every field but the id may be empty; how values are read, and when a document is unreadable, is in values.py and
reading.py. The API names no currency.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Final

from autobook.domain.kanbert.filter_kinds import FilterKind
from autobook.domain.kanbert.reading import KanbertModel
from autobook.domain.kanbert.values import AS_LIST, Day, DocumentId, Id, Money, Number, Text, Timestamp

InvoiceType = Annotated[str, FilterKind("enum", ("Invoice", "Credit"))]
InvoiceStatus = Annotated[str, FilterKind("enum", ("open", "ready_for_accounting", "booked"))]
PaymentStatus = Annotated[str, FilterKind("enum", ("open", "paid", "partial"))]
BookingType = Annotated[str, FilterKind("enum", ("account", "reference", "account_staff", "account_other"))]
REFERENCE: Final = "reference"
"""The type of a line that points at an outgoing invoice."""
UserType = Annotated[str, FilterKind("enum", ("user", "guest", "tax_advisor", "integration"))]
AccountType = Annotated[str, FilterKind("enum", ("accounts", "discount", "supplier_discount"))]


class Supplier(KanbertModel):
    """`SupplierData` as embedded in an invoice."""

    documented: ClassVar[frozenset[str]] = frozenset({"id", "name"})

    needed: ClassVar[frozenset[str]] = frozenset({"id", "name"})

    id: Id | None = None
    name: Text | None = None


class PaymentAccount(KanbertModel):
    """`IncomingInvoicePaymentAccountData`."""

    documented: ClassVar[frozenset[str]] = frozenset({"id", "title"})

    id: Id
    title: Text | None = None


class Space(KanbertModel):
    """`SpaceData`."""

    documented: ClassVar[frozenset[str]] = frozenset({"id", "name"})

    id: Id
    name: Text | None = None


class User(KanbertModel):
    """`UserData`."""

    documented: ClassVar[frozenset[str]] = frozenset({"id", "first_name", "last_name", "email", "type", "space"})

    id: Id
    first_name: Text | None = None
    last_name: Text | None = None
    email: Text | None = None
    type: UserType | None = None
    space: Space | None = None


class Vat(KanbertModel):
    """`IncomingInvoiceVatData`: one line of the VAT breakdown."""

    documented: ClassVar[frozenset[str]] = frozenset({"vat", "value"})

    needed: ClassVar[frozenset[str]] = frozenset({"vat", "value"})

    vat: Number | None = None
    """Rate in percent."""
    value: Money | None = None
    """Calculated VAT amount."""


class Position(KanbertModel):
    """`PositionData`: a position of an account. The reference names the object but none of its fields."""

    needed: ClassVar[frozenset[str]] = frozenset()
    """One without an id hides no other."""

    id: Id | None = None
    code: Text | None = None
    title: Text | None = None


class ChartOfAccount(KanbertModel):
    """`ChartOfAccountData` (`CostCenterType` is its type)."""

    id: Id
    type: AccountType | None = None
    code: Text | None = None
    title: Text | None = None
    description: Text | None = None
    priority: Text | None = None
    budgets: dict[str, Decimal] | tuple[()] | None = None
    """An empty PHP array is written `[]`, not `{}`."""
    start_date: Timestamp | None = None
    end_date: Timestamp | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    positions: tuple[Position, ...] | dict[str, Position] | None = None
    """Only where included. A PHP array with gaps is written as an object."""

    @property
    def listed_positions(self) -> tuple[Position, ...]:
        """The positions, in whichever of the two documented forms they came; none where they were not included."""
        return tuple(self.positions.values()) if isinstance(self.positions, dict) else self.positions or ()


class OutgoingInvoiceReference(KanbertModel):
    """`OutgoingInvoiceReferenceData`: the outgoing invoice that a `reference` booking points at."""

    documented: ClassVar[frozenset[str]] = frozenset({"id", "title", "is_credit"})

    id: Id
    invoice_number: Text | None = None
    title: Text | None = None
    is_credit: bool | None = None


class Booking(KanbertModel):
    """`IncomingInvoiceBookingData`: one line, booked on one account of the chart of accounts."""

    documented: ClassVar[frozenset[str]] = frozenset({"id", "type", "value", "created_at"})

    needed: ClassVar[frozenset[str]] = frozenset(
        {"id", "type", "title", "value", "chart_of_account_id", "position_id", "project_id", "client_id"}
    )

    references: ClassVar[Mapping[str, str]] = {
        "chart_of_account": "chart_of_account_id",
        "position": "position_id",
        "project": "project_id",
        "client": "client_id",
        "outgoing_invoice": "outgoing_invoice_id",
    }

    id: Id
    type: BookingType | None = None
    title: Text | None = None
    value: Money | None = None
    chart_of_account_id: Id | None = None
    position_id: Id | None = None
    project_id: Id | None = None
    client_id: Id | None = None
    chart_of_account: ChartOfAccount | None = None
    outgoing_invoice: OutgoingInvoiceReference | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None

    @property
    def is_reference(self) -> bool:
        """True if the line points at an outgoing invoice: it is booked with that one, and has no account of its own."""
        return self.type == REFERENCE or (not self.type and self.outgoing_invoice is not None)


class Payment(KanbertModel):
    """`IncomingInvoicePaymentData`: the reference names the object but none of its fields."""


class Duplicate(KanbertModel):
    """A document that holds the very file in question."""

    id: Id
    title: Text | None = None
    invoice_number: Text | None = None
    supplier: Supplier | None = None
    status: str | None = None
    booked_at: str | None = None
    """Format not documented."""


class DuplicateCheck(KanbertModel):
    """Answer of `POST /incoming-invoices/check-duplicate`."""

    hash: str | None = None
    """MD5, hexadecimal."""
    exists: bool | None = None
    duplicates: Annotated[tuple[Duplicate, ...], AS_LIST] = ()


class IncomingInvoice(KanbertModel):
    """`IncomingInvoiceData`: a supplier's invoice or credit note."""

    documented: ClassVar[frozenset[str]] = frozenset(
        {"id", "type", "title", "status", "payment_status", "sum_net", "sum_tax", "sum_gross", "vats", "created_at"}
    )

    needed: ClassVar[frozenset[str]] = frozenset(
        {
            *("id", "type", "title", "status", "invoice_number", "date_of_invoice", "supplier"),
            *("sum_net", "sum_tax", "sum_gross", "vats", "bookings"),
        }
    )

    references: ClassVar[Mapping[str, str]] = {
        "supplier": "supplier_id",
        "payment_account": "payment_account_id",
        "editor": "editor_id",
    }

    id: DocumentId
    external_id: Text | None = None
    external_origin: Text | None = None
    type: InvoiceType | None = None
    title: Text | None = None
    status: InvoiceStatus | None = None
    payment_status: PaymentStatus | None = None
    invoice_number: Text | None = None
    notes: Text | None = None
    sum_net: Money | None = None
    sum_tax: Money | None = None
    sum_gross: Money | None = None
    vats: Annotated[tuple[Vat, ...], AS_LIST] = ()
    supplier: Supplier | None = None
    payment_account: PaymentAccount | None = None
    date_of_invoice: Day | None = None
    due_date: Day | None = None
    date_of_start: Day | None = None
    date_of_end: Day | None = None
    editor: User | None = None
    bookings: Annotated[tuple[Booking, ...], AS_LIST] | None = None
    """None when the response left them out, empty when the invoice has none."""
    payments: Annotated[tuple[Payment, ...], AS_LIST] | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
