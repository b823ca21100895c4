"""Master data that a person adds and changes in Kanbert's own pages, through the control endpoint."""

from typing import Any

import httpx
import pytest


def listed(api: httpx.Client, path: str) -> dict[str, dict[str, Any]]:
    """The collection's elements by id."""
    query: dict[str, str] = {"page[size]": "100"} | ({"include": "positions"} if "chart" in path else {})
    page = api.get(path, params=query).json()
    assert page["meta"]["next_cursor"] is None
    return {each["id"]: each for each in page["data"]}


@pytest.mark.parametrize(
    ("path", "fields", "change"),
    [
        (
            "/chart-of-accounts",
            {"code": "7385", "title": "Cloud", "end_date": "2025-12-31T00:00:00.000000Z"},
            {"end_date": None},
        ),
        ("/projects", {"shortcode": "P-99", "title": "Later", "end_date": "2026-12-31"}, {"status": "archived"}),
        ("/clients", {"name": "Neu GmbH", "shortcode": "NEU"}, {"shortcode": "NEU2"}),
        ("/suppliers", {"name": "Hostwerk GmbH"}, {"name": "Hostwerk AG"}),
    ],
)
def test_kept(
    sim: httpx.Client, api: httpx.Client, path: str, fields: dict[str, object], change: dict[str, object]
) -> None:
    """What a person adds, changes and removes shows in the next list."""
    before = listed(api, path)
    added = sim.post(path, json=fields)
    assert added.is_success, added.text
    identifier = added.json()["id"]
    assert listed(api, path)[identifier].items() >= fields.items()
    assert sim.patch(f"{path}/{identifier}", json=change).is_success
    assert listed(api, path)[identifier].items() >= (fields | change).items()
    assert sim.delete(f"{path}/{identifier}").is_success
    assert listed(api, path) == before


def test_positions(sim: httpx.Client, api: httpx.Client) -> None:
    """An account's positions are those that are given; one that stays keeps its id."""
    account = sim.post("/chart-of-accounts", json={"code": "7385", "positions": ["Server", "CDN"]}).json()
    server, _ = listed(api, "/chart-of-accounts")[account["id"]]["positions"]
    assert sim.patch(f"/chart-of-accounts/{account['id']}", json={"positions": ["Domains", "Server"]}).is_success
    domains, kept = listed(api, "/chart-of-accounts")[account["id"]]["positions"]
    assert (domains["title"], kept) == ("Domains", server)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/chart-of-accounts", {"end_date": "tomorrow"}, 422),
        ("POST", "/projects", {"client_id": "there-is-none"}, 422),
        ("PATCH", "/clients/there-is-none", {"name": "x"}, 404),
        ("DELETE", "/suppliers/there-is-none", {}, 404),
    ],
)
def test_refused(sim: httpx.Client, method: str, path: str, body: dict[str, object], status: int) -> None:
    """What is not of its kind, or not there, is refused."""
    assert sim.request(method, path, json=body).status_code == status
