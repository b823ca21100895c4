"""`autobook events replay`: into a queue that is subscribed or not, and what is left as it was."""

import json
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import autobook_cli
from autobook_cli.events import Topic, commands, leases, replay, wire_type
from autobook_cli.events.replay import LEASE, put_leftovers_in_order
from autobook_cli.events.target_queue import TargetQueue, find_queue
from autobook_cli.events.topic import Span
from tests.autobook_cli.events import NOW, an_event, stop_the_clock
from tests.fake_topic import FakeSns

HOUR = timedelta(hours=1)
QUEUE = "mine.fifo"


@pytest.fixture
def sns(aws: None, monkeypatch: pytest.MonkeyPatch) -> FakeSns:
    """A topic with an event three hours ago, two hours ago, one hour ago."""
    assert aws is None
    stop_the_clock(monkeypatch)
    fake = FakeSns(now=lambda: NOW)
    for hours in (3, 2, 1):
        fake.publish(an_event(f"{hours}h", "invoice.booked" if hours > 1 else "invoice.changed"), NOW - hours * HOUR)
    monkeypatch.setattr(commands, "target", lambda *_: None)
    monkeypatch.setattr(Topic, "of", lambda _: fake.topic())
    monkeypatch.setattr("autobook_cli.events.replay.time.sleep", lambda _: None)
    return fake


def run(*arguments: str) -> Result:
    return CliRunner().invoke(autobook_cli.app, ["events", "replay", *arguments])


def subscribed(sns: FakeSns, name: str = QUEUE, **more: str) -> str:
    """The ARN of a live subscription of a queue."""
    arn: str = sns.subscribe(TopicArn=sns.topic().arn, Protocol="sqs", Endpoint=sns.queue(name), Attributes=more)[
        "SubscriptionArn"
    ]
    return arn


def policy(sns: FakeSns, name: str = QUEUE) -> str | None:
    url = sns.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    attributes: dict[str, str] = sns.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return attributes.get("Policy") or None


def tags(sns: FakeSns, name: str = QUEUE) -> Any:
    return sns.sqs.list_queue_tags(QueueUrl=sns.sqs.get_queue_url(QueueName=name)["QueueUrl"]).get("Tags", {})


# --- a queue that is not subscribed ------------------------------------------------------------------------------


@pytest.mark.parametrize("open_", [True, False], ids=["open to the topic", "closed"])
def test_a_queue_that_is_not_subscribed(sns: FakeSns, open_: bool) -> None:
    """It is for the time of the replay, and open to the topic for as long; afterwards all is as it was."""
    sns.queue(QUEUE, open_=open_)
    before = policy(sns)
    result = run("--since", "150m", "--to", QUEUE)
    assert result.exit_code == 0, result.output
    assert "the subscription that was made for it is removed" in result.stdout
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["Pending", "In progress", "Completed"]
    sns.publish(an_event("new"))
    assert sns.ids_in(QUEUE) == ["2h", "1h"]
    assert (policy(sns), tags(sns), sns.subscriptions) == (before, {}, {})


def test_another_statement_of_the_policy_stays(sns: FakeSns) -> None:
    """What else the queue's policy says is left alone."""
    sns.queue(QUEUE, open_=False)
    own = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "own", "Effect": "Deny", "Principal": "*", "Action": "sqs:*"}],
    }
    url = sns.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    sns.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(own)})
    assert run("--since", "beginning", "--to", QUEUE).exit_code == 0
    assert sns.ids_in(QUEUE) == ["3h", "2h", "1h"]
    assert json.loads(policy(sns) or "") == own


def test_a_span_and_types(sns: FakeSns) -> None:
    """Only the span's events of the types come."""
    sns.queue(QUEUE)
    assert run("--since", "4h", "--until", "30m", "--to", QUEUE, "--type", "invoice.booked").exit_code == 0
    assert run("--since", "4h", "--until", "150m", "--to", QUEUE).exit_code == 0
    assert sns.ids_in(QUEUE) == ["3h", "2h", "3h"]


def test_the_queue_by_any_name(sns: FakeSns) -> None:
    """A queue is known by its name, with or without the stack's before it, its ARN and its URL."""
    name = "autobook-consumer.fifo"
    arn, url = sns.queue(name), sns.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found = [find_queue(sns.topic(), each) for each in ("consumer", "consumer.fifo", name, arn, url)]
    assert set(found) == {TargetQueue(url, arn, name)}


