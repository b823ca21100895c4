"""What the simulator refuses, in the documented shapes."""

from typing import Any

import httpx
import pytest

from autobook_sim.kanbert.operations import MAX_FILE, OPERATIONS, Operation
from tests.autobook_sim.kanbert.conftest import TOKEN

PDF = b"%PDF-1.4\n%%EOF\n"
DAY = "2026-01-31T12:00:00Z"
EXTERNAL = {
    "title": "x", "status": "booked", "invoice_number": "E-1", "currency": "EUR", "sum_net": "1",
    "date_of_invoice": DAY, "performance_range_start": DAY, "performance_range_end": DAY, "payment_due_date": DAY,
}  # fmt: skip


def form(**fields: str) -> Any:
    """A multipart form."""
    return {name: (None, value) for name, value in fields.items()}


@pytest.fixture
def invoice(api: httpx.Client) -> Any:
    """A document with one line."""
    files: Any = {"title": (None, "x"), "bookings[0][value]": (None, "1")}
    return api.post("incoming-invoices", files=files).json()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_scopes(operation: Operation, api: httpx.Client, sim: httpx.Client) -> None:
    """401 without a token or with a wrong one, 403 where any one scope of the operation is missing."""
    path = operation.path.format(id="x", invoiceId="x", bookingId="x")
    for header in ("", "Bearer wrong", f"Basic {TOKEN}"):
        answer = api.request(operation.method, path, headers={"Authorization": header})
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthenticated."})
    everything = {scope for each in OPERATIONS for scope in each.scopes}
    for scope in operation.scopes:
        sim.put("/tokens", json={TOKEN: sorted(everything - {scope})})
        answer = api.request(operation.method, path)
        assert (answer.status_code, list(answer.json())) == (403, ["message"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "x" * 256}, "title"),
        ({"title": None}, "title"),
        ({"title": 7}, "title"),
        ({"type": "Bill"}, "type"),
        ({"status": "booked"}, "status"),
        ({"payment_status": "cancelled"}, "payment_status"),
        ({"notes": "x" * 10_001}, "notes"),
        ({"due_date": "31.01.2026"}, "due_date"),
        ({"due_date": "2026-13-01T00:00:00Z"}, "due_date"),
        ({"net_value": "a lot"}, "net_value"),
        ({"net_value": True}, "net_value"),
        ({"supplier_id": "nobody"}, "supplier_id"),
        ({"tags": "one"}, "tags"),
        ({"vats": [{"vat": 20}]}, "vats.0.value"),
    ],
)
def test_invalid_field(api: httpx.Client, invoice: Any, body: Any, field: str) -> None:
    """422 with the message and the field, and nothing is written."""
    answer = api.patch(f"incoming-invoices/{invoice['id']}", json=body)
    assert answer.status_code == 422
    assert set(answer.json()) == {"message", "errors"}
    assert list(answer.json()["errors"]) == [field]
    assert api.get(f"incoming-invoices/{invoice['id']}").json() == invoice


@pytest.mark.parametrize(
    "body",
    [{"value": None}, {"type": "other"}, {"chart_of_account_id": "x"}, {"project_id": "x"}, {"title": "x" * 256}],
)
def test_invalid_booking(api: httpx.Client, invoice: Any, body: Any) -> None:
    """422 for a booking that Kanbert would not take."""
    line = invoice["bookings"][0]["id"]
    assert api.patch(f"incoming-invoices/{invoice['id']}/bookings/{line}", json=body).status_code == 422


def test_position_belongs_to_its_account(api: httpx.Client, invoice: Any) -> None:
    """A position of another account is refused; a new account takes the old one's position away."""
    accounts = api.get("chart-of-accounts", params={"include": "positions"}).json()["data"]
    path = f"incoming-invoices/{invoice['id']}/bookings/{invoice['bookings'][0]['id']}"
    mine, other = accounts[0], accounts[1]
    booked = {"chart_of_account_id": mine["id"], "position_id": mine["positions"][0]["id"]}
    assert api.patch(path, json=booked).json()["position_id"] == booked["position_id"]
    assert api.patch(path, json={"position_id": other["positions"][0]["id"]}).status_code == 422
    assert api.patch(path, json={"chart_of_account_id": other["id"]}).json()["position_id"] is None


