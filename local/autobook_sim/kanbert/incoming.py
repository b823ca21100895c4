"""Incoming invoices: what an upload leaves behind, and what a change does."""

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from autobook_sim.kanbert.master_data import supplier
from autobook_sim.kanbert.refusals import invalid, not_found
from autobook_sim.kanbert.store import Store
from autobook_sim.kanbert.wire import Record, stamp
from autobook_sim.ocr import ReadDocument, read_document

SLUG = "autobook"
"""The integration's slug: the default of `external_origin`."""
_DATES = ("date_of_invoice", "due_date", "date_of_start", "date_of_end")


def upload(store: Store, fields: Mapping[str, Any], file: tuple[str, bytes, str] | None) -> Record:
    """A new document. `file`: name, content, media type. 422 where the external id is taken."""
    origin = fields.get("external_origin") or SLUG
    unique_external_id(store, "incoming", origin, fields.get("external_id"))
    reads = file is not None and store.settings.ocr and not fields.get("file_was_preprocessed")
    seen = read_document(file[1]) if file is not None and reads else ReadDocument()
    now = stamp(store.clock())
    record: Record = {
        "id": store.new_id("incoming"),
        "external_id": fields.get("external_id"),
        "external_origin": origin,
        "type": fields.get("type") or seen.type,
        "title": fields.get("title") or _title(seen, file),
        "status": "open",
        "payment_status": "open",
        "invoice_number": _either(fields, "invoice_number", seen.invoice_number),
        "notes": fields.get("notes"),
        "sum_net": seen.sum_net or Decimal(),
        "sum_tax": seen.sum_tax or Decimal(),
        "sum_gross": seen.sum_gross or Decimal(),
        "vats": [{"vat": rate, "value": value} for rate, value in seen.vats],
        "supplier": _supplier(store, seen.supplier_name),
        "payment_account": None,
        **{name: _either(fields, name, _day(getattr(seen, name))) for name in _DATES},
        "editor": None,
        "bookings": [],
        "payments": [],
        "created_at": now,
        "updated_at": now,
        "_md5": None,
        "_tags": None,
        "_booked_at": None,
    }
    if file is not None:
        record["_md5"] = hashlib.md5(file[1], usedforsecurity=False).hexdigest()
    given = {name: value for name, value in fields.items() if value is not None}
    _apply(store, record, given)
    for row in fields.get("bookings") or ():
        record["bookings"].append(_booking(store, row, now))
    read_sum = reads and seen.readable and seen.sum_net is not None
    if read_sum and store.settings.ocr_booking and not record["bookings"]:
        title = seen.title or seen.supplier_name
        record["bookings"].append(_booking(store, {"title": title, "value": record["sum_net"]}, now))
    if file is not None:
        store.files[record["id"]], store.media_types[record["id"]] = file[1], file[2]
    return store.add("incoming", record)


def update(store: Store, record: Record, fields: Mapping[str, Any]) -> bool:
    """Write the fields; whether anything changed."""
    before = {**record}
    _apply(store, record, fields)
    return _touched(store, record, before)


def update_booking(store: Store, invoice: Record, booking: Record, fields: Mapping[str, Any]) -> bool:
    """Write the fields of a line; whether anything changed. 422 for a position of another account."""
    account_id = fields.get("chart_of_account_id", booking["chart_of_account_id"])
    position = store.get("positions", fields.get("position_id", booking["position_id"]))
    if position is not None and account_id is not None and position["_account"] != account_id:
        if "position_id" in fields:
            raise invalid({"position_id": ["The selected position id is invalid."]})
        fields = {**fields, "position_id": None}
    before = {**booking}
    booking.update(fields)
    booking["chart_of_account"] = _account(store, booking["chart_of_account_id"])
    if not _touched(store, booking, before):
        return False
    invoice["updated_at"] = booking["updated_at"]
    return True


def add_booking(store: Store, invoice: Record, fields: Mapping[str, Any]) -> Record:
    """A line that a person adds in Kanbert's own pages; the API has no operation for it."""
    booking = _booking(store, fields, stamp(store.clock()))
    invoice["bookings"].append(booking)
    invoice["updated_at"] = booking["created_at"]
    store.touch()
    return booking


def delete_booking(store: Store, invoice: Record, booking: Record) -> None:
    """Remove a line."""
    invoice["bookings"].remove(booking)
    invoice["updated_at"] = stamp(store.clock())
    store.touch()


