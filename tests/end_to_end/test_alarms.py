"""The deployed alarms: CloudFormation expands the template's loops as our own reader does."""

import re
from typing import Any

import pytest

from autobook_local.stack.stack import Deployment
from autobook_local.stack.template import load_template, resources
from autobook_local.system import LocalSystem
from tests.template.resolving import resolved


@pytest.fixture(scope="module")
def deployed(system: LocalSystem) -> dict[str, Any]:
    """Every alarm in the emulator by its name."""
    account = system.deployment.account
    client = account.clients().session.client("cloudwatch", endpoint_url=account.endpoint)
    pages = client.get_paginator("describe_alarms").paginate()
    return {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}


def physical(deployment: Deployment, value: Any) -> Any:
    """The value of an alarm's dimension once the stack exists."""
    match value:
        case {"Ref": str(name)}:
            return deployment.resources[name]
        case {"Fn::GetAtt": [str(name), "QueueName" | "TopicName"]}:
            return re.split("[/:]", deployment.resources[name])[-1]
    return value


def test_every_alarm_watches_what_exists(system: LocalSystem, deployed: dict[str, Any]) -> None:
    """Each alarm of the template is there, with its text, its metric and the name of the queue or function."""
    template = load_template(system.tools.template)
    stack = system.deployment
    expected = {
        stack.resources[name]: (
            alarm["AlarmDescription"],
            alarm["Namespace"],
            alarm["MetricName"],
            float(alarm["Threshold"]),
            {one["Name"]: physical(stack, one["Value"]) for one in alarm.get("Dimensions", ())},
            [stack.resources["AlarmTopic"]],
        )
        for name, one in resources(template, "AWS::CloudWatch::Alarm").items()
        if name in stack.resources  # the others are switched off
        for alarm in [resolved(template, one, stack.stack_name)]
    }
    actual = {
        name: (
            alarm["AlarmDescription"],
            alarm["Namespace"],
            alarm["MetricName"],
            alarm["Threshold"],
            {one["Name"]: one["Value"] for one in alarm["Dimensions"]},
            alarm["AlarmActions"],
        )
        for name, alarm in deployed.items()
    }
    assert expected
    assert actual == expected


def test_every_resource_is_deployed(system: LocalSystem) -> None:
    """No logical id of the template is missing from the stack, but what is switched off and the layers, whose ids SAM
    makes anew with every version."""
    template = load_template(system.tools.template)["Resources"]
    off = {name for name, each in template.items() if each.get("Condition") in {"HasAlarmEmail", "HasDownstream"}}
    missing = set(template) - set(system.deployment.resources)
    assert off
    assert missing == off | {"BillomatLayer", "SharedLayer"}
