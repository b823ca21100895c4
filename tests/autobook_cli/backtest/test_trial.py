"""Which rules are on trial, and what stands for before and after."""

from typing import Any

import pytest

from autobook.domain.rules import RuleSet
from autobook_cli.backtest import trial_of
from tests.fakes import VIENNA


def rules(**modes: str) -> RuleSet:
    """Rules of these names and modes."""
    items: list[dict[str, Any]] = [
        {"rule_id": name, "when": "sum_gross > 0", "account": "1", "mode": mode} for name, mode in modes.items()
    ]
    return RuleSet.load(items, timezone=VIENNA)


def modes(of: RuleSet) -> dict[str, str]:
    """By name."""
    return {each.rule_id: each.mode for each in of.rules}


@pytest.mark.parametrize(
    ("tried", "rule_id", "before", "after", "on_trial"),
    [
        pytest.param(None, None, "a=apply s=suggest o=off", "a=apply s=apply o=off", "a s", id="all"),
        pytest.param(None, "a", "s=suggest o=off", "a=apply s=suggest o=off", "a", id="one that applies"),
        pytest.param(None, "s", "a=apply o=off", "a=apply s=apply o=off", "s", id="one that suggests"),
        pytest.param(None, "o", "a=apply s=suggest", "a=apply s=suggest o=apply", "o", id="one that is off"),
        pytest.param(
            {"n": "suggest", "a": "off"}, None,
            "a=apply s=suggest o=off", "n=apply a=off s=suggest o=off", "n", id="a file",
        ),
        pytest.param(
            {"n": "suggest", "m": "off"}, "m",
            "a=apply s=suggest o=off", "a=apply s=suggest o=off m=apply", "m", id="one of a file",
        ),
    ],
)  # fmt: skip
def test_trial(tried: dict[str, str] | None, rule_id: str | None, before: str, after: str, on_trial: str) -> None:
    """Rules on trial apply; the others are as they stand."""
    trial = trial_of(rules(a="apply", s="suggest", o="off"), None if tried is None else rules(**tried), rule_id)

    def read(text: str) -> dict[str, str]:
        return dict(each.split("=") for each in text.split())

    assert modes(trial.before) == read(before)
    assert modes(trial.after) == read(after)
    assert sorted(each.rule_id for each in trial.rules) == sorted(on_trial.split())


def test_nothing_to_switch_on() -> None:
    """Without a rule that only suggests, both sets are one."""
    trial = trial_of(rules(a="apply", o="off"))
    assert trial.changes_nothing
    assert [each.rule_id for each in trial.rules] == ["a"]


def test_no_such_rule() -> None:
    """It has to be where it is looked for."""
    with pytest.raises(KeyError):
        trial_of(rules(a="apply"), None, "b")
    with pytest.raises(KeyError):
        trial_of(rules(a="apply"), rules(b="apply"), "a")


def test_a_brake_holds_neither_side() -> None:
    """What the rules would book is asked before the brake is released."""
    item = {"rule_id": "a", "when": "sum_gross > 0", "account": "1"}
    held = RuleSet.load([item, {"rule_id": "_settings", "mode": "suggest"}], timezone=VIENNA)
    assert held.brake.is_on
    trial = trial_of(held)
    assert not trial.before.brake.is_on
    assert not trial.after.brake.is_on
    assert modes(trial.before) == modes(trial.after) == {"a": "apply"}
