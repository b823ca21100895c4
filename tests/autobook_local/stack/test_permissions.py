"""Permissions are found in the template and taken out of a copy one at a time."""

import json
from pathlib import Path

import pytest

from autobook_local.stack.permissions import Permission, permissions, without, write_built_copy
from autobook_local.stack.template import Template, load_template

TEMPLATE = """
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: Function, Role: !GetAtt Role.Arn }
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: { ContentUri: ../layer }
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: work
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - { Effect: Allow, Action: [sqs:SendMessage, sqs:ReceiveMessage], Resource: !GetAtt Queue.Arn }
              - { Effect: Allow, Action: sqs:SendMessage, Resource: !Sub "${Other.Arn}" }
        - PolicyName: extra
          PolicyDocument:
            Version: 2012-10-17
            Statement: [{ Effect: Allow, Action: s3:PutObject, Resource: !Ref Bucket }]
"""


@pytest.fixture
def template(tmp_path: Path) -> Template:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return load_template(path)


def test_every_permission_is_listed(template: Template) -> None:
    """Each action of each statement is one permission, the same action in two statements is two."""
    assert permissions(template) == [
        Permission("Role", "work", 0, "sqs:SendMessage"),
        Permission("Role", "work", 0, "sqs:ReceiveMessage"),
        Permission("Role", "work", 1, "sqs:SendMessage"),
        Permission("Role", "extra", 0, "s3:PutObject"),
    ]


@pytest.mark.parametrize("index", range(4))
def test_without_takes_exactly_one_away(template: Template, index: int) -> None:
    """The copy lacks the one permission and no other, and the original is unchanged."""
    before = permissions(template)
    left = permissions(without(template, before[index]))
    expected = [(p.role, p.policy, p.action) for p in before[:index] + before[index + 1 :]]
    assert [(p.role, p.policy, p.action) for p in left] == expected
    assert permissions(template) == before


def test_a_policy_with_nothing_left_disappears(template: Template) -> None:
    """CloudFormation refuses a policy without statements, so it goes with its last permission."""
    lacking = without(template, Permission("Role", "extra", 0, "s3:PutObject"))
    assert [p["PolicyName"] for p in lacking["Resources"]["Role"]["Properties"]["Policies"]] == ["work"]


def test_unknown_permission_is_refused(template: Template) -> None:
    """Taking away a permission that was never given is an error."""
    with pytest.raises(ValueError, match="there is no Role: sqs:DeleteMessage"):
        without(template, Permission("Role", "work", 0, "sqs:DeleteMessage"))


def test_a_written_copy_deploys_from_anywhere(template: Template, tmp_path: Path) -> None:
    """The copy's paths to code and layers are absolute; functions such as GetAtt keep their meaning."""
    built = tmp_path / "artifacts" / "template.yaml"
    target = tmp_path / "elsewhere.json"
    write_built_copy(template, built, target)
    written = json.loads(target.read_text())["Resources"]
    assert written["Function"]["Properties"]["CodeUri"] == str(tmp_path / "artifacts" / "Function")
    assert written["Layer"]["Properties"]["ContentUri"] == str(tmp_path / "layer")
    assert written["Function"]["Properties"]["Role"] == {"Fn::GetAtt": ["Role", "Arn"]}


def test_the_policy_version_stays_a_text(template: Template) -> None:
    """2012-10-17 without quotes is a text, as CloudFormation reads it, not a date."""
    policy = template["Resources"]["Role"]["Properties"]["Policies"][0]
    assert policy["PolicyDocument"]["Version"] == "2012-10-17"
