"""Where the events of a function go: into the documents' history, then to the topic."""

from typing import Protocol

from autobook.adapters.dynamodb.history_store import DynamoHistory, RecordingPublisher
from autobook.adapters.sns import SnsEventPublisher
from autobook.bootstrap.clients import Clients


class PublishingSettings(Protocol):
    """The settings of a function that publishes events."""

    @property
    def events_topic_arn(self) -> str:
        """The topic."""

    @property
    def history_table(self) -> str:
        """The table of the documents' history."""


def recording_publisher(settings: PublishingSettings, clients: Clients) -> RecordingPublisher:
    """The publisher."""
    history = DynamoHistory(clients.aws("dynamodb"), settings.history_table)
    return RecordingPublisher(history, SnsEventPublisher(clients.aws("sns"), settings.events_topic_arn))
