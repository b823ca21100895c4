"""What runs the use case of a function that consumes a queue."""

from autobook.adapters.consumer import FifoConsumer
from autobook.adapters.deadline import Deadline
from autobook.adapters.sqs import SqsMessageDisposition
from autobook.bootstrap.clients import Clients
from autobook.bootstrap.telemetry import Telemetry


def fifo_consumer(
    queue_url: str, dead_letters_url: str, clients: Clients, deadline: Deadline, telemetry: Telemetry
) -> FifoConsumer:
    """The consumer of that queue. It starts `deadline` at each invocation."""
    disposition = SqsMessageDisposition(clients.aws("sqs"), queue_url, dead_letters_url)
    return FifoConsumer(disposition, deadline, telemetry.logger, telemetry.metrics)
