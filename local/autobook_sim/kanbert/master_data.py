"""Master data that a person keeps in Kanbert's own pages: accounts with their positions, projects, clients, suppliers.

The API only lists them (docs/kanbert-api.md, Master data). What a person adds or changes here shows in the next answer.
"""

from collections.abc import Mapping
from typing import Any, Final

from autobook_sim.kanbert.operations import Field
from autobook_sim.kanbert.refusals import not_found
from autobook_sim.kanbert.store import Store
from autobook_sim.kanbert.validation import validated
from autobook_sim.kanbert.wire import Record, stamp

_TYPES: Final = ("accounts", "discount", "supplier_discount")
FIELDS: Final[Mapping[str, tuple[Field, ...]]] = {
    "chart_of_accounts": (
        Field("code", nullable=True), Field("title", nullable=True), Field("type", nullable=True, enum=_TYPES),
        Field("start_date", "date-time", nullable=True), Field("end_date", "date-time", nullable=True),
        Field("positions", "strings"),
    ),
    "projects": (
        Field("shortcode"), Field("title"), Field("client_id", nullable=True, exists="clients"), Field("status"),
        Field("start_date", nullable=True), Field("end_date", nullable=True),
    ),
    "clients": (Field("name"), Field("shortcode", nullable=True)),
    "suppliers": (Field("name"),),
}  # fmt: skip
"""By collection: what a person may give."""


def add(store: Store, table: str, body: Mapping[str, Any]) -> Record:
    """A new object of the collection. 422 for a field that is not of its kind."""
    given = validated(FIELDS[table], body, store.exists)
    now = stamp(store.clock())
    match table:
        case "chart_of_accounts":
            record = account(store, given.pop("code", None), given.pop("title", None), given.pop("positions", ()), now)
        case "projects":
            owner = store.get("clients", given.pop("client_id", None)) or next(store.all("clients"))
            kind = next(store.all("projects"))["project_type"]
            record = project(store, given.pop("shortcode", ""), given.pop("title", ""), owner, kind)
        case "clients":
            record = client(store, given.pop("name", ""), given.pop("shortcode", None))
        case _:
            record = supplier(store, given.pop("name", ""))
    return store.add(table, record | given)


def change(store: Store, table: str, record_id: str, body: Mapping[str, Any]) -> Record:
    """Change an object in place; `positions` are all of an account's. 404, 422."""
    record = store.get(table, record_id)
    if record is None:
        raise not_found(f"{table} {record_id[:60]}")
    given = validated(FIELDS[table], body, store.exists)
    if (titles := given.pop("positions", None)) is not None:
        kept = {each["title"]: each for each in record["_positions"]}
        record["_positions"] = [kept.get(title) or _position(store, record["id"], title) for title in titles]
    if "client_id" in given:
        given["client"] = store.get("clients", given.pop("client_id"))
    record.update(given)
    store.touch()
    return record


def remove(store: Store, table: str, record_id: str) -> None:
    """Remove it. Lines that name it still do. 404."""
    if store.remove(table, record_id) is None:
        raise not_found(f"{table} {record_id[:60]}")


def account(store: Store, code: str | None, title: str | None, positions: tuple[str, ...], now: str) -> Record:
    """An account with its positions."""
    account_id = store.new_id("account")
    return {
        "id": account_id,
        "type": "accounts",
        "code": code,
        "title": title,
        "description": None,
        "priority": None,
        "budgets": None,
        "start_date": None,
        "end_date": None,
        "created_at": now,
        "updated_at": now,
        "_positions": [_position(store, account_id, name) for name in positions],
    }


def _position(store: Store, account_id: str, title: str) -> Record:
    return store.add("positions", {"id": store.new_id("position"), "title": title, "_account": account_id})


def client(store: Store, name: str, shortcode: str | None) -> Record:
    """A client, looked after by the first user."""
    return {
        "id": store.new_id("client"),
        "external_id": None,
        "external_origin": None,
        "name": name,
        "shortcode": shortcode,
        "primary_contact": next(store.all("users")),
        "origin_space": None,
    }


def project(store: Store, shortcode: str, title: str, owner: Record, project_type: Record) -> Record:
    """A client's project."""
    return {
        "id": store.new_id("project"),
        "external_id": None,
        "external_origin": None,
        "title": title,
        "shortcode": shortcode,
        "po_number": None,
        "project_type": project_type,
        "status": "active",
        "is_acquisition": False,
        "is_private": False,
        "start_date": "2026-01-01",
        "end_date": None,
        "client": owner,
        "custom_fields": {},
        "origin_space": None,
    }


def supplier(store: Store, name: str) -> Record:
    """A supplier without numbers."""
    hidden = dict.fromkeys(("_customer_number", "_vendor_identifier", "_external_id"))
    return {"id": store.new_id("supplier"), "name": name, **hidden}