# --- a queue that is subscribed ----------------------------------------------------------------------------------


def test_a_queue_that_is_subscribed(sns: FakeSns) -> None:
    """Its own subscription replays, with its own filter, and goes on with new events."""
    arn = subscribed(sns, FilterPolicy=json.dumps({"type": [wire_type("invoice.booked")]}))
    result = run("--since", "4h", "--to", QUEUE)
    assert "its subscription goes on with new events" in result.stdout
    sns.publish(an_event("new"))
    assert sns.ids_in(QUEUE) == ["3h", "2h", "new"]
    assert (list(sns.subscriptions), tags(sns)) == ([arn], {})


def test_a_subscribed_queue_and_a_span_with_an_end(sns: FakeSns) -> None:
    """SNS pauses the subscription at the end; it is resumed, and what was published meanwhile comes."""
    subscribed(sns)

    def publish_meanwhile(operation: str) -> None:
        if operation == "get_subscription_attributes" and tags(sns):
            sns.after = lambda _: None
            assert next(iter(sns.subscriptions.values())).paused
            sns.publish(an_event("meanwhile"))
            sns.archive.record(an_event("meanwhile 2"), NOW)

    sns.after = publish_meanwhile
    assert run("--since", "4h", "--until", "150m", "--to", QUEUE).exit_code == 0
    sns.publish(an_event("new"))
    assert sns.ids_in(QUEUE) == ["3h", "meanwhile", "meanwhile 2", "new"]
    assert tags(sns) == {}


def test_a_paused_subscription_is_resumed_where_it_was(sns: FakeSns) -> None:
    """Who paused it in another way has nothing left out: it goes on from its end, whatever is replayed meanwhile."""
    arn = subscribed(sns)
    ended = Span(NOW - 3 * HOUR, NOW - 2.5 * HOUR)
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="ReplayPolicy", AttributeValue=ended.policy())
    sns.subscriptions[arn].coming = ["Completed"]
    sns.ids_in(QUEUE)
    assert run("--since", "200m", "--until", "170m", "--to", QUEUE).exit_code == 0
    assert sns.ids_in(QUEUE) == ["3h", "2h", "1h"]
    assert not sns.subscriptions[arn].paused


# --- what ends it early ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_subscription", [True, False])
@pytest.mark.parametrize("until", [(), ("--until", "30m")])
@pytest.mark.parametrize("operation", ["subscribe", "set_subscription_attributes", "get_subscription_attributes"])
def test_interrupted(sns: FakeSns, with_subscription: bool, until: tuple[str, ...], operation: str) -> None:
    """Ctrl-C at any moment leaves a live subscription live, and no other behind."""
    arns = [subscribed(sns)] if with_subscription else [sns.queue(QUEUE, open_=False)][1:]

    def interrupt(name: str) -> None:
        if name == operation:
            sns.after = lambda _: None
            raise KeyboardInterrupt

    sns.after = interrupt
    run("--since", "4h", "--to", QUEUE, *until)
    assert list(sns.subscriptions) == arns
    assert not any(each.paused for each in sns.subscriptions.values())
    assert tags(sns) == {}
    assert with_subscription or policy(sns) is None


def test_failed(sns: FakeSns) -> None:
    """SNS says that a replay failed: an error, exit code 2, and all is as it was."""
    sns.queue(QUEUE)
    sns.fails = True
    result = run("--since", "4h", "--to", QUEUE)
    assert (result.exit_code, "could not complete the replay" in result.stderr) == (2, True)
    assert (sns.subscriptions, tags(sns)) == ({}, {})


def killed(sns: FakeSns, monkeypatch: pytest.MonkeyPatch, *until: str) -> None:
    """A replay whose command was killed an hour ago: nothing of what it does at the end was done."""
    with monkeypatch.context() as patch:
        patch.setattr(leases, "_now", lambda: NOW - HOUR)
        patch.setattr(replay.Replay, "_in_order", lambda *_: None)
        patch.setattr("autobook_cli.events.target_queue.close", lambda *_: None)
        assert run("--since", "4h", "--to", QUEUE, *until).exit_code == 0
    sns.ids_in(QUEUE)


