"""Functions in the template: settings, roles, permissions, logs, alarms."""

import json
import re
from typing import Any

import pytest

from autobook.adapters.deadline import RESERVE
from autobook.service.check_rules import CheckReach, CheckResult
from autobook.settings import (
    ArchiveSettings,
    CheckRulesSettings,
    ExportBillomatSettings,
    ExportHypatosSettings,
    ProcessSettings,
    ReceiveSettings,
    ReconcileSettings,
    RedriveBillomatSettings,
    Settings,
    SweepSettings,
    TopicArchiveSettings,
)
from autobook_local.stack.template import Template, resources
from tests.template.resolving import variables

SETTINGS: dict[str, type[Settings]] = {
    "ReceiveFunction": ReceiveSettings,
    "ProcessFunction": ProcessSettings,
    "ArchiveFunction": ArchiveSettings,
    "SweepFunction": SweepSettings,
    "ReconcileFunction": ReconcileSettings,
    "CheckRulesFunction": CheckRulesSettings,
    "ExportHypatosFunction": ExportHypatosSettings,
    "ExportBillomatFunction": ExportBillomatSettings,
    "RedriveBillomatFunction": RedriveBillomatSettings,
    "TopicArchiveFunction": TopicArchiveSettings,
}
"""Each function and the model that reads its environment."""

LOGS = {("logs:CreateLogStream", "{name}LogGroup"), ("logs:PutLogEvents", "{name}LogGroup")}
CONSUMES = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"}

