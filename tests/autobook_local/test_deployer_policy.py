"""docs/deployer-policy.json is what the template needs, no wider than it has to be, and one that IAM takes."""

import copy
import json
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from autobook_local.deployer_policy import ALWAYS, GRANTS, LONGEST, POLICY, STACK, document, policy, resource_types
from autobook_local.stack.template import Template, load_template
from tests.template.conftest import TEMPLATE

README = TEMPLATE.parent / "README.md"
WITHOUT_ARN = {
    "cloudformation:GetTemplateSummary", "cloudformation:ListStacks", "cloudformation:ValidateTemplate",
    "lambda:GetAccountSettings", "lambda:GetEventSourceMapping", "lambda:ListEventSourceMappings", "lambda:ListTags",
    "lambda:TagResource", "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}  # fmt: skip
"""Actions that AWS lets one have on everything only, or on things whose names nobody knows before."""


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template(TEMPLATE)


@pytest.fixture(scope="module")
def statements() -> list[dict[str, Any]]:
    """What the document grants."""
    found: list[dict[str, Any]] = json.loads(POLICY.read_text("utf-8"))["Statement"]
    return found


def allowed(statements: list[dict[str, Any]], action: str, resource: str) -> bool:
    """Whether a statement without a condition allows it."""
    for each in statements:
        named = each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]
        matches = any(fnmatchcase(action, one) for one in each["Action"])
        if "Condition" not in each and matches and any(fnmatchcase(resource, one) for one in named):
            return True
    return False


def test_it_is_the_template_s() -> None:
    """`python -m autobook_local.deployer_policy` writes it again."""
    assert POLICY.read_text("utf-8") == document()


def test_a_new_type_is_found(template: Template) -> None:
    """A resource of a type that nothing is known of cannot be forgotten, nor one that SAM makes."""
    more = copy.deepcopy(template)
    more["Resources"]["Backup"] = {"Type": "AWS::Backup::BackupVault"}
    more["Globals"]["Function"]["AutoPublishAlias"] = "live"
    with pytest.raises(ValueError, match="AWS::Backup::BackupVault, AWS::Lambda::Alias, AWS::Lambda::Version: say"):
        policy(more)


def test_no_row_is_left_over(template: Template) -> None:
    """What is no longer in the template is no longer asked for."""
    assert set(GRANTS) == set(resource_types(template))


def test_iam_takes_it() -> None:
    """It fits into one managed policy, white space aside; every action and ARN is well formed."""
    assert len(re.sub(r"\s", "", document())) <= LONGEST
    for each in json.loads(document())["Statement"]:
        assert set(each) <= {"Effect", "Action", "Resource", "Condition"}
        assert all(re.fullmatch(r"[a-z0-9]+:[A-Z][A-Za-z]+\*?", action) for action in each["Action"])
        for one in each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]:
            assert one == "*" or re.fullmatch(r"arn:aws:[a-z0-9]+:\*?:(\*|aws)?:\S+", one)


def test_it_is_no_wider_than_it_has_to_be(statements: list[dict[str, Any]]) -> None:
    """A wildcard only for reading; everything, unconditionally, only where there is nothing to name."""
    wildcards = {action for each in statements for action in each["Action"] if "*" in action}
    assert not [each for each in wildcards if not re.fullmatch(r"[a-z0-9]+:(Describe|Get|List)[A-Za-z]*\*", each)]
    wide = {action for each in statements if each["Resource"] == "*" for action in each["Action"]}
    conditional = {
        action for each in statements if each["Resource"] == "*" and "Condition" in each for action in each["Action"]
    }
    assert wide - conditional == WITHOUT_ARN


@pytest.mark.parametrize(
    "action",
    [
        "dynamodb:GetItem", "dynamodb:GetRecords", "dynamodb:Query", "dynamodb:Scan", "kms:Decrypt",
        "logs:GetLogEvents", "logs:FilterLogEvents", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject",
        "s3:DeleteObject", "s3:BypassGovernanceRetention", "secretsmanager:GetSecretValue", "sqs:ReceiveMessage",
        "sns:Publish",
    ],
)  # fmt: skip
def test_who_deploys_reads_no_invoice(statements: list[dict[str, Any]], action: str) -> None:
    """Neither documents nor the token, and no event; SAM's own bucket has code alone."""
    granted = [each["Resource"] for each in statements if any(fnmatchcase(action, one) for one in each["Action"])]
    assert [each for each in granted if each != "arn:aws:s3:::aws-sam-cli-managed-default-*"] == []


def test_roles_are_given_to_lambda_alone(statements: list[dict[str, Any]]) -> None:
    """Who deploys can make roles of the stack, and hand them to functions, to nothing else."""
    (passes,) = [each for each in statements if "iam:PassRole" in each["Action"]]
    assert passes["Action"] == ["iam:PassRole"]
    assert passes["Resource"] == f"arn:aws:iam::*:role/{STACK}-*"
    assert passes["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-central-1:123456789012:function:autobook-TopicArchiveFunction-1"),
        ("sqs:CreateQueue", "arn:aws:sqs:eu-central-1:123456789012:autobook-documents.fifo"),
        ("sns:DeleteTopic", "arn:aws:sns:eu-central-1:123456789012:autobook-events.fifo"),
        ("logs:PutRetentionPolicy", "arn:aws:logs:eu-central-1:123456789012:log-group:/autobook/autobook/process:*"),
        ("dynamodb:UpdateContinuousBackups", "arn:aws:dynamodb:eu-central-1:123456789012:table/autobook-RulesTable-1"),
        ("s3:PutBucketObjectLockConfiguration", "arn:aws:s3:::autobook-archivebucket-1"),
        ("secretsmanager:PutSecretValue", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ApiSecret-1a2B"),
        ("cloudformation:UpdateTerminationProtection", "arn:aws:cloudformation:eu-1:123456789012:stack/autobook/1"),
        ("cloudformation:CreateChangeSet", "arn:aws:cloudformation:eu-1:aws:transform/Serverless-2016-10-31"),
    ],
)
def test_what_the_stack_needs(statements: list[dict[str, Any]], action: str, resource: str) -> None:
    """The names are those that the template and CloudFormation give."""
    assert allowed(statements, action, resource)
    other = resource.replace("autobook", "payroll")
    assert other == resource or not allowed(statements, action, other)


def test_the_readme_names_it() -> None:
    """Where it says how to deploy."""
    text = README.read_text("utf-8").partition("## Deploying to AWS")[2].partition("\n### ")[0]
    assert "docs/deployer-policy.json" in text
    assert ALWAYS
