"""Queues, topics and subscriptions in the template."""

import re
from typing import Any

import pytest

from autobook.domain.documents import DocumentKind
from autobook.domain.event_types import EventType, published_name
from autobook_local.stack.template import Template, resources
from tests.template.resolving import variables

QUEUES = {
    "DocumentsQueue": "DocumentsDeadLetters",
    "ArchiveQueue": "ArchiveDeadLetters",
    "DownstreamQueue": "DownstreamDeadLetters",
    "ExportHypatosQueue": "ExportHypatosDeadLetters",
    "ExportBillomatQueue": "ExportBillomatDeadLetters",
}
"""Each queue and where its dead letters go."""

NOT_FIFO = {"SchedulesDeadLetters", "CheckRulesDeadLetters"}
DEAD_LETTERS = {*QUEUES.values(), "EventsDeadLetters", *NOT_FIFO}
FED_BY_TOPIC = ["ArchiveQueue", "EventsDeadLetters"]
FED_IF_SWITCHED_ON = "DownstreamQueue"
MOST_RECEIVES = 1000
"""The largest maxReceiveCount that SQS takes."""
LONGEST_RETENTION = 14 * 24 * 3600


def test_every_queue_is_looked_at(template: Template) -> None:
    """No queue is left out of the tables of this module."""
    assert set(resources(template, "AWS::SQS::Queue")) == set(QUEUES) | DEAD_LETTERS


@pytest.mark.parametrize("queue", sorted(QUEUES))
def test_dead_letters(template: Template, queue: str) -> None:
    """What a queue's consumer cannot take goes to dead letters of its own."""
    redrive = template["Resources"][queue]["Properties"]["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": [QUEUES[queue], "Arn"]}
    assert 3 <= redrive["maxReceiveCount"] <= MOST_RECEIVES


@pytest.mark.parametrize("queue", ["DocumentsQueue", "ArchiveQueue", "ExportHypatosQueue", "ExportBillomatQueue"])
def test_receiving_is_not_failing(template: Template, queue: str) -> None:
    """Our own consumers count faults themselves: SQS gives up on a message as late as it can."""
    assert template["Resources"][queue]["Properties"]["RedrivePolicy"]["maxReceiveCount"] == MOST_RECEIVES


