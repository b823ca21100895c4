"""The events of the deployed system: watched, replayed, and received by a consumer that somebody made."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from autobook_local.demo.documents import DemoDocument
from autobook_local.stack import Supervised
from autobook_local.stack.deploy import sam_environment
from autobook_local.system import LocalSystem
from tests.end_to_end.test_main_job import finish, upload

SECONDS = 60.0
PROGRAM = """
import sys
from autobook_cli import main, target
from autobook_cli.aws_session import isolated_session
from autobook_cli.consumers import commands as consumers
from autobook_cli.events import commands as events

found = target.Target(isolated_session(*sys.argv[1:4]), sys.argv[4], sys.argv[5])
events.target = consumers.target = lambda *_: found
sys.argv = ["autobook", *sys.argv[6:]]
main()
"""
"""`autobook` on the stack of these tests, which `make up` did not leave running."""


def autobook(system: LocalSystem, *arguments: str) -> list[str]:
    """The command, as a process of its own."""
    account = system.deployment.account
    key = (account.credentials.access_key_id, account.credentials.secret_access_key, account.region)
    return [sys.executable, "-c", PROGRAM, *key, system.deployment.stack_name, account.endpoint, *arguments]


def run(system: LocalSystem, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(autobook(system, *arguments), capture_output=True, text=True, check=False)  # noqa: S603


def queues(system: LocalSystem) -> set[str]:
    """The names of all queues but the one of `system` itself."""
    urls = system.deployment.clients.sqs.list_queues()["QueueUrls"]
    return {url.rpartition("/")[2] for url in urls} - {system.listener.name}


@contextmanager
def tailing(system: LocalSystem, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """`autobook events tail` while the block lasts, then ended if it has not been."""
    process = subprocess.Popen(  # noqa: S603
        autobook(system, "events", "tail", *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: "subprocess.Popen[str]", document: str) -> dict[str, Any]:
    """The first event about the document that is shown."""
    assert process.stdout is not None
    for line in process.stdout:
        found: dict[str, Any] = json.loads(line)
        if found["subject"].endswith(f"/{document}"):
            return found
    pytest.fail(f"ended: {process.communicate()}")


def test_tail(system: LocalSystem, hosting: DemoDocument) -> None:
    """What happened is shown, then what happens; whatever signal ends it, its queue and subscription are gone."""
    before = queues(system)
    first = finish(system, upload(system, hosting, "before tail"))
    wanted = ("--json", "--type", "invoice.booked", "--since", "beginning")
    with ExitStack() as stack:
        processes = {
            end: stack.enter_context(tailing(system, *wanted)) for end in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        for each in processes.values():
            assert read_until(each, first.document.id)["type"].endswith("invoice.booked")
        second = finish(system, upload(system, hosting, "during tail"))
        for end, each in processes.items():
            assert read_until(each, second.document.id)["type"].endswith("invoice.booked")
            each.send_signal(end)
            assert each.wait(SECONDS) == 130
    assert queues(system) == before
    endpoints = [each["Endpoint"].rpartition(":")[2] for each in subscriptions(system)]
    assert not [name for name in endpoints if "temporary" in name and name != system.listener.name]


def subscriptions(system: LocalSystem) -> list[dict[str, Any]]:
    topic = system.deployment.outputs["EventsTopicArn"]
    found: Any = system.deployment.clients.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return list(found)


def test_replay(system: LocalSystem, hosting: DemoDocument) -> None:
    """Events of the past come into a queue once more; one that was not subscribed is as closed as before."""
    story = finish(system, upload(system, hosting, "to be replayed"))
    sqs = system.deployment.clients.sqs
    url = sqs.create_queue(QueueName="replayed.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    before = subscriptions(system)
    done = run(system, "events", "replay", "--since", "beginning", "--to", "replayed.fifo", "--type", "invoice.booked")
    assert done.returncode == 0, done.stderr
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(each["Body"]) for each in messages]
        for each in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    assert f"incoming_invoice/{story.document.id}" in [event["subject"] for event in found]
    assert [event["id"] for event in found if event["subject"].endswith(story.document.id)] == [
        event.id for event in story.events if event.type.endswith("invoice.booked")
    ]
    assert subscriptions(system) == before
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    sqs.delete_queue(QueueUrl=url)


def test_replay_into_the_archive(system: LocalSystem, hosting: DemoDocument) -> None:
    """A queue of ours that is subscribed: what it had comes again and changes nothing, and new events still come."""
    finish(system, upload(system, hosting, "archived before the replay"))
    for until in ((), ("--until", "1s")):
        done = run(system, "events", "replay", "--since", "beginning", *until, "--to", "archive.fifo")
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "its subscription goes on with new events")
    story = finish(system, upload(system, hosting, "archived after the replay"))
    assert story.is_archived
    assert len(story.of("invoice.archived")) == 1


def sam(system: LocalSystem, project: Path, *arguments: str) -> None:
    """The SAM CLI in the project, as its README says."""
    process = Supervised(
        [system.tools.sam, *arguments],
        env={**sam_environment(system.tools), **system.deployment.account.environment(), "SAM_CLI_POLL_DELAY": "0.3"},
        log=project.with_suffix(".log"),
        cwd=project,
    )
    try:
        assert process.wait(2 * SECONDS) == 0, process.tail(60)
    finally:
        process.stop()


def test_a_consumer_gets_its_first_event(system: LocalSystem, hosting: DemoDocument, tmp_path: Path) -> None:
    """Made by one command, built and deployed as its README says: the next booking reaches its function, once."""
    given = ("--types", "invoice.booked", "--directory", str(tmp_path), "--stack", "ours")
    done = run(system, "consumer", "new", "bookkeeper", *given)
    assert done.returncode == 0, done.stderr
    sam(system, tmp_path / "bookkeeper", "build")
    sam(system, tmp_path / "bookkeeper", "deploy")
    story = finish(system, upload(system, hosting, "for the bookkeeper"))
    log = "/autobook-consumers/bookkeeper"
    until = time.monotonic() + SECONDS
    while not (found := logged(system, log, story.document.id)) and time.monotonic() < until:
        time.sleep(0.3)
    assert [each["event_id"] for each in found] == [each.id for each in story.of("invoice.booked")]
    assert run(system, "events", "replay", "--since", "beginning", "--to", "bookkeeper.fifo").returncode == 0
    queue = system.deployment.clients.sqs.get_queue_url(QueueName="bookkeeper.fifo")["QueueUrl"]
    while waiting(system, queue) and time.monotonic() < until:
        time.sleep(0.3)
    assert waiting(system, queue) == 0
    assert len(logged(system, log, story.document.id)) == 1, "a replayed event that was dealt with is left out"


def logged(system: LocalSystem, group: str, document: str) -> list[dict[str, Any]]:
    """What the consumer's function logged of the document's events."""
    pages = system.deployment.clients.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    lines = [event["message"] for page in pages for event in page["events"] if document in event["message"]]
    return [json.loads(line) for line in lines]


def waiting(system: LocalSystem, url: str) -> int:
    attributes = system.deployment.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"]) + int(attributes["ApproximateNumberOfMessagesNotVisible"])
