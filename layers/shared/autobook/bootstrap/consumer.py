"""What runs the use case of a function that consumes a queue."""

from autobook.adapters.consumer import Attempts, FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.attempts import DynamoAttempts
from autobook.adapters.sqs import SqsMessageDisposition
from autobook.bootstrap.clients import Clients
from autobook.bootstrap.telemetry import Telemetry
from autobook.settings import ConsumerSettings


def fifo_consumer(
    queue_url: str,
    settings: ConsumerSettings,
    clients: Clients,
    deadline: Deadline,
    telemetry: Telemetry,
    *,
    attempts: Attempts | None = None,
) -> FifoConsumer:
    """The consumer of that queue. It starts `deadline` at each invocation. `attempts` replaces the table's."""
    disposition = SqsMessageDisposition(clients.aws("sqs"), queue_url, settings.dead_letters_queue_url)
    counted = attempts or DynamoAttempts(clients.aws("dynamodb"), settings.provenance_table, queue_url, clients.clock)
    return FifoConsumer(disposition, counted, deadline, telemetry.logger, telemetry.metrics)