def test_a_killed_replay_is_put_in_order(sns: FakeSns, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next command ends the subscription that was made for it, and closes the queue."""
    sns.queue(QUEUE, open_=False)
    killed(sns, monkeypatch)
    assert len(sns.subscriptions) == 1
    assert put_leftovers_in_order(sns.topic()) == [QUEUE]
    assert (sns.subscriptions, tags(sns), policy(sns)) == ({}, {}, None)
    assert put_leftovers_in_order(sns.topic()) == []


def test_a_killed_replay_that_paused_a_subscription(sns: FakeSns, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next command resumes it from where it was: what was published since comes."""
    arn = subscribed(sns)
    killed(sns, monkeypatch, "--until", "150m")
    sns.publish(an_event("in the hour"), None)
    assert sns.ids_in(QUEUE) == []
    result = run("--since", "4h", "--until", "170m", "--to", QUEUE, "--dry-run")
    assert f"put the subscription of {QUEUE} in order" in result.stderr
    assert sns.ids_in(QUEUE) == ["in the hour"]
    assert not sns.subscriptions[arn].paused


def test_one_at_a_time(sns: FakeSns) -> None:
    """While a replay is under way another is refused, whoever started it."""
    arn = subscribed(sns)
    url = sns.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    leases.Lease(sns.sqs, url, LEASE, "subscribed").renew()
    assert "another replay into mine.fifo is under way" in run("--since", "4h", "--to", QUEUE).stderr
    sns.sqs.untag_queue(QueueUrl=url, TagKeys=[LEASE])
    sns.subscriptions[arn].attributes["ReplayStatus"] = "In progress"
    assert run("--since", "4h", "--to", QUEUE).exit_code == 2
    assert sns.ids_in(QUEUE) == []


# --- what is refused, and what would be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "91d", "--to", QUEUE], "--since beginning"),
        (["--since", "2999-01-01", "--to", QUEUE], "are about the past"),
        (["--since", "1h", "--until", "2999-01-01", "--to", QUEUE], "are about the past"),
        (["--since", "1h", "--until", "2h", "--to", QUEUE], "is not after"),
        (["--since", "1h", "--to", "nobody's"], "there is no queue nobody's"),
        (["--since", "1h", "--to", "no queue's name!"], "there is no queue"),
        (["--since", "1h", "--to", "arn:aws:sqs:eu-west-1:123456789012:mine.fifo"], "another account or region"),
        (["--since", "1h", "--to", "https://sqs.eu-central-1.amazonaws.com/999999999999/mine.fifo"], "another account"),
        (["--since", "1h", "--to", "live.fifo", "--type", "invoice.booked"], "a filter of its own"),
        (["--since", "1h", "--to", QUEUE, "--type", "nonsense"], "no type of event"),
    ],
)
def test_refused(sns: FakeSns, arguments: list[str], message: str) -> None:
    """What SNS would refuse, or would leave incomplete, is refused in one line, and nothing was changed."""
    sns.queue(QUEUE)
    live = subscribed(sns, "live.fifo")
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert list(sns.subscriptions) == [live]
    assert "ReplayPolicy" not in sns.subscriptions[live].attributes


def test_no_archive(sns: FakeSns) -> None:
    """A topic that keeps no archive has nothing to replay."""
    sns.keeps_archive = False
    assert "keeps no archive" in run("--since", "1h", "--to", QUEUE).stderr


@pytest.mark.parametrize("live", [True, False])
def test_dry_run(sns: FakeSns, live: bool) -> None:
    """Events are counted by type, with the filter that would count, and nothing comes into the queue."""
    if live:
        subscribed(sns, FilterPolicy=json.dumps({"type": [wire_type("invoice.booked")]}))
    else:
        sns.queue(QUEUE, open_=False)
    before = policy(sns)
    result = run("--since", "4h", "--to", QUEUE, "--dry-run")
    counted = result.stdout.splitlines()
    assert counted[0] == "invoice.booked: 2"
    assert counted[1].split(" from ")[0] == ("2 events" if live else "invoice.changed: 1")
    assert ("is subscribed;" in result.stdout) is live
    assert sns.ids_in(QUEUE) == []
    assert (policy(sns), tags(sns), len(sns.subscriptions)) == (before, {}, int(live))
    assert [url.rpartition("/")[2] for url in sns.sqs.list_queues()["QueueUrls"]] == [QUEUE]
