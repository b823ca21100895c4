"""A first deployment that fails late rolls back, leaves nothing in the way of the next one, and a stack can be deleted.

On AWS the order of deletion is the same (tests/template/test_undoing.py); MiniStack refuses to delete a topic that
keeps an archive as SNS does (autobook_sim/topic_archive.py).
"""

import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from autobook_local.stack import StackError
from autobook_local.stack.permissions import write_built_copy
from autobook_local.stack.template import load_template
from autobook_local.system import LocalSystem

STACK = "autobook-undone"
PARAMETERS = {"KanbertBaseUrl": "http://127.0.0.1:9/api/v1", "EventsArchiveDays": "30"}
DONE = {"Type": "Custom::TopicArchive", "DependsOn": ["TopicArchive", "ApiRoute", "ArchiveSubscription"]}


def status(system: LocalSystem) -> str:
    """What CloudFormation says of the stack once it has ended what it does; empty if there is none."""
    client = system.deployment.clients.cloudformation
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            found = client.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
        except ClientError:
            return ""
        if not found.endswith("IN_PROGRESS"):
            return found
        time.sleep(0.2)
    raise AssertionError("the stack does not end what it does")


def events(system: LocalSystem) -> list[tuple[str, str, str]]:
    """What happened to the stack's resources, in order: logical id, status, reason."""
    pages = system.deployment.clients.cloudformation.get_paginator("describe_stack_events").paginate(StackName=STACK)
    found = [each for page in pages for each in page["StackEvents"]]
    return [
        (each["LogicalResourceId"], each["ResourceStatus"], each.get("ResourceStatusReason", ""))
        for each in reversed(found)
    ]


def left(system: LocalSystem) -> list[str]:
    """Topics and queues that bear the stack's name."""
    clients = system.deployment.clients
    topics = [each["TopicArn"] for each in clients.sns.list_topics()["Topics"]]
    return [each for each in [*topics, *clients.sqs.list_queues().get("QueueUrls", [])] if STACK in each]


def test_undone_and_done_again(system: LocalSystem, tmp_path: Path) -> None:
    """Fails at the last resource, rolls back, deploys, refuses the topic's deletion by hand, and is deleted."""
    clients = system.deployment.clients
    template = load_template(system.stack.built_template)
    properties = template["Resources"]["TopicArchive"]["Properties"]
    template["Resources"]["Late"] = {**DONE, "Properties": {**properties, "RetentionDays": "366"}}
    write_built_copy(template, system.stack.built_template, tmp_path / "failing.json")
    with pytest.raises(StackError, match="sam deploy"):
        system.stack.deploy(tmp_path / "failing.json", STACK, PARAMETERS)
    assert status(system) == "ROLLBACK_COMPLETE"
    seen = events(system)
    assert any("not a number of days from 1 to 365" in reason for name, _, reason in seen if name == "Late")
    order = [name for name, state, _ in seen if state == "DELETE_COMPLETE"]
    assert order.index("TopicArchive") < order.index("EventsTopic") < len(order)
    assert order.index("TopicArchive") < order.index("TopicArchiveFunction") < order.index("TopicArchiveRole")
    assert left(system) == []

    clients.cloudformation.delete_stack(StackName=STACK)  # as CloudFormation asks for, before the next attempt
    assert status(system) == ""
    deployment = system.stack.deploy(system.stack.built_template, STACK, PARAMETERS)
    topic, kept = deployment.outputs["EventsTopicArn"], deployment.resources
    attributes = clients.sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert attributes["ArchivePolicy"] == '{"MessageRetentionPeriod": "30"}'
    with pytest.raises(ClientError, match="InvalidState"):
        clients.sns.delete_topic(TopicArn=topic)

    clients.cloudformation.delete_stack(StackName=STACK)
    assert status(system) == ""
    assert left(system) == []
    for name in ("RulesTable", "LedgerTable", "HistoryTable"):
        clients.dynamodb.delete_table(TableName=kept[name])  # they outlive the stack
    clients.s3.delete_bucket(Bucket=kept["ArchiveBucket"])
