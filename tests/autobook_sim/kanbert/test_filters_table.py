"""Filter → records that it finds, written by hand from docs/rules.md ("Conditions"), not from the parser.

The simulator reads filters with the product's own parser. A misreading of the language would hide behind that: rule
and simulator would agree. Here a person has worked out each answer.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from autobook_sim.kanbert.filters import Filter, field_table, parsed
from autobook_sim.kanbert.refusals import Refusal

VIENNA = ZoneInfo("Europe/Vienna")
NOW = datetime(2026, 1, 21, 10, 30, tzinfo=UTC)
"""A Wednesday, 11:30 in Vienna. The week is 19 to 25 January."""
ME = "u-me"


def incoming(**values: Any) -> dict[str, Any]:
    """An incoming invoice; fields that are not given are null."""
    return {"external_id": None, "invoice_number": None, "supplier": None, "editor": None, **values}


INCOMING: dict[str, dict[str, Any]] = {
    "a": incoming(
        title="Hosting January", external_id="X-1", invoice_number="RE-2026_17",
        type="Invoice", status="open", payment_status="open",
        sum_net=Decimal(100), sum_tax=Decimal(20), sum_gross=Decimal(120),
        supplier={"id": "s1"}, editor={"id": "u1"},
        date_of_invoice="2026-01-14T23:30:00Z",  # 15 January, 00:30 in Vienna
        due_date="2026-01-21T12:00:00+01:00",
        created_at="2026-01-21T08:00:00Z",  # today, 09:00 in Vienna
    ),
    "b": incoming(
        title="hosting 50% off", invoice_number="RE-2026X18",
        type="Credit", status="ready_for_accounting", payment_status="paid",
        sum_net=Decimal(-5), sum_tax=Decimal(-1), sum_gross=Decimal(-6),
        supplier={"id": "s2"}, editor={"id": "u2"},
        date_of_invoice="2026-01-14T23:00:00Z",  # 15 January, 00:00 in Vienna
        due_date=None,
        created_at="2026-01-20T23:00:00Z",  # today's first instant in Vienna
    ),
    "c": incoming(
        title="Straßenbau Müller", external_id="x-1",
        type="Invoice", status="booked", payment_status="partial",
        sum_net=Decimal("99.90"), sum_tax=Decimal("19.98"), sum_gross=Decimal("119.88"),
        date_of_invoice=None,
        due_date="2026-01-31T22:59:59Z",  # 31 January, 23:59:59 in Vienna
        created_at="2026-01-20T22:59:59.999999Z",  # yesterday's last microsecond in Vienna
    ),
    "d": incoming(
        title="STRASSENBAU MU\u0308LLER", external_id="", invoice_number="re-1",
        type="Invoice", status="open", payment_status="open",
        sum_net=Decimal(1000), sum_tax=Decimal(0), sum_gross=Decimal(1000),
        supplier={"id": "s1"}, editor={"id": "u1"},
        date_of_invoice="2026-01-31T12:00:00+01:00",
        due_date="2026-02-28T12:00:00+01:00",
        created_at="2026-01-18T22:59:59Z",  # Sunday of last week, 23:59:59 in Vienna
    ),
    "e": incoming(
        title='a "b" c\\d 100%', external_id="E'5", invoice_number="100",
        type="Invoice", status="open", payment_status="paid",
        sum_net=Decimal("0.99"), sum_tax=Decimal("0.01"), sum_gross=Decimal(1),
        supplier={"id": "s3"}, editor={"id": ME},
        date_of_invoice="2026-01-31T23:00:00Z",  # 1 February, 00:00 in Vienna
        due_date="2026-01-21T00:00:00+01:00",
        created_at="2026-01-25T22:59:59.999999Z",  # this week's last microsecond in Vienna
    ),
}  # fmt: skip

ROWS: list[tuple[str, str]] = [
    # equal: exactly, case and encoding of umlauts included
    ('title = "Hosting January"', "a"),
    ('title = "hosting january"', ""),
    ("title eq 'Hosting January'", "a"),
    ('title EQ "Hosting January"', "a"),
    ('title="Hosting January"', "a"),
    ('title = "Straßenbau Müller"', "c"),
    ('title = "Straßenbau Mu\u0308ller"', "c"),
    ('title = "Straßenbau Muller"', ""),
    ('external_id = ""', "d"),
    # not equal: null is neither equal nor unequal
    ('invoice_number != "re-1"', "abe"),
    ('invoice_number ne "re-1"', "abe"),
    ('invoice_number neq "re-1"', "abe"),
    ('external_id != "X-1"', "cde"),
    ('external_id != "X-1" or external_id is null', "bcde"),
    # amounts
    ("sum_gross < 1", "b"),
    ("sum_gross lt 1", "b"),
    ("sum_gross <= 1", "be"),
    ("sum_gross lte 1", "be"),
    ("sum_gross le 1.00", "be"),
    ("sum_gross > 120", "d"),
    ("sum_gross gt 119.88", "ad"),
    ("sum_gross >= 120", "ad"),
    ("sum_gross gte 120", "ad"),
    ("sum_gross GE 120", "ad"),
    ("sum_gross = 120.0000", "a"),
    ("sum_net = -5", "b"),
    ("sum_tax != 0", "abce"),
    ("sum_gross >= 1 and sum_gross < 120", "ce"),
    # one of, none of
    ('external_id in ["X-1", "x-1"]', "ac"),
    ('external_id in ["x-1"]', "c"),
    ('external_id nin ["X-1"]', "cde"),
    ('external_id notin ["X-1", "x-1"]', "de"),
    ('external_id not in ["X-1", "x-1"]', "de"),
    ("sum_gross in [1, -6]", "be"),
    ("sum_gross nin [1, -6, 1000]", "ac"),
    ('status IN ["open"]', "ade"),
    # contains, startswith, endswith: case and encoding do not matter, ß is ss
    ('title contains "HOSTING"', "ab"),
    ('title contains "STRASSE"', "cd"),
    ('title contains "straße"', "cd"),
    ('title contains "müller"', "cd"),
    ('title contains "mu\u0308ller"', "cd"),
    ('title contains "muller"', ""),
    # a text is what it looks like: blanks that do not break, characters that cannot be seen, full width letters
    ('title contains "hosting\u00a0j\u00adan"', "a"),
    ('title = "Ｈosting\u200b January"', "a"),
    ('external_id in ["\ufeffX-1"]', "a"),
    ('title contains ""', "abcde"),
    ('external_id contains ""', "acde"),
    ('title startswith "host"', "ab"),
    ('title startsWith "january"', ""),
    ('title endswith "MÜLLER"', "cd"),
    ('title ENDSWITH "OFF"', "b"),
    ('title endswith "Hosting January and more"', ""),
    # like: % any text, _ one character of the text as it is compared; the whole text
    ('title like "hosting%"', "ab"),
    ('title like "hosting"', ""),
    ('title like "%"', "abcde"),
    ('invoice_number like "re-1"', "d"),
    ('invoice_number like "RE-1"', "d"),
    ('invoice_number like "RE-2026_1_"', "ab"),
    (r'invoice_number like "RE-2026\_1_"', "a"),
    ('invoice_number like "R_-1"', "d"),
    ('title like "%a%n%y"', "a"),
    (r'title like "%50\% %"', "b"),
    (r'title like "%100\%"', "e"),
    (r'title like "%50\%"', ""),
    ('title like "stra__enbau m_ller"', "cd"),
    ('title like "stra_enbau m_ller"', ""),
    # amounts as text: plain, with two decimals
    ('sum_gross endswith ".88"', "c"),
    ('sum_gross endswith ".00"', "abde"),
    ('sum_gross startswith "1"', "acde"),
    ('sum_gross startswith "-"', "b"),
    ('sum_gross contains "19.8"', "c"),
    ("sum_gross contains 20", "a"),
    ('sum_gross like "1__.%"', "ac"),
    # null
    ("invoice_number is null", "c"),
    ("invoice_number isnull", "c"),
    ("invoice_number IS  NULL", "c"),
    ("invoice_number is not null", "abde"),
    ("invoice_number isnotnull", "abde"),
    ("invoice_number notnull", "abde"),
    ("external_id is null", "b"),
    ("supplier.id is null", "c"),
    ("date_of_invoice is null", "c"),
    ("due_date is not null", "acde"),
    ("sum_gross is null", ""),
    ("status is not null", "abcde"),
    ("created_at is null", ""),
    # ids, and the signed-in user
    ('supplier.id = "s1"', "ad"),
    ('supplier.id != "s1"', "be"),
    ('supplier.id in ["s2", "s3"]', "be"),
    ('supplier.id nin ["s1"]', "be"),
    ('supplier.id = "S1"', ""),
    ("editor.id = me.id", "e"),
    ("editor.id != me.id", "abd"),
    ('editor.id in ["u1", "u2"]', "abd"),
    # enums
    ('status = "open"', "ade"),
    ('status != "booked"', "abde"),
    ('payment_status in ["partial", "paid"]', "bce"),
    ('payment_status nin ["partial", "paid"]', "ad"),
    ('type = "Credit"', "b"),
    # dates: as dates in Vienna
    ('date_of_invoice = "2026-01-15"', "ab"),
    ("date_of_invoice = 2026-01-15", "ab"),
    ('date_of_invoice = "2026-01-14"', ""),
    ('date_of_invoice != "2026-01-15"', "de"),
    ('date_of_invoice < "2026-01-15"', ""),
    ('date_of_invoice <= "2026-01-15"', "ab"),
    ('date_of_invoice > "2026-01-31"', "e"),
    ('date_of_invoice >= "2026-01-31"', "de"),
    ('date_of_invoice in ["2026-01-15", "2026-02-01"]', "abe"),
    ('date_of_invoice nin ["2026-01-15"]', "de"),
    ('date_of_invoice = "2026-01-14T23:59:00Z"', "ab"),
    ('date_of_invoice = "2026-01-15T12:00:00"', "ab"),
    # special dates on dates
    ("due_date = today", "ae"),
    ('due_date = "today"', "ae"),
    ("due_date > TODAY", "cd"),
    ("due_date >= today-1d", "acde"),
    ("due_date = today+10d", "c"),
    ("date_of_invoice = today-6d", "ab"),
    ("due_date < now", ""),
    ("due_date <= now", "ae"),
    ("date_of_invoice <= sow", "ab"),
    ("date_of_invoice > eow", "de"),
    ("date_of_invoice >= som", "abde"),
    ("due_date = eom", "c"),
    ("due_date in [today, eom]", "ace"),
    # date-times: a day is all of it to = != in nin, and its first instant to < <= > >=
    ("created_at = today", "ab"),
    ('created_at = "2026-01-21"', "ab"),
    ("created_at != today", "cde"),
    ("created_at < today", "cd"),
    ("created_at <= today", "bcd"),
    ("created_at > today", "ae"),
    ("created_at >= today", "abe"),
    ("created_at = today-1d", "c"),
    ('created_at in [today, "2026-01-18"]', "abd"),
    ("created_at nin [today]", "cde"),
    ('created_at = "2026-01-21T08:00:00Z"', "a"),
    ('created_at = "2026-01-21T10:00:00+02:00"', "a"),
    ('created_at = "2026-01-21T09:00:00"', "a"),
    ('created_at != "2026-01-21T08:00:00Z"', "bcde"),
    ("created_at < now", "abcd"),
    ("created_at > now", "e"),
    ("created_at < sow", "d"),
    ("created_at > sow", "abce"),
    ("created_at = eow", "e"),
    ("created_at > eow", ""),
    ("created_at >= som", "abcde"),
    ("created_at > eom", ""),
    # not before and before or; unknown stays unknown
    ('status = "booked" or status = "open" and sum_gross > 500', "cd"),
    ('(status = "booked" or status = "open") and sum_gross > 500', "d"),
    ('sum_gross > 500 and status = "open" or status = "booked"', "cd"),
    ('not status = "open" and sum_gross > 100', "c"),
    ('not (status = "open" and sum_gross > 500)', "abce"),
    ('not type = "Invoice" or sum_gross = 1', "be"),
    ('not not (type = "Credit")', "b"),
    ('title CONTAINS "hosting" AND NOT (status = "open") OR sum_gross = 1', "be"),
    ('not (invoice_number = "re-1")', "abe"),
    ('not (invoice_number contains "RE")', "e"),
    ('not (supplier.id in ["s1"])', "be"),
    ("not (invoice_number is null)", "abde"),
    ('invoice_number = "x" or sum_gross > 100', "acd"),
    ('invoice_number = "x" and sum_gross > 100', ""),
    ('not (invoice_number = "x" and sum_gross < 0)', "abcde"),
    ('not (invoice_number = "x" and sum_gross > 100)', "abde"),
    # escapes and quotation marks
    (r'title = "a \"b\" c\\d 100%"', "e"),
    (r"""title = 'a "b" c\\d 100%'""", "e"),
    ('external_id = "E\'5"', "e"),
    (r"external_id = 'E\'5'", "e"),
    ('title contains "100%"', "e"),
    (r'title contains "100\%"', "e"),
    ('title contains "%"', "be"),
    (r'title contains "\\"', "e"),
    ('invoice_number contains "_"', "a"),
    (r'invoice_number contains "6\_1"', "a"),
    # the JSON form
    ('[{"field": "title", "op": "contains", "value": "hosting"}, {"field": "sum_gross", "op": "lt", "value": 0}]', "b"),
    ('{"or": [{"field": "status", "op": "eq", "value": "booked"}, {"field": "sum_gross", "op": ">", "value": 500}]}',
     "cd"),
    ('{"not": {"field": "invoice_number", "op": "eq", "value": "re-1"}}', "abe"),
    ('[{"field": "invoice_number", "op": "isnull"}]', "c"),
    ('[{"field": "supplier.id", "op": "in", "value": ["s2", "s3"]}]', "be"),
    ('[{"field": "created_at", "op": "=", "value": "today"}]', "ab"),
    (r'[{"field": "title", "op": "like", "value": "%100\\%"}]', "e"),
]  # fmt: skip


def found(listing: str, records: dict[str, dict[str, Any]], source: str) -> list[str]:
    """The ids of the records that the filter finds."""
    table = field_table(listing, ME)
    finds = Filter(parsed(source, table), table, VIENNA, NOW)
    return [name for name, record in records.items() if finds({"id": name, **record})]


@pytest.mark.parametrize(("source", "expected"), ROWS)
def test_incoming_invoices(source: str, expected: str) -> None:
    """The filter finds these records and no others."""
    assert found("incoming", INCOMING, source) == list(expected)


OUTGOING: dict[str, dict[str, Any]] = {
    "two lines": {
        "title": "One", "is_credit": False, "status": "open", "payment_status": "open", "client": {"name": "Donau"},
        "line_items": [
            {"title": "Hosting", "price": Decimal(100), "amount": Decimal(1), "type": "unit"},
            {"title": "Support", "price": Decimal(50), "amount": Decimal(2), "type": "unit"},
        ],
        "external_costs": [],
    },
    "no lines": {
        "title": "Two", "is_credit": True, "status": "booked", "payment_status": "paid", "client": None,
        "line_items": [],
        "external_costs": [{"title": "Travel", "total": Decimal(80), "supplier": {"id": "s1", "name": "ÖBB"}}],
    },
    "archived": {
        "title": "Three", "is_credit": False, "status": "open", "payment_status": "open",
        "deleted_at": "2026-01-01T00:00:00Z",
        "line_items": [{"title": "Hosting", "price": Decimal(10), "amount": Decimal(1), "type": "unit"}],
        "external_costs": [],
    },
    "lists missing": {
        "title": "Four", "is_credit": None, "status": "bookable", "payment_status": "cancelled",
        "line_items": None, "external_costs": None,
    },
}  # fmt: skip

OUTGOING_ROWS: list[tuple[str, list[str]]] = [
    # booleans
    ("is_credit = true", ["no lines"]),
    ("is_credit = false", ["two lines"]),
    ("is_credit != true", ["two lines"]),
    ("is_credit is null", ["lists missing"]),
    ("is_credit isnotnull", ["two lines", "no lines"]),
    # archived ones only where the filter speaks of them
    ('title contains ""', ["two lines", "no lines", "lists missing"]),
    ('archived = "only"', ["archived"]),
    ('archived = "with"', ["two lines", "no lines", "archived", "lists missing"]),
    ('archived = "without"', ["two lines", "no lines", "lists missing"]),
    ('archived = "with" and is_credit = false', ["two lines", "archived"]),
    # embedded objects that may be missing
    ('client.name startswith "don"', ["two lines"]),
    ("client.name is null", ["no lines", "lists missing"]),
    # lists: all and none are true of an empty one, any is not; a missing one is unknown
    ('line_items.any(title contains "hosting")', ["two lines"]),
    ('line_items.ANY(title contains "hosting")', ["two lines"]),
    ('archived = "with" and line_items.any(title = "Hosting")', ["two lines", "archived"]),
    ("line_items.any()", ["two lines"]),
    ("line_items.none()", ["no lines"]),
    ("line_items.all(price >= 50)", ["two lines", "no lines"]),
    ("line_items.all(price > 50)", ["no lines"]),
    ("line_items.none(price > 60)", ["no lines"]),
    ("line_items.none(price > 100)", ["two lines", "no lines"]),
    ("not (line_items.any(price > 60))", ["no lines"]),
    # both conditions of the same element, or each of some element
    ('line_items.any(title = "Hosting" and price < 60)', []),
    ('line_items.any(title = "Hosting") and line_items.any(price < 60)', ["two lines"]),
    ('line_items.any(title = "Hosting" and price = 50 or amount = 2)', ["two lines"]),
    # numbers
    ("line_items.any(amount = 2)", ["two lines"]),
    ("line_items.any(amount in [3, 4])", []),
    ("line_items.all(amount >= 1 and amount <= 2)", ["two lines", "no lines"]),
    ("line_items.any(amount nin [1])", ["two lines"]),
    # how many
    ("line_items.count() = 2", ["two lines"]),
    ("line_items.count() = 0", ["no lines"]),
    ("line_items.count() != 2", ["no lines"]),
    ("line_items.count() >= 0", ["two lines", "no lines"]),
    ("line_items.count() < 1", ["no lines"]),
    ("line_items.count(price > 60) = 1", ["two lines"]),
    ("line_items.count(price > 60) in [0, 2]", ["no lines"]),
    ('external_costs.any(supplier.name startswith "öbb")', ["no lines"]),
    ("external_costs.count() = 0 and line_items.count() > 1", ["two lines"]),
    # the JSON form
    ('{"field": "line_items", "op": "any", "value": {"field": "title", "op": "eq", "value": "Hosting"}}',
     ["two lines"]),
    ('[{"field": "line_items.count()", "op": "gt", "value": 1}]', ["two lines"]),
    ('[{"field": "line_items.count()", "op": "eq", "value": 1, "where": {"field": "price", "op": "gt", "value": 60}}]',
     ["two lines"]),
    ('[{"field": "is_credit", "op": "eq", "value": true}]', ["no lines"]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), OUTGOING_ROWS)
def test_outgoing_invoices(source: str, expected: list[str]) -> None:
    """The filter finds these records and no others."""
    assert found("outgoing", OUTGOING, source) == expected


REFUSED: list[tuple[str, str]] = [
    ("incoming", 'Title = "x"'),  # field names as they are written
    ("incoming", 'supplier.name = "x"'),  # not among the fields of this list
    ("incoming", 'notes = "x"'),
    ("incoming", 'supplier.id contains "s"'),  # an id takes no text operators
    ("incoming", 'status > "open"'),  # an enum has no order
    ("incoming", 'title < "a"'),  # nor has text
    ("incoming", 'status = "closed"'),  # no such value
    ("incoming", "title = x"),  # text is quoted
    ("incoming", 'sum_gross = "120"'),  # numbers are not
    ("incoming", "title in []"),
    ("incoming", 'title in ("a")'),  # lists stand in brackets
    ("incoming", 'title between "a"'),
    ("incoming", "title = null"),
    ("incoming", 'due_date = "31.01.2026"'),
    ("incoming", r'title = "\x"'),  # no such escape
    ("incoming", 'title = "a" and'),
    ("incoming", '(title = "a"'),
    ("incoming", "title = me.id"),  # the user is an id
    ("incoming", '[{"field": "title", "op": "eq", "value": "a", "extra": 1}]'),
    ("outgoing", "status is null"),  # listed without null tests
    ("outgoing", "is_credit in [true]"),  # listed with = and null tests only
    ("outgoing", 'archived != "only"'),
    ("outgoing", "line_items.all()"),
    ("outgoing", 'line_items.any(amount contains "2")'),  # a number takes no text operators
    ("outgoing", "line_items.count() is null"),
    ("outgoing", 'line_items.title = "a"'),
]


@pytest.mark.parametrize(("listing", "source"), REFUSED)
def test_refused(listing: str, source: str) -> None:
    """What the language or the list does not have is answered with 400."""
    with pytest.raises(Refusal) as refused:
        parsed(source, field_table(listing, ME))
    assert refused.value.status == 400
