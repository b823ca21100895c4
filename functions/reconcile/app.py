"""Every day: whether Kanbert, provenance and the archive agree."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.bootstrap import reconciler
from autobook.service.reconcile import ReconcileResult


def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """One run."""
    run, reconcile = reconciler()
    return run(context, reconcile, _counts)


def _counts(reconciled: ReconcileResult) -> dict[str, int]:
    return {
        "Differences": len(reconciled.differences),
        "Repaired": reconciled.corrected,
        "UnderWay": reconciled.in_flight,
    }