PERMISSIONS = {
    "Receive": {
        ("secretsmanager:GetSecretValue", "WebhookSecret"),
        ("sqs:SendMessage", "DocumentsQueue"),
    },
    "Process": {
        ("secretsmanager:GetSecretValue", "ApiSecret"),
        *((action, "DocumentsQueue") for action in CONSUMES),
        ("sqs:SendMessage", "DocumentsDeadLetters"),
        ("dynamodb:Scan", "RulesTable"),
        ("dynamodb:GetItem", "LedgerTable"),
        ("dynamodb:PutItem", "LedgerTable"),
        ("dynamodb:DeleteItem", "LedgerTable"),
        ("dynamodb:UpdateItem", "LedgerTable"),
        ("dynamodb:PutItem", "HistoryTable"),
        ("sns:Publish", "EventsTopic"),
    },
    "Archive": {
        ("secretsmanager:GetSecretValue", "ApiSecret"),
        *((action, "ArchiveQueue") for action in CONSUMES),
        ("sqs:SendMessage", "ArchiveDeadLetters"),
        ("dynamodb:GetItem", "LedgerTable"),
        ("dynamodb:PutItem", "LedgerTable"),
        ("dynamodb:UpdateItem", "LedgerTable"),
        ("s3:PutObject", "ArchiveBucket/*"),
        ("s3:PutObjectRetention", "ArchiveBucket/*"),
        ("s3:GetObject", "ArchiveBucket/*"),
        ("s3:GetObjectRetention", "ArchiveBucket/*"),
        ("dynamodb:PutItem", "HistoryTable"),
        ("sns:Publish", "EventsTopic"),
    },
    "Sweep": {
        ("secretsmanager:GetSecretValue", "ApiSecret"),
        ("sqs:SendMessage", "DocumentsQueue"),
        ("sqs:SendMessage", "SchedulesDeadLetters"),
        ("dynamodb:Scan", "RulesTable"),
        ("dynamodb:GetItem", "LedgerTable"),
        ("dynamodb:BatchGetItem", "LedgerTable"),
        ("dynamodb:PutItem", "LedgerTable"),
    },
    "Reconcile": {
        ("secretsmanager:GetSecretValue", "ApiSecret"),
        ("sqs:SendMessage", "DocumentsQueue"),
        ("sqs:SendMessage", "ArchiveQueue"),
        ("sqs:SendMessage", "SchedulesDeadLetters"),
        ("dynamodb:GetItem", "LedgerTable"),
        ("dynamodb:BatchGetItem", "LedgerTable"),
        ("dynamodb:PutItem", "LedgerTable"),
        ("dynamodb:Scan", "LedgerTable"),
        ("s3:ListBucket", "ArchiveBucket"),
    },
    "CheckRules": {
        ("secretsmanager:GetSecretValue", "ApiSecret"),
        ("sqs:SendMessage", "CheckRulesDeadLetters"),
        ("sqs:SendMessage", "SchedulesDeadLetters"),
        ("dynamodb:DescribeStream", "RulesTable/stream/*"),
        ("dynamodb:GetRecords", "RulesTable/stream/*"),
        ("dynamodb:GetShardIterator", "RulesTable/stream/*"),
        ("dynamodb:ListStreams", "RulesTable/stream/*"),
        ("dynamodb:Scan", "RulesTable"),
        ("dynamodb:UpdateItem", "RulesTable"),
        ("dynamodb:GetItem", "LedgerTable"),
        ("dynamodb:PutItem", "LedgerTable"),
        *(
            (action, f"ArchiveBucket/{folder}/*")
            for action in ("s3:PutObject", "s3:PutObjectRetention", "s3:GetObject", "s3:GetObjectRetention")
            for folder in ("rules", "manifest")
        ),
        ("s3:ListBucket", "ArchiveBucket"),
        ("sns:Publish", "EventsTopic"),
    },
    "TopicArchive": {("sns:SetTopicAttributes", "EventsTopic")},
    "ExportBillomat": {
        ("secretsmanager:GetSecretValue", "ApiSecret"),
        ("secretsmanager:GetSecretValue", "BillomatSecret"),
        *((action, "ExportBillomatQueue") for action in CONSUMES),
        ("sqs:SendMessage", "ExportBillomatDeadLetters"),
        ("dynamodb:GetItem", "LedgerTable"),
        ("dynamodb:PutItem", "LedgerTable"),
        ("dynamodb:DeleteItem", "LedgerTable"),
        ("dynamodb:UpdateItem", "LedgerTable"),
        ("dynamodb:GetItem", "BillomatMappingsTable"),
    },
    "RedriveBillomat": {
        ("sqs:ReceiveMessage", "ExportBillomatDeadLetters"),
        ("sqs:DeleteMessage", "ExportBillomatDeadLetters"),
        ("sqs:ChangeMessageVisibility", "ExportBillomatDeadLetters"),
        ("sqs:SendMessage", "ExportBillomatQueue"),
        ("sqs:SendMessage", "SchedulesDeadLetters"),
        ("dynamodb:GetItem", "BillomatMappingsTable"),
        ("dynamodb:DescribeStream", "BillomatMappingsTable/stream/*"),
        ("dynamodb:GetRecords", "BillomatMappingsTable/stream/*"),
        ("dynamodb:GetShardIterator", "BillomatMappingsTable/stream/*"),
        ("dynamodb:ListStreams", "BillomatMappingsTable/stream/*"),
    },
    "ExportHypatos": {
        ("secretsmanager:GetSecretValue", "ApiSecret"),
        ("secretsmanager:GetSecretValue", "HypatosSecret"),
        *((action, "ExportHypatosQueue") for action in CONSUMES),
        ("sqs:SendMessage", "ExportHypatosDeadLetters"),
        ("dynamodb:GetItem", "LedgerTable"),
        ("dynamodb:PutItem", "LedgerTable"),
        ("dynamodb:DeleteItem", "LedgerTable"),
        ("dynamodb:UpdateItem", "LedgerTable"),
    },
}
"""What each function may do, and to what; nothing more, nothing less."""

NAMES = sorted(PERMISSIONS)
CALLERS_OF_KANBERT = ("Process", "Archive", "Sweep", "Reconcile", "CheckRules", "ExportHypatos", "ExportBillomat")
RECEIVE_IS_SLOW = 2.5
"""Seconds; Kanbert waits for about three."""


