"""Every function on simulated AWS: the real consumers, adapters and use cases, shaky everything else."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.sns import SnsEventPublisher
from autobook.adapters.sqs import SqsArchiveRequests, SqsDocumentQueue, SqsMessageDisposition
from autobook.domain.documents import Document, DocumentMessage
from autobook.domain.errors import AutobookError
from autobook.domain.events import Event
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.rules import RuleSet
from autobook.service.archive import ArchiveDocument
from autobook.service.process import ProcessDocument
from autobook.service.receive import ReceiveWebhook
from autobook.service.reconcile import ReconcileDocuments, ReconcileResult
from autobook.service.sweep import SweepDocuments
from tests.fakes import (
    VIENNA,
    Crash,
    FakeArchive,
    FakeCodeResolver,
    FakeManifest,
    FakeProvenanceInventory,
    FakeProvenanceStore,
    FakeRuleRepository,
    FakeSecrets,
    FakeSweepState,
)
from tests.programs.chaos.aws import Context, EventSource, Message, Queue, SqsClient, Topic
from tests.programs.chaos.faults import AWS, KANBERT, Faults, Shaky, no_answer_from_aws, no_answer_from_kanbert
from tests.programs.chaos.kanbert import SECRET, ChaoticKanbert
from tests.programs.chaos.world import World

ARCHIVED_TYPES = frozenset({"invoice.received", "invoice.changed", "outgoing_invoice.changed"})
"""As the archive's subscription filters (template.yaml)."""


class Nowhere(StringIO):
    """Where logs go."""

    def write(self, text: str, /) -> int:
        """Forget it."""
        return len(text)


class Uncounted(Metrics):
    """Metrics that nobody reads."""

    def add_metric(self, *_args: Any, **_named: Any) -> None:
        """Forget it."""

    def flush_metrics(self, raise_on_empty_metrics: bool = False) -> None:
        """There are none."""


@cache
def _logger() -> tuple[Logger, Metrics]:
    logger = Logger(service="chaos", level="CRITICAL", stream=Nowhere())
    return logger, Uncounted(namespace="Autobook", service="chaos")


class ChaosRules(FakeRuleRepository):
    """Compiled once per state."""

    def rules(self) -> RuleSet:
        """Compiled."""
        return _compiled(json.dumps(self.items))


@cache
def _compiled(items: str) -> RuleSet:
    return RuleSet.load(json.loads(items), timezone=VIENNA)


class RecordingProvenanceStore(FakeProvenanceStore):
    """Records the order in which each document's states were completed."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[Document, list[str]] = {}

    def put(self, entry: ProvenanceRecord) -> ProvenanceRecord:
        """Save it."""
        saved = super().put(entry)
        if entry.fingerprint is not None:
            self.states.setdefault(entry.document, []).append(entry.fingerprint)
        return saved


@dataclass
class Consumer:
    """Somebody's system behind downstream.fifo, which fails now and then; `seen` is all it was given."""

    faults: Faults
    seen: list[Event] = field(default_factory=list)

    def __call__(self, event: dict[str, Any], _context: object) -> dict[str, Any]:
        """Take a batch."""
        failed: list[str] = []
        groups: set[str] = set()
        for record in event["Records"]:
            group = record["attributes"]["MessageGroupId"]
            self.seen.append(Event.from_json(record["body"]))
            if group in groups or self.faults.happens(f"consumer fails {group}", 0.05):
                groups.add(group)
                failed.append(record["messageId"])
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


