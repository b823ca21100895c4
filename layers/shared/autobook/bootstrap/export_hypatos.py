"""The wiring of `export_hypatos`."""

from functools import cache

from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.hypatos_records import DynamoHypatosRecords
from autobook.adapters.hypatos import HypatosClient, HypatosSecret
from autobook.bootstrap.clients import PATIENT, Clients, aws_clients
from autobook.bootstrap.consumer import fifo_consumer
from autobook.bootstrap.kanbert import kanbert_client
from autobook.bootstrap.telemetry import Telemetry
from autobook.domain.hypatos import HypatosParameters
from autobook.service.export_hypatos import ExportToHypatos
from autobook.settings import BadSettings, ExportHypatosSettings


def build(settings: ExportHypatosSettings, clients: Clients) -> ExportToHypatos:
    """The use case. Raises BadSettings for parameters that make no sense."""
    try:
        parameters = HypatosParameters.from_json(settings.hypatos_parameters, settings.zone)
    except ValueError as error:
        raise BadSettings(f"HYPATOS_PARAMETERS: {error}") from error
    hypatos = HypatosClient(
        settings.hypatos_base_url,
        HypatosSecret(clients.aws("secretsmanager"), settings.hypatos_secret_id),
        token_url=settings.hypatos_token_url,
        remaining=clients.deadline,
        transport=clients.transport,
        retry_policy=clients.retry_policy,
    )
    return ExportToHypatos(
        kanbert=kanbert_client(settings, clients),
        hypatos=hypatos,
        records=DynamoHypatosRecords(clients.aws("dynamodb"), settings.provenance_table),
        clock=clients.clock,
        parameters=parameters,
    )


@cache
def from_environment() -> tuple[FifoConsumer, ExportToHypatos]:
    """The consumer and the use case, for Lambda. Raises BadSettings."""
    settings, deadline = ExportHypatosSettings.from_environment(), Deadline()
    clients = Clients(aws_clients(PATIENT), deadline=deadline)
    telemetry = Telemetry.of("export_hypatos", settings)
    consumer = fifo_consumer(settings.export_queue_url, settings, clients, deadline, telemetry)
    return consumer, build(settings, clients)
