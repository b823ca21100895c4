"""What runs the use case of a function that consumes a queue."""

from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.sqs import SqsMessageDisposition
from autobook.bootstrap.clients import Clients
from autobook.bootstrap.telemetry import Telemetry
from autobook.settings import ConsumerSettings


def fifo_consumer(
    settings: ConsumerSettings, queue_url: str, clients: Clients, deadline: Deadline, telemetry: Telemetry
) -> FifoConsumer:
    """The consumer of that queue. It starts `deadline` at each invocation."""
    disposition = SqsMessageDisposition(clients.aws("sqs"), queue_url, settings.dead_letters_queue_url)
    return FifoConsumer(disposition, deadline, telemetry.logger, telemetry.metrics)
