"""Every few minutes: documents whose webhook never arrived, and those that the rules now decide differently."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.bootstrap.sweep import from_environment
from autobook.service.watch import WatchedSweepResult


def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """One run."""
    run, sweep = from_environment()
    return run(context, sweep, _counts)


def _counts(watched: WatchedSweepResult) -> dict[str, int]:
    result = watched.sweep
    return {
        "Seen": result.seen,
        "Queued": result.queued,
        "Restless": result.restless,
        "Restarted": result.restarted,
        "Unidentified": len(result.unidentified),
        "BasisUnread": int(bool(result.basis_unread)),
        "Complete": int(result.complete),
        "DaysWithoutInvoice": watched.days_without_invoice,
        "HoursWithoutReconciliation": watched.hours_without_reconciliation,
    }
