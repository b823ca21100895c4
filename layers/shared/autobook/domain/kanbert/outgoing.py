"""Outgoing invoices and master plans (docs/kanbert-api.md, "Outgoing invoices").

Reads are as tolerant as in incoming.py. Amounts are in the invoice's own `currency`; factors are percentages.
"""

from typing import Annotated

from autobook.domain.kanbert.company import Company
from autobook.domain.kanbert.filter_kinds import FilterKind
from autobook.domain.kanbert.incoming import Day, Id, KanbertModel, Money, Number, Supplier, Text, Timestamp, User
from autobook.domain.kanbert.master_data import Client, Project

OutgoingStatus = Annotated[str, FilterKind("enum", ("estimate", "open", "bookable", "booked"))]
"""estimate: meant as an estimate; open: a draft; bookable: ready to be booked; booked."""
OutgoingPaymentStatus = Annotated[str, FilterKind("enum", ("open", "partly_paid", "paid", "cancelled"))]
LineItemType = Annotated[str, FilterKind("enum", ("unit", "category", "page_break"))]
IntervalType = Annotated[str, FilterKind("enum", ("once", "monthly", "yearly"))]
MasterType = Annotated[str, FilterKind("enum", ("once", "recurring1", "recurring3", "recurring6", "recurring12"))]
"""once: a plan of partial invoices; recurringN: one every N months."""


class Metric(KanbertModel):
    """`MetricData`: the unit that a line item is counted in."""

    id: Id
    title: Text
    title_plural: Text


class Discount(KanbertModel):
    """`DiscountData`."""

    id: Id
    title: Text
    discount_factor: Number | None = None
    """Percent."""
    discount_absolute: Money | None = None
    """Does not take the invoice's `partial_factor` into account."""
    from_parent: bool
    """Set in the master plan."""
    is_payment_discount: bool
    """Granted by the payment discount rules."""
    order: int
    """The order in which discounts are applied."""


class LineItem(KanbertModel):
    """`OutgoingInvoiceLineItemData`.

    `…_base` leaves out partial factor and discounts, `…_without_discount` includes the partial factor only, and
    the plain total includes the line's own discount too (never the invoice's).
    """

    id: Id
    title: Text
    type: LineItemType
    indent: int
    order: int
    price: Money
    """Full price of one unit, whatever the `partial_factor`."""
    amount: Number
    total_net_base: Money
    total_net_without_discount: Money
    total_net: Money
    total_gross_base: Money
    total_gross_without_discount: Money
    total_gross: Money
    tax_factor: Number
    metric: Metric
    project: Project | None = None
    partial_factor: Number | None = None
    """Percent of the unit that this invoice includes."""
    exclude_from_discount: bool = False
    """Left out of offer-wide discounts."""
    discount_factor: Number | None = None
    discount_absolute: Money | None = None
    discount_bound: bool = False
    """The amount multiplies `discount_absolute`."""
    purchase_price: Money
    purchase_amount: Number
    purchase_total_base: Money
    purchase_total: Money
    purchase_price_bound: bool = False
    """`purchase_amount` follows `amount`."""
    description: Text
    payment_partial_type: IntervalType
    payment_partial_interval: int | None = None
    """Every 1, 3 or 6 months or years of the performance range; any value where the type is `once`."""


class ExternalCost(KanbertModel):
    """`ExternalCostData`."""

    id: Id
    title: Text
    type: str
    indent: int
    order: int
    is_credit: bool
    """This cost is a credit."""
    is_optional: bool
    price: Money
    amount: Number
    total: Money
    supplier: Supplier | None = None
    client: Client | None = None
    project: Project | None = None
    status: str | None = None
    payment_partial_type: IntervalType
    payment_partial_interval: int | None = None
    """As on a line item."""
    created_at: Timestamp
    updated_at: Timestamp | None = None


class _ForClient(KanbertModel):
    """What an invoice and a plan of invoices have in common."""

    id: Id
    title: Text
    performance_range_start: Day | None = None
    performance_range_end: Day | None = None
    locale: str
    currency: str
    address: Text
    address_changed: bool
    """Somebody overwrote the company's address."""
    company: Company | None = None
    editor: User | None = None
    project: Project | None = None
    taxation_enabled: bool
    """False for reverse charge."""
    sum_net: Money
    sum_tax: Money
    sum_gross: Money
    sum_external_costs: Money
    payment_discount: Number | None = None
    """Percent."""
    discounts: tuple[Discount, ...] | None = None
    line_items: tuple[LineItem, ...] | None = None
    external_costs: tuple[ExternalCost, ...] | None = None
    """Empty on partial invoices: they are part of the master plan."""
    created_at: Timestamp
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None
    computed_fields: dict[str, object] | tuple[()] | None = None
    """Aggregates asked for with `computed_fields[alias]`. An empty PHP array is written `[]`."""


class OutgoingInvoice(_ForClient):
    """`OutgoingInvoiceData`: an invoice or credit note to a client."""

    external_id: Text | None = None
    external_origin: Text | None = None
    master_invoice_id: Id | None = None
    """The master plan that the invoice is part of."""
    invoice_number: Text | None = None
    status: OutgoingStatus
    payment_status: OutgoingPaymentStatus
    is_credit: bool = False
    date_of_invoice: Day
    payment_due_date: Day
    payment_due_date_org: Day
    """The payment due date originally set."""
    po_number: Text | None = None
    """Purchase order."""
    reference: Text | None = None
    client: Client
    partial_indent: Text | None = None
    """Partial invoices: `<current>/<number of invoices>`."""
    partial_factor: Number | None = None
    """Partial invoices: percent."""
    payment_discount_due_date: Day | None = None


class MasterPlan(_ForClient):
    """`OutgoingInvoiceMasterData`: a plan of partial or recurring invoices."""

    type: MasterType
    client: Client | None = None
