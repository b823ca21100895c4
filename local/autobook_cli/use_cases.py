"""The sweep and the audit of a deployed system, run on a person's machine with the functions' own settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from autobook.adapters.kanbert import KanbertClient
from autobook.adapters.s3 import S3Index
from autobook.adapters.secretsmanager import KanbertSecret
from autobook.adapters.sqs import SqsArchiveRequests, SqsDocumentQueue
from autobook.adapters.sweep_ledger import DynamoCensus, DynamoSweepLedger
from autobook.service.reconcile import Audit
from autobook.service.sweep import Sweep
from autobook.settings import AuditSettings, ScheduleSettings, SweepSettings
from autobook_cli.target import Target


def _now() -> datetime:
    return datetime.now(UTC)


def _kanbert(target: Target, settings: ScheduleSettings) -> KanbertClient:
    secret = KanbertSecret(target.client("secretsmanager"), settings.secret_id)
    return KanbertClient(settings.kanbert_base_url, secret.api_token)


@contextmanager
def sweep_of(target: Target) -> Iterator[Sweep]:
    """The sweep; without a limit of time."""
    settings = SweepSettings.from_environment(target.environment("SweepFunction"))
    with _kanbert(target, settings) as kanbert:
        yield Sweep(
            kanbert=kanbert,
            ledger=DynamoSweepLedger(target.client("dynamodb"), settings.ledger_table),
            queue=SqsDocumentQueue(target.client("sqs"), settings.documents_queue_url),
            clock=_now,
            remaining=lambda: float("inf"),
            first_days=settings.days,
        )


@contextmanager
def audit_of(target: Target) -> Iterator[Audit]:
    """The audit."""
    settings = AuditSettings.from_environment(target.environment("AuditFunction"))
    tables, sqs = target.client("dynamodb"), target.client("sqs")
    with _kanbert(target, settings) as kanbert:
        yield Audit(
            kanbert=kanbert,
            sweep_ledger=DynamoSweepLedger(tables, settings.ledger_table),
            census=DynamoCensus(tables, settings.ledger_table),
            archive=S3Index(target.client("s3"), settings.archive_bucket),
            queue=SqsDocumentQueue(sqs, settings.documents_queue_url),
            archive_requests=SqsArchiveRequests(sqs, settings.archive_queue_url),
            clock=_now,
        )
