"""The wiring of `process`."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache

from aws_lambda_powertools.metrics import MetricUnit

from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.adapters.dynamodb.rule_repository import DynamoRuleRepository
from autobook.adapters.kanbert import KanbertCodeResolver
from autobook.bootstrap.clients import PATIENT, Clients, aws_clients
from autobook.bootstrap.consumer import fifo_consumer
from autobook.bootstrap.kanbert import kanbert_client
from autobook.bootstrap.publishing import recording_publisher
from autobook.bootstrap.telemetry import Telemetry
from autobook.domain.documents import Document
from autobook.domain.guards import Guards
from autobook.domain.rules import RuleSet
from autobook.service.process import ProcessDocument
from autobook.service.status_guards import StatusGuards
from autobook.settings import ProcessSettings


def build(
    settings: ProcessSettings,
    clients: Clients,
    *,
    report: Callable[[RuleSet], None] = lambda _: None,
    report_restless: Callable[[Document], None] = lambda _: None,
) -> ProcessDocument:
    """The use case. `report` is called with every set of rules that differs from the one before."""
    kanbert = kanbert_client(settings, clients)
    tables = clients.aws("dynamodb")
    tolerance = settings.amount_tolerance
    guards = Guards(settings.looks_for_duplicates, None if tolerance is None else Decimal(tolerance))
    return ProcessDocument(
        kanbert=kanbert,
        rule_repository=DynamoRuleRepository(
            tables, settings.rules_table, settings.zone, report=report, held=settings.holds_rules
        ),
        code_resolver=KanbertCodeResolver(kanbert),
        status_guards=StatusGuards(kanbert, guards, settings.zone),
        provenance=DynamoProvenanceStore(tables, settings.provenance_table),
        publisher=recording_publisher(settings, clients),
        clock=clients.clock,
        source=settings.event_source,
        zone=settings.zone,
        report_restless=report_restless,
    )


@cache
def from_environment() -> tuple[FifoConsumer, ProcessDocument]:
    """The consumer and the use case, for Lambda. Raises BadSettings."""
    settings, deadline = ProcessSettings.from_environment(), Deadline()
    telemetry = Telemetry.of("process", settings)
    clients = Clients(aws_clients(PATIENT), deadline=deadline)
    consumer = fifo_consumer(settings.documents_queue_url, settings, clients, deadline, telemetry)
    return consumer, build(settings, clients, report=rules_in_error(telemetry), report_restless=restless(telemetry))


def rules_in_error(telemetry: Telemetry) -> Callable[[RuleSet], None]:
    """Counts the rules in error, and logs each with its reason."""

    def report(rules: RuleSet) -> None:
        telemetry.metrics.add_metric("RulesInError", MetricUnit.Count, len(rules.errors))
        for error in rules.errors:
            telemetry.logger.error("rule skipped", extra={"rule_id": error.rule_id, "reason": str(error)})

    return report


def restless(telemetry: Telemetry) -> Callable[[Document], None]:
    """Counts and logs documents that change so often that they are slowed down."""

    def report(document: Document) -> None:
        telemetry.metrics.add_metric("Restless", MetricUnit.Count, 1)
        telemetry.logger.warning("changes all the time, slowed down", extra={"document": document.key})

    return report
