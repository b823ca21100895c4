"""Conditions that compare two fields of one invoice: our extension of Kanbert's language."""

from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.conditions import (
    Comparison,
    ConditionError,
    FieldReference,
    OperatorName,
    Truth,
    parse,
)
from autobook.domain.conditions.printing import shortest, to_json, to_text
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.rules import Rule, RuleSet, about_booking, rule_fields
from autobook.domain.rules.explain import explain
from autobook_sim.kanbert.filters import field_table, parsed
from autobook_sim.kanbert.refusals import Refusal
from tests.autobook.domain.rules.invoices import NOW, VIENNA, a_booking, an_invoice, truth_of

INVOICE = an_invoice(
    sum_net=Decimal(100), sum_gross=Decimal("120.00"), title="ACME\u00a0Ltd", supplier={"id": "s1", "name": "ACME Ltd"},
    notes="acme ltd", due_date="2026-01-15T22:30:00Z", date_of_invoice="2026-01-14T23:30:00Z", date_of_start=None,
    status="open", payment_status="open", created_at="2026-01-21T08:00:00Z", updated_at="2026-01-21T09:00:00+01:00",
    bookings=[
        a_booking(id="b1", value=Decimal(120), title="T", chart_of_account={"id": "c", "code": "T"}),
        a_booking(id="b2", value=Decimal(121), title=None, chart_of_account={"id": "c", "code": "T"}),
    ],
)  # fmt: skip
"""Due on the day it bears; title and supplier look alike, created and updated at one instant."""

