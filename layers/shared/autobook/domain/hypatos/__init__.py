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

__all__ = [
    "CURRENCIES",
    "LANGUAGES",
    "AccountAssignment",
    "HypatosDocument",
    "HypatosInvoice",
    "HypatosInvoiceLine",
    "HypatosModel",
    "LocalizedText",
    "PaymentTerms",
    "TaxCode",
    "WithholdingTax",
]
