"""What became of each document, gathered from the three places that know: the events, Kanbert and the archive."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.events import Event
from autobook.domain.kanbert import IncomingInvoice, OutgoingInvoice
from autobook_local.stack import Deployment
from autobook_local.system import LocalSystem

ARCHIVED = frozenset({"invoice.archived", "outgoing_invoice.archived"})
QUEUES = ("DocumentsQueue", "ArchiveQueue", "ExportHypatosQueue", "ExportBillomatQueue")
"""What has to drain, until a document has come to rest."""
_DEAD_LETTERS = (
    *("DocumentsDeadLetters", "ArchiveDeadLetters", "ExportHypatosDeadLetters", "ExportBillomatDeadLetters"),
    *("DownstreamDeadLetters", "EventsDeadLetters", "CheckRulesDeadLetters"),
)
"""Those of an export, and of `downstream.fifo`, are there only where it is switched on."""


@dataclass
class Story:
    """One document: `pdf` is the file as it was given to Kanbert."""

    document: Document
    name: str
    pdf: bytes
    events: list[Event] = field(default_factory=list)
    invoice: IncomingInvoice | None = None
    outgoing: OutgoingInvoice | None = None

    def of(self, type_: str) -> list[Event]:
        """Its events of one type."""
        return [event for event in self.events if event.type == type_]

    @property
    def is_archived(self) -> bool:
        """Whether its archiving was announced."""
        return any(event.type in ARCHIVED for event in self.events)


class StillBusy(Exception):
    """Something was not done in time; says what."""


def follow(system: LocalSystem, stories: list[Story], *, seconds: float, progress: Callable[[int, int], None]) -> None:
    """Collect events until every document is archived and nothing is in flight.

    `progress` is called with (archived, all). Raises StillBusy after `seconds`.
    """
    by_subject = {f"{story.document.kind}/{story.document.id}": story for story in stories}
    until = time.monotonic() + seconds
    quiet_rounds = 0
    while quiet_rounds < 2:
        if time.monotonic() > until:
            raise StillBusy(_what_is_missing(system, stories, seconds))
        received = False
        for event in system.take_events():
            received = True
            if story := by_subject.get(event.subject):
                story.events.append(event)
        progress(sum(story.is_archived for story in stories), len(stories))
        done = all(story.is_archived for story in stories) and not received and not busy(system)
        quiet_rounds = quiet_rounds + 1 if done else 0
    client = system.simulator.client
    for story in stories:
        if story.document.kind is DocumentKind.INCOMING_INVOICE:
            story.invoice = client.get_incoming_invoice(story.document.id)
        else:
            story.outgoing = client.get_outgoing_invoice(story.document.id)


def _what_is_missing(system: LocalSystem, stories: list[Story], seconds: float) -> str:
    waiting = [story.name for story in stories if not story.is_archived]
    subject = f"not archived: {', '.join(waiting)}" if waiting else "messages are still waiting in a queue"
    dead_lettered = dead_letters(system.deployment)
    return f"after {seconds:.0f} s {subject}" + (f"; dead letters: {'; '.join(dead_lettered)}" if dead_lettered else "")


def busy(system: LocalSystem) -> bool:
    """Whether a webhook has yet to be sent, or a message to be dealt with."""
    if system.simulator.control("GET", "/state")["webhooks_pending"]:
        return True
    return any(waiting(system.deployment, queue) for queue in QUEUES if queue in system.deployment.resources)


def waiting(deployment: Deployment, queue: str) -> int:
    """Messages in a queue (by logical id) that wait or are being worked on."""
    sqs = deployment.clients.sqs
    attributes = sqs.get_queue_attributes(QueueUrl=deployment.resources[queue], AttributeNames=["All"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"]) + int(attributes["ApproximateNumberOfMessagesNotVisible"])


def dead_letters(deployment: Deployment) -> list[str]:
    """Every dead letter, with its reason where it has one. They stay where they are."""
    found = []
    for queue in (each for each in _DEAD_LETTERS if each in deployment.resources):
        answer = deployment.clients.sqs.receive_message(
            QueueUrl=deployment.resources[queue],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            VisibilityTimeout=0,
        )
        for message in answer.get("Messages", []):
            attributes = message.get("MessageAttributes", {})
            reason = attributes["reason"]["StringValue"] if "reason" in attributes else "no reason given"
            found.append(f"{queue}: {message['Body'][:80]} ({reason})")
    return found