def folder(name: str) -> str:
    """A function's name in logs, metrics and `functions/`, by its logical name: `export_billomat`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def target(resource: Any) -> str:
    """The logical id that a policy's resource names, with what follows it."""
    match resource:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "Arn" | "Id"]}:
            return name
        case {"Fn::Sub": str(text)}:
            return text.replace("${", "").replace(".Arn}", "")
    return str(resource)


def statements(template: Template, role: str) -> list[dict[str, Any]]:
    policies = template["Resources"][role]["Properties"]["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def test_every_function_is_looked_at(template: Template) -> None:
    """No function is left out of the tables of this module."""
    functions = resources(template, "AWS::Serverless::Function")
    assert set(functions) == set(SETTINGS) == {f"{name}Function" for name in PERMISSIONS}


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_environment_is_the_settings_model(template: Template, function: str) -> None:
    """A function is given exactly the variables that its settings model reads."""
    properties = template["Resources"][function]["Properties"]
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    own = variables(properties)
    fields = SETTINGS[function].__dataclass_fields__
    assert set(shared) | set(own) == {name.upper() for name in fields}


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_environment_names_are_not_reserved(template: Template, function: str) -> None:
    """No variable has a name that Lambda keeps for itself."""
    own = variables(template["Resources"][function]["Properties"])
    assert not [name for name in own if name.startswith(("AWS_", "LAMBDA_", "_"))]


@pytest.mark.parametrize("name", NAMES)
def test_permissions(template: Template, name: str) -> None:
    """A function may do what its row in the table says, to what it says: additions and losses fail by name."""
    given = {
        (action, target(resource))
        for statement in statements(template, f"{name}Role")
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }
    assert given == PERMISSIONS[name] | {(action, group.format(name=name)) for action, group in LOGS}


@pytest.mark.parametrize("name", NAMES)
def test_role_has_nothing_beside_its_policy(template: Template, name: str) -> None:
    """Only Lambda may take the role; no managed policy, no wildcard, no denial hides in it."""
    role = template["Resources"][f"{name}Role"]["Properties"]
    assert set(role) == {"AssumeRolePolicyDocument", "Policies"}
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
    for statement in statements(template, f"{name}Role"):
        assert set(statement) == {"Effect", "Action", "Resource"}
        assert statement["Effect"] == "Allow"
        assert not [action for action in as_list(statement["Action"]) if "*" in action]
        assert not [resource for resource in as_list(statement["Resource"]) if isinstance(resource, str)]


def test_one_role_per_function(template: Template) -> None:
    """Functions do not share a role, and SAM adds no policy of its own."""
    functions = resources(template, "AWS::Serverless::Function")
    roles = {name: function["Role"] for name, function in functions.items()}
    assert roles == {f"{name}Function": {"Fn::GetAtt": [f"{name}Role", "Arn"]} for name in NAMES}
    assert not [name for name, function in functions.items() if "Policies" in function]
    assert set(resources(template, "AWS::IAM::Role")) == {f"{name}Role" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_log_group(template: Template, name: str) -> None:
    """A function writes into a log group of ours, which forgets after the days that the parameter says."""
    function = template["Resources"][f"{name}Function"]["Properties"]
    assert function["LoggingConfig"]["LogGroup"] == {"Ref": f"{name}LogGroup"}
    assert template["Resources"][f"{name}LogGroup"]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_every_log_group_forgets(template: Template) -> None:
    """No log is kept for ever."""
    groups = resources(template, "AWS::Logs::LogGroup")
    assert len(groups) > len(NAMES)
    assert not [name for name, group in groups.items() if "RetentionInDays" not in group]


@pytest.mark.parametrize("metric", ["Errors", "Throttles", "Duration"])
@pytest.mark.parametrize("name", NAMES)
def test_function_alarms(template: Template, name: str, metric: str) -> None:
    """An alarm fires when a function fails, when it is not started, and when it runs for too long."""
    watched = [
        alarm
        for alarm in resources(template, "AWS::CloudWatch::Alarm").values()
        if (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", metric)
        and {"Name": "FunctionName", "Value": {"Ref": f"{name}Function"}} in alarm["Dimensions"]
    ]
    assert [alarm["AlarmActions"] for alarm in watched] == [[{"Ref": "AlarmTopic"}]]


@pytest.mark.parametrize("name", NAMES)
def test_slow_is_before_the_timeout(template: Template, name: str) -> None:
    """Where what waits for others has given up already; for `receive`, before Kanbert gives up."""
    timeout = template["Resources"][f"{name}Function"]["Properties"]["Timeout"]
    slow = template["Mappings"]["Functions"][name]["Slow"] / 1000
    assert slow == RECEIVE_IS_SLOW if name == "Receive" else timeout - RESERVE < slow < timeout


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("Sweep", {"Ref": "SweepRate"}),
        ("Reconcile", {"Ref": "ReconcileTime"}),
        ("CheckRules", {"Ref": "CheckRulesTime"}),
        ("RedriveBillomat", "rate(15 minutes)"),
    ],
)
def test_scheduled_functions(template: Template, name: str, expression: object) -> None:
    """A scheduled function is called by its own rule alone, and a call that fails is kept."""
    rule = template["Resources"][f"{name}Schedule"]["Properties"]
    kept = {"Fn::GetAtt": ["SchedulesDeadLetters", "Arn"]}
    assert (rule["ScheduleExpression"], rule["State"]) == (expression, "ENABLED")
    (target,) = rule["Targets"]
    assert (target["Arn"], target["DeadLetterConfig"]) == ({"Fn::GetAtt": [f"{name}Function", "Arn"]}, {"Arn": kept})
    permission = template["Resources"][f"{name}SchedulePermission"]["Properties"]
    assert permission["SourceArn"] == {"Fn::GetAtt": [f"{name}Schedule", "Arn"]}
    invoked = template["Resources"][f"{name}Function"]["Properties"]["EventInvokeConfig"]
    assert invoked["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": kept}


@pytest.mark.parametrize("hours", ["cron(0/15 2-5 * * ? *)", "cron(0/15 22-23 * * ? *)"])
def test_reconcile_time(template: Template, hours: str) -> None:
    """A run is called every quarter of an hour within some hours, so that it can go on where the call before ended."""
    parameter = template["Parameters"]["ReconcileTime"]
    assert re.fullmatch(parameter["AllowedPattern"], hours)
    assert not re.fullmatch(parameter["AllowedPattern"], "cron(15 2 * * ? *)")


def test_asynchronous_functions_have_dead_letters(template: Template) -> None:
    """Functions are called by the API, by a schedule or by a queue that has dead letters.

    By a table's stream only where a schedule calls them as well: what the stream does not get done is done then.
    """
    queues = resources(template, "AWS::SQS::Queue")
    for name, function in resources(template, "AWS::Serverless::Function").items():
        for source in function.get("Events", {}).values():
            if source["Type"] == "DynamoDB":
                assert f"{name.removesuffix('Function')}Schedule" in template["Resources"], name
                assert source["Properties"]["MaximumRetryAttempts"] >= 0, "without, it would repeat for a day"
                continue
            assert source["Type"] == "SQS", name
            queue = source["Properties"]["Queue"]["Fn::GetAtt"][0]
            assert "RedrivePolicy" in queues[queue], name


def test_stream_of_the_rules(template: Template) -> None:
    """Every save is seen, also those of before; one that fails holds up as little as can be, and not for ever."""
    (source,) = template["Resources"]["CheckRulesFunction"]["Properties"]["Events"].values()
    properties = source["Properties"]
    assert (source["Type"], properties["Stream"]) == ("DynamoDB", {"Fn::GetAtt": ["RulesTable", "StreamArn"]})
    assert properties["StartingPosition"] == "TRIM_HORIZON"
    assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert properties["BisectBatchOnFunctionError"] is True
    assert 10 <= properties["MaximumRetryAttempts"] <= 1_000
    assert 3_600 <= properties["MaximumRecordAgeInSeconds"] <= 86_400, "the stream keeps a day"
    assert "MaximumBatchingWindowInSeconds" not in properties, "the verdict is there within ten seconds"
    kept = {"Type": "SQS", "Destination": {"Fn::GetAtt": ["CheckRulesDeadLetters", "Arn"]}}
    assert properties["DestinationConfig"]["OnFailure"] == kept


def test_rules_are_checked_between_the_nights(template: Template) -> None:
    """What is due is checked every few minutes, by the same function, with the same care."""
    nightly, due = (template["Resources"][f"CheckRules{name}Schedule"]["Properties"] for name in ("", "Due"))
    assert [json.loads(each["Targets"][0]["Input"]) for each in (nightly, due)] == [{"rules": "all"}, {"rules": "due"}]
    assert [CheckReach(json.loads(each["Targets"][0]["Input"])["rules"]) for each in (nightly, due)] == [
        CheckReach.ALL,
        CheckReach.DUE,
    ]
    assert due["Targets"][0]["DeadLetterConfig"] == nightly["Targets"][0]["DeadLetterConfig"]
    assert due["Targets"][0]["Arn"] == {"Fn::GetAtt": ["CheckRulesFunction", "Arn"]}
    permission = template["Resources"]["CheckRulesDueSchedulePermission"]["Properties"]
    assert permission["SourceArn"] == {"Fn::GetAtt": ["CheckRulesDueSchedule", "Arn"]}
    sources = template["Resources"]["SchedulesDeadLettersPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    named = [each.get("Fn::If", [None, each])[1] for each in sources["Condition"]["ArnEquals"]["aws:SourceArn"]]
    allowed = [each["Fn::GetAtt"][0] for each in named]
    assert sorted(allowed) == sorted(name for name in resources(template, "AWS::Events::Rule"))


@pytest.mark.parametrize(
    ("name", "metric"),
    [("RulesInError", "RulesInError"), ("CheckRulesFailed", "Failed"), ("RulesTooLarge", "TooLarge")],
)
def test_rules_alarms(template: Template, name: str, metric: str) -> None:
    """An alarm fires for rules in error, and where checking them fails, under the names that are counted with."""
    alarm = template["Resources"][f"{name}Alarm"]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == (metric, 0)
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "check_rules"}]
    assert metric in {*CheckResult().counts(), "Failed"}


@pytest.mark.parametrize("name", ["Process", "Archive", "ExportHypatos", "ExportBillomat"])
def test_partial_failures_are_reported(template: Template, name: str) -> None:
    """One failing document does not bring its whole batch back."""
    (source,) = template["Resources"][f"{name}Function"]["Properties"]["Events"].values()
    assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["Properties"]["BatchSize"] <= 10, "FIFO queues give ten at most"


@pytest.mark.parametrize("name", NAMES)
def test_runtime(template: Template, name: str) -> None:
    """Every function runs on the Python that the package is made and tested for, with the shared layer."""
    shared = template["Globals"]["Function"]
    own = template["Resources"][f"{name}Function"]["Properties"]
    assert shared["Runtime"] == "python3.13"
    assert shared["Layers"] == [{"Ref": "SharedLayer"}]
    assert "Runtime" not in own
    assert own["CodeUri"] == f"functions/{folder(name)}"


def test_receive_answers_within_the_gateway_limit(template: Template) -> None:
    """The API gives up on a function after 30 seconds."""
    assert template["Resources"]["ReceiveFunction"]["Properties"]["Timeout"] <= 30