CASES: list[tuple[str, Truth]] = [
    ("sum_gross > sum_net", True),
    ("sum_net > sum_gross", False),
    ("sum_gross = booking.value", True),
    ("booking.value != sum_gross", False),
    ("sum_gross <= booking.value and sum_gross >= booking.value", True),
    ("sum_gross < sum_gross", False),
    ("due_date < date_of_invoice", False),
    ("due_date = date_of_invoice", True),
    ("date_of_start < date_of_invoice", None),
    ("date_of_invoice > date_of_start", None),
    ("date_of_start = date_of_end", None),
    ("not (date_of_start = date_of_start)", None),
    ("created_at = updated_at", True),
    ("created_at < updated_at", False),
    ("title = supplier.name", True),
    ("status = payment_status", True),
    ("payment_status != status", False),
    ("title = notes", False),
    ("title != notes", True),
    ("title != external_id", None),
    ("supplier.id = booking.project_id", None),
    ("bookings.any(title = chart_of_account.code)", True),
    ("bookings.all(title = chart_of_account.code)", None),
    ("bookings.count(title = chart_of_account.code) = 1", True),
    ("not bookings.any(title != chart_of_account.code)", None),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_truth(text: str, expected: Truth) -> None:
    """As SQL has it; texts as they look, dates by their day, date-times by their instant."""
    assert truth_of(text, INVOICE) is expected


@pytest.mark.parametrize("others", [0, 50])
@pytest.mark.parametrize(("text", "expected"), CASES)
def test_compiled(text: str, expected: Truth, others: int) -> None:
    """The engine agrees, alone and among many, for the condition and for its negation."""
    more = [{"rule_id": f"o{i}", "when": f"sum_gross > sum_net and sum_net > {i}", "tags": "x"} for i in range(others)]
    for when, fires in ((text, expected is True), (f"not ({text})", expected is False)):
        rule = {"rule_id": "r", "when": when, "project": "P", "priority": 1}
        match = RuleSet.load([rule, *more], timezone=VIENNA).match(INVOICE, now=NOW)
        assert ("project" in match.bookings[0]) is fires


def test_line_by_line() -> None:
    """A rule that compares with the current line is about lines, whichever stands first."""
    for text in ("sum_gross < booking.value", "booking.value > sum_gross"):
        assert about_booking(parse(text, rule_fields()))
        match = RuleSet.load([{"rule_id": "r", "when": text, "project": "P"}], timezone=VIENNA).match(INVOICE, now=NOW)
        assert [list(each) for each in match.bookings] == [[], ["project"]]
    empty = an_invoice(bookings=[])
    rules = RuleSet.load([{"rule_id": "r", "when": "sum_gross != booking.value", "note": "n"}], timezone=VIENNA)
    assert not rules.match(empty, now=NOW).invoice


OPERATORS: dict[str, OperatorName] = {"=": "eq", "!=": "ne", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


@pytest.mark.parametrize(("symbol", "op"), OPERATORS.items())
def test_both_forms(symbol: str, op: OperatorName) -> None:
    """Text and JSON say the same, and are printed so that they say it again."""
    condition = Comparison("sum_gross", op, FieldReference("booking.value"))
    document = {"field": "sum_gross", "op": op, "value": {"field": "booking.value"}}
    for source in (f"sum_gross {symbol} booking.value", f"sum_gross{symbol}booking.value", document):
        assert parse(source, rule_fields()) == condition
    assert to_text(condition) == f"sum_gross {symbol} booking.value"
    assert shortest(condition) == f"sum_gross{symbol}booking.value"
    assert to_json(condition) == document
    quoted = parse('title = "notes"', rule_fields())
    assert quoted == Comparison("title", "eq", "notes")


REFUSED = [
    ("sum_gross > due_date", "sum_gross is of type currency, due_date of type date", "compare fields of one type"),
    ("due_date < created_at", "due_date is of type date, created_at of type datetime", "compare fields of one type"),
    ("title = supplier.id", "title is of type string, supplier.id of type id", "compare fields of one type"),
    ("vats.any(value > vat)", "value is of type currency, vat of type number", "compare fields of one type"),
    ("status = type", "status and type have other values", "they are never equal"),
    ("title contains supplier.name", "contains takes no field, found supplier.name", "use =, !=, <, <=, > or >="),
    ("sum_gross > booking.valeu", 'unknown field "booking.valeu"', "did you mean booking.value?"),
    ("sum_gross > bookings.value", "bookings is a list", "write bookings.any(value = …)"),
]


@pytest.mark.parametrize(("text", "problem", "hint"), REFUSED)
def test_refused(text: str, problem: str, hint: str) -> None:
    """An amount with an amount, a date with a date; the place is that of the other field."""
    with pytest.raises(ConditionError) as caught:
        parse(text, rule_fields())
    error = caught.value
    assert (error.problem, error.hint) == (problem, hint)
    assert error.offset is not None
    other = error.source[error.offset :][: error.length]
    assert text.removesuffix(")").endswith(other)
    if "(" not in text:
        path, op, _ = text.split()
        with pytest.raises(ConditionError) as caught:
            parse({"field": path, "op": op, "value": {"field": other}}, rule_fields())
        assert (caught.value.problem, caught.value.hint) == (problem, hint)


@pytest.mark.parametrize(
    "source",
    [
        "sum_gross in [sum_net]", "sum_gross > sum_net + 5", "sum_gross > -sum_net", "vats.any(value > sum_gross)",
        "vats.count() > sum_gross", {"field": "sum_gross", "op": "in", "value": [{"field": "sum_net"}]},
        {"field": "sum_gross", "op": "gt", "value": {"field": "sum_net", "op": "gt"}},
        {"field": "sum_gross", "op": "gt", "value": {"field": 5}}, {"field": "sum_gross", "op": "gt", "value": {}},
    ],
)  # fmt: skip
def test_what_it_is_not(source: Any) -> None:
    """There are no lists of fields, no sums, and nothing of the invoice within the elements of a list."""
    with pytest.raises(ConditionError):
        parse(source, rule_fields())


@pytest.mark.parametrize("source", ["sum_gross > sum_net", "title = invoice_number", "due_date < date_of_invoice"])
def test_kanbert_knows_no_such_thing(source: str) -> None:
    """The filter of Kanbert's own lists, which the client sends, takes values only, in both forms."""
    table = field_table("incoming", "me")
    path, op, other = source.split()
    for written in (source, f'[{{"field": "{path}", "op": "{op}", "value": {{"field": "{other}"}}}}]'):
        with pytest.raises(Refusal):
            parsed(written, table)
        assert parse(written, rule_fields())


def test_explained() -> None:
    """With the values of both fields."""
    rule = Rule.from_item({"rule_id": "r", "when": "sum_net > booking.value and date_of_start < due_date", "tags": "t"})
    invoice: IncomingInvoice = INVOICE
    found = explain(rule, invoice, (invoice.bookings or ())[0], now=NOW, timezone=VIENNA)
    assert list(found.lines())[2:] == [
        "    sum_net > booking.value → false, value 100 against 120",
        "    date_of_start < due_date → unknown, value null against 2026-01-15",
    ]
    assert found.as_data()["when"]["parts"][1] == {
        "condition": "date_of_start < due_date", "truth": None, "value": None, "against": "2026-01-15"
    }  # fmt: skip
