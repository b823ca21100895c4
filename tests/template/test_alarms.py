"""Alarms in the template: every one reaches a person, says what to do, and is in the runbook."""

import re
import tomllib
from typing import Any

import pytest

from autobook_local.stack.template import Template, resources
from tests.template.conftest import TEMPLATE
from tests.template.resolving import variables

RUNBOOK = TEMPLATE.parent / "docs" / "runbook.md"
SHORT = 20
"""Characters that no useful text about an alarm has room in."""
LONGEST = 1024
"""Characters of an alarm's description that CloudWatch takes."""


@pytest.fixture(scope="module")
def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """Every alarm's properties by logical id."""
    return resources(template, "AWS::CloudWatch::Alarm")


def test_the_loops_are_expanded_before_the_functions(template: Template) -> None:
    """CloudFormation takes the two transforms in this order only."""
    assert template["Transform"] == ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]


def test_every_profile_lets_sam_read_the_loops() -> None:
    """`sam build` and `sam deploy` take a template with loops only when they are told to."""
    profiles = tomllib.loads((TEMPLATE.parent / "samconfig.toml").read_text(encoding="utf-8"))
    del profiles["version"]
    options = {name: profile["global"]["parameters"].get("language_extensions") for name, profile in profiles.items()}
    assert options == {"default": True, "local": True}


def test_every_alarm_reaches_a_person(alarms: dict[str, dict[str, Any]]) -> None:
    """When it fires and when it is over."""
    topic = [{"Ref": "AlarmTopic"}]
    assert {name for name, one in alarms.items() if (one["AlarmActions"], one["OKActions"]) != (topic, topic)} == set()


def test_every_alarm_says_what_happened_and_what_to_do(alarms: dict[str, dict[str, Any]]) -> None:
    """In two sentences at least, each alarm its own."""
    texts = {name: one["AlarmDescription"] for name, one in alarms.items()}
    assert len(set(texts.values())) == len(texts)
    for name, text in texts.items():
        assert len(text) <= LONGEST, name
        happened, *to_do = re.split(r"(?<=[.;]) ", text)
        assert len(happened) > SHORT, name
        assert len(" ".join(to_do)) > SHORT, name


def test_every_alarm_watches_something_else(alarms: dict[str, dict[str, Any]]) -> None:
    """No two alarms have the same metric and dimensions."""
    watched = [(str(one["Namespace"]), one["MetricName"], str(one.get("Dimensions"))) for one in alarms.values()]
    assert len(set(watched)) == len(watched)


def test_every_alarm_is_in_the_runbook(alarms: dict[str, dict[str, Any]]) -> None:
    """By its name without "Alarm", or by its ending where one row of the table speaks of all of a kind (`…Age`)."""
    named = set(re.findall(r"`([^`]+)`", RUNBOOK.read_text(encoding="utf-8")))
    endings = tuple(name.removeprefix("…") for name in named if name.startswith("…"))
    known = {
        name
        for name in alarms
        if name.removesuffix("Alarm") in named or name.endswith(tuple(f"{e}Alarm" for e in endings))
    }
    assert set(alarms) - known == set()


def test_every_alarm_names_a_section_of_the_runbook(alarms: dict[str, dict[str, Any]]) -> None:
    """At its end, by its heading."""
    headings = set(re.findall(r"^#{2,3} (.+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE))
    for name, alarm in alarms.items():
        section = re.search(r" Runbook - ([^.]+)\.$", alarm["AlarmDescription"])
        assert section, name
        assert section[1] in headings, name


def test_every_consumer_has_a_waiting_alarm(template: Template, alarms: dict[str, dict[str, Any]]) -> None:
    """SQS's own age leaves out what is received again and again."""
    functions = resources(template, "AWS::Serverless::Function").items()
    consumers = {
        name.removesuffix("Function")
        for name, function in functions
        if any(source["Type"] == "SQS" for source in function.get("Events", {}).values())
    }
    assert {name for name in alarms if "Waiting" in name} == {f"{name}WaitingAlarm" for name in consumers}


def test_every_caller_of_kanbert_has_an_access_refused_alarm(
    template: Template, alarms: dict[str, dict[str, Any]]
) -> None:
    """A function that is given Kanbert's address is refused with a bad token."""
    callers = {
        name.removesuffix("Function")
        for name, function in resources(template, "AWS::Serverless::Function").items()
        if "KANBERT_BASE_URL" in variables(function)
    }
    assert callers
    assert {name for name in alarms if "AccessRefused" in name} == {f"{name}AccessRefusedAlarm" for name in callers}


def test_no_row_is_left_over(template: Template) -> None:
    """The rows of what is watched are the functions and the queues of the template, by the names that they have."""
    functions = {name.removesuffix("Function") for name in resources(template, "AWS::Serverless::Function")}
    queues = set(resources(template, "AWS::SQS::Queue"))
    rows = template["Mappings"]
    assert set(rows["Functions"]) == functions
    assert {f"{name}DeadLetters" for name in rows["Queues"]} == {
        name for name in queues if name.endswith("DeadLetters")
    }
    assert {f"{name}Queue" for name, row in rows["Queues"].items() if "Age" in row} == {
        name for name in queues if name.endswith("Queue")
    }
    folders = {name: template["Resources"][f"{name}Function"]["Properties"]["CodeUri"] for name in functions}
    assert {name: f"functions/{row['Service']}" for name, row in rows["Functions"].items()} == folders
