"""Every day: whether Kanbert, the ledger and the archive agree."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.bootstrap import auditor
from autobook.service.reconcile import Audited


def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """One run."""
    run, audit = auditor()
    return run(context, audit, _counts)


def _counts(audited: Audited) -> dict[str, int]:
    return {"Differences": len(audited.differences), "PutRight": audited.corrected, "UnderWay": audited.under_way}
