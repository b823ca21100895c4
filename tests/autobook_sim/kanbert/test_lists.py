"""Lists: cursors, sorting, filters, computed fields."""

from typing import Any

import httpx
import pytest


def add(api: httpx.Client, title: str, net: str) -> Any:
    """A document."""
    files: Any = {"title": (None, title), "net_value": (None, net)}
    return api.post("incoming-invoices", files=files).json()


def titles(api: httpx.Client, **params: str) -> list[str]:
    """The titles of a page."""
    answer = api.get("incoming-invoices", params=params)
    assert answer.is_success, answer.text
    return [each["title"] for each in answer.json()["data"]]


def test_cursor_survives_inserts(api: httpx.Client) -> None:
    """What was added before the cursor meanwhile shifts nothing: no document is shown twice or left out."""
    for number in range(5):
        add(api, f"t{number}", str(number))
    params = {"sort": "-created_at", "page[size]": "2"}
    first = api.get("incoming-invoices", params=params).json()
    add(api, "meanwhile", "9")
    second = api.get(first["meta"]["next_cursor_url"]).json()
    third = api.get(second["meta"]["next_cursor_url"]).json()
    titles = [each["title"] for page in (first, second, third) for each in page["data"]]
    assert titles == ["t4", "t3", "t2", "t1", "t0"]
    assert third["meta"]["next_cursor"] is None
    before = api.get(third["meta"]["prev_cursor_url"]).json()
    assert [each["title"] for each in before["data"]] == ["t2", "t1"]
    assert first["meta"]["per_page"] == 2
    assert first["meta"]["path"] == str(api.base_url).rstrip("/") + "/incoming-invoices"


def test_default_page_has_thirty(api: httpx.Client) -> None:
    """As documented."""
    answer = api.get("chart-of-accounts").json()
    assert (len(answer["data"]), answer["meta"]["per_page"]) == (30, 30)


def test_sorting_by_several(api: httpx.Client) -> None:
    """Left to right, `-` descending."""
    for title, net in (("b", "1"), ("a", "2"), ("a", "10")):
        add(api, title, net)
    answer = api.get("incoming-invoices", params={"sort": "title,-sum_net"}).json()["data"]
    assert [(each["title"], each["sum_net"]) for each in answer] == [("a", 10), ("a", 2), ("b", 1)]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("title = 'Straße'", ["Straße"]),
        ("title contains 'STRASSE'", ["Straße"]),
        ("sum_net between", None),
        ("sum_net >= 10 and sum_net < 20", ["ten"]),
        ("sum_gross in [10, 30]", ["ten", "Straße"]),
        ("invoice_number is null", ["ten", "Straße"]),
        ("not (title = 'ten')", ["Straße"]),
        ("created_at = today", ["ten", "Straße"]),
        ("date_of_invoice < now", []),
        ('[{"field": "title", "op": "startswith", "value": "t"}]', ["ten"]),
        ("editor.id = me.id", []),
    ],
)
def test_filter(api: httpx.Client, condition: str, found: list[str] | None) -> None:
    """Both forms of the language, on the allowed fields."""
    add(api, "ten", "10")
    add(api, "Straße", "30")
    if found is None:
        assert api.get("incoming-invoices", params={"filter": condition}).status_code == 400
    else:
        assert titles(api, filter=condition) == found


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("line_items.count() > 2", 1),
        ("line_items.any(title contains 'Hosting')", 1),
        ("line_items.all(price > 100)", 1),
        ("external_costs.none(total > 1000)", 2),
        ("is_credit = false", 3),
        ("archived = 'only'", 0),
        ("archived = 'with'", 3),
        ("client.shortcode = 'DONAU'", 1),
        ("company.company_name startswith 'Grün'", 1),
    ],
)
def test_outgoing_filter(api: httpx.Client, condition: str, count: int) -> None:
    """Relations, embedded objects and `archived`."""
    answer = api.get("outgoing-invoices", params={"filter": condition})
    assert len(answer.json()["data"]) == count


@pytest.mark.parametrize(
    "computed",
    ["line_items.sum(title)", "line_items.median(price)", "users.count()", "line_items.count(colour = 1)", "1"],
)
def test_computed_field_that_is_not_allowed(api: httpx.Client, computed: str) -> None:
    """400 for an unknown relation, aggregate, column or condition."""
    assert api.get("outgoing-invoices", params={"computed_fields[n]": computed}).status_code == 400


def test_includes(api: httpx.Client) -> None:
    """A list leaves out what was not asked for; a single invoice has everything."""
    bare = api.get("outgoing-invoices").json()["data"][0]
    more = api.get("outgoing-invoices", params={"include": "line_items,discounts"}).json()["data"][0]
    assert {"line_items", "discounts", "external_costs"}.isdisjoint(bare)
    assert set(more) - set(bare) == {"line_items", "discounts"}
    assert api.get(f"outgoing-invoices/{bare['id']}").json()["external_costs"]


def test_aggregates(api: httpx.Client) -> None:
    """count, sum, avg, min and max; nothing to aggregate is 0."""
    params = {
        "computed_fields[n]": "external_costs.count(total > 1)", "computed_fields[s]": "external_costs.sum(total)",
        "computed_fields[a]": "external_costs.avg(total)", "computed_fields[l]": "external_costs.min(total)",
        "computed_fields[h]": "external_costs.max(total)", "sort": "computed_fields.s", "filter": "h >= 0",
    }  # fmt: skip
    data = api.get("outgoing-invoices", params=params).json()["data"]
    assert data[-1]["computed_fields"] == {"n": 2, "s": 1730, "a": 865, "l": 480, "h": 1250}
    assert data[0]["computed_fields"] == {"n": 0, "s": 0, "a": 0, "l": 0, "h": 0}


def test_same_seed_same_ids(api: httpx.Client, sim: httpx.Client) -> None:
    """After a reset everything has the id it had."""
    first = [add(api, "x", "1")["id"], api.get("projects").json()]
    sim.post("/reset")
    assert [add(api, "x", "1")["id"], api.get("projects").json()] == first


def test_clock(api: httpx.Client, sim: httpx.Client) -> None:
    """The simulated clock can be stopped and moved."""
    sim.put("/clock", json={"frozen": "2026-01-31T12:00:00Z"})
    assert add(api, "x", "1")["created_at"] == "2026-01-31T12:00:00.000000Z"
    sim.put("/clock", json={"advance": 86_400})
    assert add(api, "x", "1")["created_at"] == "2026-02-01T12:00:00.000000Z"


def test_bookings_may_be_left_out(api: httpx.Client, sim: httpx.Client) -> None:
    """The reference marks bookings and payments as optional: a test may have them left out."""
    sim.put("/settings", json={"omit_bookings": True})
    assert "bookings" not in add(api, "x", "1")
