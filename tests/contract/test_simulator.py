"""What the simulator takes and answers, against the reference."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from autobook.domain.conditions import SPELLINGS
from autobook_sim.kanbert.filters import field_table, relation_table
from autobook_sim.kanbert.operations import OPERATIONS, Field, Operation
from autobook_sim.kanbert.server import Running, running
from autobook_sim.kanbert.service import Kanbert
from tests.contract.reference import Described, operations, response

DOCUMENTED = {key: each for each in OPERATIONS if (key := (each.method, each.path)) in operations()}
LISTED = [pytest.param(key, operations()[key], each, id=each.id) for key, each in DOCUMENTED.items()]
FILTERED = [pytest.param(key, operations()[key], each, id=each.id) for key, each in DOCUMENTED.items() if each.filters]
TYPES = {
    "string": {"string", "uri", "md5", "file"},
    "number": {"number"},
    "boolean": {"boolean"},
    "date-time": {"date-time"},
    "array": {"strings", "vats"},
}


def test_every_operation_is_simulated() -> None:
    """All fourteen."""
    assert set(DOCUMENTED) == set(operations())


@pytest.mark.parametrize(("key", "reference", "operation"), LISTED)
def test_scopes_sorts_and_includes(key: tuple[str, str], reference: dict[str, Any], operation: Operation) -> None:
    """As listed, no more and no fewer."""
    assert key
    assert list(operation.scopes) == reference["scopes"]
    assert [each for each in reference["sorts"] if not each.startswith("computed")] == list(operation.sorts)
    assert reference["includes"] == list(operation.includes)
    assert operation.computed is ("computed_fields[alias]" in reference["query"])
    assert operation.paged is ("page[cursor]" in reference["query"])
    assert operation.find_by is ("find_by" in reference["query"])


@pytest.mark.parametrize(("key", "reference", "operation"), LISTED)
def test_body_fields(key: tuple[str, str], reference: dict[str, Any], operation: Operation) -> None:
    """Every field of a body with its type, limit, enum, and whether it is required or may be null."""
    assert key
    fields: dict[str, Field] = {each.name: each for each in operation.body}
    assert set(fields) - set(reference["body"]) <= {"bookings"}  # announced without a name
    for name, text in reference["body"].items():
        described, field = Described.of(text), fields[name]
        assert field.type in TYPES[described.type], name
        assert (field.required, field.nullable) == (described.required, described.nullable), name
        assert field.enum == described.enum, name
        assert field.max_length == described.limit or field.type == "md5", name


@pytest.mark.parametrize(("key", "reference", "operation"), FILTERED)
def test_filters(key: tuple[str, str], reference: dict[str, Any], operation: Operation) -> None:
    """Exactly the listed fields, each with exactly the listed operators; relations with theirs."""
    assert key
    assert operation.filters is not None
    table = field_table(operation.filters, "me")
    relations = {name: each for name, each in reference["filters"].items() if isinstance(each, dict)}
    assert set(table.fields) | set(table.relations) == set(reference["filters"])
    for name, text in reference["filters"].items():
        if name not in relations:
            listed = {SPELLINGS[word] for word in text.partition(": ")[2].split(", ")}
            assert table.fields[name].operators == listed, name
    for name, fields in relations.items():
        assert set(relation_table(name, "me").fields) == set(fields)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    """One for all."""
    with running(Kanbert(token="contract-token")) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def answers(simulator: Running) -> dict[tuple[str, str], Any]:
    """A real answer of every operation with a JSON answer."""
    store = simulator.kanbert.store
    client_id = next(store.all("clients"))["id"]
    account = next(store.all("chart_of_accounts"))["id"]
    moment = "2026-01-31T12:00:00Z"
    dates = ("date_of_invoice", "performance_range_start", "performance_range_end", "payment_due_date")
    external = {
        "client_id": client_id, "title": "x", "status": "booked", "invoice_number": "E-1", "currency": "EUR",
        "sum_net": "1", "file_url": "https://files.example/x.pdf", **dict.fromkeys(dates, moment),
    }  # fmt: skip
    upload = {
        "title": "x",
        "net_value": "100",
        "bookings[0][value]": "100",
        "vats[0][vat]": "20",
        "vats[0][value]": "20",
    }
    for table, name in (("users", "editor_id"), ("payment_accounts", "payment_account_id")):
        upload[name] = next(store.all(table))["id"]
    store.add("suppliers", {"id": "supplier-1", "name": "Lieferantin"})
    upload["supplier_id"] = "supplier-1"
    with httpx.Client(
        base_url=simulator.api_url, headers={"Authorization": "Bearer contract-token"}, timeout=60
    ) as http:

        def ask(method: str, path: str, **content: Any) -> Any:
            answer = http.request(method, path, **content)
            assert answer.is_success, answer.text
            return answer.json()

        def form(fields: dict[str, str]) -> Any:
            return {name: (None, value) for name, value in fields.items()}

        invoice = ask("POST", "incoming-invoices", files=form(upload))
        booking = f"incoming-invoices/{invoice['id']}/bookings/{invoice['bookings'][0]['id']}"
        params = {"computed_fields[n]": "line_items.count()", "include": "line_items,external_costs,discounts"}
        outgoing = ask("GET", "outgoing-invoices", params=params)
        plans = ask("GET", "outgoing-invoices/master", params=params)
        store.tables["incoming"][invoice["id"]]["_md5"] = "a" * 32
        first = outgoing["data"][0]["id"]
        return {
            ("POST", "/incoming-invoices"): invoice,
            ("GET", "/incoming-invoices"): ask("GET", "incoming-invoices")["data"][0],
            ("GET", "/incoming-invoices/{id}"): ask("GET", f"incoming-invoices/{invoice['id']}"),
            ("PATCH", "/incoming-invoices/{id}"): ask(
                "PATCH", f"incoming-invoices/{invoice['id']}", json={"title": "y"}
            ),
            ("POST", "/incoming-invoices/check-duplicate"): ask(
                "POST", "incoming-invoices/check-duplicate", files=form({"hash": "a" * 32})
            ),
            ("PATCH", "/incoming-invoices/{invoiceId}/bookings/{bookingId}"): ask(
                "PATCH", booking, json={"chart_of_account_id": account}
            ),
            ("GET", "/outgoing-invoices"): outgoing["data"][0],
            ("GET", "/outgoing-invoices/master"): plans["data"][0],
            ("GET", "/outgoing-invoices/master/{id}"): ask("GET", f"outgoing-invoices/master/{plans['data'][0]['id']}"),
            ("GET", "/outgoing-invoices/{id}"): ask("GET", f"outgoing-invoices/{first}"),
            ("GET", "/outgoing-invoices/{id}/line-items"): ask("GET", f"outgoing-invoices/{first}/line-items")["data"][
                0
            ],
            ("POST", "/outgoing-invoices/external"): ask("POST", "outgoing-invoices/external", files=form(external)),
        }


@pytest.mark.parametrize("key", [key for key, each in operations().items() if each["response"]], ids=" ".join)
def test_answers(key: tuple[str, str], answers: dict[tuple[str, str], Any]) -> None:
    """Every required field is in the answer, null only where it may be, of its type; and nothing else is in it."""
    described = response(*key)
    answered = dict(_flat("", answers[key]))
    optional = ("custom_fields", "computed_fields", "bookings", "payments", "budgets")
    # The pages stop after some levels: what is nested deeper is described where the same object stands higher.
    ends = {".".join(name.split(".")[-2:]) for each in operations() for name in response(*each)}
    unknown = {
        name
        for name in answered
        if name not in described
        and ".".join(name.split(".")[-2:]) not in ends
        and not any(part in name for part in optional)
    }
    assert unknown == set()
    for name, each in described.items():
        if each.required and _parent_answered(name, answered):
            assert name in answered, name
        if name in answered and answered[name] is None:
            assert each.nullable, name


def test_operations_that_answer_without_json(simulator: Running) -> None:
    """The PDF is an attachment of bytes; a deleted booking is 204 without content."""
    store = simulator.kanbert.store
    with httpx.Client(
        base_url=simulator.api_url, headers={"Authorization": "Bearer contract-token"}, timeout=60
    ) as http:
        pdf = http.get(f"outgoing-invoices/{next(store.all('outgoing'))['id']}/pdf")
        assert pdf.headers["Content-Type"] == "application/octet-stream"
        assert pdf.headers["Content-Disposition"].startswith("attachment")
        assert pdf.content.startswith(b"%PDF-")
        files: Any = {"title": (None, "x"), "bookings[0][value]": (None, "1")}
        invoice = http.post("incoming-invoices", files=files).json()
        deleted = http.delete(f"incoming-invoices/{invoice['id']}/bookings/{invoice['bookings'][0]['id']}")
        assert (deleted.status_code, deleted.content) == (204, b"")


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every path of an answer; of a list, those of its first element."""
    if isinstance(value, dict):
        for name, each in value.items():
            path = f"{prefix}{name}"
            yield path, each
            if isinstance(each, list) and each:
                yield from _flat(f"{path}[].", each[0])
            elif isinstance(each, dict):
                yield from _flat(f"{path}.", each)


def _parent_answered(name: str, answered: dict[str, Any]) -> bool:
    """Whether the object that holds the field is in the answer, and is not null or an empty list."""
    parent = name.rpartition(".")[0].removesuffix("[]")
    return not parent or bool(answered.get(parent))
