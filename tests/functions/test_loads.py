"""What each function loads, so that a cold start pays for nothing that is not used."""

from functools import cache

import pytest

from tests.functions.loads import FOLDER, FUNCTIONS, loaded, summary

LANGUAGE = ("autobook.domain.conditions", "autobook.domain.rules")
FOR_PEOPLE = (
    "autobook.domain.conditions.json_printer",
    "autobook.domain.conditions.printer",
    "autobook.domain.conditions.printing",
    "autobook.domain.rules.explain",
    "autobook.rule_analysis",
)
"""What people read: printed conditions, explanations, findings about rule sets."""
FOR_ADMINISTRATORS = "check_rules"
"""The function that tells them what is to be said of their rules."""
WITHOUT_RULES = ("archive", "receive", "reconcile")
HEAVY = {"aws_lambda_powertools", "boto3", "httpx", "pydantic", "pydantic_core", "typing_extensions"}

_loaded = cache(loaded)


def within(packages: tuple[str, ...], function: str) -> list[str]:
    return [name for name in _loaded(function) if any(name == p or name.startswith(f"{p}.") for p in packages)]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_loads_what_is_listed(function: str) -> None:
    """Exactly the modules in tests/functions/loads; `python -m tests.functions.loads` writes the lists again."""
    assert summary(_loaded(function)) == (FOLDER / f"{function}.txt").read_text("utf-8")


@pytest.mark.parametrize("function", WITHOUT_RULES)
def test_no_rule_module(function: str) -> None:
    """A function that decides nothing loads neither the rules nor their language."""
    assert within(LANGUAGE, function) == []


def test_process_decides() -> None:
    """`process` loads both: the test above looks for the right names."""
    assert {name.removesuffix(".parser") for name in within(LANGUAGE, "process")} >= set(LANGUAGE)


def test_sweep_matches_only() -> None:
    """`sweep` loads the rules to match open invoices, and nothing that decides or writes."""
    assert within(LANGUAGE, "sweep") == within(LANGUAGE, "process")
    assert within(("autobook.domain.decision", "autobook.domain.problems", "autobook.service.process"), "sweep") == []


@pytest.mark.parametrize("function", sorted({*FUNCTIONS} - {FOR_ADMINISTRATORS}))
def test_nothing_for_people(function: str) -> None:
    """No function but one prints conditions, explains rules or analyses rule sets."""
    assert within(FOR_PEOPLE, function) == []


def test_rules_are_analysed_by_one_function() -> None:
    """`check_rules` does, and loads nothing that decides documents."""
    assert "autobook.rule_analysis" in within(FOR_PEOPLE, FOR_ADMINISTRATORS)
    assert within(("autobook.domain.decision", "autobook.service.process"), FOR_ADMINISTRATORS) == []


def test_receive_is_light() -> None:
    """Starting `receive` loads neither pydantic nor httpx nor Powertools nor boto3: Kanbert waits three seconds."""
    assert not {name.split(".")[0] for name in _loaded("receive")} & HEAVY
    assert "autobook.service.receive" in _loaded("receive")
