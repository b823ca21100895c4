"""What Hypatos takes, and how an invoice of Kanbert becomes one of Hypatos.

This façade is the package: nothing outside imports the modules behind it.
"""

from autobook.domain.hypatos.codes import CURRENCIES, LANGUAGES
from autobook.domain.hypatos.invoice import (
    AccountAssignment,
    HypatosDocument,
    HypatosInvoice,
    HypatosInvoiceLine,
    HypatosModel,
    LocalizedText,
    PaymentTerms,
    TaxCode,
    WithholdingTax,
)
from autobook.domain.hypatos.mapping import hypatos_invoice, is_exported
from autobook.domain.hypatos.parameters import METADATA, HypatosParameters
from autobook.domain.hypatos.record import HypatosRecord, state_of_invoice

__all__ = [
    "CURRENCIES",
    "LANGUAGES",
    "METADATA",
    "AccountAssignment",
    "HypatosDocument",
    "HypatosInvoice",
    "HypatosInvoiceLine",
    "HypatosModel",
    "HypatosParameters",
    "HypatosRecord",
    "LocalizedText",
    "PaymentTerms",
    "TaxCode",
    "WithholdingTax",
    "hypatos_invoice",
    "is_exported",
    "state_of_invoice",
]
