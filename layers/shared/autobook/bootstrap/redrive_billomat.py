"""The wiring of `redrive_billomat`."""

from functools import cache

from autobook.adapters.awaiting_letters import SqsAwaitingLetters
from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.billomat_mappings import DynamoBillomatMappings
from autobook.adapters.scheduled import ScheduledRun
from autobook.bootstrap.clients import PATIENT, Clients, aws_clients, without_limit
from autobook.bootstrap.telemetry import Telemetry
from autobook.service.redrive_billomat import RedriveToBillomat
from autobook.settings import RedriveBillomatSettings


def build(settings: RedriveBillomatSettings, clients: Clients) -> RedriveToBillomat:
    """The use case."""
    return RedriveToBillomat(
        letters=SqsAwaitingLetters(clients.aws("sqs"), settings.dead_letters_queue_url, settings.export_queue_url),
        mappings=DynamoBillomatMappings(clients.aws("dynamodb"), settings.billomat_mappings_table),
        clock=clients.clock,
        remaining=without_limit if clients.deadline is None else clients.deadline,
    )


@cache
def from_environment() -> tuple[ScheduledRun, RedriveToBillomat]:
    """The scheduled run and the use case, for Lambda. Raises BadSettings."""
    settings, deadline = RedriveBillomatSettings.from_environment(), Deadline()
    telemetry = Telemetry.of("redrive_billomat", settings)
    run = ScheduledRun(deadline, telemetry.logger, telemetry.metrics, telemetry.not_filled_in)
    return run, build(settings, Clients(aws_clients(PATIENT), deadline=deadline))
