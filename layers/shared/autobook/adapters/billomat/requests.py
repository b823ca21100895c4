"""What may be asked of Billomat and written to it, and nothing else (docs/billomat-api.md).

Strict: an unknown field, a wrong type, a missing mandatory field are refused with pydantic's ValidationError before
anything is sent. Fields that were not set are not sent; an optional one that is set to None is sent empty.
"""

import base64
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from autobook.domain.billomat import IncomingStatus
from autobook.domain.errors import Refused

MAX_FILE: Final = 15 * 1024 * 1024
"""Bytes. Billomat's own limit is not documented; Kanbert takes no larger file."""
_LONGEST_TEXT: Final = 10_000
_BEGINNINGS: Final = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")

BillomatText = Annotated[str, StringConstraints(max_length=_LONGEST_TEXT)]
BillomatId = Annotated[int, Field(gt=0, strict=True)]
BillomatAmount = Annotated[Decimal, Field(max_digits=20, decimal_places=6, allow_inf_nan=False)]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217."""
AccountNumber = Annotated[int, Field(ge=0, lt=10**12, strict=True)]


def _pdf_or_image(content: bytes) -> bytes:
    if not content.startswith(_BEGINNINGS):
        raise ValueError("neither a PDF nor an image")
    return content


FileContent = Annotated[bytes, Field(max_length=MAX_FILE), AfterValidator(_pdf_or_image)]


class BillomatWrite(BaseModel):
    """Something to send."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def wire(self) -> dict[str, str]:
        """The fields that were set, as texts of XML elements; None is the empty text."""
        return {name: _text(getattr(self, name)) for name in type(self).model_fields if name in self.model_fields_set}


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case Decimal():
            return format(value, "f")
        case datetime.date():
            return value.isoformat()
    return str(value)


class _IncomingOptions(BillomatWrite):
    address: BillomatText | None = None
    """The supplier's, where it is not given."""
    due_date: datetime.date | None = None
    note: BillomatText | None = None
    total_net: BillomatAmount | None = None
    total_gross: BillomatAmount | None = None
    currency_code: CurrencyCode | None = None
    """The supplier's, where it is not given."""
    quote: Annotated[BillomatAmount, Field(gt=0)] | None = None
    """For the conversion into the account's own currency; 1 where it is not given."""
    base64file: FileContent | None = None
    """The file, a PDF or an image, as it is: it is sent in base64."""
    expense_account_number: AccountNumber | None = None
    label: BillomatText | None = None
    client_number: BillomatText | None = None
    """Our customer number at the supplier."""
    category: BillomatText | None = None


class IncomingCreate(_IncomingOptions):
    """`POST /api/incomings`."""

    supplier_id: BillomatId
    number: Annotated[BillomatText, Field(min_length=1)]
    date: datetime.date


class IncomingUpdate(_IncomingOptions):
    """`PUT /api/incomings/{id}`. Comments and payments are not touched by it."""

    supplier_id: BillomatId | None = None
    number: Annotated[BillomatText, Field(min_length=1)] | None = None
    date: datetime.date | None = None

    @model_validator(mode="after")
    def _mandatory_fields_keep_a_value(self) -> Self:
        for name in self.model_fields_set.intersection({"supplier_id", "number", "date"}):
            if getattr(self, name) is None:
                raise ValueError(f"{name} must not be empty")
        return self


class IncomingTagCreate(BillomatWrite):
    """`POST /api/incoming-tags`, by analogy with the tags of clients."""

    incoming_id: BillomatId
    name: Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^,]+$")]
    """Lists are asked for tags separated by commas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingFilter:
    """What a list of incomings, or an aggregated one, is narrowed to. Unset parts are not sent."""

    supplier_id: int | None = None
    incoming_number: str | None = None
    """As the table of the reference names it. Whether a part of a number is enough: not documented for this name."""
    number: str | None = None
    """As the reference's example names it: a part of the number, in upper or lower case."""
    status: tuple[IncomingStatus, ...] = ()
    """Any of these."""
    from_date: datetime.date | None = None
    """Dated on this day or later."""
    to_date: datetime.date | None = None
    """Dated on this day or earlier."""
    note: str | None = None
    """Free text."""
    tags: tuple[str, ...] = ()

    def params(self) -> tuple[tuple[str, str], ...]:
        """The query. Refused for a tag with a comma, which the list of tags cannot hold."""
        return query_of(
            {
                "supplier_id": self.supplier_id,
                "incoming_number": self.incoming_number,
                "number": self.number,
                "status": self.status,
                "from": self.from_date,
                "to": self.to_date,
                "note": self.note,
                "tags": self.tags,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierFilter:
    """What a list of suppliers is narrowed to; texts match a part, in upper or lower case."""

    name: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    country_code: str | None = None
    creditor_identifier: str | None = None
    note: str | None = None
    client_number: str | None = None
    incoming_id: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()

    def params(self) -> tuple[tuple[str, str], ...]:
        """The query."""
        return query_of({name: getattr(self, name) for name in type(self).__dataclass_fields__})


def query_of(parts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The query of the parts that are set: dates as `2026-01-31`, several values with commas."""
    return tuple((name, _parameter(name, value)) for name, value in parts.items() if value is not None and value != ())


def _parameter(name: str, value: Any) -> str:
    if not isinstance(value, tuple):
        return _text(value)
    texts = [str(each) for each in value]
    if any("," in text or not text for text in texts):
        raise Refused(f"Billomat takes {name} separated by commas: none may be empty or hold one")
    return ",".join(texts)
