"""Hearing what a deployed stack publishes, in a queue of its own."""

import json

from autobook.domain.events import Event
from autobook_cli.events import TemporaryQueue, Topic
from autobook_local.stack import Deployment


class EventListener:
    """A temporary queue, subscribed to the topic of a stack from now on."""

    def __init__(self, deployment: Deployment) -> None:
        clients, topic = deployment.clients, deployment.outputs["EventsTopicArn"]
        self._queue = TemporaryQueue(Topic(clients.sns, clients.sqs, topic, deployment.stack_name)).__enter__()

    @property
    def name(self) -> str:
        """The queue's name."""
        return self._queue.name

    def take(self) -> list[Event]:
        """Events that were published and have not been taken yet, at most ten; none if none comes within a second."""
        return [Event.from_json(json.dumps(each)) for each in self._queue.receive(1)]

    def close(self) -> None:
        """Remove the queue and its subscription."""
        self._queue.__exit__(None, None, None)
