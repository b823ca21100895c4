"""`autobook events tail`: what it shows, and that nothing of it stays."""

import json
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import autobook_cli
from autobook_cli.events import EventFilter, TemporaryQueue, Topic, commands, leases
from autobook_cli.events.lines import line
from autobook_cli.events.temporary_queue import remove_leftover_queues
from autobook_cli.events.topic import Refused, Span
from tests.autobook_cli.events import NOW, an_event, stop_the_clock
from tests.fake_topic import ARN, FakeSns
from tests.repository import ROOT

MINUTE = timedelta(minutes=1)


@pytest.fixture
def sns(aws: None, monkeypatch: pytest.MonkeyPatch) -> FakeSns:
    assert aws is None
    stop_the_clock(monkeypatch)
    fake = FakeSns(now=lambda: NOW)
    monkeypatch.setattr(commands, "target", lambda *_: None)
    monkeypatch.setattr(Topic, "of", lambda _: fake.topic())
    monkeypatch.setattr(commands, "_LONGEST_POLL", 0)
    return fake


def nothing_left(sns: FakeSns) -> bool:
    return not sns.subscriptions and "QueueUrls" not in sns.sqs.list_queues()


def tail(sns: FakeSns, monkeypatch: pytest.MonkeyPatch, *arguments: str, end: BaseException | None = None) -> Result:
    """What is printed until nothing more comes; then somebody presses Ctrl-C."""
    receive = TemporaryQueue.receive

    def receive_until_quiet(queue: TemporaryQueue, seconds: int) -> list[dict[str, Any]]:
        assert not nothing_left(sns)
        if found := receive(queue, seconds):
            return found
        raise end or KeyboardInterrupt

    monkeypatch.setattr(TemporaryQueue, "receive", receive_until_quiet)
    return CliRunner().invoke(autobook_cli.app, ["events", "tail", *arguments])


def test_a_line_an_event(sns: FakeSns, monkeypatch: pytest.MonkeyPatch) -> None:
    """What happened within ten minutes is shown first, one line an event, with what a person knows it by."""
    invoice = {"invoice_number": "R-7", "supplier": {"id": "s", "title": "Hostwerk"}, "sum_gross": "12.50"}
    value = {"field": "account", "value": {"id": "x", "code": "7385", "title": "Server"}, "rule_id": "hosting"}
    sns.publish(an_event("1", invoice=invoice, values=[value]), NOW - MINUTE)
    sns.publish(an_event("2", "invoice.changed"), NOW - 11 * MINUTE)
    result = tail(sns, monkeypatch)
    (text,) = result.stdout.splitlines()
    assert text.split("  ")[:2] == ["2026-01-31 10:00:00", "invoice.booked"]
    assert text.endswith("  incoming_invoice/A1  R-7  Hostwerk  12.50  account = 7385 by hosting")
    assert "its queue is removed" in result.stderr
    assert result.exit_code == 130
    assert nothing_left(sns)


def test_only_what_is_wanted(sns: FakeSns, monkeypatch: pytest.MonkeyPatch) -> None:
    """Types and document narrow down; the events come as they were published, as JSON."""
    events = [an_event("1"), an_event("2", "invoice.deleted"), an_event("3", document="B2"), an_event("4", "x")]
    for event in events:
        sns.publish(event, NOW - 20 * MINUTE)
    wanted = ("--type", "invoice.booked,invoice.deleted", "--document", "A1", "--since", "1h", "--json")
    result = tail(sns, monkeypatch, *wanted)
    assert [json.loads(line) for line in result.stdout.splitlines()] == events[:2]


def test_a_policy_that_does_not_count_yet(sns: FakeSns) -> None:
    """SNS may take a quarter of an hour to filter: what it lets through is not shown."""
    with TemporaryQueue(sns.topic(), EventFilter(["invoice.booked"], "A1")) as queue:
        (subscription,) = sns.subscriptions.values()
        del subscription.attributes["FilterPolicy"]
        for event in (an_event("1", "invoice.deleted"), an_event("2", document="B2"), an_event("3")):
            sns.publish(event)
        assert [event["id"] for event in queue.receive(0)] == ["3"]
        assert queue.receive(0) == []


def test_new_events_after_those_of_the_archive(sns: FakeSns) -> None:
    """Without an end a replay goes on with what is published: nothing is left out or comes twice."""
    sns.publish(an_event("1"), NOW - MINUTE)
    with TemporaryQueue(sns.topic(), replay=Span(NOW - 2 * MINUTE)) as queue:
        sns.publish(an_event("2"))
        assert [event["id"] for event in queue.receive(0)] == ["1", "2"]


