"""Kanbert away for a day: the real client, consumers and use cases against a server that is down, then limits its rate.

`make outage` plays 2,000 documents; the tests play fewer.
"""

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx
from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.history_store import RecordingPublisher
from autobook.adapters.http_client.exact_json import to_json
from autobook.adapters.kanbert import RetryPolicy
from autobook.adapters.sns import SnsEventPublisher
from autobook.adapters.sqs import SqsDocumentQueue
from autobook.bootstrap.clients import Clients
from autobook.bootstrap.consumer import fifo_consumer
from autobook.bootstrap.process import build
from autobook.domain.documents import Change, Document, DocumentKind, DocumentMessage
from autobook.domain.errors import GiveUp
from autobook.domain.events import Event
from autobook.domain.fingerprints import fingerprint
from autobook.service.process import ProcessDocument
from autobook.settings import ProcessSettings
from tests.fake_history import FakeHistory
from tests.fake_kanbert import FakeKanbert, incoming
from tests.fakes import Crash, FakeAttempts, FakeCodeResolver
from tests.programs.chaos.aws import Context, EventSource, Queue, SqsClient, Topic
from tests.programs.chaos.system import ChaosRules, RecordingProvenanceStore, SecretsManager, silence
from tests.programs.chaos.world import World
from tests.settings import ENVIRONMENT, NoAws

HOUR = 3600.0
CONCURRENCY = 5
"""ProcessConcurrency's default in template.yaml."""
_PATH = re.compile(r"/api/v1/incoming-invoices/(?P<id>[^/]+)(?:/bookings/(?P<line>[^/]+))?")


@dataclass
class Server:
    """Kanbert's API over HTTP: away between `down_from` and `up_at`; serves `limit` calls a second, no more."""

    world: World
    answer: httpx.Response
    down_from: float
    up_at: float
    limit: int
    kanbert: FakeKanbert = field(default_factory=FakeKanbert)
    served: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    while_down: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.world.spend(0.15)
        now = self.world.seconds
        if self.down_from <= now < self.up_at:
            self.while_down += 1
            headers = {k: v for k, v in self.answer.headers.items() if k == "retry-after"}
            return httpx.Response(self.answer.status_code, json={"message": "away"}, headers=headers)
        if self.served[int(now)] >= self.limit:
            self.refused += 1
            return httpx.Response(429, json={"message": "too many"}, headers={"Retry-After": "1"})
        self.served[int(now)] += 1
        found = _PATH.fullmatch(request.url.path)
        assert found, request.url
        identifier, line = found["id"], found["line"]
        if request.method == "PATCH" and line:
            self.kanbert.patch_booking(identifier, line, json.loads(request.content))
            return self._json(self.kanbert.line(identifier, line))
        return self._json(self.kanbert.incoming[identifier])

    @staticmethod
    def _json(value: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, content=to_json(value), headers={"Content-Type": "application/json"})


@dataclass(frozen=True)
class Drained:
    """How it ended. Hours are counted from the moment that Kanbert is back."""

    documents: int
    dead_letters: int
    unprocessed: int
    most_receives: int
    hours_to_drain: float
    busiest_second: int
    calls: int
    refused: int
    out_of_order: int

    def __str__(self) -> str:
        return (
            f"{self.documents:,} documents, {self.dead_letters} dead letters, {self.unprocessed} unprocessed, "
            f"{self.out_of_order} out of order; at most {self.most_receives} receives of one message; drained "
            f"{self.hours_to_drain:.2f} h after Kanbert was back, {self.calls:,} calls served, {self.refused} refused "
            f"(429), at most {self.busiest_second} served in a second"
        )


