"""The invoice that Hypatos takes, as data (docs/hypatos-api.md, "Insert invoice").

The contract test compares it with the table that was extracted from Hypatos' API reference.
"""

from dataclasses import dataclass
from typing import Final, Literal

from autobook.domain.hypatos import CURRENCIES, LANGUAGES

type FieldType = Literal["string", "number", "boolean", "date", "object", "array", "free"]
"""`free` is an object of any content."""


@dataclass(frozen=True, slots=True)
class InvoiceField:
    """A field of the body. `fields` are those of an object, or of an array's elements."""

    name: str
    type: FieldType = "string"
    required: bool = False
    nullable: bool = False
    enum: frozenset[str] = frozenset()
    pattern: str = ""
    fields: tuple["InvoiceField", ...] = ()
    not_empty: bool = False
    """An array that must have an element."""


def _texts(*names: str) -> tuple[InvoiceField, ...]:
    return tuple(InvoiceField(name) for name in names)


def _numbers(*names: str) -> tuple[InvoiceField, ...]:
    return tuple(InvoiceField(name, "number") for name in names)


_DOCUMENT_ID: Final = r"[0-9a-fA-F]{24}"
_DOCUMENTS: Final = (InvoiceField("id", pattern=_DOCUMENT_ID), InvoiceField("type"))
_DESCRIPTIONS: Final = (InvoiceField("text"), InvoiceField("language", nullable=True, enum=LANGUAGES))
_PAYMENT_TERMS: Final = (
    InvoiceField("paymentTermKey"),
    InvoiceField("descriptions", "array", fields=_DESCRIPTIONS),
)
_ACCOUNT_ASSIGNMENTS: Final = (
    *_texts("externalGlAccountId", "externalCostCenterId", "glAccountCode", "costCenterCode"),
    *_numbers("quantity"),
    *_texts("externalProjectId", "externalOrderId", "costElementCode", "externalProfitCenterId", "profitCenterCode"),
)
_LINES: Final = (
    *_texts("externalId", "externalCompanyId"),
    InvoiceField("accountAssignments", "array", fields=_ACCOUNT_ASSIGNMENTS),
    *_texts("type"),
    *_numbers("quantity", "netAmount", "totalTaxAmount", "grossAmount"),
    *_texts("unitOfMeasure"),
    *_numbers("unitPrice"),
    InvoiceField("taxCode", "object", fields=_texts("code", "description")),
    *_texts("taxJurisdictionCode", "itemText", "externalPurchaseOrderId", "purchaseOrderLineNumber"),
    *_texts("centralBankIndicator"),
)
INVOICE: Final = (
    InvoiceField("externalId", required=True, pattern=r"\S+"),
    *_texts("externalClientId"),
    InvoiceField("documentId", pattern=_DOCUMENT_ID),
    InvoiceField("documents", "array", fields=_DOCUMENTS, not_empty=True),
    *_texts("supplierInvoiceNumber", "invoiceNumber", "externalCompanyId", "externalSupplierId"),
    *_texts("externalBankAccountId", "fiscalYearLabel"),
    *(InvoiceField(name, "date") for name in ("issuedDate", "receivedDate", "postingDate")),
    *(InvoiceField(name, "boolean") for name in ("isCanceled", "isCreditNote")),
    *_texts("externalCustomerId", "relatedInvoice"),
    InvoiceField("currency", nullable=True, enum=CURRENCIES),
    *_numbers("totalNetAmount", "totalFreightCharges", "totalOtherCharges", "totalTaxAmount", "totalGrossAmount"),
    InvoiceField("paymentTerms", "object", fields=_PAYMENT_TERMS),
    *_texts("externalApproverId"),
    InvoiceField("customFields", "free"),
    InvoiceField("customMetadata", "free"),
    *_texts("headerText", "type"),
    InvoiceField("invoiceLines", "array", required=True, fields=_LINES),
    InvoiceField("withholdingTax", "array", fields=(*_texts("key"), *_numbers("baseAmount", "amount"))),
    *_texts("documentType"),
)
