"""Invoices that wait for a mapping to Billomat: whenever one is saved, and every quarter of an hour."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.bootstrap.redrive_billomat import from_environment
from autobook.service.redrive_billomat import RedriveResult


def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """One run, whatever called it."""
    run, redrive = from_environment()
    return run(context, redrive, _counts)


def _counts(result: RedriveResult) -> dict[str, int]:
    return {"Redriven": result.redriven, "AwaitingMapping": result.waiting}
