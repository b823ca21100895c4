"""The reference of Billomat's incomings, by name: each operation, parameter and element in client, model, simulator."""

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from pydantic import BaseModel, ValidationError

from autobook.adapters.billomat import BillomatClient, IncomingCreate, IncomingFilter, IncomingUpdate
from autobook.domain.billomat import GroupKey, Incoming, IncomingGroup, IncomingPdf, IncomingStatus
from autobook_sim.billomat.operations import GROUP_KEYS, INCOMING, OPERATIONS
from autobook_sim.billomat.operations import STATUSES as FILTER_STATUSES
from autobook_sim.billomat.server import RunningBillomat, running_billomat
from autobook_sim.billomat.service import Billomat
from tests.contract.billomat import (
    BAD,
    BODY,
    EXAMPLE,
    FILTERS,
    GOOD,
    GROUPED_EXAMPLE,
    GROUPS,
    REFERENCE,
    STATUSES,
    BodyField,
    Described,
)

KEY = "contract-key"
PDF = b"%PDF-1.4\n%%EOF\n"
MANDATORY: dict[str, Any] = {"supplier_id": 1, "number": "RE123", "date": date(2026, 1, 31)}
FILTER_VALUES: dict[str, tuple[Any, str]] = {
    "supplier_id": (1, "1"),
    "incoming_number": ("RE123", "RE123"),
    "number": ("re1", "re1"),
    "status": (tuple(IncomingStatus), "OPEN,PAID,OVERDUE"),
    "from_date": (date(2026, 1, 1), "2026-01-01"),
    "to_date": (date(2026, 12, 31), "2026-12-31"),
    "note": ("bill & more", "bill & more"),
    "tags": (("a", "b"), "a,b"),
}
ONLY: dict[str, tuple[Any, ...]] = {"supplier_id": (1, 2), "quote": ("1.0832", "0.000001")}
"""An id has to be there; a quote is positive."""
TYPES: dict[str, type] = {"integer": int, "float": Decimal, "date": date, "datetime": datetime, "": str}
CALLS: dict[str, Callable[[BillomatClient, int], Any]] = {
    "List all incomings": lambda c, _: list(c.list_incomings()),
    "Aggregated list of incomings": lambda c, _: c.group_incomings(list(GroupKey)),
    "Get a single incoming": lambda c, i: c.get_incoming(i),
    "Create an incoming": lambda c, _: c.create_incoming(IncomingCreate(**MANDATORY)),
    "Edit incoming": lambda c, i: c.edit_incoming(i, IncomingUpdate(note="x")),
    "Delete incoming": lambda c, i: c.delete_incoming(i),
    "Open pdf of an incoming": lambda c, i: (c.incoming_pdf(i), c.incoming_pdf_file(i)),
}
OPERATION_CASES = [pytest.param(each, id=each.heading) for each in REFERENCE]
BODY_CASES = [pytest.param(name, each, id=name) for name, each in BODY.items()]


@pytest.fixture(scope="module")
def server() -> Iterator[RunningBillomat]:
    """One for all."""
    with running_billomat(Billomat(api_key=KEY)) as running:
        yield running


@pytest.fixture
def billomat(server: RunningBillomat) -> Billomat:
    """After a reset."""
    server.billomat.reset()
    return server.billomat


@pytest.fixture
def client(server: RunningBillomat, billomat: Billomat) -> Iterator[BillomatClient]:
    """The real one."""
    assert billomat
    with BillomatClient(server.api_url, KEY) as client:
        yield client


@pytest.fixture
def http(server: RunningBillomat) -> Iterator[httpx.Client]:
    """Plain HTTP, to see what is on the wire."""
    with httpx.Client(base_url=server.api_url, headers={"X-BillomatApiKey": KEY}, timeout=60) as http:
        yield http


@pytest.fixture
def incoming_id(client: BillomatClient) -> int:
    """An incoming with every field."""
    fields = {name: GOOD[each.type][0] for name, each in BODY.items()} | MANDATORY | {"base64file": PDF}
    created = client.create_incoming(IncomingCreate(**fields))
    assert created is not None
    return created.id


def test_the_table_has_every_operation() -> None:
    """Seven headings of the reference, each with a call of the client."""
    assert [each.heading for each in REFERENCE] == list(CALLS)