def test_a_young_archive_is_said_to_be_young(sns: FakeSns, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for more than there is is told; who asks for nothing, or for all, is not."""
    sns.archive.began = NOW - 5 * MINUTE
    sns.publish(an_event("1"), NOW - MINUTE)
    assert "the archive begins at" in tail(sns, monkeypatch, "--since", "1h").stderr
    for more in ((), ("--since", "beginning")):
        result = tail(sns, monkeypatch, *more)
        assert "invoice.booked" in result.stdout
        assert "the archive begins at" not in result.stderr


def test_a_topic_without_an_archive(sns: FakeSns, monkeypatch: pytest.MonkeyPatch) -> None:
    """New events are shown all the same; earlier ones cannot be asked for."""
    sns.keeps_archive = False
    assert tail(sns, monkeypatch).exit_code == 130
    result = tail(sns, monkeypatch, "--since", "1h")
    assert (result.exit_code, "keeps no archive" in result.stderr) == (2, True)
    assert nothing_left(sns)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--type", "invoice.boked"], "did you mean invoice.booked?"),
        (["--type", "nonsense"], "there are invoice.received"),
        (["--document", "a b"], "no document's id"),
        (["--document", "folder/A1"], "no document's id"),
        (["--since", "yesterday"], "is not a day"),
        (["--since", "999999d"], "is not a day"),
        (["--since", "2999-01-01"], "in the future"),
    ],
)
def test_what_cannot_be_watched(
    sns: FakeSns, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    """A type, document or time that there is not is refused, with what may be meant, before anything is made."""
    result = tail(sns, monkeypatch, *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert nothing_left(sns)


@pytest.mark.parametrize("operation", ["subscribe", "get_subscription_attributes"])
@pytest.mark.parametrize("end", [KeyboardInterrupt(), BrokenPipeError(32, "gone"), RuntimeError("unforeseen")])
def test_nothing_stays_whatever_ends_it(sns: FakeSns, operation: str, end: BaseException) -> None:
    """Interrupted while the queue is being made, or later: queue and subscription are removed."""

    def interrupt(name: str) -> None:
        if name == operation:
            sns.after = lambda _: None
            raise end

    sns.after = interrupt
    with pytest.raises(type(end)), TemporaryQueue(sns.topic()) as queue:
        sns.get_subscription_attributes(SubscriptionArn=queue._subscription)
    assert nothing_left(sns)


def test_a_second_ctrl_c_does_not_interrupt_the_cleaning_up(sns: FakeSns) -> None:
    """Signals are ignored while queue and subscription are removed, and count again afterwards."""
    before = signal.getsignal(signal.SIGTERM)
    with TemporaryQueue(sns.topic()):
        sns.after = lambda _: signal.raise_signal(signal.SIGTERM)
    assert nothing_left(sns)
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_next_command_removes_leftovers(sns: FakeSns, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so; the queue of a command that is at work stays, and so do queues that only look alike."""
    with monkeypatch.context() as patch:
        patch.setattr(leases, "_now", lambda: NOW - 60 * MINUTE)
        killed = TemporaryQueue(sns.topic()).__enter__().name
    own = sns.queue("autobook-temporary-of-somebody.fifo")
    with TemporaryQueue(sns.topic()) as working:
        result = tail(sns, monkeypatch)
        assert f"removed the queue {killed}" in result.stderr
        assert {each.queue_arn.rpartition(":")[2] for each in sns.subscriptions.values()} == {working.name}
        assert remove_leftover_queues(sns.topic()) == []
    urls = sns.sqs.list_queues()["QueueUrls"]
    assert [url.rpartition("/")[2] for url in urls] == [own.rpartition(":")[2]]


def test_a_subscription_whose_queue_is_gone(sns: FakeSns) -> None:
    """It is removed by the next command; that of a queue of somebody else's is not our matter."""
    orphan, other = (sns.topic().queue_arn(name) for name in ("autobook-temporary-0123456789ab.fifo", "other.fifo"))
    for arn in (orphan, other):
        sns.subscribe(TopicArn=ARN, Protocol="sqs", Endpoint=arn)
    assert remove_leftover_queues(sns.topic()) == []
    assert [each.queue_arn for each in sns.subscriptions.values()] == [other]


def test_the_list_of_subscriptions_lags(sns: FakeSns, monkeypatch: pytest.MonkeyPatch) -> None:
    """A subscription that was made is removed, although the list does not have it yet."""
    monkeypatch.setattr(FakeSns, "paginate", lambda *_, **__: iter([{"Subscriptions": []}]))
    with TemporaryQueue(sns.topic()):
        assert sns.subscriptions
    assert nothing_left(sns)


def test_an_archive_that_has_just_begun(sns: FakeSns, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its beginning, as far as it is known, may lie ahead by a second: it is no start in the future."""
    sns.archive.began = NOW - timedelta(milliseconds=200)
    assert tail(sns, monkeypatch, "--since", "beginning").exit_code == 130


def test_at_work_for_hours(sns: FakeSns, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever receives stays known to be at work, however long it goes on."""
    with TemporaryQueue(sns.topic()) as queue:
        for minutes in (9, 18, 27):
            monkeypatch.setattr(leases, "_now", lambda at=NOW + minutes * MINUTE: at)
            assert remove_leftover_queues(sns.topic()) == []
            queue.receive(0)


def test_removed_by_somebody_else(sns: FakeSns) -> None:
    """A queue that is gone is said to be gone."""
    with TemporaryQueue(sns.topic()) as queue:
        sns.sqs.delete_queue(QueueUrl=queue._url)
        with pytest.raises(Refused, match="was removed by somebody else"):
            queue.receive(0)
    assert nothing_left(sns)


def test_only_the_topic_may_write(sns: FakeSns) -> None:
    """The queue's policy names the topic; what waits in it is encrypted, and forgotten within the hour."""
    with TemporaryQueue(sns.topic()) as queue:
        attributes = sns.sqs.get_queue_attributes(QueueUrl=queue._url, AttributeNames=["All"])["Attributes"]
    (statement,) = json.loads(attributes["Policy"])["Statement"]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": ARN}}
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert attributes["MessageRetentionPeriod"] == "3600"


EXAMPLES = sorted((ROOT / "docs" / "examples" / "events").glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda each: each.stem)
def test_every_type_in_one_line(path: Path) -> None:
    """The examples of all types: a short name, the document, and no Python in what is shown of the data."""
    event = json.loads(path.read_text())
    text = line(event)
    assert text.split("  ")[1].strip() == event["type"].removeprefix("autobook.")
    assert event["subject"] in text
    assert not set("{}[]") & set(text)
    assert "None" not in text
