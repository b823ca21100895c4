"""Tables, the archive bucket, the secret, the API and the parameters in the template."""

import json
import re
from typing import Any

import pytest

from autobook.domain.retention import YEARS
from autobook.settings import (
    ArchiveSettings,
    CheckRulesSettings,
    ProcessSettings,
    ReceiveSettings,
    ReconcileSettings,
    SweepSettings,
)
from autobook_local.stack.template import Template, load_template, resources
from tests.template.conftest import TEMPLATE
from tests.template.resolving import variables

PARAMETERS: dict[str, dict[str, Any]] = load_template(TEMPLATE)["Parameters"]


@pytest.mark.parametrize("table", ["RulesTable", "LedgerTable", "HistoryTable", "BillomatMappingsTable"])
def test_table_survives_mistakes(template: Template, table: str) -> None:
    """A table can be put back to any second of the last month, and outlives the stack."""
    resource = template["Resources"][table]
    properties = resource["Properties"]
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_every_table_is_looked_at(template: Template) -> None:
    """There are three tables, with the keys that the code uses."""
    keys = {
        name: [key["AttributeName"] for key in table["KeySchema"]]
        for name, table in resources(template, "AWS::DynamoDB::Table").items()
    }
    assert keys == {
        "RulesTable": ["rule_id"],
        "LedgerTable": ["pk"],
        "BillomatMappingsTable": ["mapping"],
        "HistoryTable": ["document", "entry"],
    }


def test_counts_of_attempts_expire(template: Template) -> None:
    """DynamoDB deletes items of provenance by the attribute that only counts of attempts have; rules never expire."""
    time_to_live = template["Resources"]["LedgerTable"]["Properties"]["TimeToLiveSpecification"]
    assert time_to_live == {"AttributeName": "expires_at", "Enabled": True}
    assert "TimeToLiveSpecification" not in template["Resources"]["RulesTable"]["Properties"]


