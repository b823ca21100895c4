"""What cannot be processed is put aside with its reason, and holds nothing else up."""

import json
import time
import uuid

import pytest

from autobook.domain.documents import DocumentKind
from autobook_cli.dead_letter_queues import DeadLetters
from autobook_cli.dead_letters import DeadLetter
from autobook_cli.drop_record import DropRecord
from autobook_cli.target import Target
from autobook_local.demo.documents import DemoDocument
from autobook_local.demo.story import dead_letters
from autobook_local.system import LocalSystem
from tests.end_to_end.test_main_job import finish, upload

SECONDS = 30.0


def dead_letter(system: LocalSystem, queue: str, body: str) -> None:
    """Put a message into a queue (by logical id) that no sender of ours would."""
    system.deployment.clients.sqs.send_message(
        QueueUrl=system.deployment.resources[queue],
        MessageBody=body,
        MessageGroupId="nonsense",
        MessageDeduplicationId=str(uuid.uuid4()),
    )


def wait_for_dead_letter(system: LocalSystem, queue: str) -> list[str]:
    """The dead letters of a queue (by logical id), as soon as there are any. Others wait for mappings to Billomat."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if found := [each for each in dead_letters(system.deployment) if each.startswith(f"{queue}: ")]:
            return found
        time.sleep(0.3)
    return []


@pytest.mark.parametrize(
    ("queue", "dead", "reason"),
    [
        ("DocumentsQueue", "DocumentsDeadLetters", "not a document message"),
        ("ArchiveQueue", "ArchiveDeadLetters", "not an event of ours"),
    ],
)
def test_nonsense(system: LocalSystem, hosting: DemoDocument, queue: str, dead: str, reason: str) -> None:
    """A message that nobody can read goes to the dead letters with the reason; the next document is not delayed."""
    dead_letter(system, queue, "nonsense")
    story = upload(system, hosting, f"after nonsense in {queue}")
    (letter,) = wait_for_dead_letter(system, dead)
    system.deployment.clients.sqs.purge_queue(QueueUrl=system.deployment.resources[dead])
    assert letter.startswith(f"{dead}: nonsense ({reason}")
    finish(system, story)
    assert story.is_archived


def test_letters_of_sns_and_of_schedules(system: LocalSystem, hosting: DemoDocument) -> None:
    """What SNS could not deliver goes into its queues; a schedule's letter is shown and dropped."""
    deployment = system.deployment
    story = finish(system, upload(system, hosting, "not delivered by SNS"))
    (received,) = story.of(DocumentKind.INCOMING_INVOICE.facts.received_event)
    deployment.clients.sqs.send_message(
        QueueUrl=deployment.resources["EventsDeadLetters"], MessageBody=received.to_json(),
        MessageGroupId=received.subject, MessageDeduplicationId=str(uuid.uuid4()),
        MessageAttributes={"ErrorCode": {"DataType": "String", "StringValue": "AccessDenied"}},
    )  # fmt: skip
    function = f"arn:aws:lambda:eu-central-1:000000000000:function:{deployment.resources['SweepFunction']}"
    failed = {"requestContext": {"functionArn": function}, "responsePayload": {"errorMessage": "out of memory"}}
    deployment.clients.sqs.send_message(
        QueueUrl=deployment.resources["SchedulesDeadLetters"], MessageBody=json.dumps(failed)
    )
    where = Target(deployment.clients.session, deployment.stack_name, deployment.account.endpoint)
    letters = DeadLetters(where.client("sqs"), where.resources, where.client("sns"))
    found = {(each.queue, each.document, each.reason) for each in letters.peek() if _is_meant(each)}
    assert found == {
        ("EventsDeadLetters", received.subject, "AccessDenied"),
        ("SchedulesDeadLetters", "schedule/sweep", "out of memory"),
    }
    (put_back,) = [each for each in letters.redrive(_is_meant) if each.done]
    assert put_back.letter.queue == "EventsDeadLetters"
    assert "ArchiveQueue" in put_back.note
    record = DropRecord(where, "a test")
    (dropped,) = letters.drop(_is_meant, record)
    assert (dropped.done, dropped.letter.document) == (True, "schedule/sweep")
    assert record.place.startswith("recorded in /autobook/")
    assert any("out of memory" in line and "a test" in line for line in deployment.logs("ProcessFunction"))
    assert not [each for each in letters.peek() if _is_meant(each)]
    finish(system, upload(system, hosting, "afterwards"))


def _is_meant(letter: DeadLetter) -> bool:
    """Billomat's are of other tests."""
    return not letter.queue.startswith("ExportBillomat")
