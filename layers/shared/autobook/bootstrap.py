"""The one place where use cases meet their adapters. Built on the first invocation, kept while Lambda stays warm.

Imports stand inside the functions on purpose: `receive` must not pay for what only the others need
(`python -X importtime` on its app.py shows what each import costs).
"""

import logging
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, cast

from botocore.config import Config

from autobook.settings import (
    ArchiveSettings,
    KanbertSettings,
    ProcessSettings,
    ReceiveSettings,
    ReconcileSettings,
    ScheduleSettings,
    Settings,
    SweepSettings,
)

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sqs.client import SQSClient

    from autobook.adapters.consumer import FifoConsumer
    from autobook.adapters.deadline import Deadline
    from autobook.adapters.kanbert import KanbertClient
    from autobook.adapters.scheduled import ScheduledRun
    from autobook.domain.rules import RuleSet
    from autobook.service.archive import ArchiveDocument
    from autobook.service.process import ProcessDocument
    from autobook.service.receive import ReceiveWebhook
    from autobook.service.reconcile import ReconcileDocuments
    from autobook.service.sweep import SweepDocuments

_WITHIN_THREE_SECONDS = Config(connect_timeout=1, read_timeout=1.5, retries={"mode": "standard", "max_attempts": 2})
_PATIENT = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "max_attempts": 4})

for _library in ("boto3", "botocore", "urllib3", "httpx", "httpcore"):
    # At DEBUG these log what they send and receive: secrets and whole invoices. LOG_LEVEL is about our own loggers.
    logging.getLogger(_library).setLevel(logging.WARNING)


def _now() -> datetime:
    return datetime.now(UTC)


@cache
def receiver() -> "tuple[ReceiveWebhook, str]":
    """The use case of `receive`, and the name of the header that carries the signature."""
    from botocore.session import get_session

    from autobook.adapters.secretsmanager import KanbertSecret
    from autobook.adapters.sqs import SqsDocumentQueue
    from autobook.service.receive import ReceiveWebhook

    settings = ReceiveSettings.from_environment()
    logging.getLogger("autobook").setLevel(settings.log_level)
    session = get_session()
    secrets = cast("SecretsManagerClient", session.create_client("secretsmanager", config=_WITHIN_THREE_SECONDS))
    sqs = cast("SQSClient", session.create_client("sqs", config=_WITHIN_THREE_SECONDS))
    secret = KanbertSecret(secrets, settings.secret_id)
    queue = SqsDocumentQueue(sqs, settings.documents_queue_url)
    return ReceiveWebhook(secret, queue, _now), settings.signature_header


@cache
def processor() -> "tuple[FifoConsumer, ProcessDocument]":
    """The consumer and the use case of `process`."""
    import boto3
    from aws_lambda_powertools.metrics import MetricUnit

    from autobook.adapters.dynamodb import DynamoProvenanceStore, DynamoRuleRepository
    from autobook.adapters.kanbert import KanbertCodeResolver
    from autobook.adapters.sns import SnsEventPublisher
    from autobook.service.process import ProcessDocument

    settings = ProcessSettings.from_environment()
    logger, metrics = _telling("process", settings)
    consumer, deadline = _consumer(settings, settings.documents_queue_url, logger, metrics)
    kanbert = _kanbert(settings, deadline, incoming_pdf=False)

    def report(rules: "RuleSet") -> None:
        metrics.add_metric("RulesInError", MetricUnit.Count, len(rules.errors))
        for error in rules.errors:
            logger.error("rule skipped", extra={"rule_id": error.rule_id, "reason": str(error)})

    tables = boto3.client("dynamodb", config=_PATIENT)
    return consumer, ProcessDocument(
        kanbert=kanbert,
        rule_repository=DynamoRuleRepository(tables, settings.rules_table, settings.zone, report=report),
        code_resolver=KanbertCodeResolver(kanbert),
        provenance=DynamoProvenanceStore(tables, settings.provenance_table),
        publisher=SnsEventPublisher(boto3.client("sns", config=_PATIENT), settings.events_topic_arn),
        clock=_now,
        zone=settings.zone,
    )


