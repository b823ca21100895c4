"""The wiring of `topic_archive`."""

import time
from collections.abc import Callable
from functools import cache

from aws_lambda_powertools import Logger

from autobook.adapters.custom_resource import CustomResourceResponder
from autobook.adapters.deadline import Deadline
from autobook.adapters.sns_topic_archives import SnsTopicArchives
from autobook.bootstrap.clients import PATIENT, Clients, aws_clients, without_limit
from autobook.service.topic_archive import ArrangeTopicArchive
from autobook.settings import TopicArchiveSettings


def build(clients: Clients) -> ArrangeTopicArchive:
    """The use case."""
    return ArrangeTopicArchive(
        archives=SnsTopicArchives(clients.aws("sns")),
        remaining=without_limit if clients.deadline is None else clients.deadline,
        sleep=time.sleep,
    )


@cache
def from_environment() -> tuple[CustomResourceResponder, Callable[[], ArrangeTopicArchive]]:
    """The responder, and what makes the use case (or raises BadSettings): a fault there is answered as well."""
    deadline = Deadline()

    @cache
    def arrange() -> ArrangeTopicArchive:
        TopicArchiveSettings.from_environment()
        return build(Clients(aws_clients(PATIENT), deadline=deadline))

    return CustomResourceResponder(deadline, Logger(service="topic_archive", use_rfc3339=True)), arrange
