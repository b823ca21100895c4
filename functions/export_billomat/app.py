"""Invoices to export to Billomat, from export-billomat.fifo: the topic's events, delivered raw."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.bootstrap.export_billomat import from_environment
from autobook.domain.events import Event


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """One batch; returns which messages are to be delivered again."""
    consume, export = from_environment()
    return consume(event, context, Event.from_json, export)
