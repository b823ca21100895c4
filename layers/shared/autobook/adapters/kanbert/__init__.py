"""Kanbert over HTTP: the client with every operation, what it sends, and the codes that people use.

This façade is the package: nothing outside imports the modules behind it. Only the functions that talk to Kanbert
import it; `receive`, which Kanbert waits for, does not (docs/architecture.md has the import CPU of every function).
The client is built once per warm function and keeps its connection.
"""

from autobook.adapters.http_client import RetryPolicy
from autobook.adapters.kanbert.client import KanbertClient
from autobook.adapters.kanbert.code_resolver import KanbertCodeResolver
from autobook.adapters.kanbert.pages import equals, equals_or_contains
from autobook.adapters.kanbert.requests import (
    BookingUpdate,
    IncomingInvoiceUpdate,
    IncomingInvoiceUpload,
    OutgoingInvoiceUpload,
    VatLine,
    WebhookCreate,
)
from autobook.adapters.kanbert.upload import MAX_UPLOAD, UploadFile

__all__ = [
    "MAX_UPLOAD",
    "BookingUpdate",
    "IncomingInvoiceUpdate",
    "IncomingInvoiceUpload",
    "KanbertClient",
    "KanbertCodeResolver",
    "OutgoingInvoiceUpload",
    "RetryPolicy",
    "UploadFile",
    "VatLine",
    "WebhookCreate",
    "equals",
    "equals_or_contains",
]
