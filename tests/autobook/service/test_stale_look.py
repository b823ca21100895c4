"""A look that is too old to rely on: it is repeated, and what a person has changed by then is left alone."""

from typing import Any

import pytest

from tests.autobook.service.processing import INVOICE, corrections, rule, run, run_to_the_end, system
from tests.fake_kanbert import booking
from tests.fakes import System


def test_look_that_is_too_old() -> None:
    """A look that is older than a few seconds is repeated before a write relies on it."""
    made = system(rule(account="7380"), bookings=[booking("b1"), booking("b2"), booking("b3")])

    def slow(number: int, done: bool) -> None:
        if number == 1 and done:
            made.clock.advance(seconds=6)
            made.kanbert.edit("inv1", "b2", chart_of_account_id="theirs")
            made.kanbert.incoming["inv1"]["bookings"].pop()

    made.kanbert.around_patch = slow
    run(made)
    assert [line for _, line, _ in made.kanbert.patches] == ["b1"]
    assert made.kanbert.line("inv1", "b2")["chart_of_account_id"] == "theirs"


def test_codes_that_took_long() -> None:
    """The same before the first write, where deciding has taken long."""
    made = system(rule(account="7380", note="ours"))
    candidates = made.code_resolver.candidates

    def slow(*args: Any, **named: Any) -> Any:
        made.clock.advance(seconds=3)
        made.kanbert.edit("inv1", "b1", chart_of_account_id="theirs")
        return candidates(*args, **named)

    made.code_resolver.candidates = slow  # type: ignore[method-assign]
    run(made)
    assert [line for _, line, _ in made.kanbert.patches] == [None]
    assert made.kanbert.line("inv1")["chart_of_account_id"] == "theirs"


def meanwhile(target: object, method: str, made: System, **edit: Any) -> None:
    """The next call takes three seconds, and somebody edits the line meanwhile."""
    call = getattr(target, method)

    def slow(*args: Any, **named: Any) -> Any:
        setattr(target, method, call)
        made.clock.advance(seconds=3)
        made.kanbert.edit("inv1", "b1", **edit)
        return call(*args, **named)

    setattr(target, method, slow)


@pytest.mark.parametrize("call", ["rule_repository.rules", "provenance.put"])
@pytest.mark.parametrize(
    ("field", "status"), [("chart_of_account_id", "open"), ("title", "ready_for_accounting")], ids=["account", "title"]
)
def test_status_of_an_invoice_that_has_changed(field: str, status: str, call: str) -> None:
    """The status is not set on what a person has emptied since the decision was made: that is decided anew."""
    made = system(rule(account="7380", booking_title="ours"))
    run_to_the_end(made)
    patches = len(made.kanbert.patches)
    made.rule_repository.items.append(rule("ready", status="ready_for_accounting"))
    made.kanbert.edit("inv1", title="theirs")
    name, _, method = call.partition(".")
    meanwhile(getattr(made, name), method, made, **{field: None})
    run(made)
    assert made.kanbert.patches[patches:] == []
    assert made.provenance.get(INVOICE).pending == ()
    run_to_the_end(made)
    assert made.kanbert.incoming["inv1"]["status"] == status
    assert [each["field"] for each in corrections(made)] == ["account" if field != "title" else "booking_title"]


def test_position_of_an_account_that_has_changed() -> None:
    """A position was looked up within an account. It is not written where a person has chosen another one since."""
    made = system(rule(account="7380", position="id:pos-1", booking_title="ours"))
    meanwhile(made.rule_repository, "rules", made, chart_of_account_id="theirs")
    run(made)
    assert [fields for _, _, fields in made.kanbert.patches] == [{"title": "ours"}]
