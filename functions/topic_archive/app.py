"""A custom resource of CloudFormation: the archive of the events' topic, cleared before the topic is deleted."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.bootstrap.topic_archive import from_environment
from autobook.domain.custom_resource import CustomResourceRequest


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """One request; it is answered whatever comes of it."""
    respond, arrange = from_environment()

    def apply(request: CustomResourceRequest) -> str:
        topic = request.text("TopicArn")
        if request.deletes:
            arrange().clear(topic)
        else:
            arrange().keep(topic, request.text("RetentionDays"))
        return topic

    respond(event, context, apply)
