"""Finding the rules that an invoice meets: as many kinds at once as there are, each kind looked up, text kept out."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.kanbert.incoming import IncomingInvoice
from autobook.domain.rules import Conflict, RuleSet
from autobook.domain.rules.engine import codegen, index
from tests.autobook.domain.rules.invoices import NOW, VIENNA, a_booking, an_invoice


def met(conditions: list[str], invoice: IncomingInvoice | None = None, now: datetime = NOW) -> list[int]:
    """The positions of the conditions that hold, found through the index. Nobody shares a priority or a tag."""
    items: list[dict[str, Any]] = [
        {"rule_id": f"{i:05}", "when": condition, "mode": "apply", "tags": [str(i)], "priority": 1}
        for i, condition in enumerate(conditions)
    ]
    rules = RuleSet.load(items, timezone=VIENNA)
    assert not rules.errors, rules.errors[0].render()
    verdict = rules.match(invoice or an_invoice(), now=now).invoice.get("tags")
    if isinstance(verdict, Conflict):
        return [int(choice.rule_id) for choice in verdict.choices]
    return [int(verdict.rule_id)] if verdict else []


def test_more_shapes_than_one_function_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many kinds of conditions and look-ups there are, each of them is asked."""
    monkeypatch.setattr(index, "_FEWEST", dict.fromkeys("=^$*-", 1))
    fields = ("title", "invoice_number", "supplier.name", "id", "supplier.id", "created_at", "due_date", "sum_net")
    amounts = ("sum_net", "sum_tax", "sum_gross")
    conditions = [f"{field} is not null and {other} is not null" for field in fields for other in amounts]
    conditions += [f"{field} is not null and {other} != 1" for field in fields for other in amounts]
    conditions += [f"{field} {op} 'zzz'" for field in fields[:3] for op in ("contains", "startswith", "endswith", "=")]
    conditions += [f"{amount} > 0 and {amount} < 1000" for amount in amounts]
    wanted = [*range(48), *range(60, 63)]
    assert met(conditions) == wanted
    assert met(conditions * 2) == [*wanted, *(63 + i for i in wanted)]


@pytest.mark.parametrize(
    ("operator", "text", "misses"),
    [
        ("contains", "baum", "baums"),
        ("contains", "straßenb", "strassenx"),
        ("startswith", "STRASSE", "strassex"),
        ("endswith", "müller", "xmüller"),
        ("like", "%bau%", "%bax%"),
        ("like", "straßenbau%", "x%"),
        ("like", "%müller", "%x"),
        ("like", "straßenbau müller", "straßenbau"),
        ("like", "s%n%r", "s%x%r"),
        ("=", "Straßenbau Müller", "straßenbau müller"),
    ],
)
@pytest.mark.parametrize("crowd", [0, 100])
def test_text_among_many(operator: str, text: str, misses: str, crowd: int) -> None:
    """A text is found and missed alike whether its rule is tested alone or looked up among a hundred of its kind."""
    text = text.replace("baum", "bau m")
    others = [f'supplier.name {operator} "{operator}{i}{text.strip("%")}"' for i in range(crowd)]
    conditions = [*others, f'supplier.name {operator} "{text}"', f'supplier.name {operator} "{misses}"']
    assert met(conditions) == [crowd]


@pytest.mark.parametrize("crowd", [0, 100])
@pytest.mark.parametrize(("amount", "found"), [("10", [0]), ("10.01", [0, 1]), ("20", [1, 2]), ("20.01", [2])])
def test_bounds_among_many(crowd: int, amount: str, found: list[int]) -> None:
    """A bound belongs to its range as its operator says, tested alone or looked up among a hundred ranges."""
    ranges = ["sum_gross >= 10 and sum_gross < 20", "sum_gross > 10 and sum_gross <= 20", "sum_gross >= 20"]
    others = [f"sum_gross > {1000 + i} and sum_gross < {1001 + i}" for i in range(crowd)]
    assert met([*ranges, *others], an_invoice(sum_gross=Decimal(amount))) == found


class CountingAmount(Decimal):
    """An amount that counts how often it is compared."""

    asked = 0

    def __lt__(self, other: Any) -> bool:
        CountingAmount.asked += 1
        return super().__lt__(other)

    def __gt__(self, other: Any) -> bool:
        CountingAmount.asked += 1
        return super().__gt__(other)

    def __ge__(self, other: Any) -> bool:
        CountingAmount.asked += 1
        return super().__ge__(other)


def comparisons(conditions: list[str], **invoice: Any) -> tuple[list[int], int]:
    """Which of the conditions hold, and how often the invoice's gross amount was compared to find that out."""
    CountingAmount.asked = 0
    invoice.setdefault("supplier", {"id": "s", "name": "Supplier 42 Ltd"})
    document = an_invoice(**invoice).model_copy(update={"sum_gross": CountingAmount("42.5")})
    return met(conditions, document), CountingAmount.asked


