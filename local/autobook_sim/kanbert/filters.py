"""What the lists can be filtered by: exactly the fields and operators of the reference.

The language itself is the product's (`autobook.domain.conditions`). What differs from a rule is here: which fields
there are, `me.id`, and `archived`. docs/kanbert-api.md says what is documented.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

from autobook.domain.conditions import (
    And,
    BareWord,
    Comparison,
    Condition,
    ConditionError,
    Facts,
    Field,
    FieldTable,
    Kind,
    Not,
    OperatorName,
    Or,
    RawValue,
    Relation,
    Scalar,
    TypedOperand,
    getters_of_table,
    instant,
    local_date,
    parse,
    truth,
)
from autobook_sim.kanbert.refusals import bad_request
from autobook_sim.kanbert.wire import Record, moment_of

_PERSON = {"editor.id": "id", "editor.external_id": "string", "editor.email": "string"}
_PROJECT = {
    "project.id": "id", "project.title": "string", "project.external_id": "string", "project.shortcode": "string"
}  # fmt: skip
_WHO = {
    **_PERSON, "client.id": "id", "client.name": "string", "client.external_id": "string",
    "client.shortcode": "string", **_PROJECT, "company.id": "id", "company.company_name": "string",
}  # fmt: skip
_SUMS = {"sum_net": "currency", "sum_tax": "currency", "sum_gross": "currency"}
_LINE_TOTALS = {
    "total_net": "currency", "total_net_base": "currency", "total_net_without_discount": "currency",
    "total_gross": "currency", "total_gross_base": "currency", "total_gross_without_discount": "currency",
    "purchase_total": "currency", "purchase_total_base": "currency",
}  # fmt: skip

FILTERS: Final[dict[str, dict[str, str]]] = {
    "incoming": {
        "external_id": "string", "title": "string", "type": "enum", "status": "enum", "payment_status": "enum",
        "invoice_number": "string", **_SUMS, "supplier.id": "id", "editor.id": "id", "date_of_invoice": "date",
        "due_date": "date", "created_at": "datetime",
    },
    "outgoing": {
        "archived": "archived", "title": "string", "status": "enum!", "payment_status": "enum!",
        "invoice_number": "string", "is_credit": "boolean", "date_of_invoice": "date", "payment_due_date": "date",
        **_SUMS, **_WHO,
    },
    "master": {"archived": "archived", "title": "string", **_SUMS, **_WHO},
    "line_items": {
        "title": "string", "price": "number", "amount": "number", "tax_factor": "number", **_PROJECT, **_LINE_TOTALS,
        "purchase_price": "currency", "type": "enum!", "metric.id": "id", "metric.title": "string",
    },
    "accounts": {"code": "string", "title": "string", "type": "enum", "priority": "string"},
    "projects": {"shortcode": "string", "title": "string"},
    "clients": {"shortcode": "string", "name": "string"},
    "suppliers": {
        "name": "string", "customer_number": "string", "vendor_identifier": "string", "external_id": "string"
    },
    "webhooks": {"url": "string", "created_at": "datetime"},
}  # fmt: skip
"""By list: field to type. `enum!` is an enum without null tests (docs/kanbert-api.md)."""

RELATIONS: Final[dict[str, dict[str, str]]] = {
    "line_items": {
        "title": "string", "price": "currency", "amount": "number", **_PROJECT, **_LINE_TOTALS, "type": "enum",
    },
    "external_costs": {
        "title": "string", "amount": "number", **_PROJECT, "supplier.id": "id", "supplier.name": "string",
        "price": "currency", "total": "currency",
    },
}  # fmt: skip
HAVE_RELATIONS: Final = frozenset({"outgoing", "master"})

ENUMS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("incoming", "type"): ("Invoice", "Credit"),
    ("incoming", "status"): ("open", "ready_for_accounting", "booked"),
    ("incoming", "payment_status"): ("open", "paid", "partial"),
    ("outgoing", "status"): ("estimate", "open", "bookable", "booked"),
    ("outgoing", "payment_status"): ("open", "partly_paid", "paid", "cancelled"),
    ("line_items", "type"): ("unit", "category", "page_break"),
    ("accounts", "type"): ("accounts", "discount", "supplier_discount"),
}
_ARCHIVED: Final = ("with", "only", "without")


@dataclass(frozen=True, slots=True)
class ListedField(Field):
    """A field with the operators that the reference lists for it."""

    allowed: frozenset[OperatorName] | None = None

    @property
    def operators(self) -> frozenset[OperatorName]:
        """The operators of its type, unless fewer are listed."""
        return Field.operators.fget(self) if self.allowed is None else self.allowed  # type: ignore[attr-defined]


def _field(listing: str, path: str, kind: str) -> Field:
    if kind == "archived":
        return ListedField(path, Kind("enum", _ARCHIVED), nullable=False, allowed=frozenset({"eq"}))
    values = ENUMS.get((listing, path), ())
    if kind == "enum!":
        return ListedField(path, Kind("enum", values), nullable=False, allowed=frozenset({"eq", "ne", "in", "nin"}))
    if kind == "boolean":
        allowed = frozenset[OperatorName]({"eq", "ne", "isnull", "isnotnull"})
        return ListedField(path, Kind(kind), nullable=True, allowed=allowed)
    return ListedField(path, Kind(kind, values), nullable=True)


def field_table(listing: str, me: str, computed: tuple[str, ...] = ()) -> FieldTable:
    """The fields of a list; `computed` aliases are numbers, with and without their prefix."""
    table = FieldTable({path: _field(listing, path, kind) for path, kind in FILTERS[listing].items()})
    for alias in computed:
        for path in (f"computed_fields.{alias}", alias):
            table.fields.setdefault(path, ListedField(path, Kind("number"), nullable=True))
    if listing in HAVE_RELATIONS:
        for name in RELATIONS:
            table.relations[name] = Relation(name, nullable=False, elements=relation_table(name, me))
    return _indexed(table, me)


def relation_table(name: str, me: str) -> FieldTable:
    """The fields of a relation's elements."""
    return _indexed(FieldTable({path: _field(name, path, kind) for path, kind in RELATIONS[name].items()}), me)


