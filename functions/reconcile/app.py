"""Every day: do Kanbert, provenance and archive agree?"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.bootstrap.reconcile import from_environment
from autobook.service.reconcile_result import ReconcileResult


def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """One run."""
    run, reconcile = from_environment()
    return run(context, reconcile, ReconcileResult.counts)
