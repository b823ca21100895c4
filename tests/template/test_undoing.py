"""A failed first deployment rolls back and leaves nothing that blocks the next one; a stack can be deleted."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from autobook_local.stack.template import Template, resources

KEPT = {"RulesTable", "LedgerTable", "HistoryTable", "BillomatMappingsTable", "ArchiveBucket"}
"""What outlives the stack: a person's work, and what the law asks for."""


def named(value: Any) -> Iterator[str]:
    """What a part of a template refers to: logical ids, among other names."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": text}:
            parts = text if isinstance(text, list) else [text]
            yield from re.findall(r"\$\{(\w+)", str(parts[0]))
            yield from (name for part in parts[1:] for name in named(part))
        case dict():
            for each in value.values():
                yield from named(each)
        case list():
            for each in value:
                yield from named(each)


def needs(template: Template, name: str) -> set[str]:
    """The resources that have to be there before this one, and that are deleted after it: its own, and theirs."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        resource = template["Resources"][waiting.pop()]
        explicit = resource.get("DependsOn", [])
        explicit = [explicit] if isinstance(explicit, str) else explicit
        new = ({*named(resource.get("Properties", {})), *explicit} & set(template["Resources"])) - found
        found |= new
        waiting += new
    return found


def test_the_archive_is_cleared_before_the_topic_goes(template: Template) -> None:
    """CloudFormation deletes a resource before what it depends on: first TopicArchive, then the topic, then the rest.

    What clears the archive is there until it has done so: the function, its role, its log group and its layer.
    """
    archive = template["Resources"]["TopicArchive"]
    assert archive["Properties"]["TopicArn"] == {"Ref": "EventsTopic"}
    needed = {"TopicArchiveFunction", "TopicArchiveRole", "TopicArchiveLogGroup", "EventsTopic"}
    assert needed <= needs(template, "TopicArchive")
    assert needs(template, "EventsTopic") == set()
    assert "TopicArchive" not in {name for each in needed for name in needs(template, each)}


def test_nothing_waits_for_the_archive(template: Template) -> None:
    """No other resource depends on it, so nothing of the stack is deleted before it because of it."""
    assert not [name for name in template["Resources"] if "TopicArchive" in needs(template, name)]


def test_the_answer_is_waited_for_as_long_as_it_may_come(template: Template) -> None:
    """Every attempt of Lambda's, with its pauses of one minute, ends before CloudFormation gives up; far below an hour.

    Source: "Error handling for asynchronous invocation" (Lambda developer guide).
    """
    function = template["Resources"]["TopicArchiveFunction"]["Properties"]
    assert function["EventInvokeConfig"]["MaximumRetryAttempts"] == 1
    longest = 2 * function["Timeout"] + 60
    patience = template["Resources"]["TopicArchive"]["Properties"]["ServiceTimeout"]
    assert longest < patience <= 900


def test_no_topic_has_an_archive_of_its_own(template: Template) -> None:
    """SNS refuses to delete such a topic; the one custom resource is what gives it one."""
    assert not [name for name, topic in resources(template, "AWS::SNS::Topic").items() if "ArchivePolicy" in topic]
    custom = [name for name, each in template["Resources"].items() if each["Type"].startswith("Custom::")]
    assert custom == ["TopicArchive"]


def test_nothing_refuses_to_be_deleted(template: Template) -> None:
    """No property that AWS heeds against a deletion, but the tables' by parameter, which is off at first.

    Buckets have to be empty: ours outlives the stack once it was made, and a failed first deployment has put nothing
    into it.
    """
    blocking = r"(?i)DeletionProtection\w*|TerminationProtection\w*|PreventDeletion|DisableApiTermination|ArchivePolicy"
    for name, resource in template["Resources"].items():
        found = {key for key in re.findall(r'"(\w+)": ', json.dumps(resource)) if re.fullmatch(blocking, key)}
        assert found <= ({"DeletionProtectionEnabled"} if resource["Type"] == "AWS::DynamoDB::Table" else set()), name
    assert template["Parameters"]["DeletionProtection"]["Default"] == "off"


def test_what_outlives_the_stack(template: Template) -> None:
    """Tables and bucket, and only once they were made with success; nothing else does, so nothing else is paid for.

    Source: "DeletionPolicy attribute", RetainExceptOnCreate (CloudFormation User Guide).
    """
    policies = {name: each.get("DeletionPolicy", "Delete") for name, each in template["Resources"].items()}
    assert {name for name, policy in policies.items() if policy != "Delete"} == KEPT
    assert {policies[name] for name in KEPT} == {"RetainExceptOnCreate"}
    stateful = {"AWS::DynamoDB::Table", "AWS::S3::Bucket"}
    assert {name for name, each in template["Resources"].items() if each["Type"] in stateful} == KEPT


@pytest.mark.parametrize("name", sorted(KEPT))
def test_what_outlives_the_stack_has_no_fixed_name(template: Template, name: str) -> None:
    """The next stack of the same name makes its own beside it."""
    assert not {"TableName", "BucketName"} & set(template["Resources"][name]["Properties"])
