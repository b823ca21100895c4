"""What a person needs who deploys: `python -m autobook_local.deployer_policy` writes docs/deployer-policy.json.

CloudFormation makes, changes and deletes each resource with the permissions of whoever deploys. A row per type of
resource says which those are (the type's handlers in the CloudFormation registry; "Actions, resources, and condition
keys for AWS services", Service Authorization Reference). A type without a row is an error: the list cannot go stale.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autobook_cli.console import say
from autobook_local.stack.template import Template, load_template

ROOT = Path(__file__).resolve().parents[2]
POLICY = ROOT / "docs" / "deployer-policy.json"
STACK = "autobook"
"""The stack's name; who gives it another one replaces the word in the document."""
LONGEST = 6_144
"""Characters of a managed policy, white space aside ("IAM and AWS STS quotas", IAM User Guide)."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions of one service (without its prefix) on some resources, perhaps under a condition.

    Reading is granted by `Describe*`, `Get*` and `List*` where that reads no content: of settings, not of objects,
    items, secrets, messages or logs.
    """

    service: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: tuple[str, str, str] | None = None

    @classmethod
    def of(cls, service: str, actions: str, *resources: str, condition: tuple[str, str, str] | None = None) -> "Grant":
        """`actions`: their names with blanks between."""
        return cls(service, tuple(actions.split()), resources, condition)

    def statement(self) -> dict[str, Any]:
        """As IAM reads it."""
        one = self.resources[0] if len(self.resources) == 1 else sorted(self.resources)
        actions = [f"{self.service}:{action}" for action in sorted(set(self.actions))]
        made: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": one}
        if self.condition:
            operator, key, value = self.condition
            made["Condition"] = {operator: {key: value}}
        return made


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:*:*:{rest}"


_FUNCTIONS = _arn("lambda", f"function:{STACK}-*")
_LAYERS = _arn("lambda", f"layer:{STACK}-*")
_ROLES = f"arn:aws:iam::*:role/{STACK}-*"
_LOGS = _arn("logs", f"log-group:/autobook/{STACK}/*")
_QUEUES = _arn("sqs", f"{STACK}-*")
_TOPICS = _arn("sns", f"{STACK}-*")
_TABLES = _arn("dynamodb", f"table/{STACK}-*")
_BUCKETS = f"arn:aws:s3:::{STACK}-*"
_APIS = ("arn:aws:apigateway:*::/apis", "arn:aws:apigateway:*::/apis/*", "arn:aws:apigateway:*::/tags/*")
_LAMBDA_ALONE = ("StringEquals", "iam:PassedToService", "lambda.amazonaws.com")
_OWN_FUNCTIONS = ("ArnLike", "lambda:FunctionArn", _FUNCTIONS)

GRANTS: dict[str, tuple[Grant, ...]] = {
    "AWS::ApiGatewayV2::Api": (Grant.of("apigateway", "GET POST PUT PATCH DELETE TagResource", *_APIS),),
    "AWS::ApiGatewayV2::Integration": (),  # parts of the API
    "AWS::ApiGatewayV2::Route": (),
    "AWS::ApiGatewayV2::Stage": (
        # The access log is written by a log delivery, which has no ARN ("Configuring logging for HTTP APIs").
        Grant.of(
            "logs",
            "CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries PutResourcePolicy"
            " DescribeResourcePolicies DescribeLogGroups",
            "*",
        ),
    ),
    "AWS::CloudWatch::Alarm": (
        Grant.of(
            "cloudwatch",
            "PutMetricAlarm DeleteAlarms Describe* List* TagResource",
            _arn("cloudwatch", f"alarm:{STACK}-*"),
        ),
    ),
    "AWS::DynamoDB::Table": (
        Grant.of(
            "dynamodb",
            "CreateTable UpdateTable DeleteTable Describe* UpdateContinuousBackups UpdateTimeToLive GetResourcePolicy"
            " List* TagResource",
            _TABLES,
        ),
        Grant.of(
            "kms",
            "DescribeKey CreateGrant",
            _arn("kms", "key/*"),
            condition=("StringLike", "kms:ViaService", "dynamodb.*.amazonaws.com"),
        ),
    ),
    "AWS::Events::Rule": (
        Grant.of(
            "events",
            "PutRule DeleteRule EnableRule DisableRule PutTargets RemoveTargets Describe* List* TagResource",
            _arn("events", f"rule/{STACK}-*"),
        ),
    ),
    "AWS::IAM::Role": (
        Grant.of(
            "iam",
            "CreateRole DeleteRole UpdateRole UpdateAssumeRolePolicy PutRolePolicy DeleteRolePolicy GetRole* ListRole*"
            " ListAttachedRolePolicies TagRole",
            _ROLES,
        ),
        Grant.of("iam", "PassRole", _ROLES, condition=_LAMBDA_ALONE),
    ),
    "AWS::Lambda::EventInvokeConfig": (
        Grant.of(
            "lambda",
            "PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig Get*",
            _FUNCTIONS,
        ),
    ),
    "AWS::Lambda::EventSourceMapping": (
        Grant.of(
            "lambda",
            "CreateEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping",
            "*",
            condition=_OWN_FUNCTIONS,
        ),
        Grant.of("lambda", "GetEventSourceMapping ListEventSourceMappings ListTags TagResource", "*"),
    ),
    "AWS::Lambda::Function": (
        Grant.of(
            "lambda",
            "CreateFunction DeleteFunction UpdateFunctionCode UpdateFunctionConfiguration PutFunctionConcurrency"
            " DeleteFunctionConcurrency Get*",
            _FUNCTIONS,
        ),
    ),
    "AWS::Lambda::LayerVersion": (
        Grant.of("lambda", "PublishLayerVersion", _LAYERS),
        Grant.of("lambda", "GetLayerVersion DeleteLayerVersion", f"{_LAYERS}:*"),
    ),
    "AWS::Lambda::Permission": (Grant.of("lambda", "AddPermission RemovePermission Get*", _FUNCTIONS),),
    "AWS::Logs::LogGroup": (
        Grant.of(
            "logs",
            "CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy List* TagResource"
            " GetDataProtectionPolicy",
            _LOGS,
            f"{_LOGS}:*",
        ),
    ),
    "AWS::Logs::MetricFilter": (
        Grant.of("logs", "PutMetricFilter DeleteMetricFilter DescribeMetricFilters", _LOGS, f"{_LOGS}:*"),
    ),
    "AWS::S3::Bucket": (
        Grant.of(
            "s3",
            "CreateBucket DeleteBucket ListBucket GetBucket* PutBucketVersioning PutBucketObjectLockConfiguration"
            " PutEncryptionConfiguration GetEncryptionConfiguration PutBucketPublicAccessBlock"
            " PutBucketOwnershipControls PutLifecycleConfiguration GetLifecycleConfiguration PutBucketTagging",
            _BUCKETS,
        ),
    ),
    "AWS::S3::BucketPolicy": (Grant.of("s3", "PutBucketPolicy DeleteBucketPolicy", _BUCKETS),),
    "AWS::SNS::Subscription": (
        Grant.of(
            "sns",
            "Subscribe Unsubscribe SetSubscriptionAttributes Get* List*",
            _TOPICS,
        ),
    ),
    "AWS::SNS::Topic": (
        Grant.of(
            "sns",
            "CreateTopic DeleteTopic SetTopicAttributes Get* List* TagResource",
            _TOPICS,
        ),
    ),
    "AWS::SQS::Queue": (
        Grant.of(
            "sqs",
            "CreateQueue DeleteQueue SetQueueAttributes Get* List* TagQueue",
            _QUEUES,
        ),
    ),
    "AWS::SQS::QueuePolicy": (),  # SetQueueAttributes
    "AWS::SecretsManager::Secret": (
        Grant.of(
            "secretsmanager",
            "CreateSecret DeleteSecret DescribeSecret UpdateSecret PutSecretValue GetResourcePolicy TagResource",
            *(_arn("secretsmanager", f"secret:{name}Secret-*") for name in ("Api", "Webhook", "Hypatos", "Billomat")),
        ),
    ),
    "Custom::TopicArchive": (Grant.of("lambda", "InvokeFunction", _FUNCTIONS),),  # CloudFormation calls it
}
"""By type of resource, after SAM's transform."""

