"""Billomat's records as models, and how an invoice of Kanbert becomes some (docs/billomat-api.md)."""

from autobook.domain.billomat.export_record import REMOVED, BillomatExport, assigned, exported_state
from autobook.domain.billomat.mapping import (
    ACCOUNT,
    SUPPLIER,
    SupplierMapping,
    WantedIncoming,
    account_codes,
    account_key,
    is_booked,
    supplier_key,
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
from autobook.domain.billomat.values import xml_text

__all__ = [
    "ACCOUNT",
    "REMOVED",
    "SUPPLIER",
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
    "account_key",
    "assigned",
    "exported_state",
    "is_booked",
    "supplier_key",
    "wanted_incomings",
    "xml_text",
]
