"""Every day: do Kanbert, provenance and archive agree?"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.bootstrap.reconcile import from_environment
from autobook.service.reconcile import ReconcileResult


def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """One run."""
    run, reconcile = from_environment()
    return run(context, reconcile, _counts)


def _counts(result: ReconcileResult) -> dict[str, int]:
    """The numbers of a run count when it is complete; what is uncured is cause for alarm."""
    if not result.complete:
        return {"Complete": 0}
    return {
        "Complete": 1,
        "Differences": result.found,
        "Repaired": result.repaired,
        "Uncured": result.uncured,
        "Dead": result.dead,
        "InFlight": result.in_flight,
        "Unidentified": result.unidentified,
        "FilesMissing": result.files_missing,
    }
