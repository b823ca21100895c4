"""Requests made up from the simulator's own OpenAPI description: whatever comes, it answers on purpose."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autobook_sim.kanbert.openapi import description
from autobook_sim.kanbert.server import Running, running
from autobook_sim.kanbert.service import Kanbert

TOKEN = "no-error-token"
DESCRIPTION = description("http://localhost/api/v1")
OPERATIONS = [
    pytest.param(path, method, described, id=described["operationId"])
    for path, methods in DESCRIPTION["paths"].items()
    for method, described in methods.items()
]
CONDITIONS = (
    "title = 'x'", "sum_net > 1 and (title contains 'a' or not (title = 'b'))", "line_items.count() > 1",
    "created_at = today-3d", "title = '2026-01-01T00:00:00Z'", "client.shortcode in ['A']", "((((", "editor.id = me.id",
    "archived = 'with'", '{"or": [{"field": "title", "op": "isnull"}]}', "sum_gross like '%1'", "line_items.any()",
)  # fmt: skip
OTHER = (
    "-title,sum_net", "line_items.sum(price, price > 1)", "line_items.count()", "external_costs.avg(total)", "id",
    "external_id", "line_items,discounts", "1", "0", "eyJzb3J0IjoiIiwia2V5IjpbMV0sIm5leHQiOnRydWV9",
)  # fmt: skip
TEXT = st.text(max_size=30) | st.sampled_from(CONDITIONS + OTHER)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a schema, more or less."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"]) | TEXT
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    made: dict[str, st.SearchStrategy[Any]] = {
        "null": st.none(),
        "string": TEXT | st.just("2026-01-31T12:00:00Z") | st.text("a", min_size=250, max_size=260),
        "number": st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=3).map(float),
        "boolean": st.booleans(),
    }
    if "items" in schema:
        made["array"] = st.lists(values(schema["items"]), max_size=3)
    if "object" in kinds:
        inner = {name: values(each) for name, each in schema["properties"].items()}
        return st.fixed_dictionaries({}, optional=inner)
    return st.one_of(*(made[kind] for kind in kinds))


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    """One that lasts: what came before is part of the game."""
    with running(Kanbert(token=TOKEN, incoming_pdf=True)) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def http(simulator: Running) -> Iterator[httpx.Client]:
    """With a token that may do everything."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=simulator.api_url, headers=headers, verify=False, timeout=60) as http:  # noqa: S501 - plain HTTP
        yield http


@pytest.mark.parametrize(("path", "method", "described"), OPERATIONS)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_server_error(
    path: str, method: str, described: dict[str, Any], simulator: Running, http: httpx.Client, data: st.DataObject
) -> None:
    """Every answer is one of the described ones, and is JSON with a message where it refuses."""
    store = simulator.kanbert.store
    ids = [*store.tables["incoming"], *store.tables["outgoing"], *store.tables["master"]]
    given_ids = {
        each["name"]: data.draw(st.sampled_from(ids) | st.text(min_size=1, max_size=9))
        for each in described["parameters"]
        if each["in"] == "path"
    }
    for name, value in given_ids.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    query = {
        each["name"]: data.draw(TEXT)
        for each in described["parameters"]
        if each["in"] == "query" and data.draw(st.booleans())
    }
    content: dict[str, Any] = {}
    for media_type, body in described.get("requestBody", {}).get("content", {}).items():
        fields = data.draw(values(body["schema"]) | JSON)
        if media_type == "application/json":
            content["json"] = fields
        else:
            fields = fields if isinstance(fields, dict) else {"title": fields}
            content["files"] = {
                str(name): (None, str(value).encode(errors="replace")) for name, value in fields.items()
            }
            content["files"] |= {"file": ("a.pdf", b"%PDF-1.4 %%EOF")} if data.draw(st.booleans()) else {}
    answer = http.request(method, path.lstrip("/") or "x", params=query, **content)
    assert answer.status_code < 500, answer.text
    assert str(answer.status_code) in described["responses"], answer.text
    if answer.status_code >= 400:
        assert isinstance(answer.json()["message"], str)
