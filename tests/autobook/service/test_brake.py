"""The brake on the whole: nothing is written while it is on, and released it lets every open invoice be booked."""

from typing import Any

import pytest

from autobook.domain.events import Event
from tests.autobook.service.processing import reasons, rule, run, system
from tests.autobook.service.test_reach import LISTED, account, booked, rest, swept_once
from tests.fake_kanbert import incoming
from tests.fakes import FakeRuleRepository, System
from tests.listing import ListingKanbert, ListingSystem

SUGGEST = {"rule_id": "_settings", "mode": "suggest"}
APPLY = {"rule_id": "_settings", "mode": "apply"}


def suggested(made: System) -> list[tuple[str, str, str]]:
    event: Event = made.publisher.of("invoice.suggested")[-1]
    named = [(each["field"], each["value"], each["rule_id"]) for each in event.data["values"]]
    return [(field, value.get("id") or value["text"], rule_id) for field, value, rule_id in named]


@pytest.mark.parametrize("brake", [SUGGEST, {"rule_id": "_settings", "mode": "sugest"}])
def test_nothing_is_written(brake: dict[str, Any]) -> None:
    """Every rule is held: no PATCH, what would be written is suggested, and review says that the brake is on."""
    made = system(rule(account="7380", status="ready_for_accounting"), brake)
    assert run(made).values_written == 0
    assert made.kanbert.patches == []
    assert set(suggested(made)) == {
        ("account", "acc-7380", "hetzner"),
        ("status", "ready_for_accounting", "hetzner"),
    }
    assert reasons(made) == [("held", "b1", "account")]
    (reason,) = made.publisher.of("invoice.needs_review")[-1].data["reasons"]
    assert reason["message"] == "the brake is on, so the account of rule hetzner is only suggested"
    assert reason["rule_ids"] == ["hetzner"]


def test_no_rule_is_no_rule() -> None:
    """A line that no rule would book is reported as ever."""
    made = system(rule(project="P-1"), SUGGEST)
    run(made)
    assert reasons(made) == [("no_rule", "b1", "account")]


@LISTED
def test_release_reaches_every_open_invoice(bookings_listed: bool) -> None:
    """Each invoice that came while the brake was on is booked within one sweep after its release, and only once."""
    made = ListingSystem(
        rule_repository=FakeRuleRepository(rule(account="7380"), SUGGEST),
        kanbert=ListingKanbert(bookings_listed=bookings_listed),
    )
    for number in range(5):
        made.kanbert.add(incoming(f"inv{number}"))
    rest(made)
    assert made.publisher.of("invoice.booked") == []
    made.rule_repository.items[:] = [rule(account="7380"), APPLY]
    swept_once(made)
    assert [booked(made, f"inv{number}") for number in range(5)] == ["acc-7380"] * 5
    rest(made)
    assert len(made.publisher.of("invoice.booked")) == 5


@LISTED
def test_pulled_again(bookings_listed: bool) -> None:
    """Pulled later, the brake takes nothing back and keeps new invoices from being booked."""
    made = account(rule(account="7380"), bookings_listed=bookings_listed)
    made.rule_repository.items.append(SUGGEST)
    made.kanbert.add(incoming("inv2"))
    swept_once(made)
    assert (booked(made), booked(made, "inv2")) == ("acc-7380", None)
    rest(made)
