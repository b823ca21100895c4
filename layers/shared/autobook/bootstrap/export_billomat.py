"""The wiring of `export_billomat`."""

from functools import cache

from autobook.adapters.billomat import BillomatClient, BillomatSecret
from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.billomat_exports import DynamoBillomatExports
from autobook.adapters.dynamodb.billomat_mappings import DynamoBillomatMappings
from autobook.bootstrap.clients import PATIENT, Clients, aws_clients
from autobook.bootstrap.consumer import fifo_consumer
from autobook.bootstrap.kanbert import kanbert_client
from autobook.bootstrap.telemetry import Telemetry
from autobook.domain.billomat import BillomatParameters
from autobook.service.export_billomat import ExportToBillomat
from autobook.settings import BadSettings, ExportBillomatSettings


def build(settings: ExportBillomatSettings, clients: Clients) -> ExportToBillomat:
    """The use case. Raises BadSettings for parameters that make no sense."""
    try:
        parameters = BillomatParameters.from_json(settings.billomat_parameters, settings.zone)
    except ValueError as error:
        raise BadSettings(f"BILLOMAT_PARAMETERS: {error}") from error
    secret = BillomatSecret(clients.aws("secretsmanager"), settings.billomat_secret_id)
    billomat = BillomatClient(
        settings.billomat_base_url,
        secret,
        app=secret.app,
        remaining=clients.deadline,
        transport=clients.transport,
        retry_policy=clients.retry_policy,
    )
    dynamodb = clients.aws("dynamodb")
    return ExportToBillomat(
        kanbert=kanbert_client(settings, clients, incoming_pdf=settings.incoming_pdf == "true"),
        billomat=billomat,
        mappings=DynamoBillomatMappings(dynamodb, settings.billomat_mappings_table),
        exports=DynamoBillomatExports(dynamodb, settings.provenance_table),
        clock=clients.clock,
        parameters=parameters,
    )


@cache
def from_environment() -> tuple[FifoConsumer, ExportToBillomat]:
    """The consumer and the use case, for Lambda. Raises BadSettings."""
    settings, deadline = ExportBillomatSettings.from_environment(), Deadline()
    clients = Clients(aws_clients(PATIENT), deadline=deadline)
    telemetry = Telemetry.of("export_billomat", settings)
    consumer = fifo_consumer(settings.export_queue_url, settings, clients, deadline, telemetry)
    return consumer, build(settings, clients)
