"""Billomat's records as models, and how an invoice of Kanbert becomes some (docs/billomat-api.md)."""

from autobook.domain.billomat.export_record import REMOVED, BillomatExport, assigned, exported_state
from autobook.domain.billomat.mapping import (
    SupplierMapping,
    WantedIncoming,
    account_codes,
    is_booked,
    wanted_incomings,
)
from autobook.domain.billomat.parameters import AccountSplit, BillomatParameters
from autobook.domain.billomat.records import (
    BillomatRecord,
    BillomatSupplier,
    GroupKey,
    Incoming,
    IncomingGroup,
    IncomingGroups,
    IncomingPdf,
    IncomingStatus,
    IncomingTag,
)

__all__ = [
    "REMOVED",
    "AccountSplit",
    "BillomatExport",
    "BillomatParameters",
    "BillomatRecord",
    "BillomatSupplier",
    "GroupKey",
    "Incoming",
    "IncomingGroup",
    "IncomingGroups",
    "IncomingPdf",
    "IncomingStatus",
    "IncomingTag",
    "SupplierMapping",
    "WantedIncoming",
    "account_codes",
    "assigned",
    "exported_state",
    "is_booked",
    "wanted_incomings",
]
