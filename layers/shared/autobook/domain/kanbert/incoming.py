"""Incoming invoices as Kanbert returns them (docs/kanbert-api.md, "Incoming invoices": `IncomingInvoiceData`).

Reads are tolerant: unknown fields are kept (`extra="allow"`), unknown enum values pass, absent lists stay
`None`, so that a round trip loses nothing. Amounts are `Decimal` (parse JSON with `parse_float=Decimal`);
the API names no currency. Date-times are aware; one without an offset is taken as UTC (assumption).
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict

from autobook.domain.kanbert.filter_kinds import FilterKind


def _aware(value: Any) -> Any:
    """Give an offset to a date-time that came without one."""
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return value
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return value


_MOST_DIGITS = 30


def _printable(value: Decimal) -> Decimal:
    """Refuse a number such as 1e999999999, which could fill the memory when it is written out."""
    if not value.is_finite() or value.adjusted() >= _MOST_DIGITS or value.as_tuple().exponent <= -_MOST_DIGITS:  # type: ignore[operator]
        raise ValueError(f"an amount must be a finite number of fewer than {_MOST_DIGITS} digits")
    return value


Id = Annotated[str, FilterKind("id")]
Text = Annotated[str, FilterKind("string")]
Money = Annotated[Decimal, AfterValidator(_printable), FilterKind("currency")]
Number = Annotated[Decimal, AfterValidator(_printable), FilterKind("number")]
Timestamp = Annotated[AwareDatetime, BeforeValidator(_aware), FilterKind("datetime")]
Day = Annotated[AwareDatetime, BeforeValidator(_aware), FilterKind("date")]
"""A date-time on the wire that Kanbert filters as a date (in the account's time zone)."""

InvoiceType = Annotated[str, FilterKind("enum", ("Invoice", "Credit"))]
InvoiceStatus = Annotated[str, FilterKind("enum", ("open", "ready_for_accounting", "booked"))]
PaymentStatus = Annotated[str, FilterKind("enum", ("open", "paid", "partial"))]
BookingType = Annotated[str, FilterKind("enum", ("account", "reference", "account_staff", "account_other"))]
UserType = Annotated[str, FilterKind("enum", ("user", "guest", "tax_advisor", "integration"))]
AccountType = Annotated[str, FilterKind("enum", ("accounts", "discount", "supplier_discount"))]


class KanbertModel(BaseModel):
    """A value read from Kanbert: immutable, and keeps what it does not know."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Supplier(KanbertModel):
    """`SupplierData` as embedded in an invoice."""

    id: Id
    name: Text


class PaymentAccount(KanbertModel):
    """`IncomingInvoicePaymentAccountData`."""

    id: Id
    title: Text


class Space(KanbertModel):
    """`SpaceData`."""

    id: Id
    name: Text


class User(KanbertModel):
    """`UserData`."""

    id: Id
    first_name: Text
    last_name: Text
    email: Text
    type: UserType
    space: Space


class Vat(KanbertModel):
    """`IncomingInvoiceVatData`: one line of the VAT breakdown."""

    vat: Number
    """Rate in percent."""
    value: Money
    """Calculated VAT amount."""


class Position(KanbertModel):
    """`PositionData`: a position of an account. The reference names the object but none of its fields."""

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

    id: Id
    invoice_number: Text | None = None
    title: Text
    is_credit: bool


class Booking(KanbertModel):
    """`IncomingInvoiceBookingData`: one line, booked on one account of the chart of accounts."""

    id: Id
    type: BookingType
    title: Text | None = None
    value: Money
    chart_of_account_id: Id | None = None
    position_id: Id | None = None
    project_id: Id | None = None
    client_id: Id | None = None
    chart_of_account: ChartOfAccount | None = None
    outgoing_invoice: OutgoingInvoiceReference | None = None
    created_at: Timestamp
    updated_at: Timestamp | None = None


class Payment(KanbertModel):
    """`IncomingInvoicePaymentData`: the reference names the object but none of its fields."""


class Duplicate(KanbertModel):
    """A document that holds the very file in question."""

    id: Id
    title: Text
    invoice_number: Text | None = None
    supplier: Supplier | None = None
    status: str
    booked_at: str | None = None
    """Format not documented."""


class DuplicateCheck(KanbertModel):
    """Answer of `POST /incoming-invoices/check-duplicate`."""

    hash: str
    """MD5, hexadecimal."""
    exists: bool
    duplicates: tuple[Duplicate, ...] = ()


class IncomingInvoice(KanbertModel):
    """`IncomingInvoiceData`: a supplier's invoice or credit note."""

    id: Id
    external_id: Text | None = None
    external_origin: Text | None = None
    type: InvoiceType
    title: Text
    status: InvoiceStatus
    payment_status: PaymentStatus
    invoice_number: Text | None = None
    notes: Text | None = None
    sum_net: Money
    sum_tax: Money
    sum_gross: Money
    vats: tuple[Vat, ...] = ()
    supplier: Supplier | None = None
    payment_account: PaymentAccount | None = None
    date_of_invoice: Day | None = None
    due_date: Day | None = None
    date_of_start: Day | None = None
    date_of_end: Day | None = None
    editor: User | None = None
    bookings: tuple[Booking, ...] | None = None
    """None when the response left them out, empty when the invoice has none."""
    payments: tuple[Payment, ...] | None = None
    created_at: Timestamp
    updated_at: Timestamp | None = None