def outage(
    documents: int, answer: httpx.Response, *, hours: float = 24, limit: int = 5, poison: bool = False
) -> Drained:
    """Documents come during the first half of the outage, with a second message each an hour later."""
    world = World()
    up_at = HOUR + hours * HOUR
    server = Server(world, answer, HOUR, up_at, limit)
    provenance, topic, attempts = RecordingProvenanceStore(), Topic(world), FakeAttempts()
    history = FakeHistory()
    dead = Queue("documents-dead", world)
    queue = Queue("documents", world, dead=dead)
    sqs = cast("Any", SqsClient(queue, dead))
    aws = {"sqs": sqs, "sns": topic, "secretsmanager": SecretsManager()}
    settings = ProcessSettings.from_environment(ENVIRONMENT | {"DEAD_LETTERS_QUEUE_URL": "documents-dead"})
    last_done = 0.0
    handled: dict[str, list[str]] = {}
    for _ in range(CONCURRENCY):  # each warm instance has a connection and a token bucket of its own
        deadline = Deadline()
        clients = Clients(
            lambda service: aws.get(service) or NoAws(service),
            clock=world,
            deadline=deadline,
            transport=httpx.MockTransport(server),
            retry_policy=RetryPolicy(sleep=world.spend, now=world, monotonic=lambda: world.seconds),
        )
        process = replace(
            build(settings, clients),
            rule_repository=ChaosRules({"rule_id": "h", "when": 'supplier.name contains "Hetzner"', "account": "7380"}),
            code_resolver=FakeCodeResolver(),
            provenance=provenance,
            publisher=RecordingPublisher(history, SnsEventPublisher(cast("Any", topic), settings.events_topic_arn)),
        )
        consumer = fifo_consumer("documents", settings, clients, deadline, silence(), attempts=attempts)

        def use_case(message: DocumentMessage, process: ProcessDocument = process) -> Any:
            nonlocal last_done
            if message.id == "poison":
                raise GiveUp("unexpected IncomingInvoice response: invalid fields id")
            outcome = process(message)
            handled.setdefault(message.id, []).append(message.trace_id)
            last_done = max(last_done, world.seconds)
            return outcome

        def function(
            event: dict[str, Any], context: Context, consumer: FifoConsumer = consumer, use_case: Any = use_case
        ) -> dict[str, Any]:
            return consumer(event, cast("LambdaContext", context), DocumentMessage.from_json, use_case)

        world.poll(EventSource(queue, function, concurrency=1, timeout=60, died=Crash))
    send = SqsDocumentQueue(sqs, "documents").send
    span = hours * HOUR / 2 / documents

    def message(identifier: str, trace: str) -> DocumentMessage:
        return DocumentMessage(DocumentKind.INCOMING_INVOICE, identifier, Change.UPDATE, world().isoformat(), trace)

    for number in range(documents):
        server.kanbert.add(incoming(f"doc{number}"))
        came = HOUR + number * span
        world.at(came, lambda n=number: send(message(f"doc{n}", "1")))  # type: ignore[misc]
        world.at(came + HOUR, lambda n=number: send(message(f"doc{n}", "2")))  # type: ignore[misc]
    if poison:
        world.at(2 * HOUR, lambda: send(message("poison", "1")))
    world.run(up_at)
    before, most = sum(server.served.values()), max((m.receives for m in queue.messages()), default=0)
    world.run(up_at + 24 * HOUR)
    undone = [
        identifier
        for identifier in server.kanbert.incoming
        if provenance.get(Document(DocumentKind.INCOMING_INVOICE, identifier)).fingerprint
        != fingerprint(server.kanbert.get_incoming_invoice(identifier))
    ]
    states = [Event.from_json(text) for text in topic.published]
    assert len({event.id for event in states}) == len(states)
    return Drained(
        documents=documents,
        dead_letters=len(dead),
        unprocessed=len(undone) + len(queue),
        most_receives=most,
        hours_to_drain=(last_done - up_at) / HOUR,
        busiest_second=max(server.served.values()),
        calls=sum(server.served.values()) - before,
        refused=server.refused,
        out_of_order=sum(traces != sorted(traces) for traces in handled.values()),
    )


ANSWERS = {
    "503": httpx.Response(503),
    "503 with Retry-After: 30": httpx.Response(503, headers={"Retry-After": "30"}),
    "401": httpx.Response(401),
}

if __name__ == "__main__":
    for name, given in ANSWERS.items():
        sys.stdout.write(f"24 h of {name}: {outage(int(sys.argv[1]), given)}\n")
        sys.stdout.flush()
