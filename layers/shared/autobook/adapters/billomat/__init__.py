"""Billomat over HTTP: the client with every operation on incomings, the suppliers it looks up, and what it sends.

This façade is the package: nothing outside imports the modules behind it. Only export_billomat imports it: it needs
defusedxml, which ships in a layer of its own.
"""

from autobook.adapters.billomat.calls import checked
from autobook.adapters.billomat.client import BillomatClient
from autobook.adapters.billomat.requests import (
    IncomingCreate,
    IncomingFilter,
    IncomingTagCreate,
    IncomingUpdate,
    SupplierFilter,
)
from autobook.adapters.billomat.secret import BillomatSecret

__all__ = [
    "BillomatClient",
    "BillomatSecret",
    "IncomingCreate",
    "IncomingFilter",
    "IncomingTagCreate",
    "IncomingUpdate",
    "SupplierFilter",
    "checked",
]
