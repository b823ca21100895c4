"""Billomat's records as models, without the wire that they come over (docs/billomat-api.md)."""

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
    "BillomatRecord",
    "BillomatSupplier",
    "GroupKey",
    "Incoming",
    "IncomingGroup",
    "IncomingGroups",
    "IncomingPdf",
    "IncomingStatus",
    "IncomingTag",
]
