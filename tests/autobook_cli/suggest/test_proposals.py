"""The rules that are proposed: what speaks for them, how they are written, and that the engine reads them so."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import Written
from autobook.domain.rules import Rule, RuleSet
from autobook_cli.history import Entry, Names
from autobook_cli.suggest import Observed, Proposal, proposed
from autobook_cli.suggest.learning import learned
from tests.agency import Agency
from tests.autobook_cli.past import account, booked, entry, ours
from tests.fake_kanbert import booking
from tests.fakes import VIENNA

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SUPPLIER = 'Müller & "Söhne" GmbH'


def monthly(number: int, code: str = "7380", name: str = SUPPLIER, **fields: Any) -> dict[str, Any]:
    """An invoice of the n-th month of 2025."""
    day = date(2025, 1, 10) + timedelta(days=30 * number)
    line = booking(f"l{number}", title="Miete", **account(code))
    invoice = {
        "supplier": {"id": "s1", "name": name},
        "date_of_invoice": f"{day}T00:00:00Z",
        "created_at": f"{day}T08:00:00Z",
    }
    return booked(f"i{number}-{len(name)}", **({"bookings": [line]} | invoice | fields))


def observed(
    *documents: dict[str, Any], rules: list[dict[str, Any]] | None = None, written: tuple[Written, ...] = ()
) -> Observed:
    """What is learned from these."""
    names = Names()
    found = Observed(VIENNA, names, RuleSet.load(rules or (), timezone=VIENNA), NOW)
    for document in documents:
        names.add_invoice(IncomingInvoice.model_validate(document))
        found.add(entry(document, *written))
    return found


def proposals(*documents: dict[str, Any], **about: Any) -> list[Proposal]:
    """The rules proposed from these."""
    return proposed(observed(*documents, **about), today=NOW.date())


def test_a_proposal() -> None:
    """A rule in mode suggest, after those that people wrote, with what speaks for it."""
    (found,) = proposals(*map(monthly, range(12)))
    assert dict(found.item) == {
        "rule_id": "müller-söhne-gmbh",
        "description": "suggested from 12 lines in 12 months since 2025-01; each month predicted from those before it: "
        "8 of 8 as booked, at least 51.8 %",
        "when": r'supplier.name = "Müller & \"Söhne\" GmbH"',
        "account": "7380",
        "priority": 200,
        "mode": "suggest",
    }
    assert (found.support, found.months, found.predicted, found.agreed) == (12, 12, 8, 8)


@pytest.mark.parametrize(("count", "expected"), [(11, 0), (12, 1)])
def test_too_little_to_be_sure(count: int, expected: int) -> None:
    """Four invoices to learn from, and seven that were predicted, say less than that it is so more often than not."""
    assert len(proposals(*map(monthly, range(count)))) == expected


def test_a_habit_that_changed() -> None:
    """What is booked since counts, in the predictions as well."""
    (found,) = proposals(*(monthly(n, "7380" if n < 10 else "7385") for n in range(24)))
    assert (found.item["account"], found.support, found.since) == ("7385", 14, date(2025, 11, 1))
    assert found.predicted == found.agreed <= 10


def test_predictions_that_failed_count() -> None:
    """Each month is predicted from those before it, and what was booked otherwise counts against the rule."""
    (found,) = proposals(*(monthly(n, "7385" if n in (15, 25) else "7380") for n in range(30)))
    assert (found.predicted, found.agreed, found.support) == (26, 24, 30)


def test_other_spellings() -> None:
    """A supplier that is written in several ways is one; the condition names each."""
    (found,) = proposals(*(monthly(n, name=("ACME GmbH", "Acme GmbH")[n % 2]) for n in range(12)))
    assert found.item["when"] == 'supplier.name in ["ACME GmbH", "Acme GmbH"]'


def test_supplier_without_a_name() -> None:
    """Known by its id."""
    (found,) = proposals(*(monthly(n, supplier={"id": "s9", "name": None}) for n in range(12)))
    assert (found.item["when"], found.rule_id) == ('supplier.id = "s9"', "supplier-s9")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "open"}, 1),
        ({"bookings": None}, 0),
        ({"bookings": [booking("b1")]}, 0),
        ({"supplier": None}, 0),
        ({"date_of_invoice": None, "created_at": None}, 0),
    ],
)
def test_what_is_learned_from(fields: dict[str, Any], expected: int) -> None:
    """Lines that people booked, of a supplier, with a day."""
    assert len(proposals(*(monthly(n, **fields) for n in range(12)))) == expected


def test_our_own_values_teach_nothing() -> None:
    """A value that a rule wrote and nobody confirmed is no habit of people; one that was handed over is."""
    written = tuple(ours("account", "acc-7380", line=f"l{n}") for n in range(12))
    still_open = [monthly(n, status="open") for n in range(12)]
    assert proposals(*still_open, written=written) == []
    assert len(proposals(*map(monthly, range(12)), written=written)) == 1


@pytest.mark.parametrize(
    ("rule", "expected", "covered"),
    [
        pytest.param({"when": f"supplier.name = {SUPPLIER!r}", "account": "7380"}, 0, 12, id="the same"),
        pytest.param({"when": 'supplier.name contains "müller"', "account": "7385"}, 0, 12, id="another account"),
        pytest.param({"when": "supplier.id is not null", "account": "7380", "mode": "suggest"}, 0, 12, id="suggests"),
        pytest.param({"when": 'supplier.name contains "müller"', "account": "7380", "mode": "off"}, 1, 0, id="off"),
        pytest.param({"when": 'supplier.name contains "müller"', "project": "P-1"}, 1, 0, id="no account"),
        pytest.param({"when": "sum_gross > 5000", "account": "7385"}, 1, 0, id="of others"),
    ],
)  # fmt: skip
def test_none_that_is_covered(rule: dict[str, Any], expected: int, covered: int) -> None:
    """Where a rule decides the account, or would if it were switched on, nothing is proposed."""
    found = observed(*map(monthly, range(12)), rules=[{"rule_id": "there", **rule}])
    assert len(proposed(found, today=NOW.date())) == expected
    assert found.covered == covered


def test_after_every_other_rule() -> None:
    """A rule that people wrote decides first, whatever its priority; names are free."""
    taken = {"rule_id": "Müller-Söhne-GmbH", "when": "sum_gross > 5000", "account": "1", "priority": 950}
    (found,) = proposals(*map(monthly, range(12)), rules=[taken])
    assert (found.item["priority"], found.rule_id) == (1050, "müller-söhne-gmbh-2")


@pytest.mark.parametrize(
    ("displayed", "expected"),
    [
        ({"code": "0650"}, "0650"),
        ({"code": None}, "id:acc"),
        ({"code": "7380.0"}, "id:acc"),
        ({"code": "4711 "}, "4711 "),
    ],
)
def test_codes(displayed: dict[str, Any], expected: str) -> None:
    """By the code where people have one that a rule can give; else by the id."""
    line = booking("l", chart_of_account_id="acc", chart_of_account={"id": "acc", "title": "x"} | displayed)
    (found,) = proposals(*(monthly(n, bookings=[line]) for n in range(12)))
    assert found.item["account"] == expected


def test_a_code_that_several_have() -> None:
    """The id says which is meant."""
    lines = [
        booking("l", chart_of_account_id=each, chart_of_account={"id": each, "code": "7380"}) for each in ("x", "y")
    ]
    (found,) = proposals(
        *(monthly(n, bookings=lines[:1]) for n in range(12)), monthly(20, name="Other", bookings=lines[1:])
    )
    assert found.item["account"] == "id:x"


def test_the_engine_reads_them_so() -> None:
    """On every line each condition is true where learning took it to be."""
    agency = Agency(5, 20, months=12)
    entries = [
        Entry.without_record(IncomingInvoice.model_validate(each)) for each in agency.invoices(date(2025, 1, 1), 12)
    ]
    found = Observed(VIENNA, Names(), RuleSet.load((), timezone=VIENNA), NOW)
    for each in entries:
        found.names.add_invoice(each.invoice)
        found.add(each)
    proposed_rules = proposed(found, today=NOW.date())
    rules = RuleSet.of((Rule.from_item(each.item) for each in proposed_rules), timezone=VIENNA)
    fired: dict[str, int] = {}
    for each in entries:
        for line in rules.firing(each.invoice, now=NOW):
            for rule_id in line:
                fired[rule_id] = fired.get(rule_id, 0) + 1
    expected: dict[str, int] = {}
    for key, lines in found.by_supplier.items():
        for rule in learned(sorted(lines, key=lambda line: line.month), key):
            met = sum(map(rule.feature.met, lines))
            name = next((each.rule_id for each in proposed_rules if _is(each, key, rule.feature.text)), None)
            if name is not None:
                expected[name] = met
    assert len(expected) == len(proposed_rules) > 10
    assert fired == expected


def _is(proposal: Proposal, supplier: str, feature: str) -> bool:
    when = str(proposal.item["when"])
    _, _, rest = when.partition(" and ")
    return supplier in when.casefold() and rest == feature


def test_amounts_that_nobody_has_are_no_limit() -> None:
    """A line without an amount meets no band."""
    documents = [
        monthly(n, sum_gross=None, bookings=[booking(f"l{n}", value=None, **account(("7380", "7385")[n % 2]))])
        for n in range(24)
    ]
    assert proposals(*documents) == []
    assert all(each.gross is None for each in observed(*documents).by_supplier['müller & "söhne" gmbh'])
    assert Decimal(1) > 0