@pytest.mark.parametrize("described", OPERATION_CASES)
def test_operation(described: Described, client: BillomatClient, billomat: Billomat, incoming_id: int) -> None:
    """The client calls it by its method and path, with the API key's header; the simulator has it."""
    billomat.requests.clear()
    CALLS[described.heading](client, incoming_id)
    path = f"/api{described.path.replace('{id}', str(incoming_id))}"
    assert {(each["method"], each["path"], each["status"] < 300) for each in billomat.requests} == {
        (described.method, path, True)
    }
    (operation,) = (each for each in OPERATIONS if (each.method, each.path) == (described.method, described.path))
    assert operation.documented
    assert set(described.query) <= {name for name, _ in operation.params}


def test_the_api_key_is_a_header(server: RunningBillomat) -> None:
    """Without the right `X-BillomatApiKey` every operation is refused with 401; the key never is in a URL."""
    for each in OPERATIONS:
        url = f"{server.api_url}{each.path.replace('{id}', '1')}"
        for headers in ({}, {"X-BillomatApiKey": "wrong"}):
            assert httpx.request(each.method, url, headers=headers, timeout=60).status_code == 401
    assert not any(KEY in each["query"] for each in server.billomat.requests)


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("name", FILTERS)
def test_filter(name: str, grouped: bool, client: BillomatClient, billomat: Billomat, incoming_id: int) -> None:
    """The client sends each filter of a list, plain or grouped, under its name; the simulator takes it."""
    assert incoming_id
    ours = {"from": "from_date", "to": "to_date"}.get(name, name)
    value, wire = FILTER_VALUES[ours]
    which = IncomingFilter(**{ours: value})
    billomat.requests.clear()
    if grouped:
        client.group_incomings([GroupKey.YEAR], which)
    else:
        list(client.list_incomings(which))
    assert httpx.QueryParams(billomat.requests[0]["query"])[name] == wire
    assert set(FILTER_VALUES) == set(IncomingFilter.__dataclass_fields__)


@pytest.mark.parametrize("name", [*FILTERS, "group_by", "page", "per_page"])
def test_filter_is_refused_where_it_makes_no_sense(name: str, http: httpx.Client) -> None:
    """The simulator refuses a value of the wrong type, an empty one, a parameter twice, and one that it does not
    know."""
    if name not in ("incoming_number", "number", "note", "tags"):
        assert http.get("/incomings", params={name: "x"}).status_code == 400
    assert http.get("/incomings", params={name: ""}).status_code == 400
    assert http.get("/incomings", params=[(name, "1"), (name, "1")]).status_code == 400
    assert http.get("/incomings", params={f"{name}_": "1"}).status_code == 400


def test_values_of_filters() -> None:
    """Statuses and group keys are those of the reference, in the client and in the simulator."""
    assert [each.value for each in IncomingStatus] == FILTERS["status"].split(",") == list(FILTER_STATUSES)
    assert [each.value for each in GroupKey] == GROUPS.split(",") == list(GROUP_KEYS)


def test_status_of_a_single_incoming(client: BillomatClient, billomat: Billomat, incoming_id: int) -> None:
    """OPEN, and PAID once it is paid."""
    found = [client.get_incoming(incoming_id).status]
    billomat.pay(incoming_id)
    assert (*found, client.get_incoming(incoming_id).status) == STATUSES


@pytest.mark.parametrize("name", GROUPS.split(","))
def test_group_key(name: str, client: BillomatClient, incoming_id: int) -> None:
    """Each key groups, and its value is in the group."""
    assert incoming_id
    (group,) = client.group_incomings([GroupKey(name)]).groups
    assert getattr(group, "supplier_id" if name == "supplier" else name) is not None
    assert (group.total_gross, group.total_net) == (Decimal("107.10"), Decimal("107.10"))


COMBINATIONS = [
    *itertools.chain.from_iterable(itertools.permutations(GroupKey, count) for count in (1, 2)),
    tuple(GroupKey),
    tuple(reversed(GroupKey)),
]


