"""What Kanbert's documents say: models of its answers, one import for all of them.

Loading this package loads pydantic and every model: the functions that read documents need them all. What `receive`
needs of Kanbert, the webhook, is therefore not here (domain/webhook.py; docs/decisions/facades.md).
"""

from autobook.domain.kanbert.company import Company
from autobook.domain.kanbert.filter_kinds import FilterKind
from autobook.domain.kanbert.incoming import (
    REFERENCE,
    Booking,
    BookingType,
    ChartOfAccount,
    DuplicateCheck,
    IncomingInvoice,
    InvoiceStatus,
    PaymentAccount,
    Position,
    Space,
    Supplier,
    User,
)
from autobook.domain.kanbert.master_data import (
    Client,
    CustomFields,
    Project,
    ProjectTag,
    ProjectType,
    TeamMember,
    WebhookSubscription,
)
from autobook.domain.kanbert.outgoing import LineItem, MasterPlan, OutgoingInvoice
from autobook.domain.kanbert.reading import KanbertModel
from autobook.domain.kanbert.references import is_mark, names_something
from autobook.domain.kanbert.values import moment_or_none

__all__ = [
    "REFERENCE",
    "Booking",
    "BookingType",
    "ChartOfAccount",
    "Client",
    "Company",
    "CustomFields",
    "DuplicateCheck",
    "FilterKind",
    "IncomingInvoice",
    "InvoiceStatus",
    "KanbertModel",
    "LineItem",
    "MasterPlan",
    "OutgoingInvoice",
    "PaymentAccount",
    "Position",
    "Project",
    "ProjectTag",
    "ProjectType",
    "Space",
    "Supplier",
    "TeamMember",
    "User",
    "WebhookSubscription",
    "is_mark",
    "moment_or_none",
    "names_something",
]