class ChaosSystem:
    """Built on a world, faults and a Kanbert. `sweep_on` and `webhooks` can each be switched off."""

    def __init__(self, world: World, faults: Faults, *, webhooks: bool = True) -> None:
        self.world, self.faults = world, faults
        self.kanbert = ChaoticKanbert(world, faults, webhooks=webhooks)
        self.kanbert.deliver = self.receive
        self.rule_repository = ChaosRules()
        self.provenance, self.manifest, self.objects = RecordingProvenanceStore(), FakeManifest(), FakeArchive()
        self.sweep_state = FakeSweepState(self.provenance)
        self.dead = {name: Queue(f"{name}-dead", world) for name in ("documents", "archive", "downstream")}
        self.documents = Queue("documents", world, dead=self.dead["documents"])
        self.archive = Queue("archive", world, dead=self.dead["archive"])
        self.downstream = Queue("downstream", world, visibility=60, most_receives=10, dead=self.dead["downstream"])
        self.topic = Topic(world)
        self.topic.subscribe(self.archive, ARCHIVED_TYPES)
        self.topic.subscribe(self.downstream)
        queues = SqsClient(self.documents, self.archive, *self.dead.values())
        self.sqs = self._aws(queues, "sqs")
        self.consumer = Consumer(faults)
        self.reconcile_runs: list[ReconcileResult] = []
        self._start_functions()

    def _aws(self, target: Any, name: str) -> Any:
        return Shaky(target, name, self.faults, AWS, no_answer_from_aws)

    def _kanbert(self, on_call: Callable[[str, tuple[Any, ...]], None]) -> Any:
        def spend(name: str, args: tuple[Any, ...]) -> None:
            self.world.spend(self.faults.draw("kanbert is slow").uniform(0.05, 0.4))
            on_call(name, args)

        return Shaky(self.kanbert, "kanbert", self.faults, KANBERT, no_answer_from_kanbert, spend)

    def _start_functions(self) -> None:
        publisher = SnsEventPublisher(self._aws(self.topic, "sns"), "topic")
        process = ProcessDocument(
            kanbert=self._kanbert(self._people_meanwhile),
            rule_repository=self._aws(self.rule_repository, "rules"),
            code_resolver=FakeCodeResolver(),
            provenance=self._aws(self.provenance, "provenance"),
            publisher=publisher,
            clock=self.world,
            zone=VIENNA,
        )
        archive = ArchiveDocument(
            kanbert=self._kanbert(lambda _name, _args: None),
            archive=self._aws(self.objects, "s3"),
            manifest=self._aws(self.manifest, "manifest"),
            publisher=publisher,
            clock=self.world,
            jurisdiction="AT",
            zone=VIENNA,
        )
        self._consume(self.documents, DocumentMessage.from_json, process, 5)
        self._consume(self.archive, Event.from_json, archive, 2)
        self.world.poll(EventSource(self.downstream, self.consumer, concurrency=1, timeout=60, died=Crash))

    def _consume(self, queue: Queue, parse: Callable[[str], Any], use_case: Any, concurrency: int) -> None:
        deadline = Deadline()
        returns = SqsMessageDisposition(self.sqs, queue.name, f"{queue.name}-dead")
        consume = FifoConsumer(returns, deadline, *_logger())

        def function(event: dict[str, Any], context: Context) -> dict[str, Any]:
            return consume(event, cast("LambdaContext", context), parse, use_case)

        self.world.poll(EventSource(queue, function, concurrency=concurrency, timeout=60, died=Crash))

    def _people_meanwhile(self, name: str, args: tuple[Any, ...]) -> None:
        """Somebody works in Kanbert while a run is in flight.

        Between a run's look and its write only on what it does not write: no API that has neither locks nor versions
        can tell the rest apart (docs/runbook.md).
        """
        rng = self.faults.draw("people meanwhile")
        if not self.faults.active or rng.random() > 0.03:
            return
        if name == "get_incoming_invoice":
            self.kanbert.person_edits(rng, may_clear=self.may_clear)
        elif args[0] in self.kanbert.incoming:
            self.kanbert.retitle(args[0])

    def may_clear(self, document: Document) -> bool:
        """A value that a cut-off run wrote and a person clears at once looks like one that was never written."""
        return not self.provenance.get(document).pending

    def receive(self, body: bytes, signature: str) -> bool:
        """The endpoint. False when it does not acknowledge."""
        queue = SqsDocumentQueue(self.sqs, "documents")
        try:
            ReceiveWebhook(FakeSecrets(SECRET), queue, self.world)(body, signature, f"webhook-{self.world.seconds}")
        except (BotoCoreError, ClientError, Crash):
            return False
        return True

    def sweep(self) -> None:
        """The scheduled function; what ends it early is made up for by the next."""
        began = self.world.seconds
        run = SweepDocuments(
            kanbert=self._kanbert(lambda _name, _args: None),
            sweep_state=self._aws(self.sweep_state, "sweep provenance"),
            queue=SqsDocumentQueue(self.sqs, "documents"),
            clock=self.world,
            remaining=lambda: 60 - (self.world.seconds - began),
            first_days=30,
        )
        self._quietly(run)

    def reconcile(self) -> None:
        """The daily function."""
        run = ReconcileDocuments(
            kanbert=self._kanbert(lambda _name, _args: None),
            sweep_state=self._aws(self.sweep_state, "sweep provenance"),
            inventory=self._aws(FakeProvenanceInventory(self.provenance, self.manifest), "inventory"),
            archive=self._aws(self.objects, "s3"),
            queue=SqsDocumentQueue(self.sqs, "documents"),
            archive_requests=SqsArchiveRequests(self.sqs, "archive"),
            clock=self.world,
        )
        self._quietly(lambda: self.reconcile_runs.append(run()))

    def _quietly(self, run: Callable[[], object]) -> None:
        try:
            run()
        except (AutobookError, BotoCoreError, ClientError, Crash):
            return

    def dead_letters(self) -> list[Message]:
        """Everything in a dead-letter queue."""
        return [message for queue in self.dead.values() for message in queue.messages()]
