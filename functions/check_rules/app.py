"""A rule was saved, or it is time: is it sound, and what do its codes stand for?"""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.bootstrap.check_rules import from_environment
from autobook.service.check_rules import CheckReach, CheckResult


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """One batch of the stream, or one scheduled run: of all rules, unless `rules` says `due`."""
    stream, schedule, check_rules = from_environment()
    if "Records" in event:
        return stream(event, context, partial(check_rules, reach=CheckReach.SAVED))
    reach = CheckReach(event.get("rules", CheckReach.ALL))
    return dict(schedule(context, partial(check_rules, reach=reach), CheckResult.counts))
