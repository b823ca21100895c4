"""Lists: which records a query asks for, in what order, and the sums of groups."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from autobook_sim.billomat.profiles import Profile
from autobook_sim.billomat.refusals import Refusal
from autobook_sim.billomat.store import Store, now
from autobook_sim.billomat.wire import Record


def chosen_incomings(store: Store, params: Mapping[str, Any], profile: Profile) -> list[Record]:
    """The incomings that the filters of a query leave."""
    return [each for each in store.all("incomings") if _is_asked_for(store, each, params, profile)]


def _is_asked_for(store: Store, record: Record, params: Mapping[str, Any], profile: Profile) -> bool:
    tests: dict[str, Callable[[Any], bool]] = {
        "supplier_id": lambda value: record["supplier_id"] == value,
        "incoming_number": lambda value: _number_matches(record["number"], value, profile),
        "number": lambda value: _has(record["number"], value),
        "status": lambda value: bool(_statuses(record).intersection(value)),
        "from": lambda value: record["date"] >= value,
        "to": lambda value: record["date"] <= value,
        "note": lambda value: _has(record["note"], value),
        "tags": lambda value: bool(store.tags_of(record["id"]).intersection(value)),
    }
    return all(test(params[name]) for name, test in tests.items() if name in params)


def _number_matches(number: str, asked: str, profile: Profile) -> bool:
    match profile.number_filter:
        case "whole":
            return number == asked
        case "ignored":
            return True
    return _has(number, asked)


def _has(text: str | None, part: str) -> bool:
    return part.casefold() in (text or "").casefold()


def _statuses(record: Record) -> set[str]:
    overdue = record["status"] == "OPEN" and record["due_date"] is not None and record["due_date"] < now().date()
    return {record["status"], "OVERDUE"} if overdue else {record["status"]}


def chosen_suppliers(store: Store, params: Mapping[str, Any]) -> list[Record]:
    """The suppliers that the filters of a query leave. Tags of suppliers are not simulated: nobody has one."""
    texts = {name: value for name, value in params.items() if isinstance(value, str) and name != "order_by"}
    wanted = {store.found("incomings", each)["supplier_id"] for each in params.get("incoming_id", ())}
    return [
        each
        for each in store.all("suppliers")
        if all(_has(each.get(name), value) for name, value in texts.items())
        and ("incoming_id" not in params or each["id"] in wanted)
        and "tags" not in params
    ]


def ordered(records: list[Record], order_by: str, names: Iterable[str]) -> list[Record]:
    """`date DESC,number`. Refusal for a name that no record has."""
    known = set(names)
    for part in reversed([each.strip() for each in order_by.split(",") if each.strip()]):
        name, _, direction = part.replace("+", " ").partition(" ")
        if name not in known or direction.strip().upper() not in ("", "ASC", "DESC"):
            raise Refusal(400, "The parameter order_by is not valid.")
        records = sorted(
            records,
            key=lambda each: (each.get(name) is not None, each.get(name)),
            reverse=direction.strip().upper() == "DESC",
        )
    return records


def grouped(records: list[Record], keys: list[str]) -> list[tuple[Record, Record]]:
    """Of each group: its keys and sums, and the parameters that list its incomings."""
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for record in records:
        groups.setdefault(tuple(_key(record, key) for key in keys), []).append(record)
    found = []
    for values, members in groups.items():
        shared: Record = {}
        for key, value in zip(keys, values, strict=True):
            shared = _narrowed(shared, _parameters(key, value))
        names = {"supplier": "supplier_id"}
        sums: Record = {
            name: sum((each[name] or Decimal() for each in members), Decimal()) for name in ("total_gross", "total_net")
        }
        found.append((sums | {names.get(k, k): v for k, v in zip(keys, values, strict=True)}, shared))
    return found


def _narrowed(params: Record, further: Record) -> Record:
    """Both: of two days to begin with the later one, of two to end with the earlier one."""
    both = params | further
    for name, of in (("from", max), ("to", min)):
        if name in params and name in further:
            both[name] = of(params[name], further[name])
    return both


def _key(record: Record, key: str) -> Any:
    day: date = record["date"]
    match key:
        case "supplier":
            return record["supplier_id"]
        case "status":
            return record["status"]
        case "day":
            return day.isoformat()
        case "week":
            return f"{day.isocalendar().year}-{day.isocalendar().week:02}"
        case "month":
            return day.isoformat()[:7]
    return day.isoformat()[:4]


def _parameters(key: str, value: Any) -> Record:
    match key:
        case "supplier":
            return {"supplier_id": value}
        case "status":
            return {"status": value}
        case "day":
            return {"from": value, "to": value}
        case "week":
            monday = date.fromisocalendar(int(value[:4]), int(value[5:]), 1)
            return {"from": monday.isoformat(), "to": (monday + timedelta(days=6)).isoformat()}
        case "month":
            first = date.fromisoformat(f"{value}-01")
            following = (first + timedelta(days=32)).replace(day=1)
            return {"from": first.isoformat(), "to": (following - timedelta(days=1)).isoformat()}
    return {"from": f"{value}-01-01", "to": f"{value}-12-31"}