def found(store: Store, invoice_id: str) -> Record:
    """The document. 404."""
    record = store.get("incoming", invoice_id)
    if record is None:
        raise not_found(f"incoming invoice {invoice_id[:60]}")
    return record


def found_booking(invoice: Record, booking_id: str) -> Record:
    """A line of the document. 404."""
    for booking in invoice["bookings"]:
        if booking["id"] == booking_id:
            return dict_of(booking)
    raise not_found(f"booking {booking_id[:60]}")


def dict_of(record: Any) -> Record:
    """The record itself, typed."""
    assert isinstance(record, dict)  # noqa: S101 - the store holds nothing else
    return record


def check_duplicate(store: Store, md5: str) -> Record:
    """Which documents hold this file."""
    duplicates = [
        {
            "id": each["id"],
            "title": each["title"],
            "invoice_number": each["invoice_number"],
            "supplier": each["supplier"],
            "status": each["status"],
            "booked_at": each["_booked_at"],
        }
        for each in store.all("incoming")
        if each["_md5"] == md5
    ]
    return {"hash": md5, "exists": bool(duplicates), "duplicates": duplicates}


def answered(store: Store, record: Record) -> Record:
    """The document as the API answers."""
    if not store.settings.omit_bookings:
        return record
    return {name: value for name, value in record.items() if name not in ("bookings", "payments")}


def unique_external_id(store: Store, table: str, origin: str, external_id: str | None) -> None:
    """422 where the identifier is taken within its origin."""
    if external_id is None:
        return
    for each in store.all(table):
        if (each["external_origin"], each["external_id"]) == (origin, external_id):
            raise invalid({"external_id": ["The external id has already been taken."]})


def _either(fields: Mapping[str, Any], name: str, read: Any) -> Any:
    """What the request says goes before what OCR read (docs/kanbert-api.md)."""
    return fields[name] if fields.get(name) is not None else read


def _title(seen: ReadDocument, file: tuple[str, bytes, str] | None) -> str:
    return (seen.title or seen.supplier_name or (file[0] if file else None) or "Eingangsrechnung")[:255]


def _day(day: date | None) -> str | None:
    return None if day is None else f"{day.isoformat()}T00:00:00.000000Z"


def _supplier(store: Store, name: str | None) -> Record | None:
    if not name:
        return None
    for each in store.all("suppliers"):
        if each["name"] == name:
            return each
    return store.add("suppliers", supplier(store, name))


def _account(store: Store, account_id: str | None) -> Record | None:
    return store.get("chart_of_accounts", account_id)


def _booking(store: Store, fields: Mapping[str, Any], now: str) -> Record:
    return {
        "id": store.new_id("booking"),
        "type": fields.get("type") or "account",
        "title": fields.get("title"),
        "value": fields["value"],
        "chart_of_account_id": fields.get("chart_of_account_id"),
        "position_id": fields.get("position_id"),
        "project_id": fields.get("project_id"),
        "client_id": fields.get("client_id"),
        "chart_of_account": _account(store, fields.get("chart_of_account_id")),
        "outgoing_invoice": None,
        "created_at": now,
        "updated_at": now,
    }


_EMBEDDED = {
    "supplier_id": ("supplier", "suppliers"),
    "editor_id": ("editor", "users"),
    "payment_account_id": ("payment_account", "payment_accounts"),
}


def _apply(store: Store, record: Record, fields: Mapping[str, Any]) -> None:
    """Fields of a write, where they show."""
    for name, value in fields.items():
        if name in _EMBEDDED:
            shows, table = _EMBEDDED[name]
            record[shows] = store.get(table, value)
        elif name == "net_value":
            record["sum_net"] = value or Decimal()
        elif name == "vat_value":
            record["sum_tax"] = value or Decimal()
        elif name == "vats":
            record["vats"] = value or []
        elif name == "tags":
            record["_tags"] = value
        elif name in record and name not in ("bookings", "external_origin"):
            record[name] = value
    if fields.get("net_value") is not None or fields.get("vat_value") is not None:
        record["sum_gross"] = record["sum_net"] + record["sum_tax"]


def _touched(store: Store, record: Record, before: Record) -> bool:
    if record == before:
        return False
    record["updated_at"] = stamp(store.clock())
    store.touch()
    return True
