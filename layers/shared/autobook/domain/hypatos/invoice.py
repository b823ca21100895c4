"""An invoice as Hypatos takes it: every field of `POST /enrichment/invoices`, and no other.

Source: docs/hypatos-api.md, "Insert invoice". Fields have Hypatos' names in Python's spelling (`external_id` is
`externalId` on the wire).

Strict: an unknown field, a code that is not listed, a null where none is allowed are refused with pydantic's
ValidationError before anything is sent. Fields that were not set are not sent.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import (
    AfterValidator,
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel

from autobook.domain.hypatos.codes import CURRENCIES, LANGUAGES

_MOST_LEVELS: Final = 32
"""How deeply custom metadata may be nested."""


def _one_of(codes: frozenset[str], what: str) -> AfterValidator:
    def check(code: str) -> str:
        if code not in codes:
            raise ValueError(f"Hypatos lists no {what} {code[:20]!r}")
        return code

    return AfterValidator(check)


def _number(value: object) -> object:
    """Refuses what pydantic would take for a number: a truth value, and a float, which is not exact."""
    if isinstance(value, bool | float):
        raise ValueError("expected an exact number")
    return value


def _truth(value: object) -> object:
    if not isinstance(value, bool):
        raise ValueError("expected true or false")
    return value


def _as_json(value: object, levels: int = _MOST_LEVELS) -> object:
    """Refuses what JSON cannot say exactly."""
    if levels == 0:
        raise ValueError(f"nested more than {_MOST_LEVELS} levels deep")
    match value:
        case dict() if all(isinstance(key, str) for key in value):
            return {key: _as_json(each, levels - 1) for key, each in value.items()}
        case list() | tuple():
            return [_as_json(each, levels - 1) for each in value]
        case Decimal() if value.is_finite():
            return value
        case None | str() | bool() | int():
            return value
    raise ValueError(f"{type(value).__name__} cannot be sent as JSON")


ExternalId = Annotated[str, StringConstraints(pattern=r"^\S+$")]
"""Of an object in the system that sends it: here Kanbert."""
HypatosDocumentId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{24}$")]
"""The id of a document that was uploaded to Hypatos."""
HypatosCurrency = Annotated[str, _one_of(CURRENCIES, "currency")]
HypatosLanguage = Annotated[str, _one_of(LANGUAGES, "language")]
ExactNumber = Annotated[Decimal, AllowInfNan(False), BeforeValidator(_number)]
Truth = Annotated[bool, BeforeValidator(_truth)]
JsonObject = Annotated[dict[str, Any], AfterValidator(_as_json)]


class HypatosModel(BaseModel):
    """A part of an invoice. A field that must not be null is left out, not set to None."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    nullable: ClassVar[frozenset[str]] = frozenset()
    """Fields that may be null on the wire."""

    @model_validator(mode="after")
    def _no_null_where_none_is_allowed(self) -> Self:
        for name in self.model_fields_set - self.nullable:
            if getattr(self, name) is None:
                raise ValueError(f"{to_camel(name)} must not be null")
        return self

    def wire(self) -> dict[str, Any]:
        """The fields that were set, by Hypatos' names: amounts as `Decimal`, dates as `2026-01-31`."""
        return {
            to_camel(name): _plain(getattr(self, name))
            for name in type(self).model_fields
            if name in self.model_fields_set
        }


def _plain(value: Any) -> Any:
    match value:
        case HypatosModel():
            return value.wire()
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(item) for item in value]
    return value


class HypatosDocument(HypatosModel):
    """A document that was uploaded to Hypatos before."""

    id: HypatosDocumentId | None = None
    type: str | None = None


class LocalizedText(HypatosModel):
    """A text in one language."""

    nullable: ClassVar[frozenset[str]] = frozenset({"language"})

    text: str | None = None
    language: HypatosLanguage | None = None


class PaymentTerms(HypatosModel):
    """When the invoice has to be paid, as the source system names it."""

    payment_term_key: str | None = None
    descriptions: tuple[LocalizedText, ...] | None = None


class AccountAssignment(HypatosModel):
    """Where a line, or a part of its quantity, is booked."""

    external_gl_account_id: str | None = None
    external_cost_center_id: str | None = None
    gl_account_code: str | None = None
    cost_center_code: str | None = None
    quantity: ExactNumber | None = None
    external_project_id: str | None = None
    external_order_id: str | None = None
    cost_element_code: str | None = None
    external_profit_center_id: str | None = None
    profit_center_code: str | None = None


class TaxCode(HypatosModel):
    """The kind of tax, as the source system names it."""

    code: str | None = None
    description: str | None = None


class HypatosInvoiceLine(HypatosModel):
    """One line of an invoice."""

    external_id: str | None = None
    external_company_id: str | None = None
    account_assignments: tuple[AccountAssignment, ...] | None = None
    type: str | None = None
    quantity: ExactNumber | None = None
    net_amount: ExactNumber | None = None
    total_tax_amount: ExactNumber | None = None
    gross_amount: ExactNumber | None = None
    unit_of_measure: str | None = None
    unit_price: ExactNumber | None = None
    tax_code: TaxCode | None = None
    tax_jurisdiction_code: str | None = None
    item_text: str | None = None
    external_purchase_order_id: str | None = None
    purchase_order_line_number: str | None = None
    central_bank_indicator: str | None = None


class WithholdingTax(HypatosModel):
    """A tax that is withheld from the payment."""

    key: str | None = None
    base_amount: ExactNumber | None = None
    amount: ExactNumber | None = None


class HypatosInvoice(HypatosModel):
    """The body of `POST /enrichment/invoices`."""

    nullable: ClassVar[frozenset[str]] = frozenset({"currency"})

    external_id: ExternalId
    external_client_id: str | None = None
    document_id: HypatosDocumentId | None = None
    documents: tuple[HypatosDocument, ...] | None = None
    supplier_invoice_number: str | None = None
    invoice_number: str | None = None
    external_company_id: str | None = None
    external_supplier_id: str | None = None
    external_bank_account_id: str | None = None
    fiscal_year_label: str | None = None
    issued_date: date | None = None
    received_date: date | None = None
    posting_date: date | None = None
    is_canceled: Truth | None = None
    is_credit_note: Truth | None = None
    external_customer_id: str | None = None
    related_invoice: str | None = None
    currency: HypatosCurrency | None = None
    total_net_amount: ExactNumber | None = None
    total_freight_charges: ExactNumber | None = None
    total_other_charges: ExactNumber | None = None
    total_tax_amount: ExactNumber | None = None
    total_gross_amount: ExactNumber | None = None
    payment_terms: PaymentTerms | None = None
    external_approver_id: str | None = None
    custom_fields: JsonObject | None = None
    custom_metadata: JsonObject | None = None
    header_text: str | None = None
    type: str | None = None
    invoice_lines: tuple[HypatosInvoiceLine, ...]
    withholding_tax: tuple[WithholdingTax, ...] | None = None
    document_type: str | None = None
