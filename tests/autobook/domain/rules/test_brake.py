"""The brake: an item of the rules table, or a parameter, holds every rule at `suggest`."""

from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.rules import Brake, Choice, RuleSet
from tests.autobook.domain.rules.invoices import NOW, VIENNA, an_invoice

APPLY = {"rule_id": "apply", "when": "sum_gross > 0", "account": "7380", "status": "ready_for_accounting"}
SUGGEST = {"rule_id": "first", "when": "sum_gross > 0", "account": "7390", "mode": "suggest", "priority": 1}
GUARD = {"rule_id": "guard", "when": "sum_gross > 0", "review": "look"}


def settings(**attributes: Any) -> dict[str, Any]:
    return {"rule_id": "_settings", **attributes}


def load(*items: dict[str, Any], held: bool = False) -> RuleSet:
    return RuleSet.load(items, timezone=VIENNA, held=held)


@pytest.mark.parametrize(
    "item",
    [
        settings(mode="suggest"),
        settings(mode=" Suggest\u00a0", description="first week", owner="Ada", check={"state": "ok"}),
        {"rule_id": "_SETTINGS ", "mode": "suggest"},
    ],
)
def test_held(item: dict[str, Any]) -> None:
    """As people write it."""
    rules = load(APPLY, item)
    assert rules.brake.is_on
    assert rules.brake.message == "the brake is on: every rule is held at suggest (_settings has mode suggest)"
    assert (rules.errors, len(rules)) == ((), 1)


@pytest.mark.parametrize("items", [(), (settings(mode="apply"),), (settings(mode="APPLY"),)])
def test_released(items: tuple[dict[str, Any], ...]) -> None:
    """No such item, or one that says apply: the rules decide."""
    rules = load(APPLY, *items)
    assert (rules.brake, len(rules), rules.errors) == (Brake(), 1, ())
    assert rules.brake.message == ""
    assert rules.version(NOW) == load(APPLY).version(NOW)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (settings(mode="sugest"), "did you mean suggest?"),
        (settings(mode="aply"), "did you mean apply?"),
        (settings(mode="off"), "write suggest or apply"),
        (settings(), "it has no mode"),
        (settings(mode=""), "it has no mode"),
        (settings(mode=None), "it has no mode"),
        (settings(mod="suggest"), "it has no mode"),
        (settings(mode=True), "expected a text, found true or false"),
        (settings(mode=Decimal(1)), "expected a text, found a number"),
        (settings(mode=["suggest"]), "expected a text, found a list"),
        ({"rule_id": "_setings", "mode": "suggest"}, "did you mean _settings?"),
        ({"rule_id": "settings", "mode": "apply"}, "did you mean _settings?"),
    ],
)
def test_broken_holds(item: dict[str, Any], message: str) -> None:
    """What cannot be told holds every rule, says so with its cure, and is an error of that item."""
    rules = load(APPLY, item)
    assert rules.brake.is_on
    (error,) = rules.errors
    assert (error.rule_id, message in str(error)) == (item["rule_id"], True), str(error)
    assert "_settings" in rules.brake.message
    assert not rules.match(an_invoice(), now=NOW).invoice


def test_unknown_attribute() -> None:
    """An attribute that nobody reads is an error; a mode that can be told counts all the same."""
    rules = load(APPLY, settings(mode="apply", modus="suggest"))
    assert not rules.brake.is_on
    assert [str(error) for error in rules.errors] == ['unknown attribute "modus", did you mean mode?']


def test_rule_with_a_similar_name() -> None:
    """A rule is a rule by its condition, whatever it is called."""
    rules = load(APPLY, {"rule_id": "settings", "when": "sum_gross > 0", "note": "n"})
    assert (rules.brake.is_on, len(rules)) == (False, 2)


def test_parameter() -> None:
    """The parameter holds whatever the item says, and both are named."""
    assert load(APPLY, settings(mode="apply"), held=True).brake.reasons == ("the parameter Mode is suggest",)
    assert len(load(APPLY, settings(mode="suggest"), held=True).brake.reasons) == 2


def test_nothing_is_written_and_everything_suggested() -> None:
    """What the rules decide becomes a suggestion, as it would be written once the brake is released."""
    items = (APPLY, SUGGEST, GUARD)
    released = load(*items).match(an_invoice(), now=NOW)
    held = load(*items, settings(mode="suggest")).match(an_invoice(), now=NOW)
    assert (dict(held.invoice), [dict(each) for each in held.bookings], held.reviews) == ({}, [{}], ())
    assert (released.held, held.held) == (False, True)
    assert held.suggestions.invoice["status"] == released.invoice["status"]
    (booking,) = held.suggestions.bookings
    assert isinstance(booking["account"], Choice)
    assert booking["account"].rule_id == "apply", "the rule that decides once the brake is released"
    assert [review.rule_id for review in held.suggestions.reviews] == ["guard"]


def test_off_stays_off() -> None:
    """A rule that is switched off suggests nothing either."""
    held = load({**APPLY, "mode": "off"}, settings(mode="suggest")).match(an_invoice(), now=NOW)
    assert not held.suggestions.invoice


def test_one_change_at_a_time() -> None:
    """Pulled, misspelt, made a rule of, released and deleted: the set is that of the items each time."""
    rules = load(APPLY)
    free = rules.version(NOW)
    held = rules.with_rule(settings(mode="suggest"))
    assert held.match(an_invoice(), now=NOW).held
    assert held.version(NOW) != free
    assert held.only("apply").match(an_invoice(), now=NOW).held
    assert held.with_rule(GUARD).brake.is_on
    assert held.with_rule(settings(mode="x")).brake.is_on
    assert not held.with_rule(settings(mode="apply")).brake.is_on
    deleted = held.without_rule("_settings")
    assert not deleted.match(an_invoice(), now=NOW).held
    assert deleted.version(NOW) == free
    assert not rules.match(an_invoice(), now=NOW).held, "a change gives another set"
