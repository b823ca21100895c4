"""What may be written to Kanbert, and nothing else.

Source: docs/kanbert-api.md (Incoming invoices, Outgoing invoices, Webhooks).

Strict: an unknown field, a text that is too long, an enum value that is not listed, a null where none is allowed
are refused with pydantic's ValidationError before anything is sent. Fields that were not set are not sent.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AllowInfNan,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
    model_validator,
)

Text255 = Annotated[str, StringConstraints(max_length=255)]
Notes = Annotated[str, StringConstraints(max_length=10_000)]
Ref = Annotated[str, StringConstraints(min_length=1, max_length=255)]
"""Another object's (obfuscated) id."""
Amount = Annotated[Decimal, AllowInfNan(False)]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$", to_lower=True)]
"""MD5, hexadecimal."""


_SHOWN_AS: Final = {
    "supplier_id": "supplier",
    "editor_id": "editor",
    "payment_account_id": "payment_account",
    "net_value": "sum_net",
    "vat_value": "sum_tax",
}
"""Fields that are read under another name than they are written under."""


class Write(BaseModel):
    """Something to send. A field that must not be null is left out, not set to None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _no_null_where_none_is_allowed(self) -> Self:
        for name in self.model_fields_set:
            if getattr(self, name) is None and not self._may_be_null(name):
                raise ValueError(f"{name} must not be null")
        return self

    @classmethod
    def _may_be_null(cls, name: str) -> bool:
        return "not-null" not in cls.model_fields[name].metadata

    def shown_as(self) -> frozenset[str]:
        """Where an answer shows the fields that were set: a reference as an object, an amount under another name.

        Tags are shown nowhere.
        """
        return frozenset(_SHOWN_AS.get(name, name) for name in self.model_fields_set if name != "tags")

    def wire(self) -> dict[str, Any]:
        """The fields that were set, with amounts as `Decimal` and date-times in ISO 8601."""
        return {name: _plain(getattr(self, name)) for name in type(self).model_fields if name in self.model_fields_set}


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case BaseModel():
            return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
        case tuple():
            return [_plain(item) for item in value]
        case HttpUrl():
            return str(value)
    return value


class VatLine(BaseModel):
    """One line of a VAT breakdown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vat: Amount
    """Rate in percent."""
    value: Amount


NotNull = "not-null"


class _IncomingInvoiceFields(Write):
    """What may be written when an incoming invoice is uploaded, and later."""

    invoice_number: Text255 | None = None
    notes: Notes | None = None
    date_of_invoice: AwareDatetime | None = None
    due_date: AwareDatetime | None = None
    date_of_start: AwareDatetime | None = None
    date_of_end: AwareDatetime | None = None
    net_value: Amount | None = None
    vat_value: Amount | None = None
    supplier_id: Ref | None = None
    editor_id: Ref | None = None
    payment_account_id: Ref | None = None
    tags: tuple[str, ...] | None = None
    """Replaces whatever is there; the API does not show it."""
    vats: tuple[VatLine, ...] | None = None


class IncomingInvoiceUpdate(_IncomingInvoiceFields):
    """`PATCH /incoming-invoices/{id}`. Bookings and payments are not touched by it."""

    title: Annotated[Text255 | None, NotNull] = None
    type: Annotated[Literal["Invoice", "Credit"] | None, NotNull] = None
    status: Annotated[Literal["open", "ready_for_accounting"] | None, NotNull] = None
    """`booked` is named in the description but is not among the allowed values."""
    payment_status: Annotated[Literal["open", "paid", "partial"] | None, NotNull] = None


class BookingUpdate(Write):
    """`PATCH /incoming-invoices/{invoiceId}/bookings/{bookingId}`."""

    value: Annotated[Amount | None, NotNull] = None
    title: Text255 | None = None
    type: Annotated[Literal["account", "reference", "account_staff", "account_other"] | None, NotNull] = None
    chart_of_account_id: Ref | None = None
    position_id: Ref | None = None
    project_id: Ref | None = None
    client_id: Ref | None = None


class IncomingInvoiceUpload(_IncomingInvoiceFields):
    """`POST /incoming-invoices` but for the file. What is given here takes precedence over OCR.

    The reference says that bookings can be created inline but documents no field for them, so there is none.
    """

    external_id: Text255 | None = None
    """Identifier in an external system, unique within the integration."""
    external_origin: Annotated[Text255 | None, NotNull] = None
    """The integration's slug where it is not set."""
    title: Text255 | None = None
    type: Literal["Invoice", "Credit"] | None = None
    file_was_preprocessed: bool | None = None
    """True: the data was extracted already, no OCR."""


class OutgoingInvoiceUpload(Write):
    """`POST /outgoing-invoices/external` but for the file: an invoice that was not made in Kanbert.

    Kanbert checks that the number is new, not that it fits its own number cycles.
    """

    external_id: Text255 | None = None
    """Identifier in an external system, unique within the integration."""
    external_origin: Annotated[Text255 | None, NotNull] = None
    """The integration's slug where it is not set."""
    client_id: Ref
    title: str
    status: Literal["booked"]
    invoice_number: str
    """Required because the only status is `booked`."""
    date_of_invoice: AwareDatetime
    performance_range_start: AwareDatetime
    performance_range_end: AwareDatetime
    payment_due_date: AwareDatetime
    booked_at: Annotated[AwareDatetime | None, NotNull] = None
    currency: Literal["EUR"]
    sum_net: Amount
    sum_tax: Annotated[Amount | None, NotNull] = None
    """0 where it is not given; may stand for reverse charge."""
    taxation_enabled: Annotated[bool | None, NotNull] = None
    """True where it is not given; false for reverse charge."""
    is_credit: Annotated[bool | None, NotNull] = None
    address: Annotated[str | None, NotNull] = None
    reference: Annotated[str | None, NotNull] = None
    po_number: Annotated[str | None, NotNull] = None
    project_id: Annotated[Ref | None, NotNull] = None
    company_id: Annotated[Ref | None, NotNull] = None
    editor_id: Annotated[Ref | None, NotNull] = None
    file_url: Annotated[HttpUrl | None, NotNull] = None
    """Where Kanbert fetches the PDF, instead of a file. Either is required."""
    vats: Annotated[tuple[VatLine, ...] | None, NotNull] = None


class DuplicateQuestion(Write):
    """`POST /incoming-invoices/check-duplicate` by hash, mutually exclusive with a file."""

    hash: Hash


class WebhookCreate(Write):
    """`POST /webhooks`. `url` and `is_active` exist; `events` and `secret` are likely (docs/kanbert-api.md)."""

    url: HttpUrl
    is_active: Annotated[bool | None, Field(default=None), NotNull] = None
    events: Annotated[tuple[str, ...] | None, NotNull] = None
    secret: Annotated[str | None, NotNull] = None
