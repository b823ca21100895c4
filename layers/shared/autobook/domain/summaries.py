"""A document as its events show it: in a few words, and, to say later what has changed, field by field."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast

from autobook.domain.action_fields import BY_NAME
from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.codes import ObjectName
from autobook.domain.documents import DocumentContent
from autobook.domain.event_fields import (
    Data,
    InvoiceSummary,
    OutgoingInvoiceSummary,
    OutgoingSummaryStatus,
    SummaryPayment,
    SummaryStatus,
    SummaryType,
    Value,
)
from autobook.domain.event_values import cut, object_value
from autobook.domain.kanbert import Booking, IncomingInvoice, OutgoingInvoice
from autobook.domain.object_names import ObjectNames
from autobook.domain.snapshots import DocumentSnapshot, ShownFields, ShownValue

_TYPES: Final = {"Invoice": "invoice", "Credit": "credit_note"}
_STATUSES: Final = {each: each for each in ("open", "ready_for_accounting", "booked")}
_PAYMENT: Final = {"open": "open", "partial": "partly_paid", "paid": "paid"}
_OUTGOING: Final = {each: each for each in ("estimate", "open", "bookable", "booked")}
_OUTGOING_PAYMENT: Final = {each: each for each in ("open", "partly_paid", "paid", "cancelled")}
"""Kanbert's names (docs/kanbert-api.md) and ours."""


def summary(invoice: IncomingInvoice) -> InvoiceSummary:
    """Enough of an incoming invoice to recognise it."""
    return InvoiceSummary(
        type=cast("SummaryType | None", _ours(_TYPES, invoice.type)),
        title=_text(invoice.title),
        status=cast("SummaryStatus | None", _ours(_STATUSES, invoice.status)),
        payment_status=cast("SummaryPayment | None", _ours(_PAYMENT, invoice.payment_status)),
        invoice_number=_text(invoice.invoice_number),
        supplier=_related(invoice.supplier),
        date_of_invoice=invoice.date_of_invoice,
        sum_net=_amount(invoice.sum_net),
        sum_tax=_amount(invoice.sum_tax),
        sum_gross=_amount(invoice.sum_gross),
    )


def outgoing_summary(invoice: OutgoingInvoice) -> OutgoingInvoiceSummary:
    """Enough of an outgoing invoice to recognise it."""
    return OutgoingInvoiceSummary(
        type="credit_note" if invoice.is_credit else "invoice",
        title=_text(invoice.title),
        status=cast("OutgoingSummaryStatus | None", _ours(_OUTGOING, invoice.status)),
        payment_status=cast("SummaryPayment | None", _ours(_OUTGOING_PAYMENT, invoice.payment_status)),
        invoice_number=_text(invoice.invoice_number),
        client=_related(invoice.client),
        date_of_invoice=invoice.date_of_invoice,
        currency=_text(invoice.currency),
        sum_net=_amount(invoice.sum_net),
        sum_tax=_amount(invoice.sum_tax),
        sum_gross=_amount(invoice.sum_gross),
    )


def snapshot_of(content: DocumentContent, state: str, names: ObjectNames) -> DocumentSnapshot:
    """What is kept of a document's state; `names` of what is in it."""
    if not isinstance(content, IncomingInvoice):
        return DocumentSnapshot(state, _dumped(outgoing_summary(cast("OutgoingInvoice", content))))
    lines = {line.id: _fields_of(line, _LINE, names) for line in reversed(content.bookings or ())}
    return DocumentSnapshot(state, _dumped(summary(content)), _fields_of(content, _INVOICE, names), lines)


def _dumped(data: Data) -> Mapping[str, Any]:
    return data.model_dump(mode="json", exclude_defaults=True)


type _Reader = Callable[[Any, ObjectNames], Value | None]


def _of_text(attribute: str, names: Mapping[str, str] | None = None) -> _Reader:
    def read(holder: Any, _: ObjectNames) -> Value | None:
        value = getattr(holder, attribute)
        text = (names or {}).get(value, value) if isinstance(value, str) else value
        return Value(text=text) if text else None

    return read


