"""Outgoing invoices and master plans: sums from line items and discounts, and the external upload."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from autobook_sim.kanbert.incoming import SLUG, unique_external_id
from autobook_sim.kanbert.refusals import invalid, not_found
from autobook_sim.kanbert.store import Store
from autobook_sim.kanbert.wire import Record, stamp

_HUNDRED, _CENT = Decimal(100), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Item:
    """A line to be invoiced. `discount` in percent, `tax` in percent."""

    title: str
    price: Decimal
    amount: Decimal = Decimal(1)
    tax: Decimal = Decimal(20)
    discount: Decimal | None = None
    purchase: Decimal = Decimal()
    exclude_from_discount: bool = False


def external_upload(store: Store, fields: Mapping[str, Any], file: bytes | None) -> Record:
    """An invoice that was not made in Kanbert. 422 for a number or external id that exists, or for no file."""
    origin = fields.get("external_origin") or SLUG
    errors: dict[str, list[str]] = {}
    if file is None and not fields.get("file_url"):
        errors["file"] = ["The file field is required when file url is not present."]
    if not fields.get("invoice_number"):
        errors["invoice_number"] = ["The invoice number field is required when status is booked."]
    elif any(each["invoice_number"] == fields["invoice_number"] for each in store.all("outgoing")):
        errors["invoice_number"] = ["The invoice number has already been taken."]
    if file is not None and not file.startswith(b"%PDF-"):
        errors["file"] = ["The file field must be a file of type: pdf."]
    if errors:
        raise invalid(errors)
    unique_external_id(store, "outgoing", origin, fields.get("external_id"))
    client = store.get("clients", fields["client_id"])
    record = _head(store, "outgoing", fields["title"], client)
    tax = fields.get("sum_tax") or Decimal()
    record |= {
        **{
            name: fields[name]
            for name in ("invoice_number", "date_of_invoice", "payment_due_date", "currency", "sum_net")
        },
        **{name: fields[name] for name in ("performance_range_start", "performance_range_end")},
        **{name: fields.get(name) for name in ("external_id", "po_number", "reference")},
        "external_origin": origin,
        "status": fields["status"],
        "payment_due_date_org": fields["payment_due_date"],
        "is_credit": fields.get("is_credit", False),
        "taxation_enabled": fields.get("taxation_enabled", True),
        "sum_tax": tax,
        "sum_gross": fields["sum_net"] + tax,
        "address": fields.get("address") or record["address"],
        "address_changed": "address" in fields,
        "project": store.get("projects", fields.get("project_id")),
        "company": store.get("companies", fields.get("company_id")) or record["company"],
        "editor": store.get("users", fields.get("editor_id")),
    }
    # A file_url is not fetched: a simulator opens no connections that a payload asks for.
    if file is not None:
        store.files[record["id"]] = file
    return store.add("outgoing", record)


def invoice(
    store: Store,
    *,
    title: str,
    client: Record,
    items: Sequence[Item],
    number: str | None,
    project: Record | None = None,
    discount: Decimal | None = None,
    costs: Sequence[tuple[str, Decimal]] = (),
    master: Record | None = None,
    part: tuple[int, int] | None = None,
    taxed: bool = True,
) -> Record:
    """An invoice as Kanbert makes it. `discount` in percent of the whole; `part` is (current, number of parts)."""
    record = _head(store, "outgoing", title, client)
    factor = _HUNDRED / part[1] if part else None
    record |= {
        "master_invoice_id": master["id"] if master else None,
        "invoice_number": number,
        "status": "booked" if number else "open",
        "project": project,
        "taxation_enabled": taxed,
        "partial_indent": f"{part[0]}/{part[1]}" if part else None,
        "partial_factor": factor.quantize(_CENT) if factor else None,
    }
    _sums(store, record, items, discount, () if part else costs, factor or _HUNDRED)
    return store.add("outgoing", record)


def master_plan(
    store: Store,
    *,
    title: str,
    kind: str,
    client: Record,
    items: Sequence[Item],
    project: Record | None = None,
    discount: Decimal | None = None,
    costs: Sequence[tuple[str, Decimal]] = (),
) -> Record:
    """A plan of partial (`once`) or recurring (`recurring1` …) invoices."""
    record = _head(store, "master", title, client)
    record["project"] = project
    _sums(store, record, items, discount, costs, _HUNDRED)
    keep = (
        "id", "title", "performance_range_start", "performance_range_end", "locale", "currency", "address",
        "address_changed", "company", "editor", "client", "project", "taxation_enabled", "sum_net", "sum_tax",
        "sum_gross", "sum_external_costs", "payment_discount", "discounts", "line_items", "external_costs",
        "created_at", "updated_at", "deleted_at", "external_id", "external_origin",
    )  # fmt: skip
    plan = {name: record[name] for name in keep} | {"type": kind}
    plan |= {"_external_id": plan.pop("external_id"), "_external_origin": plan.pop("external_origin")}
    return store.add("master", plan)


def found(store: Store, table: str, wanted: str, params: Mapping[str, str]) -> Record:
    """By id, or by `find_by=external_id` within `origin`. 404; 422 for another `find_by`."""
    by = params.get("find_by") or "id"
    if by not in ("id", "external_id"):
        raise invalid({"find_by": ["The selected find by is invalid."]})
    if by == "id":
        record = store.get(table, wanted)
    else:
        origin = params.get("origin") or SLUG
        names = ("_external_origin", "_external_id") if table == "master" else ("external_origin", "external_id")
        record = next((r for r in store.all(table) if (r[names[0]], r[names[1]]) == (origin, wanted)), None)
    if record is None:
        raise not_found(f"{table} invoice {wanted[:60]}")
    return record


def _head(store: Store, kind: str, title: str, client: Record | None) -> Record:
    """The default of every field of an invoice."""
    moment = store.clock()
    now = stamp(moment)
    company = next((each for each in store.all("companies") if each["client"] is client), None)
    due = stamp(moment + timedelta(days=14))
    empty: dict[str, Any] = dict.fromkeys(
        ("external_id", "external_origin", "master_invoice_id", "invoice_number", "po_number", "reference", "project",
         "editor", "partial_indent", "partial_factor", "payment_discount_due_date", "payment_discount", "deleted_at")
    )  # fmt: skip
    return empty | {
        "id": store.new_id(kind),
        "title": title,
        "status": "open",
        "payment_status": "open",
        "is_credit": False,
        "date_of_invoice": now,
        "payment_due_date": due,
        "payment_due_date_org": due,
        "performance_range_start": now,
        "performance_range_end": now,
        "locale": "de",
        "currency": "EUR",
        "address": f"{client['name']}\nHauptstraße 1\n1010 Wien" if client else "",
        "address_changed": False,
        "company": company,
        "client": client,
        "taxation_enabled": True,
        "sum_net": Decimal(),
        "sum_tax": Decimal(),
        "sum_gross": Decimal(),
        "sum_external_costs": Decimal(),
        "discounts": [],
        "line_items": [],
        "external_costs": [],
        "created_at": now,
        "updated_at": now,
    }


def _sums(
    store: Store,
    record: Record,
    items: Sequence[Item],
    discount: Decimal | None,
    costs: Sequence[tuple[str, Decimal]],
    factor: Decimal,
) -> None:
    taxed = record["taxation_enabled"]
    lines = [_line(store, item, order, factor, taxed, record["project"]) for order, item in enumerate(items, 1)]
    record["line_items"] = lines
    net, tax = Decimal(), Decimal()
    for item, line in zip(items, lines, strict=True):
        share = _HUNDRED - (discount or 0) if not item.exclude_from_discount else _HUNDRED
        net += _cents(line["total_net"] * share / _HUNDRED)
        tax += _cents((line["total_gross"] - line["total_net"]) * share / _HUNDRED)
    if discount is not None:
        record["discounts"] = [
            {
                "id": store.new_id("discount"),
                "title": "Treuerabatt",
                "discount_factor": discount,
                "discount_absolute": None,
                "from_parent": record.get("master_invoice_id") is not None,
                "is_payment_discount": False,
                "order": 1,
            }
        ]
    record["external_costs"] = [
        _cost(store, record, title, price, order) for order, (title, price) in enumerate(costs, 1)
    ]
    record |= {
        "sum_net": net,
        "sum_tax": tax,
        "sum_gross": net + tax,
        "sum_external_costs": sum((price for _, price in costs), Decimal()),
    }


def _line(store: Store, item: Item, order: int, factor: Decimal, taxed: bool, project: Record | None) -> Record:
    base = _cents(item.price * item.amount)
    without = _cents(base * factor / _HUNDRED)
    net = _cents(without * (_HUNDRED - (item.discount or 0)) / _HUNDRED)
    rate = item.tax if taxed else Decimal()
    gross = (_HUNDRED + rate) / _HUNDRED
    purchase = _cents(item.purchase * item.amount)
    return {
        "id": store.new_id("line_item"),
        "title": item.title,
        "type": "unit",
        "indent": 0,
        "order": order,
        "price": item.price,
        "amount": item.amount,
        "total_net_base": base,
        "total_net_without_discount": without,
        "total_net": net,
        "total_gross_base": _cents(base * gross),
        "total_gross_without_discount": _cents(without * gross),
        "total_gross": _cents(net * gross),
        "tax_factor": rate,
        "metric": {"id": store.new_id("metric"), "title": "Stunde", "title_plural": "Stunden"},
        "project": project,
        "partial_factor": int(factor) if factor != _HUNDRED else None,
        "exclude_from_discount": item.exclude_from_discount,
        "discount_factor": item.discount,
        "discount_absolute": None,
        "discount_bound": False,
        "purchase_price": item.purchase,
        "purchase_amount": item.amount,
        "purchase_total_base": purchase,
        "purchase_total": _cents(purchase * factor / _HUNDRED),
        "purchase_price_bound": True,
        "description": "",
        "payment_partial_type": "once",
        "payment_partial_interval": None,
        "_created_at": stamp(store.clock()),
        "_updated_at": stamp(store.clock()),
    }


def _cost(store: Store, record: Record, title: str, price: Decimal, order: int) -> Record:
    return {
        "id": store.new_id("external_cost"),
        "title": title,
        "type": "unit",
        "indent": 0,
        "order": order,
        "is_credit": False,
        "is_optional": False,
        "price": price,
        "amount": Decimal(1),
        "total": price,
        "supplier": next(store.all("suppliers"), None),
        "client": record["client"],
        "project": record["project"],
        "status": None,
        "payment_partial_type": "once",
        "payment_partial_interval": None,
        "created_at": record["created_at"],
        "updated_at": None,
    }


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