@pytest.mark.parametrize("keys", COMBINATIONS, ids=",".join)
def test_group_combination(keys: tuple[GroupKey, ...], client: BillomatClient, billomat: Billomat) -> None:
    """Keys group in their order, each combination once; the sums are those of the incomings that a group lists."""
    days = (date(2025, 12, 29), date(2026, 1, 1), date(2026, 1, 31), date(2026, 1, 31))
    for number, day in enumerate(days):
        amount = Decimal(number + 1)
        fields = {"supplier_id": 1 + number % 2, "number": f"N-{number}", "date": day}
        created = client.create_incoming(IncomingCreate(**fields, total_net=amount, total_gross=amount * 2))
        if number == 0:
            assert created is not None
            billomat.pay(created.id)
    billomat.requests.clear()
    found = client.group_incomings(keys)
    assert httpx.QueryParams(billomat.requests[0]["query"])["group_by"] == ",".join(keys)
    names = ["supplier_id" if key is GroupKey.SUPPLIER else key.value for key in keys]
    groups = [tuple(getattr(group, name) for name in names) for group in found.groups]
    assert len(set(groups)) == len(groups) > 0
    assert all(None not in group for group in groups)
    for group in found.groups:
        asked = {{"from": "from_date", "to": "to_date"}.get(k, k): v for k, v in group.incoming_params.items()}
        which = IncomingFilter(**{name: _typed(name, value) for name, value in asked.items()})
        members = [each for each in client.list_incomings(which) if isinstance(each, Incoming)]
        assert sum(each.total_gross or 0 for each in members) == group.total_gross
        assert sum(each.total_net or 0 for each in members) == group.total_net
    assert sum(group.total_net or 0 for group in found.groups) == 1 + 2 + 3 + 4


def _typed(name: str, text: str) -> Any:
    """A parameter that lists a group's incomings, as the filter takes it."""
    match name:
        case "supplier_id":
            return int(text)
        case "status":
            return (IncomingStatus(text),)
        case "from_date" | "to_date":
            return date.fromisoformat(text)
    return text


@pytest.mark.parametrize(("name", "described"), BODY_CASES)
def test_body_field(
    name: str, described: BodyField, client: BillomatClient, billomat: Billomat, incoming_id: int
) -> None:
    """Each element is a field of what is created and edited; every value of its type arrives as it was given."""
    (element,) = (each for each in INCOMING if each.name == name)
    assert (element.type, element.mandatory) == (
        "CURRENCY" if described.type == "ISO currency code" else described.type,
        described.mandatory,
    )
    assert IncomingCreate.model_fields[name].is_required() is described.mandatory
    for value in ONLY.get(name, GOOD[described.type]):
        client.edit_incoming(incoming_id, IncomingUpdate(**{name: value}))
        there = billomat.store.tables["incomings"][incoming_id]
        arrived = billomat.store.files[incoming_id] if name == "base64file" else there[name]
        assert arrived == (Decimal(value) if described.type == "FLOAT" else value)
        created = client.create_incoming(IncomingCreate(**{**MANDATORY, name: value}))
        assert created is not None
        if name != "base64file":
            assert str(getattr(created, name)) == str(arrived)


@pytest.mark.parametrize(("name", "described"), BODY_CASES)
def test_body_field_is_refused(name: str, described: BodyField, http: httpx.Client, billomat: Billomat) -> None:
    """The simulator refuses a wrong type, a missing mandatory element and one that comes twice; so does our model."""
    billomat.reset()
    good = {"supplier_id": "1", "number": "RE123", "date": "2026-01-31"}
    for text in BAD[described.type]:
        assert _post(http, good | {name: text}) == 400, text
    if described.mandatory:
        assert _post(http, {key: value for key, value in good.items() if key != name}) == 400
        assert _post(http, good | {name: ""}) == 400
        for model, fields in ((IncomingCreate, MANDATORY), (IncomingUpdate, {})):
            with pytest.raises(ValidationError):
                model(**{**fields, name: None})
    twice = f"<incoming>{_elements(good)}<{name}>{good.get(name, '')}</{name}><{name}/></incoming>"
    assert http.post("/incomings", content=twice, headers={"Content-Type": "application/xml"}).status_code == 400
    for model in (IncomingCreate, IncomingUpdate):
        for wrong in ([], {}, object(), "x" * 10_001):
            with pytest.raises(ValidationError):
                model(**{**MANDATORY, name: wrong})
    assert billomat.store.tables["incomings"] == {}


def _elements(fields: dict[str, str]) -> str:
    return "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())


def _post(http: httpx.Client, fields: dict[str, str]) -> int:
    body = f"<incoming>{_elements(fields)}</incoming>"
    return http.post("/incomings", content=body, headers={"Content-Type": "application/xml"}).status_code


def test_nothing_else_is_written() -> None:
    """What the reference does not list is no field of ours, nor of the simulator's."""
    assert set(IncomingCreate.model_fields) == set(IncomingUpdate.model_fields) == set(BODY)
    assert {each.name for each in INCOMING} == set(BODY)


