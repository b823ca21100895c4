"""The wiring of `archive`."""

from functools import cache

from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.manifest import DynamoManifest
from autobook.adapters.s3 import S3Archive
from autobook.bootstrap.clients import PATIENT, Clients, aws_clients
from autobook.bootstrap.consumer import fifo_consumer
from autobook.bootstrap.kanbert import kanbert_client
from autobook.bootstrap.publishing import recording_publisher
from autobook.bootstrap.telemetry import Telemetry
from autobook.service.archive import ArchiveDocument
from autobook.settings import ArchiveSettings


def build(settings: ArchiveSettings, clients: Clients) -> ArchiveDocument:
    """The use case."""
    return ArchiveDocument(
        kanbert=kanbert_client(settings, clients, incoming_pdf=settings.incoming_pdf == "true"),
        archive=S3Archive(clients.aws("s3"), settings.archive_bucket, settings.lock_mode),
        manifest=DynamoManifest(clients.aws("dynamodb"), settings.provenance_table),
        publisher=recording_publisher(settings, clients),
        clock=clients.clock,
        source=settings.event_source,
        jurisdiction=settings.jurisdiction,
        zone=settings.zone,
    )


@cache
def from_environment() -> tuple[FifoConsumer, ArchiveDocument]:
    """The consumer and the use case, for Lambda. Raises BadSettings."""
    settings, deadline = ArchiveSettings.from_environment(), Deadline()
    clients = Clients(aws_clients(PATIENT), deadline=deadline)
    telemetry = Telemetry.of("archive", settings)
    consumer = fifo_consumer(settings.archive_queue_url, settings, clients, deadline, telemetry)
    return consumer, build(settings, clients)
