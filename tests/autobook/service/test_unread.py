"""Documents that Kanbert announces before their OCR is through: neither supplier nor sums."""

from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.documents import Document, DocumentKind
from tests.autobook.service.processing import INVOICE, rule
from tests.fake_kanbert import booking, incoming
from tests.fakes import FakeRuleRepository, message
from tests.listing import ListingKanbert, ListingSystem

CATCH_ALL = rule("rest", 'status = "open"', account="7390", status="ready_for_accounting", note="by autobook")
EMPTY: dict[str, Any] = {
    "supplier": None,
    "sum_net": Decimal(0),
    "sum_tax": None,
    "sum_gross": Decimal("0.00"),
    "invoice_number": None,
    "vats": [],
    "bookings": [booking(value=Decimal(0))],
}
READ: dict[str, Any] = {
    "supplier": {"id": "sup1", "name": "Hetzner"},
    "sum_net": Decimal(100),
    "sum_tax": Decimal(20),
    "sum_gross": Decimal(120),
}


def uploaded(*rules: dict[str, Any], bookings_listed: bool = True, **fields: Any) -> ListingSystem:
    """A document that was just uploaded; its webhook has been processed."""
    repository = FakeRuleRepository(CATCH_ALL, *rules)
    made = ListingSystem(rule_repository=repository, kanbert=ListingKanbert(bookings_listed=bookings_listed))
    made.kanbert.add(incoming(**EMPTY | fields))
    made.queue.send(message())
    made.work()
    return made


def pass_time(made: ListingSystem, **time: float) -> int:
    """Sweeps, five minutes apart; how many of them queued the document."""
    until, queued = made.clock.now, 0
    made.clock.advance(**time)
    until, made.clock.now = made.clock.now, until
    while made.clock.now < until:
        made.clock.advance(minutes=5)
        made.sweeper()()
        queued += made.work()
    return queued


def read(made: ListingSystem, *, touched: bool = True) -> None:
    """OCR is through. `touched` False: Kanbert leaves `updated_at` as it was."""
    invoice = made.kanbert.incoming["inv1"]
    before = invoice["updated_at"]
    made.kanbert.edit("inv1", **READ)
    made.kanbert.edit("inv1", "b1", value=Decimal(100))
    if not touched:
        invoice["updated_at"] = before


@pytest.mark.parametrize(
    ("fields", "decided"),
    [
        ({}, False),
        ({"supplier": {"id": None, "name": ""}}, False),
        ({"supplier": {"id": None, "name": " "}}, False),
        ({"supplier": []}, False),
        ({"supplier": {"value": {"amount": 1}}}, False),
        ({"supplier": {"title": "Hostwerk"}}, True),
        ({"sum_net": None, "sum_gross": None}, False),
        ({"bookings": []}, False),
        ({"supplier": READ["supplier"]}, True),
        ({"sum_gross": Decimal("0.01")}, True),
        ({"sum_net": Decimal(-5)}, True),
    ],
)
def test_what_is_not_read(fields: dict[str, Any], decided: bool) -> None:
    """Without a supplier and with no sum but zero it is not read, whatever else it has; one of them is enough."""
    made = uploaded(**fields)
    assert bool(made.kanbert.patches) == decided


def test_recorded_archived_announced() -> None:
    """It is announced as received, archived and recorded; nothing is written, suggested or asked of a person."""
    made = uploaded(rule("maybe", 'status = "open"', mode="suggest", project="id:p1"))
    assert made.publisher.types == ["invoice.received", "invoice.archived"]
    assert made.kanbert.patches == []
    assert Document(DocumentKind.INCOMING_INVOICE, "inv1") in made.manifest.states
    assert made.provenance.get(INVOICE).written == ()


def test_read_seconds_later() -> None:
    """When OCR fills it in, its webhook has it decided at once."""
    made = uploaded()
    read(made)
    made.clock.advance(seconds=20)
    made.queue.send(message())
    made.work()
    assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7390"
    assert made.publisher.types.count("invoice.received") == 1


@pytest.mark.parametrize("bookings_listed", [True, False])
@pytest.mark.parametrize("touched", [True, False])
def test_read_an_hour_later(touched: bool, bookings_listed: bool) -> None:
    """Without a webhook the next sweep finds that it was read, whether or not `updated_at` moved."""
    made = uploaded(bookings_listed=bookings_listed)
    pass_time(made, hours=1)
    assert made.kanbert.patches == []
    read(made, touched=touched)
    pass_time(made, minutes=5)
    assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7390"


def test_list_that_lags() -> None:
    """A list that still shows it empty does not keep it from being decided: it is looked at by itself."""
    made = uploaded()
    stale = made.kanbert.get_incoming_invoice("inv1")
    read(made)
    made.kanbert.list_incoming_invoices = lambda *, on_page, **_: _one_page(stale, on_page)  # type: ignore[method-assign]
    pass_time(made, minutes=10)
    assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7390"


def _one_page(invoice: Any, on_page: Any) -> Any:
    yield invoice
    if on_page is not None:
        on_page(None)


def test_a_day_later() -> None:
    """After a day a person is asked, once, with the code `not_read`; until then it is looked at a few times only."""
    made = uploaded()
    looks = pass_time(made, hours=23)
    assert 8 <= looks <= 12
    assert "invoice.needs_review" not in made.publisher.types
    pass_time(made, hours=2)
    (review,) = made.publisher.of("invoice.needs_review")
    assert [reason["code"] for reason in review.data["reasons"]] == ["not_read"]
    assert pass_time(made, days=2) == 0
    assert made.kanbert.patches == []
    assert len(made.publisher.of("invoice.needs_review")) == 1


def test_rules_are_no_reason_to_look() -> None:
    """An edit of the rules does not concern a document that is not read."""
    made = uploaded()
    made.rule_repository.items.append(rule("second", 'status = "open"', project="id:p1", priority=1))
    made.clock.advance(seconds=10)
    made.sweeper()()
    assert made.queue.messages == []


def test_a_person_fills_it_in() -> None:
    """What a person wrote into it meanwhile is theirs when it is decided."""
    made = uploaded()
    made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-person")
    pass_time(made, minutes=5)
    read(made)
    pass_time(made, minutes=5)
    assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-person"


def test_handed_over_unread() -> None:
    """One that a person handed over without sums is nobody's business."""
    made = uploaded(status="ready_for_accounting")
    pass_time(made, days=2)
    assert "invoice.needs_review" not in made.publisher.types
