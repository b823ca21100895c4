"""What we read and write, against the reference."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from autobook.adapters.kanbert.requests import (
    BookingUpdate,
    DuplicateQuestion,
    IncomingInvoiceUpdate,
    IncomingInvoiceUpload,
    OutgoingInvoiceUpload,
    Write,
)
from autobook.domain.kanbert import Booking, DuplicateCheck, IncomingInvoice, LineItem, MasterPlan, OutgoingInvoice
from tests.contract.reference import Described, fits, operations, response, walk

READS: dict[tuple[str, str], type[BaseModel]] = {
    ("GET", "/incoming-invoices"): IncomingInvoice,
    ("POST", "/incoming-invoices"): IncomingInvoice,
    ("GET", "/incoming-invoices/{id}"): IncomingInvoice,
    ("PATCH", "/incoming-invoices/{id}"): IncomingInvoice,
    ("POST", "/incoming-invoices/check-duplicate"): DuplicateCheck,
    ("PATCH", "/incoming-invoices/{invoiceId}/bookings/{bookingId}"): Booking,
    ("GET", "/outgoing-invoices"): OutgoingInvoice,
    ("GET", "/outgoing-invoices/master"): MasterPlan,
    ("GET", "/outgoing-invoices/master/{id}"): MasterPlan,
    ("GET", "/outgoing-invoices/{id}"): OutgoingInvoice,
    ("GET", "/outgoing-invoices/{id}/line-items"): LineItem,
    ("POST", "/outgoing-invoices/external"): OutgoingInvoice,
}
WRITES: dict[tuple[str, str], type[Write]] = {
    ("POST", "/incoming-invoices"): IncomingInvoiceUpload,
    ("PATCH", "/incoming-invoices/{id}"): IncomingInvoiceUpdate,
    ("POST", "/incoming-invoices/check-duplicate"): DuplicateQuestion,
    ("PATCH", "/incoming-invoices/{invoiceId}/bookings/{bookingId}"): BookingUpdate,
    ("POST", "/outgoing-invoices/external"): OutgoingInvoiceUpload,
}
_MOMENT = "2026-01-31T12:00:00Z"
REQUIRED: dict[str, Any] = {
    "client_id": "x", "title": "x", "status": "booked", "invoice_number": "1", "date_of_invoice": _MOMENT,
    "performance_range_start": _MOMENT, "performance_range_end": _MOMENT, "payment_due_date": _MOMENT,
    "currency": "EUR", "sum_net": "1",
}  # fmt: skip
SAMPLES: dict[str, Any] = {
    "string": "x",
    "number": "1.5",
    "boolean": True,
    "date-time": "2026-01-31T12:00:00Z",
    "array": (),
}


def _cases(models: dict[tuple[str, str], Any], part: str) -> list[Any]:
    return [
        pytest.param(model, name, Described.of(text), id=f"{key[0]} {key[1]} {name}")
        for key, model in models.items()
        for name, text in operations()[key][part].items()
        if name.split(".")[0] not in ("data", "links", "meta")
    ]


def test_every_operation_with_an_answer_is_modelled() -> None:
    """An operation of the reference that answers with JSON has a model, and one that takes a body another."""
    assert set(READS) == {key for key, each in operations().items() if each["response"]}
    assert set(WRITES) == {key for key, each in operations().items() if each["body"]}


@pytest.mark.parametrize(("model", "name", "described"), _cases(READS, "response"))
def test_read_field(model: type[BaseModel], name: str, described: Described) -> None:
    """Every field of every answer has its type, its nullability and its enum in our model."""
    found = walk(model, name)
    assert fits(described, found)
    assert found.optional or not described.nullable or found.many
    assert not described.enum or found.values == described.enum


@pytest.mark.parametrize(("model", "name", "described"), _cases(WRITES, "body"))
def test_write_field(model: type[Write], name: str, described: Described) -> None:
    """Every field that may be sent is taken within its limits, and refused beyond them."""
    if name == "file":  # goes beside the fields, see UploadFile
        return
    assert name in model.model_fields
    # The reference asks for a number "if status is booked", and for a hash or a file.
    conditional = name == "hash" or (name == "invoice_number" and model is OutgoingInvoiceUpload)
    assert model.model_fields[name].is_required() is (described.required or conditional)
    sample: Any = described.enum[0] if described.enum else SAMPLES[described.type]
    if name == "hash":
        sample = "a" * 32
    if name == "file_url":
        sample = "https://files.example/invoice.pdf"
    assert _takes(model, name, sample)
    assert _takes(model, name, None) is described.nullable
    if described.enum:
        assert not _takes(model, name, "something else")
    if described.limit:
        assert _takes(model, name, "a" * described.limit)
        assert not _takes(model, name, "a" * (described.limit + 1))
    if described.type == "number":
        assert not _takes(model, name, "NaN")


def _takes(model: type[Write], name: str, value: Any) -> bool:
    """Whether this field, all others being in order, is taken."""
    others = REQUIRED if model is OutgoingInvoiceUpload else {}
    try:
        model.model_validate({**others, name: value})
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("model", WRITES.values())
def test_nothing_else_is_written(model: type[Write]) -> None:
    """A field that the reference does not list is refused."""
    key = next(key for key, each in WRITES.items() if each is model)
    assert set(model.model_fields) == set(operations()[key]["body"]) - {"file"}
    with pytest.raises(ValidationError, match="Extra inputs"):
        model.model_validate({"colour": "red"})


def test_documented_paths_cover_nested_objects() -> None:
    """The table reaches into nested objects, so that a forgotten one fails by name."""
    assert "line_items[].project.client.shortcode" in response("GET", "/outgoing-invoices/{id}")
