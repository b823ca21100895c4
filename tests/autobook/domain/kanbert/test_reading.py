"""Reading a document field by field: every field empty, every field of an odd type (docs/kanbert-api.md)."""

import copy
from collections.abc import Iterator
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from autobook.domain.fingerprints import fingerprint
from autobook.domain.kanbert import Booking, IncomingInvoice, KanbertModel
from autobook.domain.kanbert.incoming import Supplier, Vat
from tests.fake_kanbert import booking, incoming

FULL: dict[str, Any] = incoming(
    editor={"id": "u1", "first_name": "Ada", "space": {"id": "s1", "name": "Agency"}},
    payment_account={"id": "p1", "title": "Bank"},
    due_date="2026-03-27T00:00:00.000000Z",
    bookings=[
        booking(
            chart_of_account_id="a1",
            chart_of_account={"id": "a1", "code": "7380", "budgets": {"2026": 1000}, "priority": "low"},
            outgoing_invoice={"id": "o1", "title": "Relaunch", "is_credit": False},
        )
    ],
    payments=[{"id": "pay1"}],
)
NEEDED: dict[type[KanbertModel], tuple[Any, ...]] = {
    IncomingInvoice: (),
    Booking: ("bookings", 0),
    Supplier: ("supplier",),
    Vat: ("vats", 0),
}
"""Where the objects stand whose fields a rule or a booking needs."""
ODD: list[Any] = [True, [1, 2], {"a": 1}, "\ufffd", 10**40, "1e300000000"]


def places(value: Any = None, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in the full document but its id."""
    value = FULL if not path else value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        if (*path, key) != ("id",):
            yield (*path, key)
            yield from places(each, (*path, key))


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The full document with another value there."""
    document = copy.deepcopy(FULL)
    part: Any = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return document


def fields_at_fault(document: dict[str, Any]) -> set[Any]:
    """The invoice's fields that make it unreadable."""
    try:
        IncomingInvoice.model_validate(document)
    except ValidationError as error:
        return {fault["loc"][0] for fault in error.errors()}
    return set()


def is_needed(path: tuple[Any, ...]) -> bool:
    """True if the document must not be taken for read without the value there."""
    return any(path[:-1] == place and path[-1] in model.needed for model, place in NEEDED.items())


@pytest.mark.parametrize("path", list(places()), ids=str)
def test_empty(path: tuple[Any, ...]) -> None:
    """Null anywhere but in an id, and a date of zeros, is an empty field, and the document is read."""
    if path[-1] == "id" and (is_needed(path) and path[0] != "supplier"):
        with pytest.raises(ValidationError):
            IncomingInvoice.model_validate(changed(path, None))
        return
    if isinstance(path[-1], int):
        return  # a list without its element is another case
    IncomingInvoice.model_validate(changed(path, None))
    if "date" in str(path[-1]) or str(path[-1]).endswith("_at"):
        read = IncomingInvoice.model_validate(changed(path, "0000-00-00 00:00:00"))
        assert len(path) > 1 or getattr(read, path[-1]) is None


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("field", ["date_of_invoice", "due_date", "date_of_start", "date_of_end"])
def test_edges_of_time(field: str, moment: str) -> None:
    """A date that is none in another time zone is moved to one that is: its document has a fingerprint."""
    read = IncomingInvoice.model_validate(changed((field,), moment))
    assert len(fingerprint(read)) == 64
    for hours in (-12, 14):
        getattr(read, field).astimezone(timezone(timedelta(hours=hours)))


@pytest.mark.parametrize("odd", ODD, ids=str)
@pytest.mark.parametrize("path", list(places()), ids=str)
def test_odd(path: tuple[Any, ...], odd: Any) -> None:
    """A value of another type makes the document unreadable where it is needed, naming the field, and nowhere else."""
    document = changed(path, odd)
    if any(is_needed(path[:length]) for length in range(1, len(path) + 1)):
        assert fields_at_fault(document) <= {path[0]}
    else:
        context: dict[str, list[str]] = {}
        read = IncomingInvoice.model_validate(document, context=context)
        assert read.id == "inv1"
        assert read.sum_net == FULL["sum_net"]
    assert document == changed(path, odd), "what came is not changed"


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("sum_net", "119.00", "119.00"),
        ("sum_net", "", "None"),
        ("title", 7, "7"),
        ("invoice_number", 20260017, "20260017"),
        ("vats", None, "()"),
        ("bookings", None, "None"),
        ("supplier", None, "None"),
        ("date_of_invoice", "2026-02-27", "2026-02-27 00:00:00+00:00"),
        ("date_of_invoice", "", "None"),
    ],
)
def test_other_ways_to_say_it(field: str, value: object, read: str) -> None:
    """A number for a text, a text for an amount, a date without a time: taken for what they mean."""
    assert str(getattr(IncomingInvoice.model_validate(changed((field,), value)), field)) == read


