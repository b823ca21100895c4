"""Conditions, invoices and rule sets for the properties (Hypothesis)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from autobook.domain.conditions import (
    LIST_OPERATORS,
    TEXT_OPERATORS,
    VALUELESS,
    And,
    Comparison,
    Condition,
    Counted,
    FieldReference,
    Not,
    OperatorName,
    Or,
    Quantified,
    SpecialDate,
    joined,
    parse,
    plain,
)
from autobook.domain.conditions.printing import to_text
from autobook.domain.kanbert.incoming import IncomingInvoice
from autobook.domain.rules import rule_fields
from tests.autobook.domain.rules.invoices import a_booking, an_invoice

NAMES = [
    "Hetzner Online GmbH",
    "hetzner cloud",
    "Straßenbau Müller",
    "STRASSENBAU MU\u0308LLER",
    "Hetz",
    "Hetzner\u00a0Online Gm\u00adbH",
    "Ｈetz\u200b",
    "ÖBB",
    "A",
    "",
]
PARTS = [
    "hetz",
    "Hetzner",
    "STRASSE",
    "Müller",
    "mu\u0308",
    "cloud",
    "o",
    "",
    "GmbH",
    "Online G",
    "%zner%",
    "h_tz%",
    r"\%",
    "ü_ller",
]
AMOUNTS = [Decimal(text) for text in ("-5", "0", "9.99", "10", "10.00", "20", "119", "120.5", "1000")]
DAYS = [date(2026, 1, 1), date(2026, 1, 15), date(2026, 1, 21), date(2026, 1, 25), date(2026, 2, 1)]
MOMENTS = [
    SpecialDate("now"),
    SpecialDate("today"),
    SpecialDate("today", -6),
    SpecialDate("today", 4),
    *map(SpecialDate, ("sow", "eow", "som", "eom")),
]
INSTANTS = [
    datetime.fromisoformat(t)
    for t in ("2026-01-21T10:30:00Z", "2026-01-14T23:30:00Z", "2026-01-15T00:00:00", "2026-01-01T00:00:00+01:00")
]
FIELDS = [
    "supplier.name",
    "title",
    "invoice_number",
    "status",
    "type",
    "supplier.id",
    "sum_gross",
    "sum_net",
    "date_of_invoice",
    "due_date",
    "created_at",
    "updated_at",
    "booking.value",
    "booking.title",
    "booking.chart_of_account.code",
    "booking.outgoing_invoice.is_credit",
    "notes",
]


def _values(kind: str, values: tuple[str, ...], op: OperatorName) -> st.SearchStrategy[Any]:
    if kind == "currency" and op in TEXT_OPERATORS:
        return st.sampled_from(["1", "20", ".00", "%0", "1_%", "119.00"])
    match kind:
        case "string" | "id":
            return st.sampled_from([plain(each) for each in NAMES + PARTS] if kind == "string" else ["s1", "s2"])
        case "enum":
            return st.sampled_from(values)
        case "boolean":
            return st.booleans()
        case "currency" | "number":
            return st.sampled_from(AMOUNTS)
        case _:
            return st.sampled_from([*DAYS, *MOMENTS, *INSTANTS])


@st.composite
def comparisons(draw: st.DrawFn, relation: str, paths: list[str]) -> Condition:
    """One field of the invoice, or of a relation's elements, with any operator that fits it."""
    table = rule_fields().relations[relation].elements if relation else rule_fields()
    field = table.fields[draw(st.sampled_from(paths))]
    op = draw(st.sampled_from(sorted(field.operators)))
    if op in VALUELESS:
        return Comparison(field.path, op, None)
    if op in ("eq", "ne", "lt", "lte", "gt", "gte") and draw(st.integers(0, 4)) == 0:
        others = [path for path in paths if table.fields[path].kind == field.kind]
        return Comparison(field.path, op, FieldReference(draw(st.sampled_from(others))))
    values = _values(field.kind.name, field.kind.values, op)
    if op in LIST_OPERATORS:
        return Comparison(field.path, op, tuple(draw(st.lists(values, min_size=1, max_size=3))))
    return Comparison(field.path, op, draw(values))