def _indexed(table: FieldTable, me: str) -> FieldTable:
    table.index()
    for key, leaf in table.leaves.items():
        if leaf.field.kind.name == "id":
            table.leaves[key] = TypedOperand(leaf.field, leaf.op, _me(leaf.convert, me))
    return table


def _me(convert: Callable[[RawValue], Scalar], me: str) -> Callable[[RawValue], Scalar]:
    return lambda literal: me if isinstance(literal, BareWord) and literal.lower() == "me.id" else convert(literal)


def parsed(source: str, table: FieldTable) -> Condition:
    """The condition. 400 where it is not allowed."""
    try:
        return parse(source, table)
    except ConditionError as error:
        raise bad_request(f"Invalid filter: {error}") from None


class Row:
    """A record whose fields are attributes; what it does not have is null."""

    __slots__ = ("_record",)

    def __init__(self, record: Record) -> None:
        self._record = record

    def __getattr__(self, name: str) -> Any:
        value = self._record.get(name, self._record.get(f"_{name}"))
        if isinstance(value, dict):
            return Row(value)
        if isinstance(value, list):
            return [Row(each) if isinstance(each, dict) else each for each in value]
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        return value


class Filter:
    """A condition, ready to be asked about records."""

    def __init__(self, condition: Condition, table: FieldTable, timezone: tzinfo, now: datetime) -> None:
        self._archived_named = _names(condition, "archived")
        self._condition = _without_archived(condition)
        self._table = table
        # What `archived` stands for; not a field that a caller may name.
        self._table.fields.setdefault("deleted_at", ListedField("deleted_at", Kind("string"), nullable=True))
        self._getters: dict[Any, Callable[[Facts], Any]] = getters_of_table(table)
        for path, field in table.fields.items():
            if field.kind.name in ("date", "datetime"):
                convert = local_date if field.kind.name == "date" else instant
                self._getters[path] = _timed(self._getters_of_text(path), convert)
        self._timezone, self._now = timezone, now

    @staticmethod
    def _getters_of_text(path: str) -> Callable[[Facts], Any]:
        return lambda facts: getattr(facts.subject, path)

    def __call__(self, record: Record) -> bool:
        """Whether the condition surely holds; archived records only where it speaks of them."""
        if not self._archived_named and record.get("deleted_at") is not None:
            return False
        facts = Facts(self._getters, Row(record), None, self._timezone, self._now)
        return truth(self._condition, facts, self._table) is True


def _timed(fetch: Callable[[Facts], Any], convert: Callable[[datetime, tzinfo], Any]) -> Callable[[Facts], Any]:
    def timed(facts: Facts) -> Any:
        text = fetch(facts)
        return None if text is None else convert(moment_of(text), facts.timezone)

    return timed


def _names(condition: Condition, path: str) -> bool:
    match condition:
        case And(parts) | Or(parts):
            return any(_names(part, path) for part in parts)
        case Not(part):
            return _names(part, path)
        case Comparison(found):
            return found == path
    return False


def moves(condition: Condition) -> bool:
    """True if what it means depends on when it is asked (`now`, `today-30d`): a word without quotes."""
    match condition:
        case And(parts) | Or(parts):
            return any(moves(part) for part in parts)
        case Comparison(_, _, value):
            return any(isinstance(each, BareWord) for each in (value if isinstance(value, tuple | list) else [value]))
    return True  # relations and negations: whatever is in them


def _without_archived(condition: Condition) -> Condition:
    match condition:
        case And(parts):
            return And(tuple(_without_archived(part) for part in parts))
        case Or(parts):
            return Or(tuple(_without_archived(part) for part in parts))
        case Not(part):
            return Not(_without_archived(part))
        case Comparison("archived", _, value):
            deleted, kept = Comparison("deleted_at", "isnotnull", None), Comparison("deleted_at", "isnull", None)
            return {"only": deleted, "without": kept}.get(str(value), Or((deleted, kept)))
    return condition
