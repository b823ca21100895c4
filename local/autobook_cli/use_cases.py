"""The sweep and reconcile of a deployed system, run on a person's machine with the functions' own settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from autobook.adapters.kanbert import KanbertClient
from autobook.adapters.s3 import S3Index
from autobook.adapters.secretsmanager import KanbertSecret
from autobook.adapters.sqs import SqsArchiveRequests, SqsDocumentQueue
from autobook.adapters.sweep_state import DynamoProvenanceInventory, DynamoSweepState
from autobook.service.reconcile import ReconcileDocuments
from autobook.service.sweep import SweepDocuments
from autobook.settings import ReconcileSettings, ScheduleSettings, SweepSettings
from autobook_cli.target import Target


def _now() -> datetime:
    return datetime.now(UTC)


def _kanbert(target: Target, settings: ScheduleSettings) -> KanbertClient:
    secret = KanbertSecret(target.client("secretsmanager"), settings.secret_id)
    return KanbertClient(settings.kanbert_base_url, secret.api_token)


@contextmanager
def sweep_of(target: Target) -> Iterator[SweepDocuments]:
    """The sweep; without a limit of time."""
    settings = SweepSettings.from_environment(target.environment("SweepFunction"))
    with _kanbert(target, settings) as kanbert:
        yield SweepDocuments(
            kanbert=kanbert,
            sweep_state=DynamoSweepState(target.client("dynamodb"), settings.provenance_table),
            queue=SqsDocumentQueue(target.client("sqs"), settings.documents_queue_url),
            clock=_now,
            remaining=lambda: float("inf"),
            first_days=settings.days,
        )


@contextmanager
def reconcile_of(target: Target) -> Iterator[ReconcileDocuments]:
    """Reconcile."""
    settings = ReconcileSettings.from_environment(target.environment("ReconcileFunction"))
    tables, sqs = target.client("dynamodb"), target.client("sqs")
    with _kanbert(target, settings) as kanbert:
        yield ReconcileDocuments(
            kanbert=kanbert,
            sweep_state=DynamoSweepState(tables, settings.provenance_table),
            inventory=DynamoProvenanceInventory(tables, settings.provenance_table),
            archive=S3Index(target.client("s3"), settings.archive_bucket),
            queue=SqsDocumentQueue(sqs, settings.documents_queue_url),
            archive_requests=SqsArchiveRequests(sqs, settings.archive_queue_url),
            clock=_now,
        )