@pytest.mark.parametrize(
    ("path", "written", "read"),
    [
        (path, *each)
        for path in (("sum_net",), ("sum_tax",), ("sum_gross",), ("bookings", 0, "value"), ("vats", 0, "value"))
        for each in [
            ("120.11999999999999", "120.12"), ("119.99999999999999", "120.00"), ("0.30000000000000004", "0.30"),
            ("-35.699999999999996", "-35.70"), ("1.005", "1.01"), ("1e-7", "0.00"), ("120.5", "120.5"), ("120", "120"),
            ("120.10", "120.10"), ("12345678901234567890123456789.999", "12345678901234567890123456790.00"),
        ]
    ]
    + [(("vats", 0, "vat"), "20.000000000000004", "20.000000"), (("vats", 0, "vat"), "7.125", "7.125")],
)  # fmt: skip
def test_floats(path: tuple[Any, ...], written: str, read: str) -> None:
    """Kanbert's floats are amounts to the cent, and rates to a millionth; what came stays in the source."""
    for value in (Decimal(written), written) if "e" not in written else (Decimal(written),):
        invoice = IncomingInvoice.model_validate(changed(path, value))
        found: Any = invoice
        for step in path:
            found = found[step] if isinstance(step, int) else getattr(found, step)
        assert str(found) == read
        assert invoice.source == changed(path, value)


@pytest.mark.parametrize("field", ["vats", "bookings", "payments"])
def test_list_with_gaps(field: str) -> None:
    """PHP writes a list with gaps as an object."""
    gaps = {str(2 * number): each for number, each in enumerate(FULL[field])}
    read = IncomingInvoice.model_validate(changed((field,), gaps))
    assert getattr(read, field) == getattr(IncomingInvoice.model_validate(FULL), field)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("sum_net",), "ten"), (("sum_gross",), True), (("vats", 0, "vat"), []), (("bookings",), 7),
        (("bookings", 0, "value"), "1.000,00"), (("bookings", 0, "id"), None), (("bookings", 0, "project_id"), {}),
        (("date_of_invoice",), "31.02.2026"), (("date_of_invoice",), 20260131), (("supplier",), "Hetzner"),
        (("supplier", "name"), []), (("status",), {}), (("title",), []),
    ],
)  # fmt: skip
def test_unreadable(path: tuple[Any, ...], value: object) -> None:
    """What a rule would go wrong without makes the document unreadable, and the reason names the field."""
    with pytest.raises(ValidationError) as raised:
        IncomingInvoice.model_validate(changed(path, value))
    assert path in [fault["loc"] for fault in raised.value.errors()]


@pytest.mark.parametrize("written", ["Reference", "REFERENCE ", "\treference"])
def test_listed_values_in_other_words(written: str) -> None:
    """A value that the reference lists is that value however it is written; one that it does not list stays."""
    line = Booking.model_validate(booking(type=written))
    assert (line.type, line.is_reference) == ("reference", True)
    assert line.source["type"] == written
    document = incoming(status="Ready for accounting", type="CREDIT", payment_status=" Paid ")
    invoice = IncomingInvoice.model_validate(document)
    assert (invoice.status, invoice.type, invoice.payment_status) == ("ready_for_accounting", "Credit", "paid")
    assert IncomingInvoice.model_validate(incoming(status="In Review")).status == "In Review"
    assert IncomingInvoice.model_validate(incoming(status="")).status == ""
