"""Outgoing invoices and master plans (docs/kanbert-api.md, "Outgoing invoices").

Reads are as tolerant as in incoming.py. Amounts are in the invoice's own `currency`; factors are percentages.
"""

from typing import Annotated

from autobook.domain.kanbert.company import Company
from autobook.domain.kanbert.filter_kinds import FilterKind
from autobook.domain.kanbert.incoming import Supplier, User
from autobook.domain.kanbert.master_data import Client, Project
from autobook.domain.kanbert.reading import KanbertModel
from autobook.domain.kanbert.values import Day, DocumentId, Id, Money, Number, Text, Timestamp

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
    title: Text | None = None
    title_plural: Text | None = None


class Discount(KanbertModel):
    """`DiscountData`."""

    id: Id
    title: Text | None = None
    discount_factor: Number | None = None
    """Percent."""
    discount_absolute: Money | None = None
    """Does not take the invoice's `partial_factor` into account."""
    from_parent: bool | None = None
    """Set in the master plan."""
    is_payment_discount: bool | None = None
    """Granted by the payment discount rules."""
    order: int | None = None
    """The order in which discounts are applied."""


class LineItem(KanbertModel):
    """`OutgoingInvoiceLineItemData`.

    `…_base` leaves out partial factor and discounts, `…_without_discount` includes the partial factor only, and
    the plain total includes the line's own discount too (never the invoice's).
    """

    id: Id
    title: Text | None = None
    type: LineItemType | None = None
    indent: int | None = None
    order: int | None = None
    price: Money | None = None
    """Full price of one unit, whatever the `partial_factor`."""
    amount: Number | None = None
    total_net_base: Money | None = None
    total_net_without_discount: Money | None = None
    total_net: Money | None = None
    total_gross_base: Money | None = None
    total_gross_without_discount: Money | None = None
    total_gross: Money | None = None
    tax_factor: Number | None = None
    metric: Metric | None = None
    project: Project | None = None
    partial_factor: Number | None = None
    """Percent of the unit that this invoice includes."""
    exclude_from_discount: bool = False
    """Left out of offer-wide discounts."""
    discount_factor: Number | None = None
    discount_absolute: Money | None = None
    discount_bound: bool = False
    """The amount multiplies `discount_absolute`."""
    purchase_price: Money | None = None
    purchase_amount: Number | None = None
    purchase_total_base: Money | None = None
    purchase_total: Money | None = None
    purchase_price_bound: bool = False
    """`purchase_amount` follows `amount`."""
    description: Text | None = None
    payment_partial_type: IntervalType | None = None
    payment_partial_interval: int | None = None
    """Every 1, 3 or 6 months or years of the performance range; any value where the type is `once`."""


class ExternalCost(KanbertModel):
    """`ExternalCostData`."""

    id: Id
    title: Text | None = None
    type: str | None = None
    indent: int | None = None
    order: int | None = None
    is_credit: bool | None = None
    """This cost is a credit."""
    is_optional: bool | None = None
    price: Money | None = None
    amount: Number | None = None
    total: Money | None = None
    supplier: Supplier | None = None
    client: Client | None = None
    project: Project | None = None
    status: str | None = None
    payment_partial_type: IntervalType | None = None
    payment_partial_interval: int | None = None
    """As on a line item."""
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class _ForClient(KanbertModel):
    """What an invoice and a plan of invoices have in common."""

    id: DocumentId
    title: Text | None = None
    performance_range_start: Day | None = None
    performance_range_end: Day | None = None
    locale: str | None = None
    currency: str | None = None
    address: Text | None = None
    address_changed: bool | None = None
    """Somebody overwrote the company's address."""
    company: Company | None = None
    editor: User | None = None
    project: Project | None = None
    taxation_enabled: bool | None = None
    """False for reverse charge."""
    sum_net: Money | None = None
    sum_tax: Money | None = None
    sum_gross: Money | None = None
    sum_external_costs: Money | None = None
    payment_discount: Number | None = None
    """Percent."""
    discounts: tuple[Discount, ...] | None = None
    line_items: tuple[LineItem, ...] | None = None
    external_costs: tuple[ExternalCost, ...] | None = None
    """Empty on partial invoices: they are part of the master plan."""
    created_at: Timestamp | None = None
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
    status: OutgoingStatus | None = None
    payment_status: OutgoingPaymentStatus | None = None
    is_credit: bool = False
    date_of_invoice: Day | None = None
    payment_due_date: Day | None = None
    payment_due_date_org: Day | None = None
    """The payment due date originally set."""
    po_number: Text | None = None
    """Purchase order."""
    reference: Text | None = None
    client: Client | None = None
    partial_indent: Text | None = None
    """Partial invoices: `<current>/<number of invoices>`."""
    partial_factor: Number | None = None
    """Partial invoices: percent."""
    payment_discount_due_date: Day | None = None


class MasterPlan(_ForClient):
    """`OutgoingInvoiceMasterData`: a plan of partial or recurring invoices."""

    type: MasterType | None = None
    client: Client | None = None
