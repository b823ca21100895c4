"""Documents to process, from documents.fifo."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.bootstrap.process import from_environment
from autobook.domain.documents import DocumentMessage


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """One batch; returns which messages are to be delivered again."""
    consume, process = from_environment()
    return consume(event, context, DocumentMessage.from_json, process)
