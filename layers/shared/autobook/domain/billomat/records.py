"""What Billomat answers: incomings, groups of them, their files, suppliers (docs/billomat-api.md).

Immutable and tolerant: every field but the id may be missing; what we do not know is left out.
"""

import base64
import binascii
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from autobook.domain.billomat.values import (
    DayValue,
    MomentValue,
    NumberValue,
    RecordId,
    TextValue,
    WholeValue,
)


class BillomatRecord(BaseModel):
    """Something that Billomat answers."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class IncomingStatus(StrEnum):
    """What a list can be asked for. A single incoming is OPEN or PAID: overdue is an open one whose due date passed."""

    OPEN = "OPEN"
    PAID = "PAID"
    OVERDUE = "OVERDUE"


class GroupKey(StrEnum):
    """What an aggregated list is grouped by."""

    SUPPLIER = "supplier"
    STATUS = "status"
    DAY = "day"
    WEEK = "week"
    """Starts on Monday."""
    MONTH = "month"
    YEAR = "year"


class Incoming(BillomatRecord):
    """An incoming invoice as Billomat keeps it."""

    id: RecordId
    supplier_id: WholeValue = None
    created: MomentValue = None
    number: TextValue = None
    client_number: TextValue = None
    """Our customer number at the supplier."""
    date: DayValue = None
    due_date: DayValue = None
    address: TextValue = None
    status: TextValue = None
    """OPEN or PAID."""
    note: TextValue = None
    label: TextValue = None
    category: TextValue = None
    currency_code: TextValue = None
    quote: NumberValue = None
    """For the conversion into the account's own currency."""
    total_net: NumberValue = None
    total_gross: NumberValue = None
    paid_amount: NumberValue = None
    open_amount: NumberValue = None
    expense_account_number: WholeValue = None


class IncomingGroup(BillomatRecord):
    """The sums of the incomings that have the group keys in common; the keys are in `incoming_params`."""

    total_gross: NumberValue = None
    total_net: NumberValue = None
    supplier_id: WholeValue = None
    status: TextValue = None
    day: TextValue = None
    week: TextValue = None
    month: TextValue = None
    year: TextValue = None
    incoming_params: Annotated[dict[str, Any], BeforeValidator(lambda value: value or {})] = {}
    """The filter that lists the group's own incomings, by parameter."""


class IncomingGroups(BillomatRecord):
    """An aggregated list; the sums are in one currency."""

    currency_code: TextValue = None
    groups: tuple[IncomingGroup, ...] = ()


def _decoded(value: Any) -> bytes:
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (AttributeError, binascii.Error, ValueError):
        raise ValueError("expected a file in base64") from None


class IncomingPdf(BillomatRecord):
    """The file of an incoming, in its XML form."""

    id: WholeValue = None
    created: MomentValue = None
    incoming_id: WholeValue = None
    base64file: Annotated[bytes, BeforeValidator(_decoded)]
    """The file itself, decoded."""


class BillomatSupplier(BillomatRecord):
    """A supplier, as far as an export needs it."""

    id: RecordId
    created: MomentValue = None
    name: TextValue = None
    client_number: TextValue = None
    """Our customer number at the supplier."""
    currency_code: TextValue = None
    country_code: TextValue = None
    vat_number: TextValue = None
    bank_iban: TextValue = None
    note: TextValue = None


class IncomingTag(BillomatRecord):
    """A tag on an incoming."""

    id: RecordId
    incoming_id: WholeValue = None
    name: TextValue = None