def test_defaults(client: BillomatClient, billomat: Billomat) -> None:
    """What is not given comes from the supplier, or is 1."""
    assert {name: each.default for name, each in BODY.items() if each.default} == {
        "address": "Supplier's address",
        "currency_code": "Supplier's currency",
        "quote": "1.0000",
    }
    created = client.create_incoming(IncomingCreate(**{**MANDATORY, "supplier_id": 3}))
    assert created is not None
    supplier = billomat.store.tables["suppliers"][3]
    assert (created.address, created.currency_code, created.quote) == (supplier["_address"], "USD", Decimal(1))


ANSWERS: dict[str, tuple[type[BaseModel], str]] = {
    "List all incomings": (Incoming, "/incomings"),
    "Aggregated list of incomings": (IncomingGroup, "/incomings?group_by=supplier"),
    "Get a single incoming": (Incoming, "/incomings/{id}"),
    "Create an incoming": (Incoming, "/incomings/{id}"),
    "Open pdf of an incoming": (IncomingPdf, "/incomings/{id}/pdf"),
}
ANSWER_CASES = [
    pytest.param(each, name, kind, id=f"{each.heading}-{name}")
    for each in REFERENCE
    for name, kind in each.answers.items()
]


@pytest.mark.parametrize(("described", "name", "kind"), ANSWER_CASES)
def test_answer_field(described: Described, name: str, kind: str, http: httpx.Client, incoming_id: int) -> None:
    """Each element of an answer has its `type` on the simulator's wire, and its place and type in our model."""
    model, path = ANSWERS[described.heading]
    root = ElementTree.fromstring(http.get(path.replace("{id}", str(incoming_id))).content)  # noqa: S314 - our own
    element = next(each for each in root.iter(name) if each is not root)
    assert element.get("type", "") == kind
    value = getattr(model.model_validate({name: element.text, "id": "1", "base64file": "AA=="}), name)
    expected = {"expense_account_number": int, "base64file": bytes}.get(name, TYPES[kind])
    assert type(value) is expected


@pytest.mark.parametrize("described", [each for each in REFERENCE if each.root], ids=lambda each: each.heading)
def test_root(described: Described, http: httpx.Client, incoming_id: int) -> None:
    """Root elements of lists have their name and attributes."""
    assert incoming_id
    name, *attributes = described.root
    path = ANSWERS[described.heading][1]
    root = ElementTree.fromstring(http.get(path).content)  # noqa: S314 - our own
    assert root.tag == name
    assert set(root.attrib) == {"type", *attributes}


def test_examples() -> None:
    """The reference's examples are read to the last digit."""
    bodies = {"/api/incomings/1": EXAMPLE, "/api/incomings": GROUPED_EXAMPLE}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text=bodies[request.url.path]))
    with BillomatClient("https://account.billomat.example/api", KEY, transport=transport) as client:
        found = client.get_incoming(1)
        groups = client.group_incomings([GroupKey.SUPPLIER])
    assert (found.id, found.supplier_id, found.expense_account_number, found.status) == (1, 123, 12345, "OPEN")
    assert found.created == datetime.fromisoformat("2007-12-13T12:12:00+01:00")
    assert (found.date, found.due_date) == (date(2009, 10, 14), date(2009, 10, 24))
    amounts = (found.total_gross, found.total_net, found.paid_amount, found.open_amount, found.quote)
    assert amounts == tuple(Decimal(text) for text in ("107.1", "90.0", "20.0", "99.0", "1.0000"))
    assert groups.currency_code == "USD"
    assert [(each.total_gross, each.total_net, each.supplier_id) for each in groups.groups] == [
        (Decimal("347.28"), Decimal("291.83"), 476),
        (Decimal("1127.53"), Decimal("947.50"), 477),
    ]
    assert groups.groups[0].incoming_params == {"supplier_id": "476"}


def test_the_page_of_our_documentation_names_everything() -> None:
    """docs/billomat-api.md has every element, parameter and value of the table."""
    text = (Path(__file__).parents[2] / "docs" / "billomat-api.md").read_text("utf-8")
    words = set(re.findall(r"[A-Za-z0-9_]+", text))
    named = {*BODY, *FILTERS, *GROUPS.split(","), *FILTERS["status"].split(",")}
    named |= {name for each in REFERENCE for name in each.answers}
    assert named <= words