def test_rules_table_streams(template: Template) -> None:
    """A changed rule can be seen with what it was before."""
    stream = template["Resources"]["RulesTable"]["Properties"]["StreamSpecification"]
    assert stream == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_archive_bucket(template: Template) -> None:
    """The archive is versioned, locked, encrypted, not public, and outlives the stack."""
    (resource,) = [r for r in template["Resources"].values() if r["Type"] == "AWS::S3::Bucket"]
    properties = resource["Properties"]
    assert properties["ObjectLockEnabled"] is True
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (encryption,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    block = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
    assert properties["PublicAccessBlockConfiguration"] == dict.fromkeys(block, True)
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_archive_bucket_is_tls_only(template: Template) -> None:
    """Nobody reaches the archive without TLS: bucket and objects."""
    (policy,) = resources(template, "AWS::S3::BucketPolicy").values()
    assert policy["Bucket"] == {"Ref": "ArchiveBucket"}
    (statement,) = [s for s in policy["PolicyDocument"]["Statement"] if s["Sid"] == "TlsOnly"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [{"Fn::GetAtt": ["ArchiveBucket", "Arn"]}, {"Fn::Sub": "${ArchiveBucket.Arn}/*"}]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_archive_bucket_refuses_what_is_not_locked(template: Template) -> None:
    """The bucket itself refuses an object without a lock, and a lock outside the bounds of the jurisdiction."""
    (policy,) = resources(template, "AWS::S3::BucketPolicy").values()
    statements = {s["Sid"]: s for s in policy["PolicyDocument"]["Statement"]}
    bound = {
        column: {"Fn::FindInMap": ["Retention", {"Ref": "Jurisdiction"}, column]}
        for column in ("MinimumDays", "MaximumDays")
    }
    days, date = "s3:object-lock-remaining-retention-days", "s3:object-lock-retain-until-date"
    for sid, actions, condition in (
        ("NothingWithoutLock", "s3:PutObject", {"Null": {date: "true"}}),
        ("NoShorterLock", ["s3:PutObject", "s3:PutObjectRetention"], {"NumericLessThan": {days: bound["MinimumDays"]}}),
        (
            "NoLongerLock",
            ["s3:PutObject", "s3:PutObjectRetention"],
            {"NumericGreaterThan": {days: bound["MaximumDays"]}},
        ),
    ):
        assert statements[sid] == {
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": actions,
            "Resource": {"Fn::Sub": "${ArchiveBucket.Arn}/*"},
            "Condition": condition,
        }


def test_archive_bucket_locks_by_default(template: Template) -> None:
    """Should the policy be gone, the bucket locks what comes without a lock."""
    (bucket,) = resources(template, "AWS::S3::Bucket").values()
    assert bucket["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled",
        "Rule": {
            "DefaultRetention": {
                "Mode": {"Ref": "ObjectLockMode"},
                "Years": {"Fn::FindInMap": ["Retention", {"Ref": "Jurisdiction"}, "Years"]},
            }
        },
    }


def test_bounds_of_the_lock(template: Template) -> None:
    """The bounds are those within which every retention lies (tests/autobook/domain/test_retention.py)."""
    assert template["Mappings"]["Retention"] == {
        jurisdiction: {"Years": years, "MinimumDays": years * 365 - 1, "MaximumDays": (years + 2) * 366}
        for jurisdiction, years in YEARS.items()
    }
    assert set(PARAMETERS["Jurisdiction"]["AllowedValues"]) == set(YEARS)


def test_no_policy_names_everything(template: Template) -> None:
    """No policy of any resource says `Resource: '*'`."""
    policies = [
        document
        for resource in template["Resources"].values()
        for document in (
            resource.get("Properties", {}).get("PolicyDocument"),
            *(policy["PolicyDocument"] for policy in resource.get("Properties", {}).get("Policies", [])),
        )
        if document
    ]
    assert len(policies) >= 5
    for document in policies:
        for statement in document["Statement"]:
            named = statement["Resource"]
            assert "*" not in (named if isinstance(named, list) else [named])


def test_secrets_have_no_value(template: Template) -> None:
    """No webhook is accepted before they are filled in, and no update of the stack takes away what was."""
    secrets = resources(template, "AWS::SecretsManager::Secret")
    assert set(secrets) == {"ApiSecret", "WebhookSecret", "HypatosSecret", "BillomatSecret"}
    assert [set(secret) for secret in secrets.values()] == [{"Description"}] * len(secrets)


def test_receive_cannot_read_the_token(template: Template) -> None:
    """The function on the internet is given the webhooks' secret, and no other function is."""
    readers = {
        name.removesuffix("Function")
        for name, function in resources(template, "AWS::Serverless::Function").items()
        if {each for each in variables(function) if "SECRET" in each} and "API_SECRET_ID" not in variables(function)
    }
    assert readers == {"Receive"}


def test_a_failed_first_deployment_leaves_nothing_behind(template: Template) -> None:
    """What outlives the stack does so only once it was created, and nothing is protected before somebody says so."""
    policies = {name: each.get("DeletionPolicy") for name, each in template["Resources"].items()}
    assert "Retain" not in policies.values()
    kept = {name for name, policy in policies.items() if policy == "RetainExceptOnCreate"}
    assert {"RulesTable", "LedgerTable", "HistoryTable", "ArchiveBucket"} <= kept
    assert PARAMETERS["DeletionProtection"]["Default"] == "off"
    for table in resources(template, "AWS::DynamoDB::Table").values():
        assert table["DeletionProtectionEnabled"] == {"Fn::If": ["IsProtected", True, False]}


def test_names_are_the_stack_s_own(template: Template) -> None:
    """Two stacks in one account share no layer, and no function has a name that another one could have."""
    for layer in resources(template, "AWS::Serverless::LayerVersion").values():
        assert layer["LayerName"]["Fn::Sub"].startswith("${AWS::StackName}-")
    assert not [each for each in resources(template, "AWS::Serverless::Function").values() if "FunctionName" in each]


def test_a_new_account_is_large_enough(template: Template) -> None:
    """It runs ten functions at once: all that run beside the webhook, both exports included, leave it room."""
    consumers = 0
    for function in resources(template, "AWS::Serverless::Function").values():
        for source in function.get("Events", {}).values():
            if source["Type"] == "DynamoDB":  # one shard, for a moment, and only when a person saves something
                assert source["Properties"].get("ParallelizationFactor", 1) == 1
                continue
            most = source["Properties"]["ScalingConfig"]["MaximumConcurrency"]
            consumers += PARAMETERS[most["Ref"]]["Default"] if isinstance(most, dict) else most
    assert consumers <= 8  # sweep and reconcile are the others
    assert PARAMETERS["ReceiveReservation"]["Default"] == 0


@pytest.mark.parametrize("system", ["Hypatos", "Billomat"])
def test_an_export_is_switched_on_as_a_whole(template: Template, system: str) -> None:
    """Everything of the export to a system depends on its address, and nothing else does."""
    of_the_export = {name for name in template["Resources"] if system in name}
    conditional = {
        name for name, each in template["Resources"].items() if each.get("Condition") == f"ExportsTo{system}"
    }
    assert conditional == of_the_export
    assert len(conditional) > 10
    assert PARAMETERS[f"{system}BaseUrl"]["Default"] == ""
    for text in ("{}", '{"company": "AT01"}'):
        assert re.fullmatch(PARAMETERS[f"{system}Parameters"]["AllowedPattern"], text)


def test_api_is_throttled(template: Template) -> None:
    """One route, POST, throttled by the parameters, into `receive`, which only this API may call."""
    (route,) = resources(template, "AWS::ApiGatewayV2::Route").values()
    assert route["RouteKey"] == "POST /webhooks/kanbert"
    (stage,) = resources(template, "AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "WebhookRateLimit"},
        "ThrottlingBurstLimit": {"Ref": "WebhookBurstLimit"},
    }
    (integration,) = resources(template, "AWS::ApiGatewayV2::Integration").values()
    assert integration["PayloadFormatVersion"] == "2.0", "what adapters/http_api.py reads"
    permission = resources(template, "AWS::Lambda::Permission")["ApiPermission"]
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${Api}/*/POST/webhooks/kanbert")
    assert permission["Principal"] == "apigateway.amazonaws.com"


def test_access_log_holds_no_payload(template: Template) -> None:
    """The access log names neither body nor headers."""
    (stage,) = resources(template, "AWS::ApiGatewayV2::Stage").values()
    logged = re.findall(r"\$context\.([A-Za-z.]+)", stage["AccessLogSettings"]["Format"])
    assert logged == ["requestId", "requestTime", "status", "responseLatency", "integrationErrorMessage"]


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_parameter(name: str) -> None:
    """A parameter is described, limited, and has a default that its own limits allow."""
    parameter = PARAMETERS[name]
    default = str(parameter["Default"])
    assert len(parameter["Description"]) > 20
    assert {"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter), "no limit"
    if "AllowedPattern" in parameter:
        assert re.fullmatch(parameter["AllowedPattern"], default)
        assert parameter["ConstraintDescription"]
    if "AllowedValues" in parameter:
        assert default in [str(value) for value in parameter["AllowedValues"]]
    if "MinValue" in parameter:
        assert parameter["MinValue"] <= int(default) <= parameter["MaxValue"]


def test_every_parameter_is_used_and_shown(template: Template) -> None:
    """A parameter does something, and stands in one of the groups that the console shows."""
    text = json.dumps({key: value for key, value in template.items() if key not in {"Parameters", "Metadata"}})
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(PARAMETERS)
    assert not [name for name in PARAMETERS if f'{{"Ref": "{name}"}}' not in text]


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("https://api.kanbert.com/api/v1", True),
        ("http://127.0.0.1:8080/api/v1", True),
        ("http://localhost:1", True),
        ("http://api.kanbert.com/api/v1", False),
        ("https://api.kanbert.com/api/v1/", False),
        ("https://user:secret@api.kanbert.com", False),
        ("https://api.kanbert.com?x=1", False),
        ("http://127.0.0.1.example.com/", False),
        ("ftp://api.kanbert.com", False),
    ],
)
def test_base_url(value: str, allowed: bool) -> None:
    """The token never leaves in clear text, except to this machine."""
    assert bool(re.fullmatch(PARAMETERS["KanbertBaseUrl"]["AllowedPattern"], value)) is allowed


ENVIRONMENT = {
    "METRICS_NAMESPACE": "Autobook/test",
    "API_SECRET_ID": "api",
    "WEBHOOK_SECRET_ID": "webhook",
    "DOCUMENTS_QUEUE_URL": "https://sqs/documents.fifo",
    "DEAD_LETTERS_QUEUE_URL": "https://sqs/dead.fifo",
    "ARCHIVE_QUEUE_URL": "https://sqs/archive.fifo",
    "RULES_TABLE": "rules",
    "PROVENANCE_TABLE": "provenance",
    "HISTORY_TABLE": "history",
    "EVENTS_TOPIC_ARN": "arn",
    "ARCHIVE_BUCKET": "bucket",
    "EVENT_SOURCE": "urn:autobook:stack:eu-central-1:123456789012:autobook",
}
NAMED_AFTER = {
    "LOG_LEVEL": "LogLevel",
    "SIGNATURE_HEADER": "SignatureHeader",
    "KANBERT_BASE_URL": "KanbertBaseUrl",
    "TIME_ZONE": "TimeZone",
    "INCOMING_PDF": "IncomingPdf",
    "FIRST_DAYS": "FirstDays",
    "MODE": "Mode",
    "DUPLICATE_GUARD": "DuplicateGuard",
    "AMOUNT_GUARD": "AmountGuard",
    "JURISDICTION": "Jurisdiction",
    "OBJECT_LOCK_MODE": "ObjectLockMode",
}
CHOICES = [
    (variable, str(value))
    for variable, parameter in NAMED_AFTER.items()
    for value in [PARAMETERS[parameter]["Default"], *PARAMETERS[parameter].get("AllowedValues", [])]
]


@pytest.mark.parametrize(("variable", "value"), CHOICES)
def test_settings_take_what_parameters_allow(variable: str, value: str) -> None:
    """Every default and every allowed value makes sense to the functions that get it."""
    defaults = {name: str(PARAMETERS[parameter]["Default"]) for name, parameter in NAMED_AFTER.items()}
    environment = ENVIRONMENT | defaults | {variable: value}
    models = (ReceiveSettings, ProcessSettings, ArchiveSettings, SweepSettings, ReconcileSettings, CheckRulesSettings)
    for settings in models:
        settings.from_environment(environment)


def test_parameters_are_passed_on_by_name(template: Template) -> None:
    """A variable that a parameter decides is given that parameter."""
    functions = resources(template, "AWS::Serverless::Function").values()
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    given = shared | {k: v for function in functions for k, v in variables(function).items()}
    assert {name: given[name] for name in NAMED_AFTER} == {n: {"Ref": p} for n, p in NAMED_AFTER.items()}