@cache
def archiver() -> "tuple[FifoConsumer, ArchiveDocument]":
    """The consumer and the use case of `archive`."""
    import boto3

    from autobook.adapters.dynamodb import DynamoManifest
    from autobook.adapters.s3 import S3Archive
    from autobook.adapters.sns import SnsEventPublisher
    from autobook.service.archive import ArchiveDocument

    settings = ArchiveSettings.from_environment()
    consumer, deadline = _consumer(settings, settings.archive_queue_url, *_telling("archive", settings))
    return consumer, ArchiveDocument(
        kanbert=_kanbert(settings, deadline, incoming_pdf=settings.incoming_pdf == "true"),
        archive=S3Archive(boto3.client("s3", config=_PATIENT), settings.archive_bucket, settings.lock_mode),
        manifest=DynamoManifest(boto3.client("dynamodb", config=_PATIENT), settings.provenance_table),
        publisher=SnsEventPublisher(boto3.client("sns", config=_PATIENT), settings.events_topic_arn),
        clock=_now,
        jurisdiction=settings.jurisdiction,
        zone=settings.zone,
    )


@cache
def sweeper() -> "tuple[ScheduledRun, SweepDocuments]":
    """What runs it, and the use case of `sweep`."""
    import boto3

    from autobook.adapters.sqs import SqsDocumentQueue
    from autobook.adapters.sweep_state import DynamoSweepState
    from autobook.service.sweep import SweepDocuments

    settings = SweepSettings.from_environment()
    run, deadline = _scheduled("sweep", settings)
    return run, SweepDocuments(
        kanbert=_kanbert(settings, deadline, incoming_pdf=False),
        sweep_state=DynamoSweepState(boto3.client("dynamodb", config=_PATIENT), settings.provenance_table),
        queue=SqsDocumentQueue(boto3.client("sqs", config=_PATIENT), settings.documents_queue_url),
        clock=_now,
        remaining=deadline,
        first_days=settings.days,
    )


@cache
def reconciler() -> "tuple[ScheduledRun, ReconcileDocuments]":
    """What runs it, and the use case of `reconcile`."""
    import boto3

    from autobook.adapters.s3 import S3Index
    from autobook.adapters.sqs import SqsArchiveRequests, SqsDocumentQueue
    from autobook.adapters.sweep_state import DynamoProvenanceInventory, DynamoSweepState
    from autobook.service.reconcile import ReconcileDocuments

    settings = ReconcileSettings.from_environment()
    run, deadline = _scheduled("reconcile", settings)
    tables, sqs = boto3.client("dynamodb", config=_PATIENT), boto3.client("sqs", config=_PATIENT)
    return run, ReconcileDocuments(
        kanbert=_kanbert(settings, deadline, incoming_pdf=False),
        sweep_state=DynamoSweepState(tables, settings.provenance_table),
        inventory=DynamoProvenanceInventory(tables, settings.provenance_table),
        archive=S3Index(boto3.client("s3", config=_PATIENT), settings.archive_bucket),
        queue=SqsDocumentQueue(sqs, settings.documents_queue_url),
        archive_requests=SqsArchiveRequests(sqs, settings.archive_queue_url),
        clock=_now,
    )


def _scheduled(service: str, settings: ScheduleSettings) -> "tuple[ScheduledRun, Deadline]":
    from autobook.adapters.deadline import Deadline
    from autobook.adapters.scheduled import ScheduledRun

    deadline = Deadline()
    return ScheduledRun(deadline, *_telling(service, settings)), deadline


def _telling(service: str, settings: Settings) -> "tuple[Logger, Metrics]":
    from aws_lambda_powertools import Logger, Metrics

    return Logger(service=service, level=settings.log_level), Metrics(namespace="Autobook", service=service)


def _consumer(
    settings: KanbertSettings, queue_url: str, logger: "Logger", metrics: "Metrics"
) -> "tuple[FifoConsumer, Deadline]":
    import boto3

    from autobook.adapters.consumer import FifoConsumer
    from autobook.adapters.deadline import Deadline
    from autobook.adapters.sqs import SqsMessageDisposition

    deadline = Deadline()
    returns = SqsMessageDisposition(boto3.client("sqs", config=_PATIENT), queue_url, settings.dead_letters_queue_url)
    return FifoConsumer(returns, deadline, logger, metrics), deadline


def _kanbert(
    settings: KanbertSettings | ScheduleSettings, deadline: "Deadline", *, incoming_pdf: bool
) -> "KanbertClient":
    import boto3

    from autobook.adapters.kanbert import KanbertClient
    from autobook.adapters.secretsmanager import KanbertSecret

    secret = KanbertSecret(boto3.client("secretsmanager", config=_PATIENT), settings.secret_id)
    return KanbertClient(settings.kanbert_base_url, secret.api_token, remaining=deadline, incoming_pdf=incoming_pdf)
