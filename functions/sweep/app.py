"""Every few minutes: what no webhook told of."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.bootstrap import sweeper
from autobook.service.sweep import SweepResult


def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """One run."""
    run, sweep = sweeper()
    return run(context, sweep, _counts)


def _counts(swept: SweepResult) -> dict[str, int]:
    return {"Seen": swept.seen, "Queued": swept.queued, "Complete": int(swept.complete)}
