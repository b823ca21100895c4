"""The wiring of `reconcile`."""

from collections.abc import Callable
from functools import cache

from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.inventory import DynamoProvenanceInventory
from autobook.adapters.dynamodb.reconcile_state import DynamoReconcileState
from autobook.adapters.dynamodb.sweep_state import DynamoSweepState
from autobook.adapters.s3 import S3Index
from autobook.adapters.scheduled import ScheduledRun
from autobook.adapters.sqs import SqsArchiveRequests, SqsDocumentQueue
from autobook.bootstrap.clients import PATIENT, Clients, aws_clients, without_limit
from autobook.bootstrap.kanbert import kanbert_client
from autobook.bootstrap.telemetry import Telemetry
from autobook.service.reconcile import ReconcileDocuments
from autobook.service.reconcile_result import ReconcileResult
from autobook.settings import ReconcileSettings


def build(
    settings: ReconcileSettings, clients: Clients, *, on_complete: Callable[[ReconcileResult], None] = lambda _: None
) -> ReconcileDocuments:
    """The use case. `on_complete` is called with the result of every complete run."""
    tables, queues = clients.aws("dynamodb"), clients.aws("sqs")
    return ReconcileDocuments(
        kanbert=kanbert_client(settings, clients),
        sweep_state=DynamoSweepState(tables, settings.provenance_table),
        inventory=DynamoProvenanceInventory(tables, settings.provenance_table),
        archive=S3Index(clients.aws("s3"), settings.archive_bucket),
        queue=SqsDocumentQueue(queues, settings.documents_queue_url),
        archive_requests=SqsArchiveRequests(queues, settings.archive_queue_url),
        reconcile_state=DynamoReconcileState(tables, settings.provenance_table),
        clock=clients.clock,
        source=settings.event_source,
        remaining=without_limit if clients.deadline is None else clients.deadline,
        on_complete=on_complete,
    )


@cache
def from_environment() -> tuple[ScheduledRun, ReconcileDocuments]:
    """The scheduled run and the use case, for Lambda. Raises BadSettings."""
    settings, deadline = ReconcileSettings.from_environment(), Deadline()
    telemetry = Telemetry.of("reconcile", settings)
    run = ScheduledRun(deadline, telemetry.logger, telemetry.metrics, telemetry.not_filled_in)
    clients = Clients(aws_clients(PATIENT), deadline=deadline)
    return run, build(settings, clients, on_complete=lambda result: run.report(result.counts()))