@pytest.mark.parametrize("queue", sorted(DEAD_LETTERS))
def test_dead_letters_alarm(template: Template, queue: str) -> None:
    """The first dead letter raises an alarm, and dead letters are kept for as long as SQS allows."""
    watched = [
        alarm
        for alarm in resources(template, "AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        and alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}]
    ]
    assert len(watched) == 1
    assert (watched[0]["Threshold"], watched[0]["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert watched[0]["Statistic"] == "Maximum"
    assert watched[0]["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    assert template["Resources"][queue]["Properties"]["MessageRetentionPeriod"] == LONGEST_RETENTION


@pytest.mark.parametrize("queue", sorted(QUEUES))
def test_age_alarm(template: Template, queue: str) -> None:
    """An alarm fires when a queue does not drain."""
    ages = [
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in resources(template, "AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
    ]
    assert ages.count(queue) == 1


def test_everything_is_fifo(template: Template) -> None:
    """Queues, their dead letters and the topic that feeds them are FIFO, in name and in property.

    All but the dead letters of schedules and of the stream: Lambda and EventBridge can write to no FIFO queue there.
    """
    for name, queue in resources(template, "AWS::SQS::Queue").items():
        if name in NOT_FIFO:
            assert "FifoQueue" not in queue
            continue
        assert queue["FifoQueue"] is True, name
        assert queue["QueueName"]["Fn::Sub"].endswith(".fifo"), name
        assert queue.get("ContentBasedDeduplication", False) is False, name
    topic = template["Resources"]["EventsTopic"]["Properties"]
    assert topic["FifoTopic"] is True
    assert topic["TopicName"]["Fn::Sub"].endswith(".fifo")
    assert topic["ContentBasedDeduplication"] is False


def test_names_fit(template: Template) -> None:
    """With a stack name of up to 40 characters every queue's name is one that SQS takes (80 characters, .fifo)."""
    for name, queue in resources(template, "AWS::SQS::Queue").items():
        actual = queue["QueueName"]["Fn::Sub"].replace("${AWS::StackName}", "s" * 40)
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,75}(\.fifo)?", actual), name
    topic = template["Resources"]["EventsTopic"]["Properties"]["TopicName"]["Fn::Sub"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,251}\.fifo", topic.replace("${AWS::StackName}", "s" * 40))


CONSUMERS = ("ProcessFunction", "ArchiveFunction", "ExportHypatosFunction", "ExportBillomatFunction")


@pytest.mark.parametrize("function", CONSUMERS)
def test_visibility_covers_the_function(template: Template, function: str) -> None:
    """A queue hides a message for at least six times as long as its function may run, as AWS advises."""
    properties = template["Resources"][function]["Properties"]
    (source,) = properties["Events"].values()
    queue = source["Properties"]["Queue"]["Fn::GetAtt"][0]
    assert template["Resources"][queue]["Properties"]["VisibilityTimeout"] >= 6 * properties["Timeout"]


def test_queues_are_encrypted_and_patient(template: Template) -> None:
    """What waits is encrypted, and is not forgotten before the fourteen days that SQS allows."""
    for name, queue in resources(template, "AWS::SQS::Queue").items():
        assert queue["SqsManagedSseEnabled"] is True, name
        assert queue["MessageRetentionPeriod"] == LONGEST_RETENTION, name


def subscriptions(template: Template) -> dict[str, dict[str, Any]]:
    return {
        name: one
        for name, one in resources(template, "AWS::SNS::Subscription").items()
        if one["TopicArn"] == {"Ref": "EventsTopic"}
    }


@pytest.mark.parametrize(
    "name",
    ["ArchiveSubscription", "DownstreamSubscription", "ExportHypatosSubscription", "ExportBillomatSubscription"],
)
def test_subscription_is_raw_with_dead_letters(template: Template, name: str) -> None:
    """Events arrive as they were published, and one that cannot be delivered is kept."""
    one = subscriptions(template)[name]
    assert one["Protocol"] == "sqs"
    assert one["RawMessageDelivery"] is True
    assert one["RedrivePolicy"] == {"deadLetterTargetArn": {"Fn::GetAtt": ["EventsDeadLetters", "Arn"]}}


def test_archive_filter(template: Template) -> None:
    """The archive takes every type that says what a document looks like now; its own events are not among them."""
    one = subscriptions(template)["ArchiveSubscription"]
    assert one["FilterPolicyScope"] == "MessageBody"
    types = one["FilterPolicy"]["type"]
    facts = [kind.facts for kind in DocumentKind]
    wanted = {each.received_event for each in facts} | {each.changed_event for each in facts}
    assert set(types) == set(map(published_name, wanted))


def test_source_of_events(template: Template) -> None:
    """Whoever makes events names the stack in them by a URI that AWS fills in, the same everywhere."""
    functions = resources(template, "AWS::Serverless::Function").values()
    environments = [variables(each) for each in functions]
    sources = [each["EVENT_SOURCE"]["Fn::Sub"] for each in environments if "EVENT_SOURCE" in each]
    assert len(sources) == 4
    assert set(sources) == {"urn:autobook:stack:${AWS::Region}:${AWS::AccountId}:${AWS::StackName}"}
    assert all("EVENT_SOURCE" in each for each in environments if "EVENTS_TOPIC_ARN" in each)


@pytest.mark.parametrize(("export", "file"), [("ExportHypatos", False), ("ExportBillomat", True)])
def test_export_filter(template: Template, export: str, file: bool) -> None:
    """An export takes every type that says that an incoming invoice is another now, or that its file is there."""
    one = subscriptions(template)[f"{export}Subscription"]
    assert one["FilterPolicyScope"] == "MessageBody"
    facts = DocumentKind.INCOMING_INVOICE.facts
    named: set[EventType] = {facts.received_event, facts.changed_event, facts.deleted_event}
    named |= {"invoice.booked", "booking.corrected"}
    named |= {facts.archived_event} if file else set()
    assert set(one["FilterPolicy"]["type"]) == set(map(published_name, named))


@pytest.mark.parametrize("export", ["ExportHypatos", "ExportBillomat"])
def test_export_queue_policy(template: Template, export: str) -> None:
    """Only our topic may put something into the queue of an export."""
    policy = resources(template, "AWS::SQS::QueuePolicy")[f"{export}QueuePolicy"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Queues"] == [{"Ref": f"{export}Queue"}]
    assert statement["Resource"] == [{"Fn::GetAtt": [f"{export}Queue", "Arn"]}]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "EventsTopic"}}}


def test_downstream_takes_everything(template: Template) -> None:
    """Any consumer may read everything."""
    assert "FilterPolicy" not in subscriptions(template)["DownstreamSubscription"]


def test_no_downstream_by_default(template: Template) -> None:
    """A queue that nobody reads is not made: it would raise alarms, and lose its events after 14 days."""
    assert template["Parameters"]["Downstream"]["Default"] == "off"
    assert template["Conditions"]["HasDownstream"] == {"Fn::Equals": [{"Ref": "Downstream"}, "on"]}
    downstream = {name: each for name, each in template["Resources"].items() if name.startswith("Downstream")}
    assert len(downstream) == 5
    assert {each.get("Condition") for each in downstream.values()} == {"HasDownstream"}
    assert template["Outputs"]["DownstreamQueueUrl"]["Condition"] == "HasDownstream"


def test_nothing_else_depends_on_downstream(template: Template) -> None:
    """Without the queue the rest of the template is complete: no other resource names it without a condition."""
    known = ("Downstream", "EventsQueuePolicy")
    others = {name: each for name, each in template["Resources"].items() if not name.startswith(known)}
    assert "Downstream" not in str(others)


def test_queue_policy(template: Template) -> None:
    """Only our topic may put something into the queues that it feeds, and it may into all of them."""
    policy = resources(template, "AWS::SQS::QueuePolicy")["EventsQueuePolicy"]
    nothing = {"Ref": "AWS::NoValue"}
    queue = {"Fn::If": ["HasDownstream", {"Ref": FED_IF_SWITCHED_ON}, nothing]}
    its_arn = {"Fn::If": ["HasDownstream", {"Fn::GetAtt": [FED_IF_SWITCHED_ON, "Arn"]}, nothing]}
    assert policy["Queues"] == [*({"Ref": name} for name in FED_BY_TOPIC), queue]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": [*({"Fn::GetAtt": [name, "Arn"]} for name in FED_BY_TOPIC), its_arn],
            "Condition": {"ArnEquals": {"aws:SourceArn": {"Ref": "EventsTopic"}}},
        }
    ]


def test_topic_remembers(template: Template) -> None:
    """A consumer that comes later can replay what was said."""
    days = template["Parameters"]["EventsArchiveDays"]
    assert template["Resources"]["TopicArchive"]["Properties"]["RetentionDays"] == {"Ref": "EventsArchiveDays"}
    assert (days["Default"], days["MinValue"], days["MaxValue"]) == (90, 1, 365), "what SNS takes"


def test_schedules_may_leave_dead_letters(template: Template) -> None:
    """Every schedule of ours, and nobody else, may put a call that failed into the queue for that."""
    (statement,) = template["Resources"]["SchedulesDeadLettersPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    named = {(each["Fn::If"][1] if "Fn::If" in each else each)["Fn::GetAtt"][0] for each in sources}
    assert named == set(resources(template, "AWS::Events::Rule"))