ALWAYS = (
    Grant.of(
        "cloudformation",
        "CreateChangeSet ExecuteChangeSet DeleteChangeSet Describe* Get* List* UpdateStack DeleteStack"
        " UpdateTerminationProtection ContinueUpdateRollback CancelUpdateStack",
        _arn("cloudformation", f"stack/{STACK}/*"),
        _arn("cloudformation", "stack/aws-sam-cli-managed-default/*"),
        "arn:aws:cloudformation:*:aws:transform/*",
    ),
    Grant.of("cloudformation", "GetTemplateSummary ValidateTemplate ListStacks", "*"),
    Grant.of(
        "s3",
        "CreateBucket ListBucket GetBucket* GetObject PutObject PutBucketPolicy"
        " PutBucketVersioning PutBucketPublicAccessBlock PutEncryptionConfiguration PutBucketTagging",
        "arn:aws:s3:::aws-sam-cli-managed-default-*",
    ),
    Grant.of("lambda", "GetAccountSettings", "*"),
    Grant.of("dynamodb", "PutItem", _TABLES),
)
"""Whatever the template says: the stack, SAM's own bucket for what is uploaded, and the README's other steps."""


def resource_types(template: Template) -> Iterator[str]:
    """The types of the resources that are deployed: those of the template, and what SAM makes of its own."""
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::Serverless::Function":
                if {"AutoPublishAlias", "DeploymentPreference"} & ({*properties} | {*template["Globals"]["Function"]}):
                    yield from ("AWS::Lambda::Version", "AWS::Lambda::Alias")
                yield "AWS::Lambda::Function"
                if properties.get("Events"):
                    yield "AWS::Lambda::EventSourceMapping"
                if "EventInvokeConfig" in properties:
                    yield "AWS::Lambda::EventInvokeConfig"
            case "AWS::Serverless::LayerVersion":
                yield "AWS::Lambda::LayerVersion"
            case other:
                yield other


def policy(template: Template) -> dict[str, Any]:
    """The policy document. ValueError for a type of resource that nothing is known of."""
    types = sorted(set(resource_types(template)))
    if unknown := [each for each in types if each not in GRANTS]:
        raise ValueError(f"{', '.join(unknown)}: say in GRANTS what who deploys may have to do with it")
    joined: dict[tuple[str, tuple[str, ...], tuple[str, str, str] | None], list[str]] = {}
    for grant in [*ALWAYS, *(each for type_ in types for each in GRANTS[type_])]:
        key = (grant.service, tuple(sorted(grant.resources)), grant.condition)
        joined.setdefault(key, []).extend(grant.actions)
    statements = [
        Grant(service, tuple(actions), named, condition).statement()
        for (service, named, condition), actions in joined.items()
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def document() -> str:
    """docs/deployer-policy.json, as it should be."""
    return json.dumps(policy(load_template(ROOT / "template.yaml")), indent=1) + "\n"


if __name__ == "__main__":
    POLICY.write_text(document(), encoding="utf-8")
    say(f"{POLICY.relative_to(ROOT)} is written")