def test_invoice_is_asked_once_for_all_its_lines() -> None:
    """A rule that does not look at the current line is tested once, however many lines there are."""
    lines = [a_booking(id=f"b{i}") for i in range(5)]
    assert comparisons(["sum_gross > 1", "booking.value > 1000"], bookings=lines) == ([0], 1)
    assert comparisons(["sum_gross > 1 and vats.any(vat = 20) and vats.count() > 1"], bookings=lines) == ([0], 1)
    assert comparisons(["sum_gross > 1 and booking.value > 1"], bookings=lines) == ([0], 5)


CROWD = 200
KINDS = {
    "equality": 'supplier.name = "Supplier {i} Ltd"',
    "prefix": 'supplier.name startswith "supplier {i} "',
    "suffix": 'supplier.name endswith "r {i} Ltd"',
    "long needle": 'supplier.name contains "plier {i} l"',
    "short needle": 'supplier.name contains " {i} l"',
    "pattern with a prefix": 'supplier.name like "supplier {i} l_d"',
    "pattern with a suffix": 'supplier.name like "s_pplier {i} ltd"',
    "pattern with a needle": 'supplier.name like "%_r {i} l%_%"',
    "list": 'supplier.name in ["Supplier {i} Ltd", "Nobody {i}"]',
    "either of two fields": '(supplier.name = "Supplier {i} Ltd" or invoice_number = "{i}")',
    "second level": 'status = "open" and supplier.name = "Supplier {i} Ltd"',
    "third level": 'status = "open" and type = "Invoice" and supplier.name contains "Supplier {i} L"',
}


@pytest.mark.parametrize("kind", KINDS)
def test_only_candidates_are_tested(kind: str) -> None:
    """Of many rules of a kind, only the few that the invoice's own values lead to are tested any further."""
    conditions = [f"sum_gross > {i} and ({KINDS[kind].format(i=i)})" for i in range(CROWD)]
    found, asked = comparisons(conditions)
    assert found == [42]
    assert asked <= 2


@pytest.mark.parametrize(
    "shared", ["", 'supplier.name = "Supplier 42 Ltd" and ', 'status = "open" and type = "Invoice" and ']
)
def test_ranges_are_not_tried_one_by_one(shared: str) -> None:
    """Of many ranges, those around the amount are found in a number of steps that grows with their logarithm."""
    conditions = [f"{shared}sum_gross >= {i} and sum_gross < {i + 1}" for i in range(CROWD)]
    found, asked = comparisons(conditions)
    assert found == [42]
    assert asked <= 24


@pytest.mark.parametrize("kind", ["equality", "prefix", "suffix", "long needle", "short needle"])
def test_what_is_looked_up_is_not_tested_again(kind: str) -> None:
    """Being found where a rule is kept proves that part of its condition: nothing is left to be tested."""
    codegen.collector.cache_clear()
    supplier = {"id": "s", "name": "Supplier 42 Ltd"}
    assert met([KINDS[kind].format(i=i) for i in range(CROWD)], an_invoice(supplier=supplier)) == [42]
    assert codegen.collector.cache_info().misses == 1


@pytest.mark.parametrize("text", ['"); raise SystemExit', "p0 or True", "{value}", "\\", "'''", "\n\t", "%{n}s", "#"])
def test_text_of_a_rule_never_becomes_source(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a rule's author writes is compared, and is in no function that is made for the rule."""
    made: list[str] = []

    def append_note(source: str, *_: str) -> Any:
        made.append(source)
        return compile(source, "<test>", "exec")

    codegen.collector.cache_clear()
    monkeypatch.setattr(codegen, "compile", append_note, raising=False)
    operators = ("eq", "ne", "in", "nin", "contains", "like", "startswith", "endswith")
    conditions = [
        json.dumps([{"field": "title", "op": op, "value": [text] if op in ("in", "nin") else text}]) for op in operators
    ]
    literal = text.replace("\\", "\\\\").replace("%", "\\%")
    conditions.append(json.dumps([{"field": "title", "op": "like", "value": f"%{literal}%_"}]))
    assert met(conditions, an_invoice(title=f"{text}")) == [0, 2, 4, 5, 6, 7]
    assert made
    assert not [source for source in made if text in source]


def test_clock_in_the_hour_that_comes_twice() -> None:
    """When clocks go back, `now` is the instant that it is, though the wall shows the same time an hour later."""
    invoice = an_invoice(created_at="2026-10-25T01:00:00Z")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=VIENNA)
    assert met(["created_at < now", "created_at > now"], invoice, first) == [1]
    assert met(["created_at < now", "created_at > now"], invoice, first.replace(fold=1)) == [0]