def conditions(relation: str, paths: list[str], relations: bool = True) -> st.SearchStrategy[Condition]:
    """Trees in the shape that the parser makes."""
    leaves: st.SearchStrategy[Condition] = comparisons(relation, paths)
    if relations:
        leaves = leaves | relation_filters()

    def group(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        several = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(
            several.map(lambda parts: joined(And, parts)), several.map(lambda parts: joined(Or, parts)), inner.map(Not)
        )

    return st.recursive(leaves, group, max_leaves=6)


@st.composite
def relation_filters(draw: st.DrawFn) -> Condition:
    """Quantifiers and counts over VAT lines, bookings and payments."""
    path = draw(st.sampled_from(["vats", "bookings", "payments"]))
    table = rule_fields().relations[path].elements
    where = None
    filtered = draw(st.booleans())
    if table.fields and filtered:
        paths: list[str] = [
            each for each in ("vat", "value", "title", "type", "chart_of_account.code") if each in table.fields
        ]
        where = draw(conditions(path, paths, relations=False))
    form = draw(st.sampled_from(["any", "none", "all", "count"]))
    if form == "count" or (form == "all" and where is None):
        return Counted(path, where, draw(st.sampled_from(["eq", "ne", "lt", "gte"])), Decimal(draw(st.integers(0, 3))))
    return Quantified(path, form, where)  # type: ignore[arg-type]


CONDITIONS = conditions("", FIELDS)


def nullable(values: list[Any]) -> st.SearchStrategy[Any]:
    """One of the values, or null."""
    return st.sampled_from([None, *values])


@st.composite
def invoices(draw: st.DrawFn) -> IncomingInvoice:
    """Invoices with everything that may be null null now and then."""
    moments = ["2026-01-14T23:30:00Z", "2026-01-21T10:30:00Z", "2026-01-31T12:00:00+01:00", "2025-12-31T23:00:00Z"]
    bookings = st.lists(
        st.builds(
            lambda i, value, title, code, credit: a_booking(
                id=f"b{i}",
                value=value,
                title=title,
                chart_of_account={"id": "c", "code": code},
                outgoing_invoice=None if credit is None else {"id": "o", "title": "t", "is_credit": credit},
            ),
            st.integers(0, 99),
            st.sampled_from(AMOUNTS),
            nullable(NAMES),
            nullable(["7380", "A"]),
            nullable([True, False]),
        ),
        max_size=3,
    )
    supplier = draw(nullable(NAMES))
    return an_invoice(
        supplier=None if supplier is None else {"id": draw(st.sampled_from(["s1", "s2"])), "name": supplier},
        title=draw(st.sampled_from(NAMES)),
        invoice_number=draw(nullable(NAMES)),
        notes=draw(nullable(NAMES)),
        sum_gross=draw(st.sampled_from(AMOUNTS)),
        sum_net=draw(st.sampled_from(AMOUNTS)),
        status=draw(st.sampled_from(["open", "booked", "something new"])),
        type=draw(st.sampled_from(["Invoice", "Credit"])),
        date_of_invoice=draw(nullable(moments)),
        due_date=draw(nullable(moments)),
        created_at=draw(st.sampled_from(moments)),
        updated_at=draw(nullable(moments)),
        vats=[
            {"vat": vat, "value": value}
            for vat, value in draw(
                st.lists(st.tuples(st.sampled_from([0, 10, 20]), st.sampled_from(AMOUNTS)), max_size=3)
            )
        ],
        bookings=draw(st.none() | bookings),
    )


@st.composite
def rule_items(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rule sets, most of them large enough for every part of the index to come into play."""
    few = draw(st.lists(CONDITIONS, min_size=1, max_size=5))
    crowd = draw(st.lists(comparisons("", FIELDS), max_size=6))
    items = []
    for i, condition in enumerate([*few, *crowd, *[joined(And, [a, b]) for a in crowd for b in few], *crowd]):
        item: dict[str, Any] = {"rule_id": f"r{i:03}", "when": to_text(condition)}
        item["priority"] = draw(st.sampled_from([10, 100, 100]))
        item["mode"] = draw(st.sampled_from(["apply", "apply", "suggest", "off"]))
        item["account"] = draw(st.sampled_from(["1", "2"]))
        if draw(st.booleans()):
            item |= {"project": draw(st.sampled_from(["p", "q"])), "note": draw(st.sampled_from(["n", "m"]))}
        if draw(st.integers(0, 5)) == 0:
            item["valid_from"] = draw(st.sampled_from(DAYS)).isoformat()
        items.append(item)
    return items


_FEW_PARTS = [
    *(f"sum_gross {test}" for test in ("< 10", ">= 10", "> 10", "<= 10", "= 10", "!= 10", "< 119", ">= 0")),
    *(f"sum_gross {test}" for test in ('endswith ".99"', 'contains "1"', "in [10, 20]", "nin [10, 119]")),
    *(f"supplier.name {test}" for test in ('= "Hetz"', '!= "Hetz"', 'in ["Hetz", "A"]', "is null", "is not null")),
    *(f"supplier.name {test}" for test in ('contains "hetz"', 'startswith "Hetz"', 'like "hetzner%"', 'like "%H_b%"')),
    *(f"not (supplier.name {test})" for test in ('contains "hetz"', 'startswith "Hetzner"', 'endswith "h"')),
    *(f"date_of_invoice {test}" for test in ("is null", '<= "2026-01-21"', '> "2026-01-21"', "< today", ">= today")),
    *(f"booking.title {test}" for test in ('= "A"', '!= "A"', "is null", 'contains "a"')),
    *(f"booking.outgoing_invoice.is_credit {test}" for test in ("= true", "= false", "is null")),
    *(f"vats.{test}" for test in ("any(vat = 20)", "none(vat = 20)", "count() > 1", "count() <= 1")),
    *(f"bookings.{test}" for test in ('any(title = "A")', 'none(title = "A")', "count() > 1", "count() <= 1")),
    *(f"sum_gross {op} sum_net" for op in ("<", "<=", ">", ">=", "=", "!=")),
    *("sum_net < sum_gross", "booking.value <= sum_gross", "due_date < date_of_invoice", "title = supplier.name"),
    "bookings.any(title = chart_of_account.code)",
    'created_at < "2026-01-21"',
    'created_at >= "2026-01-21"',
    "created_at = today",
    "created_at != today",
]
SIMPLE = st.lists(
    st.lists(st.sampled_from(_FEW_PARTS), min_size=1, max_size=2).map(" and ".join), min_size=1, max_size=2
).map(lambda groups: parse(" or ".join(groups), rule_fields()))
"""Conditions of few parts, so that many of them have to do with each other."""

SIMPLE_ITEMS = st.fixed_dictionaries(
    {
        "when": SIMPLE.map(to_text),
        "account": st.sampled_from(["1", "1", "2"]),
        "priority": st.sampled_from([10, 100, 100]),
        "mode": st.sampled_from(["apply", "apply", "apply", "suggest"]),
    },
    optional={"project": st.sampled_from(["p", "q"]), "overwrite": st.just(True), "note": st.just("n")},
)
"""Rules of such conditions."""