def _of_amount(attribute: str) -> _Reader:
    def read(holder: Any, _: ObjectNames) -> Value | None:
        amount = _amount(getattr(holder, attribute))
        return None if amount is None else Value(text=amount)

    return read


def _of_day(attribute: str) -> _Reader:
    def read(holder: Any, _: ObjectNames) -> Value | None:
        day: datetime | None = getattr(holder, attribute)
        return None if day is None else Value(text=day.isoformat().replace("+00:00", "Z"))

    return read


def _of_object(attribute: str) -> _Reader:
    return lambda holder, _: _related(getattr(holder, attribute))


def _of_field(name: str) -> _Reader:
    """An object that rules can set."""

    def read(holder: Any, names: ObjectNames) -> Value | None:
        identifier = BY_NAME[name].read(holder)
        return None if identifier is None else object_value(identifier, names.of(name, identifier))

    return read


_LONGEST_SHOWN, _MOST_VATS = 500, 50
"""Characters of a text, and VAT rates, that are kept of a state."""


def _of_vats(holder: Any, _: ObjectNames) -> Value | None:
    rates = sorted(f"{_amount(each.vat) or ''} %: {_amount(each.value) or ''}" for each in holder.vats)
    return Value(texts=rates) if rates else None


_INVOICE: Final[Mapping[str, _Reader]] = {
    "type": _of_text("type", _TYPES),
    "status": _of_text("status"),
    "payment_status": _of_text("payment_status", _PAYMENT),
    "invoice_title": _of_text("title"),
    "invoice_number": _of_text("invoice_number"),
    "note": _of_text("notes"),
    "supplier": _of_object("supplier"),
    "editor": _of_field("editor"),
    "payment_account": _of_field("payment_account"),
    "sum_net": _of_amount("sum_net"),
    "sum_tax": _of_amount("sum_tax"),
    "sum_gross": _of_amount("sum_gross"),
    "vats": _of_vats,
    "date_of_invoice": _of_day("date_of_invoice"),
    "due_date": _of_day("due_date"),
    "date_of_start": _of_day("date_of_start"),
    "date_of_end": _of_day("date_of_end"),
    "external_id": _of_text("external_id"),
    "external_origin": _of_text("external_origin"),
}
_LINE: Final[Mapping[str, _Reader]] = {
    "booking_type": _of_text("type"),
    "booking_title": _of_text("title"),
    "value": _of_amount("value"),
    "account": _of_field("account"),
    "position": _of_field("position"),
    "project": _of_field("project"),
    "client": _of_field("client"),
    "outgoing_invoice": _of_object("outgoing_invoice"),
}
"""Every field that counts (fingerprints.py), by the name that events have for it."""


def _fields_of(holder: IncomingInvoice | Booking, readers: Mapping[str, _Reader], names: ObjectNames) -> ShownFields:
    read = {field: reader(holder, names) for field, reader in readers.items()}
    return {field: _kept(value) for field, value in read.items() if value is not None}


def _kept(value: Value) -> ShownValue:
    """What is too long is cut; by its digest it is told from another."""
    whole = value.model_dump(exclude_none=True)
    if len(value.text or "") <= _LONGEST_SHOWN and len(value.texts or ()) <= _MOST_VATS:
        return whole
    digest = sha256(canonical_json(whole))[:16]
    if value.texts is not None:
        return {"texts": [*value.texts[:_MOST_VATS], "…"], "sha256": digest}
    return {"text": cut(value.text or "", _LONGEST_SHOWN), "sha256": digest}


def _ours(names: Mapping[str, str], value: str | None) -> str | None:
    return names.get(value, "other") if value else None


def _text(text: str | None) -> str | None:
    return cut(text) if text else None


def _related(related: Any) -> Value | None:
    """A supplier, client or invoice, by whatever it is called."""
    if related is None or related.id is None:
        return None
    title = getattr(related, "name", None) or getattr(related, "title", None)
    return object_value(related.id, ObjectName(_text(getattr(related, "shortcode", None)), _text(title)))


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