def test_files(api: httpx.Client) -> None:
    """Only PDF and images, up to 15 MB."""
    for content in (b"hello", b""):
        answer = api.post("incoming-invoices", files={"file": ("a.pdf", content)})
        assert list(answer.json()["errors"]) == ["file"]
    large = PDF + bytes(MAX_FILE)
    assert api.post("incoming-invoices", files={"file": ("a.pdf", large)}).status_code == 422
    larger: Any = {"file": ("a.pdf", large + bytes(6 * 1024 * 1024))}
    assert api.post("incoming-invoices", files=larger).status_code == 413


def test_duplicate_question(api: httpx.Client) -> None:
    """Either a hash or a file, and the hash has 32 characters."""
    both: Any = {"hash": (None, "a" * 32), "file": ("a.pdf", PDF)}
    for files in (both, form(title="x"), form(hash="a" * 31)):
        assert api.post("incoming-invoices/check-duplicate", files=files).status_code == 422
    answer = api.post("incoming-invoices/check-duplicate", files=form(hash="A" * 32))
    assert answer.json() == {"hash": "a" * 32, "exists": False, "duplicates": []}


def test_external_invoice(api: httpx.Client) -> None:
    """Its number is unique, and either a file or its address is required."""
    client = api.get("clients").json()["data"][0]["id"]
    fields = {**EXTERNAL, "client_id": client}
    assert list(api.post("outgoing-invoices/external", files=form(**fields)).json()["errors"]) == ["file"]
    fields["file_url"] = "https://files.example/x.pdf"
    assert api.post("outgoing-invoices/external", files=form(**fields)).status_code == 201
    again = api.post("outgoing-invoices/external", files=form(**fields))
    assert again.json()["errors"] == {"invoice_number": ["The invoice number has already been taken."]}
    missing = api.post("outgoing-invoices/external", files=form(title="x")).json()["errors"]
    assert set(missing) == {"client_id", *EXTERNAL} - {"title", "invoice_number"}


@pytest.mark.parametrize(
    "params",
    [
        {"filter": "updated_at > '2026-01-01'"},
        {"filter": "supplier.name = 'x'"},
        {"filter": "title > 'x'"},
        {"filter": "status = 'lost'"},
        {"filter": "title = "},
        {"filter": '[{"field": "nope", "op": "eq", "value": 1}]'},
        {"sort": "updated_at"},
        {"include": "bookings"},
        {"computed_fields[n]": "line_items.count()"},
        {"page[cursor]": "bm9wZQ"},
    ],
)
def test_list_parameter_that_is_not_allowed(api: httpx.Client, params: dict[str, str]) -> None:
    """400 with a message for a filter, sort, include, computed field or cursor that is not listed."""
    answer = api.get("incoming-invoices", params=params)
    assert (answer.status_code, list(answer.json())) == (400, ["message"])


@pytest.mark.parametrize("size", ["0", "-1", "many", "1.5"])
def test_page_size(api: httpx.Client, size: str) -> None:
    """422 for a page size that is no positive number."""
    assert api.get("incoming-invoices", params={"page[size]": size}).status_code == 422


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"net_value": NaN}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"title=x", "application/x-www-form-urlencoded", 415),
    ],
)
def test_body_that_is_none(api: httpx.Client, invoice: Any, content: bytes, media_type: str, status: int) -> None:
    """A body that is no JSON object is refused without a 500."""
    headers = {"Content-Type": media_type}
    assert api.patch(f"incoming-invoices/{invoice['id']}", content=content, headers=headers).status_code == status


def test_what_is_not_there(api: httpx.Client, invoice: Any) -> None:
    """404 for documents, lines and paths, 405 for methods, each with a message."""
    paths = ["incoming-invoices/x", f"incoming-invoices/{invoice['id']}/pdf", "outgoing-invoices/x/pdf", "nothing"]
    for path in paths:
        answer = api.get(path)
        assert (answer.status_code, list(answer.json())) == (404, ["message"])
    line = f"incoming-invoices/{invoice['id']}/bookings/x"
    assert api.delete(line).status_code == 404
    assert api.post(line).status_code == 405
    assert api.get("outgoing-invoices/x", params={"find_by": "number"}).status_code == 422
