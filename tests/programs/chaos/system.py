"""Every function on simulated AWS: the real consumers, adapters and use cases, shaky everything else."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from io import StringIO
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from autobook.adapters.aws import is_passing
from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.history_store import RecordingPublisher
from autobook.adapters.embedded_metrics import EmbeddedMetrics
from autobook.adapters.kanbert import KanbertClient, KanbertCodeResolver, RetryPolicy
from autobook.adapters.sns import SnsEventPublisher
from autobook.bootstrap import archive, process, receive, reconcile, sweep
from autobook.bootstrap.clients import Clients
from autobook.bootstrap.consumer import fifo_consumer
from autobook.bootstrap.telemetry import Telemetry
from autobook.domain.documents import Document, DocumentMessage
from autobook.domain.errors import Reject, RetryLater
from autobook.domain.events import Event
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.rules import RuleSet
from autobook.service.reconcile_result import ReconcileResult
from autobook.settings import (
    ArchiveSettings,
    ConsumerSettings,
    ProcessSettings,
    ReceiveSettings,
    ReconcileSettings,
    SweepSettings,
)
from autobook_local.stack.template import load_template
from tests.fake_history import FakeHistory
from tests.fakes import (
    VIENNA,
    Crash,
    FakeArchive,
    FakeAttempts,
    FakeManifest,
    FakeProvenanceInventory,
    FakeProvenanceStore,
    FakeReconcileState,
    FakeRuleRepository,
    FakeSecrets,
    FakeSweepState,
)
from tests.programs.chaos.aws import Context, EventSource, Message, Queue, SqsClient, Topic
from tests.programs.chaos.faults import Faults, Shaky
from tests.programs.chaos.kanbert import SECRET, TOKEN, ChaoticKanbert, OnCall, ShakyKanbert
from tests.programs.chaos.world import World
from tests.settings import ENVIRONMENT, NoAws
from tests.template.conftest import TEMPLATE

API_KEY = "consumers-chaos-key"
"""Whatever Billomat and Hypatos ask for: key, client secret."""


@cache
def filtered_types(subscription: str) -> frozenset[str]:
    """The types that a subscription of the template lets through, as they are published."""
    return frozenset(load_template(TEMPLATE)["Resources"][subscription]["Properties"]["FilterPolicy"]["type"])


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


class SecretsManager:
    """Holds the API token."""

    def get_secret_value(self, **_named: str) -> dict[str, str]:
        """As AWS answers. Every secret is the same, and holds what any function looks for in its own."""
        keys = {"api_key": API_KEY, "client_id": "autobook", "client_secret": API_KEY}
        return {"SecretString": json.dumps({"api_token": TOKEN, **keys})}


@cache
def silence() -> Telemetry:
    """A logger and metrics that nobody reads."""
    logger = Logger(service="chaos", level="CRITICAL", stream=Nowhere())
    return Telemetry(logger, Uncounted(namespace="Autobook", service="chaos"), EmbeddedMetrics("Autobook", "chaos"))


def environment(queue: str = "documents") -> dict[str, str]:
    """The environment of a function whose dead letters are those of this queue."""
    return ENVIRONMENT | {
        "DOCUMENTS_QUEUE_URL": "documents",
        "ARCHIVE_QUEUE_URL": "archive",
        "DEAD_LETTERS_QUEUE_URL": f"{queue}-dead",
    }


class ChaosRules(FakeRuleRepository):
    """Compiled once per state."""

    def rules(self, since: datetime | None = None) -> RuleSet:  # noqa: ARG002 - nothing is kept here
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
        before = self.get(entry.document)
        saved = super().put(entry)
        # Decided again, a document stays in its state, which is not announced a second time.
        again = before.announced_state is not None and before.announced_state == entry.fingerprint
        if entry.fingerprint is not None and entry.revision != before.revision and not again:
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

    def __init__(
        self,
        world: World,
        faults: Faults,
        *,
        webhooks: bool = True,
        people: bool = True,
        profiles: Iterable[str] = (),
        largest_page: int = 7,
    ) -> None:
        self.world, self.faults, self.people = world, faults, people
        self.kanbert = ChaoticKanbert(world, faults, webhooks=webhooks, profiles=profiles, largest_page=largest_page)
        self.kanbert.deliver = self.receive
        self.rule_repository, self.attempts = ChaosRules(), FakeAttempts()
        self.provenance, self.manifest, self.objects = RecordingProvenanceStore(), FakeManifest(), FakeArchive()
        self.history = FakeHistory()
        self.sweep_state, self.reconcile_state = FakeSweepState(self.provenance), FakeReconcileState()
        self.dead = {name: Queue(f"{name}-dead", world) for name in ("documents", "archive", "downstream")}
        self.documents = Queue("documents", world, dead=self.dead["documents"])
        self.archive = Queue("archive", world, dead=self.dead["archive"])
        self.downstream = Queue("downstream", world, visibility=60, most_receives=10, dead=self.dead["downstream"])
        self.topic = Topic(world)
        self.topic.subscribe(self.archive, filtered_types("ArchiveSubscription"))
        self.topic.subscribe(self.downstream)
        self.queues = queues = SqsClient(self.documents, self.archive, *self.dead.values())
        self._aws_clients = {
            "sqs": self._aws(queues, "sqs"),
            "sns": self._aws(self.topic, "sns"),
            "secretsmanager": SecretsManager(),
        }
        self.failed_runs: list[str] = []
        """Errors of scheduled runs that the next run does not cure."""
        self.unidentified: list[str] = []
        """What sweeps reported that has no id."""
        self.consumer = Consumer(faults)
        self.reconcile_runs: list[ReconcileResult] = []
        self._start_functions()

    def _aws(self, target: Any, name: str) -> Any:
        return Shaky(target, name, self.faults)

    def _client(self, service: str) -> Any:
        return self._aws_clients.get(service) or NoAws(service)

    def _clients(
        self, deadline: Deadline | None = None, on_call: OnCall = lambda _operation, _document: None
    ) -> Clients:
        return Clients(
            self._client,
            clock=self.world,
            deadline=deadline,
            transport=ShakyKanbert(self.kanbert, on_call),
            retry_policy=RetryPolicy(sleep=self.world.spend, now=self.world, monotonic=self._seconds),
        )

    def _code_resolver(self, client: object) -> KanbertCodeResolver:
        return KanbertCodeResolver(cast("KanbertClient", client), self._seconds)

    def _seconds(self) -> float:
        return self.world.seconds

    def _start_functions(self) -> None:
        deadlines = Deadline(), Deadline()
        process_settings = ProcessSettings.from_environment(environment("documents"))
        built = process.build(process_settings, self._clients(deadlines[0], self._people_meanwhile))
        process_document = replace(
            built,
            rule_repository=self._aws(self.rule_repository, "rules"),
            code_resolver=self._code_resolver(built.kanbert),
            provenance=self._aws(self.provenance, "provenance"),
            publisher=self._recording(process_settings.events_topic_arn),
        )
        archive_settings = ArchiveSettings.from_environment(environment("archive"))
        archive_document = replace(
            archive.build(archive_settings, self._clients(deadlines[1])),
            archive=self._aws(self.objects, "s3"),
            manifest=self._aws(self.manifest, "manifest"),
            publisher=self._recording(archive_settings.events_topic_arn),
        )
        self._consume(process_settings, self.documents, DocumentMessage.from_json, process_document, 5, deadlines[0])
        self._consume(archive_settings, self.archive, Event.from_json, archive_document, 2, deadlines[1])
        self.world.poll(EventSource(self.downstream, self.consumer, concurrency=1, timeout=60, died=Crash))

    def _recording(self, topic: str) -> RecordingPublisher:
        return RecordingPublisher(
            self._aws(self.history, "history"), SnsEventPublisher(self._clients().aws("sns"), topic)
        )

    def _consume(
        self,
        settings: ConsumerSettings,
        queue: Queue,
        parse: Callable[[str], Any],
        use_case: Any,
        concurrency: int,
        deadline: Deadline,
    ) -> None:
        attempts = self._aws(self.attempts, "attempts")
        consume = fifo_consumer(queue.name, settings, self._clients(), deadline, silence(), attempts=attempts)

        def function(event: dict[str, Any], context: Context) -> dict[str, Any]:
            return consume(event, cast("LambdaContext", context), parse, use_case)

        self.world.poll(EventSource(queue, function, concurrency=concurrency, timeout=60, died=Crash))

    def _people_meanwhile(self, operation: str, document: str) -> None:
        """Somebody works in Kanbert while a run is in flight.

        Between a run's look and its write only on what it does not write: no API that has neither locks nor versions
        can tell the rest apart (docs/runbook.md).
        """
        rng = self.faults.draw("people meanwhile")
        if not (self.people and self.faults.active) or rng.random() > 0.03:
            return
        if operation == "incoming.show":
            self.kanbert.person_edits(rng, may_clear=self.may_clear)
        elif document in self.kanbert.incoming:
            self.kanbert.retitle(document)

    def may_clear(self, document: Document) -> bool:
        """A value that a cut-off run may have written and a person clears at once looks like one that never was."""
        return all(write.confirmed for write in self.provenance.get(document).pending)

    def receive(self, body: bytes, signature: str) -> bool:
        """The endpoint. False when it does not acknowledge."""
        settings = ReceiveSettings.from_environment(environment())
        receive_webhook = replace(receive.build(settings, self._clients()), secrets=FakeSecrets(SECRET))
        try:
            receive_webhook(body, signature, f"webhook-{self.world.seconds}")
        except (BotoCoreError, ClientError, Crash):
            return False
        except Reject:
            return True  # refused for good
        return True

    def sweep(self) -> None:
        """The scheduled function; what ends it early is made up for by the next."""
        deadline = Deadline()
        deadline.start(Context(self.world, self.world.seconds + 60).get_remaining_time_in_millis)
        settings = SweepSettings.from_environment(environment())
        built = sweep.build(settings, self._clients(deadline))
        run = replace(
            built,
            rule_repository=self._aws(self.rule_repository, "rules"),
            code_resolver=self._code_resolver(built.kanbert),
            sweep_state=self._aws(self.sweep_state, "sweep provenance"),
        )
        self._quietly(lambda: self.unidentified.extend(run().unidentified))

    def reconcile(self) -> None:
        """The daily function."""
        deadline = Deadline()
        deadline.start(Context(self.world, self.world.seconds + 900).get_remaining_time_in_millis)
        settings = ReconcileSettings.from_environment(environment())
        run = replace(
            reconcile.build(settings, self._clients(deadline)),
            sweep_state=self._aws(self.sweep_state, "sweep provenance"),
            inventory=self._aws(FakeProvenanceInventory(self.provenance, self.manifest), "inventory"),
            archive=self._aws(self.objects, "s3"),
            reconcile_state=self._aws(self.reconcile_state, "reconcile provenance"),
        )
        self._quietly(lambda: self.reconcile_runs.append(run()))

    def _quietly(self, run: Callable[[], object]) -> None:
        """What passes by itself is made up for by the next run; anything else is a fault of ours."""
        try:
            run()
        except (RetryLater, Crash):
            return
        except Exception as error:
            if not is_passing(error):
                self.failed_runs.append(f"{type(error).__name__}: {error}")

    def dead_letters(self) -> list[Message]:
        """Everything in a dead-letter queue."""
        return [message for queue in self.dead.values() for message in queue.messages()]

    def refusals(self) -> list[str]:
        """What AWS refused and no waiting cures."""
        return [*self.queues.refusals, *self.topic.refusals]
