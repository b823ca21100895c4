"""What cannot be processed is put aside with its reason, and holds nothing else up."""

import time
import uuid

import pytest

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


def wait_for_dead_letter(system: LocalSystem) -> list[str]:
    """The dead letters, as soon as there are any."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if found := dead_letters(system.deployment):
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
    (letter,) = wait_for_dead_letter(system)
    system.deployment.clients.sqs.purge_queue(QueueUrl=system.deployment.resources[dead])
    assert letter.startswith(f"{dead}: nonsense ({reason}")
    finish(system, story)
    assert story.is_archived
